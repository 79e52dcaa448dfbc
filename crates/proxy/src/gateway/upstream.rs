//! The connection to the API server, as the kubeconfig configures it.
//!
//! TLS, client certificates, tokens, exec plugins, custom CAs, impersonation and `proxy-url` are kube's. Its retries,
//! decompression, read timeouts and buffer are left out, so that the client gets the server's bytes once and without delay.
//!
//! A request with the client's own token uses connections without any of the recording user's credentials: a client certificate would
//! win over the token.

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
use kube::config::AuthInfo;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt};

use super::identity::{IMPERSONATE_USER, Identity};
use kuberewind_model::{Error, ErrorKind, Result};

/// The body of a forwarded request.
pub type OutBody = UnsyncBoxBody<Bytes, BoxError>;

/// client-go's dial timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

type Connections = BoxCloneSyncService<Request<OutBody>, Response<Incoming>, BoxError>;

/// Sends requests to the API server. Clones share its connections.
#[derive(Clone)]
pub struct Upstream {
    /// With the recording user's credentials and the headers of the kubeconfig.
    user: Connections,
    /// The same without the kubeconfig's impersonation, for clients that impersonate themselves.
    impersonating: Connections,
    /// Without any credentials.
    bare: Connections,
    address: String,
}

impl Upstream {
    /// Builds the client. May run an exec plugin, which may block or prompt the user.
    ///
    /// # Errors
    /// Certificates, keys, the exec plugin or the `proxy-url` of the configuration cannot be used.
    pub fn new(config: &Config) -> Result<Upstream> {
        let auth = &config.auth_info;
        let plain = AuthInfo {
            impersonate: None,
            impersonate_uid: None,
            impersonate_groups: None,
            impersonate_user_extra: None,
            ..auth.clone()
        };
        let user = connections(config)?;
        let impersonates = auth.impersonate.is_some() || auth.impersonate_groups.is_some();
        let impersonating = if impersonates { connections(&with_auth(config, plain))? } else { user.clone() };
        let mut anonymous = with_auth(config, AuthInfo::default());
        anonymous.headers.clear();
        let bare = connections(&anonymous)?;
        Ok(Upstream { user, impersonating, bare, address: config.cluster_url.to_string() })
    }

    /// The API server's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends one request once. Fails if the network, TLS or a token plugin fails.
    pub fn send(
        &self,
        identity: &Identity,
        request: Request<OutBody>,
    ) -> BoxFuture<'static, Result<Response<Incoming>, BoxError>> {
        let connections = match identity {
            Identity::Client { .. } => &self.bare,
            Identity::Recorder if request.headers().contains_key(IMPERSONATE_USER) => &self.impersonating,
            Identity::Recorder => &self.user,
        };
        Box::pin(connections.clone().oneshot(request))
    }
}

fn with_auth(config: &Config, auth_info: AuthInfo) -> Config {
    let mut config = config.clone();
    config.auth_info = auth_info;
    config
}

fn connections(config: &Config) -> Result<Connections> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_nodelay(true);
    direct.set_connect_timeout(Some(CONNECT_TIMEOUT));
    match &config.proxy_url {
        None => client_over(config, direct),
        Some(proxy) if proxy.scheme_str() == Some("http") => client_over(config, Tunnel::new(proxy.clone(), direct)),
        Some(proxy) => {
            let step = format!("cannot use the kubeconfig's proxy-url {proxy}");
            Err(Error::new(ErrorKind::Invalid, step).hint("use a proxy-url with http://"))
        }
    }
}

fn client_over<C>(config: &Config, connector: C) -> Result<Connections>
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
