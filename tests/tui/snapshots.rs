//! Every view at the usual sizes, with its styles.

use crate::recording::{fight, stage};
use crate::serializer::compare;

/// A name and the keys that lead there.
const VIEWS: &[(&str, &str)] = &[
    ("diff", "1 2 G"),
    ("state", "1 2 G V y"),
    ("why", "1 0 G V w"),
    ("refused", "2 ] e"),
    ("list", "g g"),
    ("start", "g g ,"),
    ("help", "?"),
    ("bookmarks", "8 G b 1 4 G m a M"),
    ("prompt", "g t"),
    ("maximised", "1 2 G alt-2 Z z R"),
];

#[test]
fn every_view_looks_as_it_did() {
    let (_folder, file) = fight(6);
    for (size, name) in [((80, 24), "80x24"), ((120, 40), "120x40")] {
        for theme in ["dark", "mono"] {
            for (view, keys) in VIEWS {
                // Each on a copy: bookmarks are kept with the recording.
                let copy = tempfile::tempdir().unwrap();
                let place = copy.path().join("run.db");
                std::fs::copy(&file, &place).unwrap();
                let mut stage = stage(&place, size, theme);
                stage.keys(&format!("g g {keys}")).unwrap();
                compare(&format!("{view}-{name}-{theme}"), &stage.screen().unwrap());
            }
        }
    }
}

#[test]
fn the_light_theme_and_plain_characters_look_as_they_did() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "light");
    stage.keys("1 2 G").unwrap();
    compare("diff-120x40-light", &stage.screen().unwrap());
    stage.state.ascii = true;
    compare("diff-120x40-light-ascii", &stage.screen().unwrap());
    assert!(stage.glyphs().unwrap().is_ascii(), "{}", stage.glyphs().unwrap());
}
