use crate::tui::action::{Action, Command};
use crate::tui::keys::Key;
use crate::tui::view::Pane;
use kuberewind_model::{Duration, MomentSpec};

/// The words that are no actions, each with what comes after it and what it does: what completion and help list.
pub const WORDS: &[(&str, &str, &str)] = &[
    ("goto", "MOMENT", "go to a moment: #412, 12:04:11, +2.5s, 50%, rv:81231, a bookmark"),
    ("filter", "EXPR", "show only what passes; without EXPR everything"),
    ("search", "TEXT", "look for a text, or for what a filter says"),
    ("set", "OPTION VALUE", "change how things are shown"),
    ("order", "[VIEW] NAME", "the order of a view, of the focused one where none is named: versions, findings time"),
    ("keys", "KEY …", "press keys"),
    ("type", "TEXT", "type a text into the line that is open"),
    ("wait", "LENGTH", "let time pass: only in scripts"),
];

/// The first words of statements: those, and the actions' names. A name that is both is there once.
pub fn names() -> impl Iterator<Item = String> {
    let actions = Action::ALL.iter().map(|action| action.name());
    let words = WORDS.iter().map(|(word, ..)| (*word).to_owned());
    words.chain(actions.filter(|name| WORDS.iter().all(|(word, ..)| word != name)))
}

/// One step of a script.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// Go to a moment.
    GoTo(MomentSpec),
    /// Filter the timeline; '' takes the filter away.
    Filter(String),
    /// Search; '' clears.
    Search(String),
    /// Change an option: its name, and the value, '' for none.
    Set(String, String),
    /// Put a view, or the one that has the focus, into the order of this name.
    Order(Option<Pane>, String),
    /// Press these keys.
    Keys(Vec<Key>),
    /// Type this text.
    Type(String),
    /// Let time pass. Nothing at a prompt; in a tour, the pause between two frames.
    Wait(Duration),
    /// An action.
    Do(Command),
}
