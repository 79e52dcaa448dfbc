//! The views, one row each. Tabs, `--pane`, copied links and all layouts use this table. A new document needs a row here, a
//! variant of [`DocKind`] and a file in `worker`.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocKind {
    Diff,
    State,
    /// Causes and effects.
    Why,
    /// Findings, bookmarks and notes.
    Findings,
    /// Request and response.
    Raw,
    /// The log lines of the recorded process.
    Logs,
    Sessions,
    Sql,
}

impl DocKind {
    pub const ALL: [DocKind; 8] = [
        DocKind::Diff,
        DocKind::State,
        DocKind::Why,
        DocKind::Findings,
        DocKind::Raw,
        DocKind::Logs,
        DocKind::Sessions,
        DocKind::Sql,
    ];

    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The tree of objects as of the cursor.
    Objects,
    /// The operations.
    Timeline,
    /// Actors or objects against time.
    Lanes,
    Detail(DocKind),
}

/// A view with its names and frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    pub pane: Pane,
    /// The name on the tab.
    pub name: &'static str,
    /// The name for `--pane`.
    pub word: &'static str,
    /// The frame in a layout with two columns.
    pub columns: u8,
    /// The frame in a layout with three columns, and the number for `alt-0` to `alt-5` in every layout.
    pub wide: u8,
}

const fn view(pane: Pane, name: &'static str, word: &'static str, columns: u8, wide: u8) -> View {
    View { pane, name, word, columns, wide }
}

/// All views, in the order of the tabs.
pub static VIEWS: &[View] = &[
    view(Pane::Timeline, "Timeline", "timeline", 1, 1),
    view(Pane::Detail(DocKind::Diff), "Diff", "diff", 2, 2),
    view(Pane::Detail(DocKind::State), "State", "state", 2, 2),
    view(Pane::Detail(DocKind::Why), "Why", "why", 3, 3),
    view(Pane::Detail(DocKind::Findings), "Findings", "findings", 4, 4),
    view(Pane::Detail(DocKind::Raw), "Raw", "raw", 2, 5),
    view(Pane::Lanes, "Lanes", "lanes", 3, 3),
    view(Pane::Detail(DocKind::Logs), "Logs", "logs", 3, 3),
    view(Pane::Objects, "Objects", "objects", 4, 0),
    view(Pane::Detail(DocKind::Sessions), "Sessions", "sessions", 4, 0),
    view(Pane::Detail(DocKind::Sql), "SQL", "sql", 2, 5),
];

impl Pane {
    /// The document of a detail pane.
    #[must_use]
    pub fn doc(self) -> Option<DocKind> {
        match self {
            Pane::Objects | Pane::Timeline | Pane::Lanes => None,
            Pane::Detail(kind) => Some(kind),
        }
    }

    /// The name on the tab.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The name for `--pane`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().map_or("", |row| row.word)
    }

    /// Finds a view by its name for `--pane`.
    #[must_use]
    pub fn named(word: &str) -> Option<Pane> {
        VIEWS.iter().find(|row| row.word == word).map(|row| row.pane)
    }

    fn row(self) -> Option<&'static View> {
        VIEWS.iter().find(|row| row.pane == self)
    }
}

/// The views in the order of their last focus, latest first. A frame shows the latest of its tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent(Vec<Pane>);

impl Recent {
    /// Moves a view to the front.
    pub fn touch(&mut self, pane: Pane) {
        self.0.retain(|other| *other != pane);
        self.0.insert(0, pane);
    }

    /// The view that was focused before the current one.
    #[must_use]
    pub fn before(&self) -> Option<Pane> {
        self.0.get(1).copied()
    }

    /// The latest of some views; the first of them if none was focused.
    #[must_use]
    pub fn of(&self, panes: &[Pane]) -> Option<Pane> {
        self.0.iter().find(|pane| panes.contains(pane)).or(panes.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_view_has_one_row_and_names_of_its_own() {
        for (at, kind) in DocKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), at);
            assert!(Pane::Detail(kind).row().is_some(), "{kind:?}");
        }
        let names: BTreeSet<&str> = VIEWS.iter().map(|row| row.name).collect();
        let words: BTreeSet<&str> = VIEWS.iter().map(|row| row.word).collect();
        assert_eq!((names.len(), words.len()), (VIEWS.len(), VIEWS.len()));
        for row in VIEWS {
            assert_eq!(Pane::named(row.word), Some(row.pane));
        }
    }

    #[test]
    fn of_some_views_the_one_that_had_the_focus_last_is_shown() {
        let [diff, state, why, ..] = DocKind::ALL.map(Pane::Detail);
        let mut recent = Recent::default();
        assert_eq!(recent.of(&[diff, state]), Some(diff));
        recent.touch(state);
        recent.touch(why);
        assert_eq!((recent.of(&[diff, state]), recent.of(&[why]), recent.of(&[])), (Some(state), Some(why), None));
    }
}
