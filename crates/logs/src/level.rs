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
    // zap has no names for higher verbosities: `LEVEL(-5)`.
    let verbosity =
        word.get(..7).filter(|start| start.eq_ignore_ascii_case("level(-")).and_then(|_| word.get(7..)?.strip_suffix(')'));
    if verbosity.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())) {
        return "trace";
    }
    WORDS.iter().find(|(from, _)| word.eq_ignore_ascii_case(from)).map_or("", |(_, to)| to)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn every_verbosity_is_a_level() {
        let levels: Vec<_> = ["LEVEL(-5)", "Level(-2)", "DEBUG", "LEVEL(-)", "LEVEL(5)", "level"].map(level).into();
        assert_eq!(levels, ["trace", "trace", "debug", "", "", ""]);
    }
}
