//! Recognises audit events by the start of a file.

use memchr::memmem::find;

/// True for bare events, events escaped in a collector's envelope, and Google's log entries.
pub fn recognises(sample: &[u8]) -> bool {
    let has = |words: &[u8]| find(sample, words).is_some();
    let starts = matches!(sample.trim_ascii_start().first(), Some(b'{' | b'['));
    let bare = has(b"\"auditID\"") && has(b"\"stage\"");
    let wrapped = has(b"\\\"auditID\\\"") && has(b"\\\"stage\\\"");
    let google = has(b"\"protoPayload\"") && has(b"\"io.k8s.");
    (starts && (bare || wrapped || google)) || has(b"\"audit.k8s.io/v") || has(b"\\\"audit.k8s.io/v")
}
