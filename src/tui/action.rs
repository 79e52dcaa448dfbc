//! What keys do. Every action is a row of the key table; nothing else moves the debugger.

/// Something a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is described where the person reads it: in the key table
pub enum Action {
    Down,
    Up,
    ScrollDown,
    ScrollUp,
    ScrollLeft,
    ScrollRight,
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
    NextChange,
    PreviousChange,
    GoTo,
    ZoomIn,
    ZoomOut,
    ZoomFit,
    Play,
    Faster,
    Slower,
    Follow,
    TimeStyle,
    Cause,
    Effect,
    Search,
    SearchNext,
    SearchPrevious,
    SetMark,
    JumpToMark,
    LastPosition,
    Bookmark,
    BookmarkNamed,
    Bookmarks,
    JumpBack,
    JumpForward,
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
    Wrap,
    Blame,
    Writer,
    Maximise,
    ToggleFold,
    OpenFold,
    CloseFold,
    OpenAllFolds,
    CloseAllFolds,
    Noise,
    CopyCommand,
    CopyLine,
    CopyPath,
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

/// An action with what was typed around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// What to do.
    pub action: Action,
    /// The count typed before it.
    pub count: Option<u64>,
    /// The letter typed after it (`ma`).
    pub letter: Option<char>,
}

impl Command {
    /// The action alone.
    #[must_use]
    pub fn plain(action: Action) -> Command {
        Command { action, count: None, letter: None }
    }

    /// How often: the count, or once.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.count.unwrap_or(1).max(1)
    }
}
