//! Recognises entries at the start of a file.

use memchr::memmem;

use super::dialect::Dialect;
use super::leaf::Leaves;
use super::line;
use crate::client_go::HttpTraces;
use crate::records::{self, Record};
use kuberewind_model::{Error, ErrorKind};

/// Records that are inspected.
const MAX_RECORDS: u64 = 500;

/// The kinds of the entries at the start of a file; the lines of a log only if there is nothing else.
pub(crate) fn of_sample(sample: &[u8]) -> Option<Dialect> {
    let (mut found, mut traces) = (None, HttpTraces::default());
    let mut records = 0;
    let read = records::for_each(&sample, &line::has_leaf, &mut |_, record| {
        records += 1;
        if let Record::Whole { bytes, .. } = record {
            let mut leaves = Leaves::default();
            if traces.take(bytes, None) {
                found = Some(Dialect::Exchange);
            } else {
                line::leaves(bytes, &mut leaves);
            }
            for leaf in leaves.list {
                if found.is_none_or(|dialect| dialect == Dialect::Log) {
                    found = Some(leaf.dialect);
                }
            }
        }
        let enough = found.is_some_and(|dialect| dialect != Dialect::Log) || records >= MAX_RECORDS;
        if enough { Err(Error::new(ErrorKind::Interrupted, "the sample is recognised")) } else { Ok(()) }
    });
    // The only errors of a sample in memory are this one and those of text that is not read.
    drop(read);
    found.filter(|dialect| *dialect != Dialect::Log).or_else(|| by_words(sample)).or(found)
}

/// Recognises the words of a record that is longer than the sample.
fn by_words(sample: &[u8]) -> Option<Dialect> {
    let has = |words: &[&[u8]]| words.iter().all(|word| memmem::find(sample, word).is_some());
    let starts = matches!(sample.trim_ascii_start().first(), Some(b'{' | b'['));
    match () {
        () if has(&[b"\"auditID\"", b"\"stage\""]) || has(&[b"\\\"auditID\\\"", b"\\\"stage\\\""]) => Some(Dialect::Audit),
        () if has(&[b"\"protoPayload\"", b"\"io.k8s."]) => Some(Dialect::Audit),
        () if starts && has(&[b"\"startedDateTime\"", b"\"entries\""]) => Some(Dialect::Exchange),
        () if starts && has(&[b"\"resourceSpans\""]) => Some(Dialect::Span),
        () if starts && has(&[b"\"apiVersion\"", b"\"kind\"", b"\"metadata\""]) => Some(Dialect::Watch),
        () => None,
    }
}
