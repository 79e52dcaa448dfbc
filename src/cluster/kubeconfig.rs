//! The kubeconfig of a cluster that listens on an address.

use std::net::SocketAddr;

/// A kubeconfig as text: one cluster, one user, one context, all named `kuberewind`. It holds the token, so whoever
/// writes it to a file gives that file mode 0600.
#[must_use]
pub fn kubeconfig(address: SocketAddr, token: &str) -> String {
    let user = if token.is_empty() { "{}".to_owned() } else { format!("{{token: \"{token}\"}}") };
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: kuberewind\n\
         clusters:\n- name: kuberewind\n  cluster: {{server: \"http://{address}\"}}\n\
         users:\n- name: kuberewind\n  user: {user}\n\
         contexts:\n- name: kuberewind\n  context: {{cluster: kuberewind, user: kuberewind, namespace: default}}\n"
    )
}
