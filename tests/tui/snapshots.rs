//! Every view at the usual sizes, with its styles.

use crate::recording::{fight, shop, stage};
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

/// The views beside them, on a recording in which each has something to show.
const PAGES: &[(&str, &str)] = &[
    ("overview", "2 6 G"),
    ("page-diff", "2 6 G V d"),
    ("page-beside", "2 6 G d s"),
    ("page-wrapped", "2 6 G V d W"),
    ("page-blame", "2 6 G g b V y"),
    ("page-file", "4 2 G V y z R"),
    ("page-why", "2 6 G V w"),
    ("page-findings", "2 6 G B f i r s t Enter V f"),
    ("page-raw", "2 6 G i"),
    ("page-logs", "2 6 G V g"),
    ("page-lanes", "1 2 G V l"),
    ("page-lanes-objects", "2 6 G V l V l"),
    ("page-objects", "G V o"),
    ("page-sessions", "V s"),
    ("page-sql", "V q"),
];

/// Finding, folding, zooming.
const FINDS: &[(&str, &str)] = &[
    ("filtered", "f v e r b = = p a t c h Enter"),
    ("filter-mistake", "f k i n d = = p o d Space a n d Space ( k i n = = x"),
    ("filter-completed", "f k i n d = = Tab"),
    ("filter-none", "f x y z Enter"),
    ("filter-off", "f v e r b = = p a t c h Enter &"),
    ("filter-menu", "1 4 G s"),
    ("search", "/ 4 0 9 Enter n"),
    ("folded", "1 0 G z a"),
    ("zoomed", "2 0 G + m a"),
    ("range", "1 0 G v 4 ."),
    ("since-mark", "1 0 G m a 5 . T"),
    ("palette", "ctrl-p w r i t e"),
    ("picker", "o c h e"),
    ("jumps", "5 G 9 G g j"),
    ("command", ": n e x t - Tab Tab"),
    ("run", "3 G c o b j e c t . s p e c . r e p l i c a s Space = ="),
];

#[test]
fn what_finds_looks_as_it_did() {
    let (_folder, file) = fight(12);
    for (size, name) in [((80, 24), "80x24"), ((120, 40), "120x40"), ((200, 60), "200x60"), ((40, 10), "40x10")] {
        let themes: &[&str] = if size == (80, 24) { &["dark", "light", "mono"] } else { &["dark"] };
        for theme in themes {
            for (view, keys) in FINDS {
                let mut stage = stage(&file, size, theme);
                stage.keys(&format!("g g {keys}")).unwrap();
                compare(&format!("{view}-{name}-{theme}"), &stage.screen().unwrap());
            }
        }
    }
}

#[test]
fn every_page_looks_as_it_did() {
    let (_folder, file) = shop();
    let sizes = [((80, 24), "80x24"), ((120, 40), "120x40"), ((200, 60), "200x60"), ((40, 10), "40x10")];
    for (size, name) in sizes {
        let themes: &[&str] = if size == (80, 24) { &["dark", "mono"] } else { &["dark"] };
        for theme in themes {
            for (view, keys) in PAGES {
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
