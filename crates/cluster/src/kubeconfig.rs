//! The kubeconfig of a cluster that listens on an address.

use std::net::SocketAddr;

/// Renders a kubeconfig with one cluster, user and context, all named `kuberewind`. The token is in the server's path, because Go
/// clients send no header token without TLS. Write the text to a file of mode 0600.
#[must_use]
pub fn kubeconfig(address: SocketAddr, token: &str) -> String {
    let slash = if token.is_empty() { "" } else { "/" };
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: kuberewind\n\
         clusters:\n- name: kuberewind\n  cluster: {{server: \"http://{address}{slash}{token}\"}}\n\
         users:\n- name: kuberewind\n  user: {{}}\n\
         contexts:\n- name: kuberewind\n  context: {{cluster: kuberewind, user: kuberewind, namespace: default}}\n"
    )
}
