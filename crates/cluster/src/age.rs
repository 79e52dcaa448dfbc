//! Ages as tables print them: `42s`, `7m3s`, `3h`, `5d2h`.

use serde_json::{Value, json};

use kuberewind_model::Timestamp;

/// The age of an object created at an RFC 3339 time.
pub(super) fn age(created: &Value, now: Timestamp) -> Value {
    let created = created.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    json!(
        created.map_or_else(
            || "<unknown>".to_owned(),
            |created| in_words(now.since(Timestamp::from_jiff(created)).0 / 1_000_000_000)
        )
    )
}

/// Formats at most two units, as `pkg/util/duration` in k8s.io/apimachinery does.
fn in_words(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |big: u64, unit: char, small: u64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn ages_read_as_kubectl_shows_them() {
        let ages = [5, 119, 183, 600, 11_000, 30_000, 180_000, 700_000, 70_000_000].map(in_words);
        assert_eq!(ages, ["5s", "119s", "3m3s", "10m", "3h3m", "8h", "2d2h", "8d", "2y80d"]);
    }
}
