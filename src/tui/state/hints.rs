//! Sentences that name keys: those that are bound, not those that the program came with.

use crate::tui::action::Action;
use crate::tui::keys::Context;

use super::State;

impl State {
    /// The key that does something in the panes, as a sentence names it; where none does, the command.
    #[must_use]
    pub fn key_of(&self, action: Action) -> String {
        let key = self.key_in(Context::Main, action);
        if key.is_empty() { format!(":{}", action.name()) } else { key }
    }

    /// The key that does something there, a letter after it as an example; '' where none does.
    #[must_use]
    pub fn key_in(&self, context: Context, action: Action) -> String {
        self.keys.map.first_of(context, action).replace("{a-z}", "a")
    }

    /// What keys of the panes do: `u brings it back, f writes another`.
    #[must_use]
    pub fn hints(&self, hints: &[(Action, &str)]) -> String {
        let parts: Vec<String> = hints.iter().map(|(action, does)| format!("{} {does}", self.key_of(*action))).collect();
        parts.join(", ")
    }

    /// What keys do there; what no key does is left out.
    #[must_use]
    pub fn hints_in(&self, context: Context, hints: &[(Action, &str)]) -> String {
        let part = |(action, does): &(Action, &str)| {
            let key = self.key_in(context, *action);
            (!key.is_empty()).then(|| format!("{key} {does}"))
        };
        hints.iter().filter_map(part).collect::<Vec<_>>().join(", ")
    }

    /// A sentence, and after it what helps.
    #[must_use]
    pub fn hinted(&self, words: &str, hints: &[(Action, &str)]) -> String {
        format!("{words}; {}", self.hints(hints))
    }
}
