//! Runs of neighbouring row ids, which one range query reads.

/// The largest distance between neighbours: beyond it, a range query reads more rows that nobody wants than it saves.
const SPARSE: i64 = 4;

/// Cuts rising ids into runs of neighbours. Each has at least one.
pub(crate) fn runs(ids: &[i64]) -> impl Iterator<Item = &[i64]> {
    ids.chunk_by(|one, next| next.saturating_sub(*one) <= SPARSE)
}
