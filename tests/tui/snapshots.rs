//! Snapshots of all views at four sizes in four themes.

use std::path::Path;

use kuberewind_tui::theme::{Depth, Theme};

use crate::recording::{fight, shop, stage};
use crate::serializer::compare;

/// The name of a snapshot and the keys that open the view.
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

/// The other views, on a recording that has content for each of them.
const PAGES: &[(&str, &str)] = &[
    ("overview", "2 6 G"),
    ("page-diff", "2 6 G V d"),
    ("page-beside", "2 6 G d s"),
    ("page-wrapped", "2 6 G V d W"),
    ("page-blame", "2 6 G g b V y"),
    ("page-file", "4 2 G V y z R"),
    ("page-why", "2 6 G V w"),
    ("page-findings", "2 6 G B f i r s t Enter V f"),
    ("page-noted", "2 6 G a i t Space b e g i n s Enter"),
    ("page-order", "2 6 G V f O"),
    ("page-raw", "2 6 G i"),
    ("page-logs", "2 6 G V g"),
    ("page-lanes", "1 2 G V l"),
    ("page-lanes-objects", "2 6 G V l V l"),
    ("page-objects", "G V o"),
    ("page-sessions", "V s"),
    ("page-sql", "V q"),
];

/// Search, filters, folds and zoom.
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

const SIZES: [((u16, u16), &str); 4] = [((80, 24), "80x24"), ((120, 40), "120x40"), ((200, 60), "200x60"), ((40, 10), "40x10")];

fn themes() -> [(&'static str, Theme); 4] {
    [("dark", Depth::True), ("light", Depth::True), ("sixteen", Depth::Sixteen), ("mono", Depth::None)]
        .map(|(name, depth)| (name, Theme::load(name, depth).unwrap()))
}

fn compare_all(file: &Path, views: &[(&str, &str)]) {
    let themes = themes();
    for (size, size_name) in SIZES {
        for (view, keys) in views {
            // Each view has its own copy, because bookmarks are stored with the recording.
            let folder = tempfile::tempdir().unwrap();
            let copy = folder.path().join("run.db");
            std::fs::copy(file, &copy).unwrap();
            let mut stage = stage(&copy, size, "dark");
            stage.keys(&format!("g g {keys}")).unwrap();
            let screens: Vec<_> = themes.iter().map(|(name, theme)| (*name, stage.screen_in(theme).unwrap())).collect();
            compare(&format!("{view}-{size_name}"), &screens);
        }
    }
}

#[test]
fn search_filter_and_fold_views_match_their_snapshots() {
    let (_folder, file) = fight(12);
    compare_all(&file, FINDS);
}

#[test]
fn pages_match_their_snapshots() {
    let (_folder, file) = shop();
    compare_all(&file, PAGES);
}

#[test]
fn views_match_their_snapshots() {
    let (_folder, file) = fight(6);
    compare_all(&file, VIEWS);
}

#[test]
fn ascii_mode_draws_ascii_characters_only() {
    for (file, views) in [(fight(6), VIEWS), (fight(12), FINDS), (shop(), PAGES)] {
        let (_folder, file) = file;
        for (view, keys) in views {
            let folder = tempfile::tempdir().unwrap();
            let copy = folder.path().join("run.db");
            std::fs::copy(&file, &copy).unwrap();
            let mut stage = stage(&copy, (120, 40), "mono");
            stage.state.screen.ascii = true;
            stage.keys(&format!("g g {keys}")).unwrap();
            let glyphs = stage.glyphs().unwrap();
            assert!(glyphs.is_ascii(), "{view}: {:?} in\n{glyphs}", glyphs.chars().filter(|c| !c.is_ascii()).collect::<String>());
        }
    }
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G").unwrap();
    stage.state.screen.ascii = true;
    compare("diff-ascii-120x40", &[("dark", stage.screen().unwrap())]);
}
