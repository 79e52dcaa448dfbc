//! When a line was printed, by its own account.

use super::fields::Fields;
use kuberewind_model::Timestamp;

/// What loggers call it in JSON.
const NAMES: [&str; 4] = ["ts", "timestamp", "time", "@timestamp"];

/// The time that a line begins with or, in JSON, holds; `None` where it tells whole seconds only, or nothing.
pub fn printed(line: &str) -> Option<Timestamp> {
    if !line.starts_with('{') {
        return precise(line.split_whitespace().next()?);
    }
    let fields = Fields::read(line)?;
    let value = NAMES.iter().find_map(|name| fields.get(name))?;
    match value {
        serde_json::Value::String(text) => precise(text),
        // zap's own default: seconds since 1970, with a fraction.
        serde_json::Value::Number(number) => {
            let (seconds, fraction) =
                number.to_string().split_once('.').map(|(whole, part)| (whole.to_owned(), part.to_owned()))?;
            let nanos: i64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
            Some(Timestamp(seconds.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)?))
        }
        _ => None,
    }
}

fn precise(text: &str) -> Option<Timestamp> {
    let time: jiff::Timestamp = text.contains('.').then(|| text.parse().ok())??;
    Some(Timestamp::from_jiff(time))
}

#[cfg(test)]
mod tests {
    use super::printed;
    use kuberewind_model::Timestamp;

    #[test]
    fn a_line_says_when_it_was_printed() {
        let expected = Some(Timestamp(1_767_323_045_123_456_000));
        assert_eq!(printed("2026-01-02T03:04:05.123456Z  INFO reconciling"), expected);
        assert_eq!(printed("2026-01-02T04:04:05.123456+01:00\tINFO\tx"), expected);
        assert_eq!(printed(r#"{"level":"info","ts":"2026-01-02T03:04:05.123456Z","msg":"x"}"#), expected);
        assert_eq!(printed(r#"{"level":"info","ts":1767323045.123456,"msg":"x"}"#), expected);
        for vague in [
            "2026-01-02T03:04:05Z INFO x",
            "I0102 03:04:05.1 1 a.go:1] x",
            "",
            "{",
            r#"{"ts":1767323045}"#,
            r#"{"ts":1e99}"#,
            r#"{"ts":{}}"#,
        ] {
            assert_eq!(printed(vague), None, "{vague}");
        }
    }
}
