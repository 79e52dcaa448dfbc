//! The address of a server as it may be stored and shown.

/// The shortest segment of a path that can be a token, in characters.
const TOKEN: usize = 24;

/// The address without user, password, query, and tokens in the path, as the API server in memory has one.
#[must_use]
pub fn public_address(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let mut out = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    match authority.rsplit_once('@') {
        Some((_, host)) => out.push_str(&format!("redacted@{host}")),
        None => out.push_str(authority),
    }
    for segment in path.into_iter().flat_map(|path| path.split('/')) {
        out.push('/');
        let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=');
        let token = segment.len() >= TOKEN && segment.bytes().all(word);
        out.push_str(if token { "redacted" } else { segment });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::public_address;

    #[test]
    fn an_address_keeps_its_host_and_loses_its_secrets() {
        for (address, shown) in [
            ("https://127.0.0.1:6443", "https://127.0.0.1:6443"),
            ("https://127.0.0.1:6443/", "https://127.0.0.1:6443/"),
            ("http://127.0.0.1:8001/0123456789abcdef0123456789abcdef", "http://127.0.0.1:8001/redacted"),
            ("https://me:pw@host/k8s/clusters/c-1?token=x", "https://redacted@host/k8s/clusters/c-1"),
            ("", ""),
            ("audit log", "audit log"),
        ] {
            assert_eq!(public_address(address), shown);
        }
    }
}
