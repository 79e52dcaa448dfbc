//! Parses a line in any of the known formats.

use super::line::ParsedLine;
use super::{klog, time, tracing_json, tracing_text, zap};
use kuberewind_text::strip_escapes;

/// Parses a line; the result is empty for an unknown format.
#[must_use]
pub fn parse(line: &str) -> ParsedLine {
    let plain = strip_escapes(line);
    let trimmed = plain.trim();
    let parsed = if trimmed.starts_with('{') {
        tracing_json::read(trimmed).or_else(|| zap::read_json(trimmed))
    } else {
        zap::read_console(trimmed).or_else(|| klog::read(trimmed)).or_else(|| tracing_text::read(trimmed))
    };
    let parsed = parsed.unwrap_or_default();
    ParsedLine { time: parsed.reconcile.as_ref().and_then(|_| time::time(trimmed)), ..parsed }
}

/// The Rust crate that printed a line within a reconcile: the first segment of the module path. Go's loggers do not print
/// one.
#[must_use]
pub fn program_of(line: &str) -> Option<String> {
    let module = if line.starts_with('{') { tracing_json::module(line) } else { tracing_text::module(line).map(Into::into) };
    module.and_then(|module| module.split("::").next().map(Into::into))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn lines_of_unknown_format_are_empty() {
        for line in [
            "",
            "go fmt ./...",
            "{",
            "{\"a\":",
            "I",
            "E0221",
            "\t\t{",
            "x{y{z",
            "reconciling object{",
            "I0221 11:06:58.1 1 f.go:1] \"a",
        ] {
            assert_eq!(parse(line).reconcile, None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(line in "\\PC{0,200}") {
            prop_assert!(parse(&line).level.len() <= 5);
        }

        #[test]
        fn nothing_alike_breaks_it(line in "(I0221 |\\{|reconciling object\\{|object\\.ref=|\t|\"|reconcileID|:|=|\\}|/|\\.|close|a| ){0,40}") {
            prop_assert!(parse(&line).level.len() <= 5);
        }
    }
}
