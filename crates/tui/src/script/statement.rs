use crate::action::{Action, Command};
use crate::keys::Key;
use crate::view::Pane;
use kuberewind_model::{Duration, MomentSpec};

/// The commands that are not actions, with argument and description, for completion and help.
pub const WORDS: &[(&str, &str, &str)] = &[
    ("goto", "MOMENT", "go to a moment: #412, 12:04:11, +2.5s, 50%, rv:81231, a bookmark"),
    ("filter", "EXPR", "filter the timeline; without EXPR, show everything"),
    ("search", "TEXT", "search for a text or a filter"),
    ("set", "OPTION VALUE", "change a display option"),
    ("order", "[VIEW] NAME", "the order of a view [default: the focused one]: versions, findings time"),
    ("keys", "KEY …", "press keys"),
    ("type", "TEXT", "type a text into the open prompt"),
    ("wait", "LENGTH", "let time pass: only in scripts"),
];

/// All commands, without duplicates: the words above and the names of the actions.
pub fn names() -> impl Iterator<Item = String> {
    let actions = Action::ALL.iter().map(|action| action.name());
    let words = WORDS.iter().map(|(word, ..)| (*word).to_owned());
    words.chain(actions.filter(|name| WORDS.iter().all(|(word, ..)| word != name)))
}

/// A statement of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    GoTo(MomentSpec),
    /// Filter the timeline; '' clears the filter.
    Filter(String),
    /// Search; '' clears the search.
    Search(String),
    /// Change an option: name and value, '' for none.
    Set(String, String),
    /// Set the order of a view, or of the focused view.
    Order(Option<Pane>, String),
    Keys(Vec<Key>),
    /// Type a text.
    Type(String),
    /// Pause between two frames of a tour; has no effect in a prompt.
    Wait(Duration),
    Do(Command),
}
