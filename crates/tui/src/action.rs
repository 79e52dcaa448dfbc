//! The actions. A key, a script or the palette runs an action by its name.

use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::nearest;

/// Defines the actions. Names are derived from identifiers: `NextOperation` is `next-operation` in a keymap.
macro_rules! actions {
    ($(#[$about:meta])* pub enum Action { $($(#[$of:meta])* $action:ident,)* }) => {
        $(#[$about])*
        pub enum Action { $($(#[$of])* $action,)* }

        impl Action {
            pub const ALL: &[Action] = &[$(Action::$action),*];

            fn identifier(self) -> &'static str {
                match self { $(Action::$action => stringify!($action)),* }
            }
        }
    };
}

actions! {
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is described where the person reads it: in the key table
pub enum Action {
    Down,
    Up,
    ScrollDown,
    ScrollUp,
    ScrollLeft,
    ScrollRight,
    LineStart,
    LineEnd,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    First,
    Last,
    NextOperation,
    PreviousOperation,
    NextOfObject,
    PreviousOfObject,
    NextWrite,
    PreviousWrite,
    NextReconcile,
    PreviousReconcile,
    NextBookmark,
    PreviousBookmark,
    NextError,
    PreviousError,
    NextGap,
    PreviousGap,
    NextIdle,
    PreviousIdle,
    NextLoop,
    PreviousLoop,
    NextFieldChange,
    PreviousFieldChange,
    NextTouching,
    PreviousTouching,
    NextChange,
    PreviousChange,
    GoTo,
    RunForward,
    RunBack,
    ZoomIn,
    ZoomOut,
    ZoomFit,
    ZoomSelection,
    Play,
    Faster,
    Slower,
    Follow,
    TimeStyle,
    SinceMark,
    Cause,
    Effect,
    Echo,
    Refusal,
    Search,
    SearchNext,
    SearchPrevious,
    EditFilter,
    FilterSwitch,
    Order,
    OnlyThis,
    NotThis,
    PickObject,
    Palette,
    CommandLine,
    Complete,
    SetMark,
    JumpToMark,
    LastPosition,
    Bookmark,
    BookmarkNamed,
    Note,
    Bookmarks,
    JumpBack,
    JumpForward,
    JumpList,
    Undo,
    Redo,
    NextPane,
    PreviousPane,
    Frame0,
    Frame1,
    Frame2,
    Frame3,
    Frame4,
    Frame5,
    FrameLeft,
    FrameBelow,
    FrameAbove,
    FrameRight,
    FrameNext,
    ViewTimeline,
    ViewDiff,
    ViewState,
    ViewWhy,
    ViewFindings,
    ViewRaw,
    ViewLogs,
    ViewSessions,
    ViewSql,
    ViewObjects,
    ViewLanes,
    Sql,
    DiffPrevious,
    DiffMark,
    DiffView,
    SideBySide,
    WordDiff,
    IgnoreOrder,
    Wrap,
    Blame,
    Writer,
    Maximise,
    LogLines,
    Pin,
    SelectRange,
    ToggleFold,
    OpenFold,
    CloseFold,
    OpenAllFolds,
    CloseAllFolds,
    Noise,
    CopyCommand,
    CopyLine,
    CopyPath,
    CopyValue,
    CopyDiff,
    CopyKubectl,
    Export,
    Pipe,
    Serve,
    Enter,
    Cancel,
    Close,
    Quit,
    Interrupt,
    Suspend,
    Redraw,
    Reload,
    Help,
}
}

impl Action {
    /// The name in keymaps and scripts: `next-operation`.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in self.identifier().chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    /// Finds an action by name.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is no such action, with the most similar name as a hint.
    pub fn named(name: &str) -> Result<Action> {
        let found = Action::ALL.iter().find(|action| action.name() == name);
        found.copied().ok_or_else(|| {
            let error = Error::new(ErrorKind::Invalid, format!("there is no action {name:?}"));
            match nearest(name, Action::ALL.iter().map(|action| action.name())) {
                Some(meant) => error.hint(format!("did you mean {meant}?")),
                None => error.hint("KEYBINDINGS.md lists the actions"),
            }
        })
    }
}

/// An action with its count and its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    pub action: Action,
    /// The count typed before the keys.
    pub count: Option<u64>,
    /// The letter typed after the keys (`ma`).
    pub letter: Option<char>,
}

impl Command {
    /// An action without count and letter.
    #[must_use]
    pub fn plain(action: Action) -> Command {
        Command { action, count: None, letter: None }
    }

    /// The count; 1 if none was typed.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.count.unwrap_or(1).max(1)
    }

    /// The count as a number of rows.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::try_from(self.times()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_a_typo_gets_a_suggestion() {
        for action in Action::ALL {
            assert_eq!(Action::named(&action.name()).unwrap(), *action);
        }
        assert_eq!(Action::NextOfObject.name(), "next-of-object");
        let error = Action::named("next-opertion").unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean next-operation?"));
        assert!(Action::named("frobnicate").unwrap_err().hint_text().unwrap().contains("KEYBINDINGS"));
    }
}
