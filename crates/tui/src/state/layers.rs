//! Dialogs on top of the panes.

use std::sync::Arc;

use tui_input::Input;

use crate::action::Action;
use crate::protocol::ObjectMatch;
use kuberewind_model::{ObjectId, Seq};
use kuberewind_query::SyntaxError;

use crate::order::OrderRow;

#[derive(Debug, Clone)]
pub enum Layer {
    /// The help with its filter and first visible line.
    Help(ListState),
    /// Bookmarks and marks.
    Bookmarks(ListState),
    Prompt(Prompt),
    /// A list in which a letter selects a row.
    Menu(Menu),
    /// A list filtered by typing.
    Picker(Picker),
}

/// A list with its filter and selected row.
#[derive(Debug, Clone, Default)]
pub struct ListState {
    pub filter: Input,
    /// The selected row, or the first visible line.
    pub row: usize,
}

/// The purpose of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Search,
    GoTo,
    /// A bookmark's name, a blank, and its note.
    Bookmark,
    /// A note on the operation at the cursor.
    Note,
    Sql,
    /// A search in the focused document.
    SearchHere,
    /// A file to export the focused pane to.
    Export,
    /// A shell command to pipe the focused pane to.
    Pipe,
    Filter,
    Command,
    /// A CEL expression to run forward to.
    RunForward,
    /// A CEL expression to run back to.
    RunBack,
}

/// The completions of the last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The byte at which the word begins.
    pub start: usize,
    pub words: Vec<String>,
    /// The index of the completion in the line.
    pub chosen: usize,
}

#[derive(Debug, Clone)]
pub struct Prompt {
    pub purpose: Purpose,
    pub input: Input,
    /// The error of the last Enter.
    pub error: Option<String>,
    /// A syntax error in the current line.
    pub syntax: Option<SyntaxError>,
    pub completion: Option<Completion>,
    /// The position in the history, counted from its end; 0 for a new line.
    pub back: usize,
}

impl Prompt {
    /// An empty prompt.
    #[must_use]
    pub fn new(purpose: Purpose) -> Prompt {
        Prompt::with(purpose, String::new())
    }

    #[must_use]
    pub fn with(purpose: Purpose, line: String) -> Prompt {
        Prompt { purpose, input: Input::new(line), error: None, syntax: None, completion: None, back: 0 }
    }

    /// The text before the line.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.purpose {
            Purpose::Search => "/",
            Purpose::GoTo => "go to ",
            Purpose::Bookmark => "bookmark name and note ",
            Purpose::Note => "note on this operation ",
            Purpose::Sql => "; ",
            Purpose::SearchHere => "find here /",
            Purpose::Export => "write to (.txt .json .yaml .csv .svg .html) ",
            Purpose::Pipe => "|",
            Purpose::Filter => "filter ",
            Purpose::Command => ":",
            Purpose::RunForward => "run to ",
            Purpose::RunBack => "run back to ",
        }
    }

    /// True if a second line shows help.
    #[must_use]
    pub fn is_helped(&self) -> bool {
        matches!(self.purpose, Purpose::Filter | Purpose::Command | Purpose::RunForward | Purpose::RunBack)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuRow {
    /// The letter that selects the row.
    pub letter: char,
    /// The label: `actor`.
    pub name: &'static str,
    /// The description or the filter.
    pub text: String,
    pub does: MenuChoice,
}

/// The effect of a menu row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuChoice {
    /// Filter by the row's text.
    Filter,
    /// Set the order of a view.
    Order(&'static OrderRow),
}

/// A list in which a letter selects a row: the filters for a row, or the orders of a view.
#[derive(Debug, Clone)]
pub struct Menu {
    pub title: &'static str,
    pub rows: Vec<MenuRow>,
    /// The selected row.
    pub row: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickerKind {
    Objects,
    Commands,
    /// The history of jumps.
    Jumps,
}

/// The target of a picker row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    Object(ObjectId),
    Do(Action),
    GoTo(Seq),
    Order(&'static OrderRow),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerRow {
    /// The text to match.
    pub text: Arc<str>,
    /// Text beside it.
    pub detail: String,
    /// Indices of the matching characters, ascending.
    pub marked: Vec<u32>,
    pub pick: Pick,
}

/// A list filtered by typing.
#[derive(Debug, Clone)]
pub struct Picker {
    pub kind: PickerKind,
    pub list: ListState,
    /// The best matches, best first.
    pub rows: Vec<PickerRow>,
    /// The number of all matches.
    pub total: usize,
    /// True while a request is pending.
    pub waits: bool,
    /// The object of the preview and its lines.
    pub preview: Option<(ObjectId, Vec<String>)>,
}

impl Picker {
    #[must_use]
    pub fn new(kind: PickerKind) -> Picker {
        Picker { kind, list: ListState::default(), rows: Vec::new(), total: 0, waits: false, preview: None }
    }

    /// The selected row.
    #[must_use]
    pub fn chosen(&self) -> Option<&PickerRow> {
        self.rows.get(self.list.row)
    }

    /// Takes the matching objects.
    pub fn take(&mut self, found: &[ObjectMatch], total: usize) {
        let row = |choice: &ObjectMatch| PickerRow {
            text: choice.text.clone(),
            detail: String::new(),
            marked: choice.marked.clone(),
            pick: Pick::Object(choice.object),
        };
        self.rows = found.iter().map(row).collect();
        self.total = total;
        self.waits = false;
        self.list.row = self.list.row.min(self.rows.len().saturating_sub(1));
    }
}
