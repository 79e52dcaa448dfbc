//! The newest time in an object: when it was changed last, as far as the object says.

use memchr::memmem;

use super::times;
use kuberewind_model::Timestamp;

/// Members with the time of a change. Others, such as the end of a certificate, are in the future.
const MEMBERS: [&[u8]; 9] = [
    b"\"time\"",
    b"\"creationTimestamp\"",
    b"\"lastTransitionTime\"",
    b"\"lastUpdateTime\"",
    b"\"lastHeartbeatTime\"",
    b"\"lastTimestamp\"",
    b"\"eventTime\"",
    b"\"renewTime\"",
    b"\"startedAt\"",
];

pub(super) fn newest_time(object: &[u8]) -> Option<Timestamp> {
    let texts = MEMBERS.iter().flat_map(|member| {
        memmem::find_iter(object, *member).filter_map(|at| {
            let value = object.get(at + member.len()..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
            let value = value.strip_prefix(b"\"")?;
            // As text, UTC times sort by time.
            let value = value.get(..memchr::memchr(b'"', value.get(..64.min(value.len()))?)?)?;
            value.ends_with(b"Z").then_some(value)
        })
    });
    times::time(std::str::from_utf8(texts.max()?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_time_of_a_change_counts() {
        let object = br#"{"metadata": {"creationTimestamp": "2026-11-20T10:00:00Z", "deletionTimestamp": "2027-01-01T00:00:00Z",
            "managedFields": [{"time": "2026-11-20T10:00:05Z"}, {"time" : "2026-11-20T10:00:02Z"}]}, "status": {"notAfter": "2030-01-01T00:00:00Z"}}"#;
        assert_eq!(newest_time(object), times::time("2026-11-20T10:00:05Z"));
        assert_eq!((newest_time(b"{}"), newest_time(br#"{"time":"soonZ"}"#), newest_time(br#"{"time":"#)), (None, None, None));
    }
}
