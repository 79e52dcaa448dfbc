//! Amounts of resources: `100m`, `1.5Gi`, `1e3`.

/// A billionth, the smallest amount of a quantity.
const NANOS: f64 = 1e9;

/// The value of a quantity in billionths, rounded; `None` if the text is none.
pub(super) fn nanos(text: &str) -> Option<f64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && !"+-.".contains(letter)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        exponent => 10_f64.powi(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    Some(number * factor * NANOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_by_value() {
        let less = |one: &str, other: &str| nanos(one).unwrap() < nanos(other).unwrap();
        assert!(less("100m", "1") && less("1G", "1Gi") && less("-1", "0") && less("1e3", "1001") && less("999Ki", "1Mi"));
        assert_eq!(nanos("1000m"), nanos("1"));
        assert_eq!((nanos("x"), nanos(""), nanos("1x")), (None, None, None));
    }
}
