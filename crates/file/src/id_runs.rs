//! Runs of neighbouring row ids, which one range query reads.

/// The largest distance between neighbours. Beyond it, a range query reads more unwanted rows than it saves queries.
const SPARSE: i64 = 4;

/// Splits ascending ids into runs of neighbours. No run is empty.
pub(crate) fn runs(ids: &[i64]) -> impl Iterator<Item = &[i64]> {
    ids.chunk_by(|one, next| next.saturating_sub(*one) <= SPARSE)
}
