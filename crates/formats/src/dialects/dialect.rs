//! The kinds of entries.

/// The kind of an entry. The order is that of entries with the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dialect {
    /// An audit event, or what a cloud made of it.
    Audit,
    /// A request and its response.
    Exchange,
    /// A span of the API server.
    Span,
    /// A line of kamera's trace.
    Kamera,
    /// A watch event, or an object as it was at a moment.
    Watch,
    /// A line of a controller's log.
    Log,
}

impl Dialect {
    /// The name of its importer.
    pub(crate) fn importer(self) -> &'static str {
        match self {
            Dialect::Audit => "audit",
            Dialect::Exchange => "http",
            Dialect::Span => "otlp",
            Dialect::Kamera => "kamera",
            Dialect::Watch => "watch",
            Dialect::Log => "log",
        }
    }
}
