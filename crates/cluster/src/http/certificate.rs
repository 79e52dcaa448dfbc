//! TLS: a self-signed certificate that the generated kubeconfig trusts.
//!
//! client-go sends a kubeconfig's token to `https` servers only, so a server with a token needs TLS.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use kuberewind_model::{Error, ErrorKind, Result};

/// The certificate and key of a server.
#[derive(Clone)]
pub struct Certificate {
    acceptor: TlsAcceptor,
    pem: String,
}

impl Certificate {
    /// Generates a certificate for an address. It is valid for loopback too.
    ///
    /// # Errors
    /// If the operating system has no randomness.
    pub fn for_address(address: IpAddr) -> Result<Certificate> {
        let failed =
            |error: &dyn fmt::Display| Error::new(ErrorKind::Io, "cannot make a certificate for TLS").because(error.to_string());
        let key = KeyPair::generate().map_err(|error| failed(&error))?;
        let names: Vec<String> = [address.to_string().as_str(), "127.0.0.1", "::1", "localhost"].map(str::to_owned).into();
        let params = CertificateParams::new(names).map_err(|error| failed(&error))?;
        let certificate = params.self_signed(&key).map_err(|error| failed(&error))?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private))
            .map_err(|error| failed(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Certificate { acceptor: TlsAcceptor::from(Arc::new(config)), pem: certificate.pem() })
    }

    /// Accepts TLS connections with HTTP/2 or HTTP/1.1.
    #[must_use]
    pub fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// The certificate in PEM, for clients that should trust it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Certificate").finish_non_exhaustive()
    }
}
