//! The connection to the API server, as the kubeconfig configures it.
//!
//! TLS, client certificates, tokens, exec plugins, custom CAs, impersonation and `proxy-url` are kube's. Its retries,
//! decompression, read timeouts and buffer are left out, so that the client gets the server's bytes once and without delay.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::rt::TokioExecutor;
use kube::Config;
use kube::client::ConfigExt;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use kuberewind_model::{Error, ErrorKind, Result};

/// The body of a forwarded request.
pub type OutBody = UnsyncBoxBody<Bytes, BoxError>;

/// client-go's dial timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends requests to the API server. Clones share its connections.
#[derive(Clone)]
pub struct Upstream {
    service: BoxCloneSyncService<Request<OutBody>, Response<Incoming>, BoxError>,
    address: String,
}

impl Upstream {
    /// Builds the client. May run an exec plugin, which may block or prompt the user.
    ///
    /// # Errors
    /// Certificates, keys, the exec plugin or the `proxy-url` of the configuration cannot be used.
    pub fn new(config: &Config) -> Result<Upstream> {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        direct.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let address = config.cluster_url.to_string();
        let service = match &config.proxy_url {
            None => client_over(config, direct)?,
            Some(proxy) if proxy.scheme_str() == Some("http") => client_over(config, Tunnel::new(proxy.clone(), direct))?,
            Some(proxy) => {
                let step = format!("cannot use the kubeconfig's proxy-url {proxy}");
                return Err(Error::new(ErrorKind::Invalid, step).hint("use a proxy-url with http://"));
            }
        };
        Ok(Upstream { service, address })
    }

    /// The API server's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends one request once. Fails if the network, TLS or a token plugin fails.
    pub fn send(&self, request: Request<OutBody>) -> BoxFuture<'static, Result<Response<Incoming>, BoxError>> {
        Box::pin(self.service.clone().oneshot(request))
    }
}

fn client_over<C>(config: &Config, connector: C) -> Result<BoxCloneSyncService<Request<OutBody>, Response<Incoming>, BoxError>>
where
    C: Service<http::Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let invalid = |error: kube::Error| {
        Error::new(ErrorKind::Invalid, format!("cannot connect to {} as the kubeconfig configures it", config.cluster_url))
            .because(error)
    };
    let connector = config.rustls_https_connector_with_connector(connector).map_err(invalid)?;
    let client = Client::builder(TokioExecutor::new()).build::<_, OutBody>(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer().map_err(invalid)?)
        .layer(config.extra_headers_layer().map_err(invalid)?)
        .map_err(BoxError::from)
        .service(client);
    Ok(BoxCloneSyncService::new(service.map_err(BoxError::from)))
}
