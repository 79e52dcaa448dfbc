//! The kubeconfig of a cluster that listens on an address.

use std::net::{IpAddr, SocketAddr};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;

use super::options::HttpOptions;

/// Renders a kubeconfig with one cluster, user and context, all named `kuberewind`. It contains the token: write it to a file of mode 0600.
#[must_use]
pub fn kubeconfig(address: SocketAddr, options: &HttpOptions) -> String {
    // A server that listens on all addresses is reached on loopback.
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::from(([127, 0, 0, 1], address.port())),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, address.port())),
        _ => address,
    };
    let scheme = if options.certificate.is_some() { "https" } else { "http" };
    let mut cluster = json!({"server": format!("{scheme}://{host}")});
    if let Some(certificate) = &options.certificate {
        cluster["certificate-authority-data"] = json!(BASE64_STANDARD.encode(certificate.pem()));
    }
    let user = if options.token.is_empty() { json!({}) } else { json!({"token": options.token}) };
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "kuberewind",
        "clusters": [{"name": "kuberewind", "cluster": cluster}],
        "users": [{"name": "kuberewind", "user": user}],
        "contexts": [{"name": "kuberewind", "context": {"cluster": "kuberewind", "user": "kuberewind", "namespace": "default"}}],
    });
    // JSON is valid YAML.
    format!("{config}\n")
}
