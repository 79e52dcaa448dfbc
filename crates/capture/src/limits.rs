//! The limits of a capture.

/// Limits on what a capture holds in memory and keeps of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest object that is kept whole, in bytes [default: 8 MiB]. The limit holds for each object of a list or watch, not for
    /// the response.
    pub object: usize,
    /// Bytes held for all responses that are not complete yet [default: 64 MiB].
    pub held: usize,
    /// Calls under way at the same time [default: 65,536].
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { object: 8 * 1024 * 1024, held: 64 * 1024 * 1024, calls: 65_536 }
    }
}

impl Limits {
    /// The longest line of a watch: an object and the few words around it.
    pub(super) fn line(&self) -> usize {
        self.object.saturating_add(256)
    }
}
