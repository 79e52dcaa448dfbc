//! What log lines say of reconciles: a file for each format that operators print.

mod clock;
mod controller_runtime;
mod fields;
mod klog;
mod said;
pub mod spans;
mod tracing_json;
mod tracing_text;

pub use said::said;

use crate::text::strip_escapes;
use kuberewind_model::{Duration, SpanResult, Timestamp};

/// What a line says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// `error`, `info`, …; '' where it does not say.
    pub level: &'static str,
    /// When it was printed, as it says itself, where it says so to less than a second. It may have lain in a pipe since.
    pub printed: Option<Timestamp>,
    /// The reconcile it speaks of.
    pub reconcile: Option<Mention>,
}

/// A reconcile, as a line speaks of it. What is not said is ''.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    /// The runtime's own name for this run: `reconcileID`.
    pub id: String,
    /// The controller.
    pub controller: String,
    /// API group.
    pub group: String,
    /// API version.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name; with the namespace after a dot where `joined`.
    pub name: String,
    /// Whether name and namespace are one text.
    pub joined: bool,
    /// The runtime's words for why.
    pub reason: String,
    /// Which part of the reconcile the line tells.
    pub moment: Moment,
}

/// Which part of a reconcile a line tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Moment {
    /// It begins.
    Begins,
    /// Something within it.
    #[default]
    Within,
    /// It ends.
    Ends {
        /// How.
        result: SpanResult,
        /// The error, '' for none.
        error: String,
        /// When it asks to be run again.
        requeue_after: Option<Duration>,
        /// How long it took, where the line says so.
        lasted: Option<Duration>,
    },
}

/// Reads a line in whatever format it is.
#[must_use]
pub fn read(line: &str) -> Told {
    let plain = strip_escapes(line);
    let trimmed = plain.trim();
    let read = if trimmed.starts_with('{') {
        tracing_json::read(trimmed).or_else(|| controller_runtime::read_json(trimmed))
    } else {
        controller_runtime::read_console(trimmed).or_else(|| klog::read(trimmed)).or_else(|| tracing_text::read(trimmed))
    };
    let read = read.unwrap_or_default();
    Told { printed: read.reconcile.as_ref().and_then(|_| clock::printed(trimmed)), ..read }
}

/// The program that printed a line within a reconcile, as Rust names it: the first part of the module's path. Go's loggers name none.
#[must_use]
pub fn program_of(line: &str) -> Option<String> {
    let module = if line.starts_with('{') { tracing_json::module(line) } else { tracing_text::module(line).map(Into::into) };
    module.and_then(|module| module.split("::").next().map(Into::into))
}

/// The level in the words of the recording.
fn level(word: &str) -> &'static str {
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

/// A duration as Go prints it: `1m30s`, `500ms`, `1.5s`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut nanos = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let unit: u64 = match &rest[digits..unit_end] {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "µs" | "us" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, part) = rest[..digits].split_once('.').unwrap_or((&rest[..digits], ""));
        nanos = nanos.checked_add(whole.parse::<u64>().ok()?.checked_mul(unit)?)?;
        let mut scale = unit;
        for digit in part.chars() {
            scale /= 10;
            nanos = nanos.checked_add(scale.checked_mul(u64::from(digit.to_digit(10)?))?)?;
        }
        rest = &rest[unit_end..];
    }
    (nanos > 0).then_some(Duration(nanos))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{go_duration, read};
    use kuberewind_model::Duration;

    #[test]
    fn durations_as_go_prints_them() {
        assert_eq!(go_duration("1m30s"), Some(Duration(90_000_000_000)));
        assert_eq!(go_duration("1.5s"), Some(Duration(1_500_000_000)));
        assert_eq!(go_duration("500ms"), Some(Duration(500_000_000)));
        for bad in ["", "5", "s", "5x", "99999999999999999999h"] {
            assert_eq!(go_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn lines_of_no_format_say_nothing() {
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
            assert_eq!(read(line).reconcile, None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(line in "\\PC{0,200}") {
            prop_assert!(read(&line).level.len() <= 5);
        }

        #[test]
        fn nothing_alike_breaks_it(line in "(I0221 |\\{|reconciling object\\{|object\\.ref=|\t|\"|reconcileID|:|=|\\}|/|\\.|close|a| ){0,40}") {
            prop_assert!(read(&line).level.len() <= 5);
        }
    }
}
