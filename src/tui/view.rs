//! The views: what a pane can show, a row each. Tabs, `--pane`, copied links and every layout are made from this table;
//! a document of its own needs a row here, a name in [`DocKind`] and a file beside the worker's others.

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocKind {
    /// What changed.
    Diff,
    /// The whole object.
    State,
    /// Causes and effects.
    Why,
    /// What the detectors found, bookmarks and notes.
    Findings,
    /// Request and answer.
    Raw,
    /// What the recorded process printed.
    Logs,
    /// The sessions of the recording.
    Sessions,
    /// The rows of a query.
    Sql,
}

impl DocKind {
    /// All of them.
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

    /// Its place among all.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The objects as of the cursor.
    Objects,
    /// The operations.
    Timeline,
    /// Actors or objects against time.
    Lanes,
    /// A document.
    Detail(DocKind),
}

/// A row: a view, its names, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Which.
    pub pane: Pane,
    /// On its tab.
    pub name: &'static str,
    /// After `--pane`.
    pub word: &'static str,
    /// The frame in which it stands on a screen of two columns.
    pub columns: u8,
    /// The frame in which it stands on a screen of three columns; `alt-` and this number lead there on every screen.
    pub wide: u8,
}

const fn view(pane: Pane, name: &'static str, word: &'static str, columns: u8, wide: u8) -> View {
    View { pane, name, word, columns, wide }
}

/// All views, in the order of Tab and of the tabs.
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
    /// Which document it shows, if it shows one.
    #[must_use]
    pub fn doc(self) -> Option<DocKind> {
        match self {
            Pane::Objects | Pane::Timeline | Pane::Lanes => None,
            Pane::Detail(kind) => Some(kind),
        }
    }

    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// Its name after `--pane`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().map_or("", |row| row.word)
    }

    /// The view of that name after `--pane`.
    #[must_use]
    pub fn named(word: &str) -> Option<Pane> {
        VIEWS.iter().find(|row| row.word == word).map(|row| row.pane)
    }

    fn row(self) -> Option<&'static View> {
        VIEWS.iter().find(|row| row.pane == self)
    }
}

/// The views in the order in which they had the focus last, the latest first: of the tabs of a frame the latest is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent(Vec<Pane>);

impl Recent {
    /// This one has the focus now.
    pub fn touch(&mut self, pane: Pane) {
        self.0.retain(|other| *other != pane);
        self.0.insert(0, pane);
    }

    /// The one that had the focus before the one that has it now.
    #[must_use]
    pub fn before(&self) -> Option<Pane> {
        self.0.get(1).copied()
    }

    /// The latest of these; the first of them where none had the focus yet.
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
