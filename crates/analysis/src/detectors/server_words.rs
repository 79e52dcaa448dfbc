//! The server's reason for refusing a call: the webhook, quota, field, permission or policy that it names.

use kuberewind_model::Seq;

use crate::hash::{bytes, pair};
use crate::stream::OperationItem;

/// Longer messages are cut.
const MAX_CHARS: usize = 300;

/// The message on one line, at most 300 characters.
pub(super) fn quote(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// A hash of the message without what differs from call to call: the name of the object, numbers and generated suffixes.
/// Refusals by the same webhook, quota or policy have the same hash.
pub(super) fn kind(operation: &OperationItem) -> u64 {
    let name = &*operation.op.name;
    let differs = |word: &str| {
        (!name.is_empty() && word.contains(name))
            || word.bytes().any(|byte| byte.is_ascii_digit())
            || word.contains(&*operation.op.namespace) && !operation.op.namespace.is_empty()
            || word.matches('-').count() > 0 && word.contains('"')
    };
    let words = operation.op.error.split_whitespace().filter(|word| !differs(word)).take(64);
    words.fold(0, |hash, word| pair(hash, bytes(word.as_bytes())))
}

/// The managers and fields in the message of a refused apply:
/// `conflict with "NAME" using GROUP/VERSION: .spec.field`.
pub(super) fn apply_conflicts(message: &str) -> (Vec<String>, Vec<String>) {
    let (mut managers, mut fields) = (Vec::new(), Vec::new());
    for part in message.split("onflict").skip(1) {
        if let Some(manager) = part.split_once(" with \"").and_then(|(_, rest)| rest.split('"').next()) {
            managers.push(manager.to_owned());
        }
    }
    for word in message.split_whitespace() {
        let word = word.trim_end_matches(',');
        if word.len() > 1 && word.starts_with('.') && !fields.iter().any(|known| known == word) {
            fields.push(word.to_owned());
        }
    }
    managers.dedup();
    managers.truncate(8);
    fields.truncate(8);
    (managers, fields)
}

/// The latest failure of a call that an actor repeats.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub call: String,
    pub status: u16,
    pub message: String,
    pub count: u64,
    pub last: Seq,
}

impl Failure {
    pub fn new(call: &str, status: u16) -> Failure {
        Failure { call: call.to_owned(), status, message: String::new(), count: 0, last: Seq::START }
    }

    /// Counts one more failure.
    pub fn again(&mut self, message: &str, seq: Seq) {
        self.count += 1;
        self.last = seq;
        self.message = quote(message);
    }
}

#[cfg(test)]
mod tests {
    use super::{apply_conflicts, quote};

    #[test]
    fn reads_the_managers_and_fields_of_a_refused_apply() {
        let message = "Apply failed with 2 conflicts: conflicts with \"rollouts-controller\" using argoproj.io/v1alpha1: .spec.template.spec.containers, .spec.replicas";
        assert_eq!(
            apply_conflicts(message),
            (vec!["rollouts-controller".into()], vec![".spec.template.spec.containers".into(), ".spec.replicas".into()])
        );
        assert_eq!(apply_conflicts("the object has been modified"), (vec![], vec![]));
        assert_eq!(quote("one\n two"), "one two");
        assert_eq!(quote(&"x".repeat(400)).chars().count(), 301);
    }
}
