//! Durations in Go's notation.

use kuberewind_model::Duration;

/// Parses `1m30s`, `500ms` or `1.5s`; `None` for other texts and for zero.
pub(super) fn go_duration(text: &str) -> Option<Duration> {
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
    use super::go_duration;
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
}
