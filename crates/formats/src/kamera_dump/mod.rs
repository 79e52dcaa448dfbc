//! kamera's inspector dumps: the states that an exploration reached, with the steps that led to each.
//!
//! Each path is a session in which a step is a reconcile with its calls. Paths with common steps share them: the later session
//! branches off the earlier one. A dump has no times, so that each step takes one tick.

mod document;
mod import;
mod paths;
mod steps;

use memchr::memmem;

pub(super) use import::import;

/// True for the start of a dump.
pub(super) fn recognises(sample: &[u8]) -> bool {
    let has = |words: &[u8]| memmem::find(sample, words).is_some();
    let hashes = has(b"\"Strategy\"") && has(b"\"hash\"") && has(b"\"objects\"");
    let steps = has(b"\"frameId\"") && has(b"\"controllerId\"");
    sample.trim_ascii_start().first() == Some(&b'{') && (hashes || steps) && !has(b"\"auditID\"")
}
