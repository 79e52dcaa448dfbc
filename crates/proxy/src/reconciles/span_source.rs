//! `SpanSource`: how the recorder knows of a reconcile.
//!
//! The source decides how calls are matched with a reconcile, and has to pass from the log's reader through the queue and
//! capture. The span's key carries it, because a sender may number its spans freely.

use kuberewind_model::SpanKey;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanSource {
    /// The log, with start and end: this controller logs the end of every reconcile.
    Whole,
    /// The log, with a start. An end may follow.
    Start,
    /// The log, by lines within it.
    Mention,
    /// The log, by the error at its end.
    Failure,
    /// The traffic.
    Inferred,
}

/// Bits of a key below its source.
const SHIFT: u32 = 48;

impl SpanSource {
    const ALL: [SpanSource; 5] =
        [SpanSource::Whole, SpanSource::Start, SpanSource::Mention, SpanSource::Failure, SpanSource::Inferred];

    /// The key of this source's `number`th span, counted from 1.
    #[must_use]
    pub fn key(self, number: u64) -> SpanKey {
        let index = SpanSource::ALL.iter().position(|source| *source == self).unwrap_or_default() as u64;
        SpanKey((index << SHIFT) | (number & ((1 << SHIFT) - 1)))
    }

    /// The source in a span's key.
    #[must_use]
    pub fn of(key: SpanKey) -> SpanSource {
        usize::try_from(key.0 >> SHIFT).ok().and_then(|index| SpanSource::ALL.get(index).copied()).unwrap_or(SpanSource::Inferred)
    }

    /// The number of a span among those of its source.
    #[must_use]
    pub fn number(key: SpanKey) -> u64 {
        key.0 & ((1 << SHIFT) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::SpanSource;
    use kuberewind_model::SpanKey;

    #[test]
    fn a_key_carries_its_source() {
        for source in SpanSource::ALL {
            let key = source.key(7);
            assert_eq!((SpanSource::of(key), SpanSource::number(key)), (source, 7));
        }
        assert_eq!(SpanSource::Whole.key(1), SpanKey(1));
        assert_eq!(SpanSource::of(SpanKey(u64::MAX)), SpanSource::Inferred);
    }
}
