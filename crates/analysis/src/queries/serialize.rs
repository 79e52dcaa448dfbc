//! JSON encodings of types from the model.

use serde::Serializer;

use kuberewind_model::{Certainty, Duration, Seq, Timestamp};

/// Fractional digits of seconds in times.
pub(super) const DIGITS: u8 = 6;

pub(super) fn seq<S: Serializer>(seq: &Seq, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(seq.0)
}

pub(super) fn optional_seq<S: Serializer>(seq: &Option<Seq>, to: S) -> Result<S::Ok, S::Error> {
    match seq {
        Some(seq) => to.serialize_some(&seq.0),
        None => to.serialize_none(),
    }
}

pub(super) fn seqs<S: Serializer>(seqs: &[Seq], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(seqs.iter().map(|seq| seq.0))
}

pub(super) fn between<S: Serializer>(between: &(Seq, Seq), to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq([between.0.0, between.1.0])
}

pub(super) fn time<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.rfc3339(DIGITS))
}

pub(super) fn optional_time<S: Serializer>(time: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.serialize_some(&time.rfc3339(DIGITS)),
        None => to.serialize_none(),
    }
}

pub(super) fn certainty<S: Serializer>(certainty: &Certainty, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(certainty.as_str())
}

/// Milliseconds with fraction.
pub(super) fn milliseconds<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    #[allow(clippy::cast_precision_loss)] // lengths of time are shown, not counted with
    to.serialize_f64(length.0 as f64 / 1e6)
}

pub(super) fn optional_milliseconds<S: Serializer>(length: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match length {
        Some(length) => milliseconds(length, to),
        None => to.serialize_none(),
    }
}
