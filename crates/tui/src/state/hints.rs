//! Hints that name the user's keys.

use crate::action::Action;
use crate::keys::Context;

use super::State;

impl State {
    /// The key of an action in the panes; the command if there is no key.
    #[must_use]
    pub fn key_of(&self, action: Action) -> String {
        let key = self.key_in(Context::Main, action);
        if key.is_empty() { format!(":{}", action.name()) } else { key }
    }

    /// The key of an action in a context, with `a` as an example letter; '' if there is no key.
    #[must_use]
    pub fn key_in(&self, context: Context, action: Action) -> String {
        self.keys.map.first_of(context, action).replace("{a-z}", "a")
    }

    /// Joins hints about keys of the panes: `u brings it back, f writes another`.
    #[must_use]
    pub fn hints(&self, hints: &[(Action, &str)]) -> String {
        let parts: Vec<String> = hints.iter().map(|(action, does)| format!("{} {does}", self.key_of(*action))).collect();
        parts.join(", ")
    }

    /// Joins hints about keys of a context, without actions that have no key.
    #[must_use]
    pub fn hints_in(&self, context: Context, hints: &[(Action, &str)]) -> String {
        let part = |(action, does): &(Action, &str)| {
            let key = self.key_in(context, *action);
            (!key.is_empty()).then(|| format!("{key} {does}"))
        };
        hints.iter().filter_map(part).collect::<Vec<_>>().join(", ")
    }

    /// A sentence followed by hints.
    #[must_use]
    pub fn hinted(&self, words: &str, hints: &[(Action, &str)]) -> String {
        format!("{words}; {}", self.hints(hints))
    }
}
