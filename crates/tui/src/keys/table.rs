//! The key table. A test presses every key in it.

use crate::action::Action;

use Action as A;
use Context::{Help, List, Main, Picker, Prompt};
use Group::{App, Cause, Find, Marks, Move, Out, Time, View};

/// The part of the interface to which a binding applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    Main,
    List,
    Help,
    /// A list filtered by typing.
    Picker,
    Prompt,
}

impl Context {
    pub const ALL: &[Context] = &[Main, List, Help, Picker, Prompt];

    /// The section in a keymap file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Main => "main",
            List => "list",
            Help => "help",
            Picker => "picker",
            Prompt => "prompt",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Context> {
        Context::ALL.iter().copied().find(|context| context.name() == name)
    }

    /// True if digits before a key are a count.
    #[must_use]
    pub fn takes_counts(self) -> bool {
        matches!(self, Main | List)
    }

    /// True if unbound keys are typed as text.
    #[must_use]
    pub fn takes_text(self) -> bool {
        matches!(self, Help | Picker | Prompt)
    }
}

/// The section of a binding in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the words are their own description
pub enum Group {
    Move,
    Time,
    Cause,
    Find,
    Marks,
    View,
    Out,
    App,
}

impl Group {
    /// All groups, in the order of the page.
    pub const ALL: &[Group] = &[Move, Time, Cause, Find, Marks, View, Out, App];
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    pub context: Context,
    /// The sequences, with blanks between keys.
    pub keys: &'static [&'static str],
    pub action: Action,
    pub group: Group,
    /// A description for help and KEYBINDINGS.md.
    pub doc: &'static str,
    /// A word for the hint line; '' for none.
    pub hint: &'static str,
}

const fn row(context: Context, group: Group, keys: &'static [&'static str], action: Action, doc: &'static str) -> Binding {
    Binding { context, keys, action, group, doc, hint: "" }
}

const fn hinted(group: Group, keys: &'static [&'static str], action: Action, hint: &'static str, doc: &'static str) -> Binding {
    Binding { context: Main, keys, action, group, doc, hint }
}

pub static TABLE: &[Binding] = &[
    row(Main, Move, &["j", "Down"], A::Down, "next row of the focused pane"),
    row(Main, Move, &["k", "Up"], A::Up, "previous row of the focused pane"),
    row(Main, Move, &["J"], A::ScrollDown, "scroll the detail pane down without leaving the list"),
    row(Main, Move, &["K"], A::ScrollUp, "scroll the detail pane up without leaving the list"),
    row(Main, Move, &["H", "h", "Left"], A::ScrollLeft, "scroll the focused pane 10 columns to the left"),
    row(Main, Move, &["L", "l", "Right"], A::ScrollRight, "scroll the focused pane 10 columns to the right"),
    row(Main, Move, &["0"], A::LineStart, "the beginning of the lines"),
    row(Main, Move, &["$"], A::LineEnd, "the end of the lines"),
    row(Main, Move, &["ctrl-d"], A::HalfPageDown, "half a page down"),
    row(Main, Move, &["ctrl-u"], A::HalfPageUp, "half a page up"),
    row(Main, Move, &["PgDn"], A::PageDown, "a page down"),
    row(Main, Move, &["PgUp"], A::PageUp, "a page up"),
    row(Main, Move, &["g g", "Home"], A::First, "first row; with a count, operation number {n}"),
    row(Main, Move, &["G", "End"], A::Last, "last row; in a live session, follow it; with a count, operation number {n}"),
    hinted(Time, &["."], A::NextOperation, "step", "next operation, whatever pane has the focus"),
    hinted(Time, &[","], A::PreviousOperation, "back", "previous operation"),
    hinted(Time, &[">"], A::NextOfObject, "same object", "next operation that shows the same object"),
    row(Main, Time, &["<"], A::PreviousOfObject, "previous operation that shows the same object"),
    hinted(Time, &[")"], A::NextWrite, "write", "next write (create, update, patch, delete)"),
    row(Main, Time, &["("], A::PreviousWrite, "previous write"),
    hinted(Time, &["}"], A::NextReconcile, "reconcile", "beginning of the next reconcile"),
    row(Main, Time, &["{"], A::PreviousReconcile, "beginning of the previous reconcile"),
    row(Main, Time, &["] b"], A::NextBookmark, "next bookmark"),
    row(Main, Time, &["[ b"], A::PreviousBookmark, "previous bookmark"),
    hinted(Time, &["] e"], A::NextError, "error", "next error"),
    row(Main, Time, &["[ e"], A::PreviousError, "previous error"),
    row(Main, Time, &["] g"], A::NextGap, "next gap: operations were lost there"),
    row(Main, Time, &["[ g"], A::PreviousGap, "previous gap"),
    row(Main, Time, &["] i"], A::NextIdle, "next operation after an idle second"),
    row(Main, Time, &["[ i"], A::PreviousIdle, "previous operation after an idle second"),
    row(Main, Time, &["] l"], A::NextLoop, "beginning of the next loop"),
    row(Main, Time, &["[ l"], A::PreviousLoop, "beginning of the previous loop"),
    row(Main, Time, &["] f"], A::NextFieldChange, "next change of the field at the detail's line; without one, of the object"),
    row(Main, Time, &["[ f"], A::PreviousFieldChange, "previous change of the field at the detail's line"),
    row(Main, Time, &["c"], A::RunForward, "run forward until a CEL expression over the object becomes true"),
    row(Main, Time, &["C"], A::RunBack, "run back to where a CEL expression over the object became true"),
    row(Main, Time, &["+"], A::ZoomIn, "zoom the minimap in around the cursor"),
    row(Main, Time, &["-"], A::ZoomOut, "zoom the minimap out"),
    row(Main, Time, &["="], A::ZoomFit, "the minimap shows the whole recording"),
    row(Main, Time, &["z v"], A::ZoomSelection, "the minimap shows the range that v selected"),
    hinted(Time, &["g t"], A::GoTo, "go to", "go to a moment: #412, 12:04:11, +2.5s, -10s, 50%, rv:81231, a bookmark"),
    hinted(Time, &["Space"], A::Play, "play", "play, pause"),
    row(Main, Time, &["^"], A::Faster, "play faster"),
    row(Main, Time, &["_"], A::Slower, "play slower"),
    row(Main, Time, &["F"], A::Follow, "follow the live session; any step back pauses"),
    row(Main, Time, &["t"], A::TimeStyle, "times since the start, of the clock (UTC), or since the operation before"),
    row(Main, Time, &["T"], A::SinceMark, "times since the mark that was set last, else since this operation"),
    hinted(Cause, &["g d"], A::Cause, "cause", "jump to the cause of this operation"),
    row(Main, Cause, &["g e"], A::Effect, "jump to the first effect of this operation"),
    row(Main, Cause, &["g b"], A::Blame, "blame: show the author of each line of diff and state"),
    row(Main, Cause, &["g w"], A::Writer, "jump to the write that set the field at the line"),
    row(Main, Find, &[";"], A::Sql, "run a SQL query, read-only"),
    row(Main, Cause, &["%"], A::Echo, "from a write to its delivery, or from a delivery to the write behind it"),
    row(
        Main,
        Cause,
        &["!"],
        A::Refusal,
        "from a refused write (409 conflict) to the write that was faster, then to its retry, then back",
    ),
    row(Main, Cause, &["*"], A::NextTouching, "next operation on the object under the cursor"),
    row(Main, Cause, &["#"], A::PreviousTouching, "previous operation on the object under the cursor"),
    hinted(Find, &["/"], A::Search, "find", "search: a text or a filter (code>=400)"),
    row(Main, Find, &["n"], A::SearchNext, "next match"),
    row(Main, Find, &["N"], A::SearchPrevious, "previous match"),
    hinted(Find, &["f"], A::EditFilter, "filter", "filter the timeline: kind=deploy and (verb==patch or code>=400)"),
    row(Main, Find, &["&"], A::FilterSwitch, "the filter off and on, without losing it"),
    row(Main, Find, &["s"], A::OnlyThis, "only this: filter by something of this row"),
    row(Main, Find, &["S"], A::NotThis, "not this: filter something of this row away"),
    row(Main, Find, &["o"], A::PickObject, "find an object by typing parts of its name"),
    row(
        Main,
        View,
        &["O"],
        A::Order,
        "choose the order of the view: objects, findings, sessions, lanes; `:order` goes without the menu",
    ),
    row(Main, Find, &["ctrl-p"], A::Palette, "find an action by typing parts of its description"),
    hinted(Find, &[":"], A::CommandLine, "command", "a command: :goto #412, :filter EXPR, :set times clock, any action"),
    row(Main, Marks, &["m {a-z}"], A::SetMark, "set a mark"),
    row(Main, Marks, &["' {a-z}"], A::JumpToMark, "jump to a mark"),
    row(Main, Marks, &["' '"], A::LastPosition, "back to the last position"),
    hinted(Marks, &["b"], A::Bookmark, "bookmark", "set or remove a bookmark here"),
    row(Main, Marks, &["B"], A::BookmarkNamed, "set a bookmark here with a name and a note"),
    row(Main, Marks, &["a"], A::Note, "write a note on this operation; an empty note removes it"),
    row(Main, Marks, &["M", "A"], A::Bookmarks, "list of bookmarks, notes and marks"),
    row(Main, Marks, &["ctrl-o", "alt-Left"], A::JumpBack, "back in the list of jumps"),
    row(Main, Marks, &["alt-Right", "ctrl-i"], A::JumpForward, "forward in the list of jumps"),
    row(Main, Marks, &["g j"], A::JumpList, "the list of jumps"),
    row(Main, Marks, &["u"], A::Undo, "take back the last change of filter, zoom or folds"),
    row(Main, Marks, &["ctrl-r"], A::Redo, "make it again"),
    row(Main, View, &["Tab"], A::NextPane, "next pane or tab"),
    row(Main, View, &["S-Tab"], A::PreviousPane, "previous pane or tab"),
    row(Main, View, &["alt-1"], A::Frame1, "pane 1: the timeline"),
    row(Main, View, &["alt-2"], A::Frame2, "pane 2: diff and state"),
    row(Main, View, &["alt-3"], A::Frame3, "pane 3: the causes, logs"),
    row(Main, View, &["alt-4"], A::Frame4, "pane 4: findings, bookmarks and notes"),
    row(Main, View, &["alt-5"], A::Frame5, "pane 5: request and answer, SQL"),
    row(Main, View, &["alt-0"], A::Frame0, "pane 0: objects, sessions"),
    row(Main, View, &["ctrl-w h"], A::FrameLeft, "the pane to the left"),
    row(Main, View, &["ctrl-w j"], A::FrameBelow, "the pane below"),
    row(Main, View, &["ctrl-w k"], A::FrameAbove, "the pane above"),
    row(Main, View, &["ctrl-w l"], A::FrameRight, "the pane to the right"),
    row(Main, View, &["ctrl-w w"], A::FrameNext, "the next pane on the screen"),
    row(Main, View, &["V t"], A::ViewTimeline, "the timeline"),
    row(Main, View, &["V d"], A::ViewDiff, "the diff of the object"),
    row(Main, View, &["V y"], A::ViewState, "the state: the whole object as YAML"),
    row(Main, View, &["V w"], A::ViewWhy, "why: causes and effects"),
    hinted(View, &["V f"], A::ViewFindings, "findings", "findings, bookmarks, notes and marks"),
    row(Main, View, &["i", "V r"], A::ViewRaw, "request and answer as they went over the wire; once more, back"),
    row(Main, View, &["V g"], A::ViewLogs, "the log of the recorded process; the cursor moves with it"),
    row(Main, View, &["V s"], A::ViewSessions, "the sessions of the recording; Enter opens one"),
    row(Main, View, &["V o"], A::ViewObjects, "the objects as of the cursor"),
    row(Main, View, &["V l"], A::ViewLanes, "lanes: actors against time; once more, objects"),
    row(Main, View, &["V q"], A::ViewSql, "the rows of the last query"),
    row(Main, View, &["Z"], A::Maximise, "the focused pane alone, and back"),
    row(Main, View, &["z l"], A::LogLines, "log lines between the operations"),
    row(Main, View, &["p"], A::Pin, "pin the object: its rows are marked; or unpin it"),
    row(Main, View, &["v"], A::SelectRange, "a range of rows, from here to the cursor"),
    row(Main, View, &["] c"], A::NextChange, "next change in the diff"),
    row(Main, View, &["[ c"], A::PreviousChange, "previous change in the diff"),
    row(Main, View, &["z a"], A::ToggleFold, "open or close the fold at the line; on the timeline the loop around the cursor"),
    row(Main, View, &["z o"], A::OpenFold, "open the fold at the line"),
    row(Main, View, &["z c"], A::CloseFold, "close the fold at the line"),
    row(Main, View, &["z R"], A::OpenAllFolds, "open all folds"),
    row(Main, View, &["z M"], A::CloseAllFolds, "close all folds"),
    row(Main, View, &["d d"], A::DiffPrevious, "diff against the version before"),
    row(Main, View, &["d m {a-z}"], A::DiffMark, "diff against a mark"),
    row(Main, View, &["d v"], A::DiffView, "diff against the last version that the actor received"),
    row(Main, View, &["d s"], A::SideBySide, "old and new side by side, and back"),
    row(Main, View, &["d w"], A::WordDiff, "mark the words that differ, or not"),
    row(Main, View, &["d i"], A::IgnoreOrder, "ignore the order of lists that have no merge key, or not"),
    row(Main, View, &["W"], A::Wrap, "let long lines go on below, or cut them"),
    row(
        Main,
        View,
        &["x"],
        A::Noise,
        "show or hide fields that change with every write (managedFields, resourceVersion) and log prefixes",
    ),
    row(Main, Out, &["y l"], A::CopyCommand, "give the clipboard the command that opens this view"),
    row(Main, Out, &["y y"], A::CopyLine, "give the clipboard the line"),
    row(Main, Out, &["y p"], A::CopyPath, "give the clipboard the path of the field"),
    row(Main, Out, &["y v"], A::CopyValue, "give the clipboard the value of the field"),
    row(Main, Out, &["y d"], A::CopyDiff, "give the clipboard the diff"),
    row(Main, Out, &["y k"], A::CopyKubectl, "give the clipboard the kubectl command for the object"),
    row(Main, Out, &["e"], A::Export, "export the focused pane: .txt, .json, .yaml, .csv, .svg or .html"),
    row(
        Main,
        Out,
        &["E"],
        A::Serve,
        "serve the moment of the cursor to kubectl, and give the clipboard the line for the shell; once more, end it",
    ),
    row(Main, Out, &["|"], A::Pipe, "pipe the focused pane to a shell command"),
    row(Main, App, &["Enter"], A::Enter, "open: from the timeline to the detail, in it the fold or the operation"),
    row(Main, App, &["Esc"], A::Cancel, "cancel, clear"),
    row(Main, App, &["q"], A::Close, "close the maximised pane; else quit"),
    row(Main, App, &["Q"], A::Quit, "quit at once"),
    row(Main, App, &["ctrl-c"], A::Interrupt, "cancel the running request; quit when idle"),
    row(Main, App, &["ctrl-z"], A::Suspend, "suspend to the shell"),
    row(Main, App, &["ctrl-l"], A::Redraw, "redraw the screen"),
    row(Main, App, &["r"], A::Reload, "reload the recording"),
    hinted(App, &["?"], A::Help, "help", "this help; type to filter it"),
    row(List, Move, &["j", "Down"], A::Down, "next row"),
    row(List, Move, &["k", "Up"], A::Up, "previous row"),
    row(List, Move, &["g g", "Home"], A::First, "first row"),
    row(List, Move, &["G", "End"], A::Last, "last row"),
    row(List, App, &["Enter"], A::Enter, "jump there, or choose it"),
    row(List, Find, &["Tab"], A::Complete, "go on writing the filter of the row"),
    row(List, App, &["Esc", "q", "ctrl-c"], A::Cancel, "close"),
    row(Help, Move, &["Down"], A::Down, "next line"),
    row(Help, Move, &["Up"], A::Up, "previous line"),
    row(Help, Move, &["PgDn"], A::PageDown, "a page down"),
    row(Help, Move, &["PgUp"], A::PageUp, "a page up"),
    row(Help, App, &["Esc", "Enter", "ctrl-c"], A::Cancel, "close"),
    row(Picker, Move, &["Down", "ctrl-n"], A::Down, "next row"),
    row(Picker, Move, &["Up", "ctrl-p"], A::Up, "previous row"),
    row(Picker, Move, &["PgDn"], A::PageDown, "ten rows down"),
    row(Picker, Move, &["PgUp"], A::PageUp, "ten rows up"),
    row(Picker, App, &["Enter"], A::Enter, "go there, or do it"),
    row(Picker, App, &["Esc", "ctrl-c"], A::Cancel, "close"),
    row(Prompt, App, &["Enter"], A::Enter, "do it"),
    row(Prompt, App, &["Esc", "ctrl-c"], A::Cancel, "leave it"),
    row(Prompt, Find, &["Tab"], A::Complete, "the next completion"),
    row(Prompt, Move, &["Up"], A::Up, "the previous line of the history"),
    row(Prompt, Move, &["Down"], A::Down, "the next line of the history"),
];
