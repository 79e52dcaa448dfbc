//! The time stamp of a line.

use super::fields::Fields;
use kuberewind_model::Timestamp;

/// Names of the time stamp in JSON lines.
const NAMES: [&str; 4] = ["ts", "timestamp", "time", "@timestamp"];

/// Larger numbers are milliseconds: in seconds they are after the year 5000.
const MILLISECONDS: i64 = 100_000_000_000;

/// Reads the time at the start of a line or in its JSON; `None` without a fraction of a second.
pub(super) fn time(line: &str) -> Option<Timestamp> {
    if !line.starts_with('{') {
        return precise(line.split_whitespace().next()?);
    }
    let fields = Fields::read(line)?;
    let value = NAMES.iter().find_map(|name| fields.get(name))?;
    match value {
        serde_json::Value::String(text) => precise(text),
        // zap's default: Unix seconds with a fraction. klog's JSON: milliseconds with a fraction.
        serde_json::Value::Number(number) => {
            let (seconds, fraction) =
                number.to_string().split_once('.').map(|(whole, part)| (whole.to_owned(), part.to_owned()))?;
            let whole: i64 = seconds.parse().ok()?;
            let (unit, digits) = if whole >= MILLISECONDS { (1_000_000, 6) } else { (1_000_000_000, 9) };
            let part: i64 = format!("{fraction:0<digits$}").get(..digits)?.parse().ok()?;
            Some(Timestamp(whole.checked_mul(unit)?.checked_add(part)?))
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
    use super::time;
    use kuberewind_model::Timestamp;

    #[test]
    fn a_time_with_a_fraction_is_read() {
        let expected = Some(Timestamp(1_767_323_045_123_456_000));
        assert_eq!(time("2026-01-02T03:04:05.123456Z  INFO reconciling"), expected);
        assert_eq!(time("2026-01-02T04:04:05.123456+01:00\tINFO\tx"), expected);
        assert_eq!(time(r#"{"level":"info","ts":"2026-01-02T03:04:05.123456Z","msg":"x"}"#), expected);
        assert_eq!(time(r#"{"level":"info","ts":1767323045.123456,"msg":"x"}"#), expected);
        assert_eq!(time(r#"{"ts":1767323045123.456,"msg":"x"}"#), expected);
        for no_time in [
            "2026-01-02T03:04:05Z INFO x",
            "I0102 03:04:05.1 1 a.go:1] x",
            "",
            "{",
            r#"{"ts":1767323045}"#,
            r#"{"ts":1e99}"#,
            r#"{"ts":{}}"#,
        ] {
            assert_eq!(time(no_time), None, "{no_time}");
        }
    }
}
