//! Separates headers that are forwarded from those of one connection.

use http::header::{AUTHORIZATION, CONNECTION, HOST, HeaderName, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue};

use super::identity::Identity;

/// Headers of one connection, not of the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 4] =
    [CONNECTION, HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection"), TRANSFER_ENCODING];

/// True if the client requests an upgrade (exec, attach, port-forward).
pub fn asks_for_upgrade(headers: &HeaderMap) -> bool {
    let named = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains("upgrade"));
    headers.contains_key(UPGRADE) && headers.get_all(CONNECTION).iter().any(named)
}

/// Prepares a client's headers for the API server: removes the host, the headers of the connection, and the proxy's token. A token of
/// the client's own stays.
pub fn for_upstream(headers: &mut HeaderMap, identity: &Identity, upgrade: bool) {
    if *identity == Identity::Recorder {
        headers.remove(AUTHORIZATION);
    }
    headers.remove(HOST);
    let connection: Vec<HeaderValue> = headers.get_all(CONNECTION).iter().cloned().collect();
    strip(headers);
    if upgrade {
        for value in connection {
            headers.append(CONNECTION, value);
        }
    } else {
        headers.remove(UPGRADE);
        // `TE: trailers` is the only value for the next hop; trailers are forwarded.
        let trailers = headers.get(TE).is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"));
        if trailers {
            headers.insert(TE, HeaderValue::from_static("trailers"));
            headers.insert(CONNECTION, HeaderValue::from_static("te"));
        } else {
            headers.remove(TE);
        }
    }
}

/// Prepares the server's headers for the client: removes only those of the connection.
pub fn for_client(headers: &mut HeaderMap) {
    strip(headers);
    headers.remove(UPGRADE);
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .filter(|name| *name != UPGRADE && *name != TE)
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{asks_for_upgrade, for_upstream};
    use crate::gateway::identity::Identity;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair =
            |(name, value): &(&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_proxys_token_is_never_forwarded() {
        let mut sent = headers(&[
            ("authorization", "Bearer x"),
            ("host", "127.0.0.1"),
            ("x-private", "1"),
            ("connection", "x-private"),
            ("user-agent", "a"),
        ]);
        for_upstream(&mut sent, &Identity::Recorder, false);
        assert_eq!(sent, headers(&[("user-agent", "a")]));
        let mut own = headers(&[("authorization", "Bearer own")]);
        for_upstream(&mut own, &Identity::Client { user: None }, false);
        assert_eq!(own, headers(&[("authorization", "Bearer own")]), "the client's own token is for the API server");
    }

    #[test]
    fn upgrade_headers_are_kept() {
        let mut sent =
            headers(&[("connection", "Upgrade"), ("upgrade", "SPDY/3.1"), ("x-stream-protocol-version", "v4.channel.k8s.io")]);
        assert!(asks_for_upgrade(&sent));
        let before = sent.clone();
        for_upstream(&mut sent, &Identity::Recorder, true);
        assert_eq!(sent, before);
    }
}
