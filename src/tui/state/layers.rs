//! What lies on top of the panes.

use std::sync::Arc;

use tui_input::Input;

use crate::tui::action::Action;
use crate::tui::protocol::ObjectMatch;
use kuberewind_model::{ObjectId, Seq};
use kuberewind_query::SyntaxError;

use crate::tui::order::OrderRow;

/// One of them.
#[derive(Debug, Clone)]
pub enum Layer {
    /// The help, what it is filtered by, and the first line shown.
    Help(ListState),
    /// Bookmarks and marks.
    Bookmarks(ListState),
    /// A line to type into.
    Prompt(Prompt),
    /// Something to choose by a letter.
    Menu(Menu),
    /// Something to choose by typing parts of it.
    Picker(Picker),
}

/// A list, what it is filtered by, and the row one stands on.
#[derive(Debug, Clone, Default)]
pub struct ListState {
    /// What was typed to filter it.
    pub filter: Input,
    /// The row, or the first line.
    pub row: usize,
}

/// What is typed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// A text to look for.
    Search,
    /// A moment.
    GoTo,
    /// A bookmark's name, and after a blank its note.
    Bookmark,
    /// What is to be said of the operation at the cursor.
    Note,
    /// A query.
    Sql,
    /// A text to look for in the document that has the focus.
    SearchHere,
    /// A file to write what is shown into.
    Export,
    /// A command of the shell that gets what is shown.
    Pipe,
    /// A filter of the timeline.
    Filter,
    /// A command.
    Command,
    /// An expression to run forwards to.
    RunForward,
    /// An expression to run backwards to.
    RunBack,
}

/// Words that can stand where the line's last word stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The byte at which the word begins.
    pub start: usize,
    /// The words.
    pub words: Vec<String>,
    /// The one that stands in the line now.
    pub chosen: usize,
}

/// A line to type into.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// The line.
    pub input: Input,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What is wrong with it as it stands, and where.
    pub syntax: Option<SyntaxError>,
    /// What Tab offers.
    pub completion: Option<Completion>,
    /// How far back in what was typed before.
    pub back: usize,
}

impl Prompt {
    /// An empty line.
    #[must_use]
    pub fn new(purpose: Purpose) -> Prompt {
        Prompt::with(purpose, String::new())
    }

    /// A line with something in it.
    #[must_use]
    pub fn with(purpose: Purpose, line: String) -> Prompt {
        Prompt { purpose, input: Input::new(line), error: None, syntax: None, completion: None, back: 0 }
    }

    /// What stands before the line.
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

    /// Whether a second line helps while it is typed.
    #[must_use]
    pub fn is_helped(&self) -> bool {
        matches!(self.purpose, Purpose::Filter | Purpose::Command | Purpose::RunForward | Purpose::RunBack)
    }
}

/// A row of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuRow {
    /// The letter that chooses it.
    pub letter: char,
    /// What it is: `actor`.
    pub name: &'static str,
    /// What it says.
    pub text: String,
    /// What comes of it.
    pub does: Chosen,
}

/// What a row of a menu does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// Filters by its text.
    Filter,
    /// Puts a view into this order.
    Order(&'static OrderRow),
}

/// Something to choose by a letter: what a cell can be filtered by, the order of a view.
#[derive(Debug, Clone)]
pub struct Menu {
    /// Above it.
    pub title: &'static str,
    /// What there is.
    pub rows: Vec<MenuRow>,
    /// The row one stands on.
    pub row: usize,
}

/// What a picker chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickerKind {
    /// The objects of the recording.
    Objects,
    /// Everything that can be done.
    Commands,
    /// Where the cursor was.
    Jumps,
}

/// What a row of a picker leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// An object.
    Object(ObjectId),
    /// An action.
    Do(Action),
    /// A moment.
    GoTo(Seq),
    /// An order of a view.
    Order(&'static OrderRow),
}

/// A row of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickerRow {
    /// What is matched.
    pub text: Arc<str>,
    /// What stands beside it.
    pub detail: String,
    /// The characters of the text that matched, rising.
    pub marked: Vec<u32>,
    /// Where it leads.
    pub pick: Pick,
}

/// Something to choose by typing parts of it.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What it chooses from.
    pub kind: PickerKind,
    /// What was typed, and the row one stands on.
    pub list: ListState,
    /// The rows that match, the best first.
    pub rows: Vec<PickerRow>,
    /// How many match in all.
    pub total: usize,
    /// Whether rows are on their way.
    pub waits: bool,
    /// The object that the preview is of, and its lines.
    pub preview: Option<(ObjectId, Vec<String>)>,
}

impl Picker {
    /// Of nothing yet.
    #[must_use]
    pub fn new(kind: PickerKind) -> Picker {
        Picker { kind, list: ListState::default(), rows: Vec::new(), total: 0, waits: false, preview: None }
    }

    /// The row one stands on.
    #[must_use]
    pub fn chosen(&self) -> Option<&PickerRow> {
        self.rows.get(self.list.row)
    }

    /// Takes objects that match.
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
