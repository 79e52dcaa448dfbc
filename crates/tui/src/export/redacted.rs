//! Count of redacted values in a text.

/// The prefix of a redacted value, in plain text and in the base64 data of Secrets.
const PREFIXES: [&str; 2] = ["redacted:", "cmVkYWN0ZWQ6"];

pub(super) fn count(text: &str) -> usize {
    PREFIXES.iter().map(|prefix| text.matches(prefix).count()).sum()
}

/// The remark that text and YAML files end with.
pub(super) fn remark(redacted: usize) -> String {
    if redacted == 0 { String::new() } else { format!("# {redacted} redacted: a keyed hash replaces the value\n") }
}
