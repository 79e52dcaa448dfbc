//! The options of a server.

use super::certificate::Certificate;

/// The token, the certificate and the addresses of a server.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// The bearer token of every request. Empty: no token is required.
    pub token: String,
    /// The certificate for TLS; `None` for plain HTTP, over which Go clients send no token.
    pub certificate: Option<Certificate>,
    /// The addresses that the listener may have.
    pub exposure: Exposure,
}

/// The addresses that a listener may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// Loopback only.
    #[default]
    Loopback,
    /// Any address.
    Anybody,
}
