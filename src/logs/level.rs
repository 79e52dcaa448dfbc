//! Log levels.

/// Converts a logger's level to one of the recording; empty for other words.
pub(super) fn level(word: &str) -> &'static str {
    const WORDS: [(&str, &str); 12] = [
        ("trace", "trace"),
        ("debug", "debug"),
        ("info", "info"),
        ("notice", "info"),
        ("warn", "warn"),
        ("warning", "warn"),
        ("error", "error"),
        ("err", "error"),
        ("fatal", "fatal"),
        ("panic", "fatal"),
        ("dpanic", "fatal"),
        ("critical", "fatal"),
    ];
    WORDS.iter().find(|(from, _)| word.eq_ignore_ascii_case(from)).map_or("", |(_, to)| to)
}
