//! Admits requests by their bearer token and by the server name that they use.

use http::{Request, header};

use super::options::{Exposure, HttpOptions};
use kuberewind_model::k8s::status::Status;

/// Checks a request before it is served.
///
/// A web page can make its own host name resolve to this machine and then send requests (DNS rebinding). Such requests have that name in
/// `Host`, so only addresses and `localhost` are accepted there. Behind a token, remote clients may use any name.
pub(super) fn check<B>(request: &Request<B>, options: &HttpOptions) -> Result<(), Status> {
    let open = options.exposure == Exposure::Anybody && !options.token.is_empty();
    if !open && !host(request).is_some_and(is_local) {
        let message = "the Host header names neither an IP address nor localhost: connect to the server by one of these";
        return Err(Status::new(403, "Forbidden", message));
    }
    if options.token.is_empty() || bears(request, &options.token) {
        return Ok(());
    }
    Err(Status::new(401, "Unauthorized", "Unauthorized"))
}

/// The host of a request, without the port: from its URI in HTTP/2, else from its header.
fn host<B>(request: &Request<B>) -> Option<&str> {
    if let Some(host) = request.uri().host() {
        return Some(host);
    }
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    }
}

fn is_local(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok()
}

/// True if the request has the token in its header.
fn bears<B>(request: &Request<B>, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes).unwrap_or_default();
    match given.split_at_checked(7) {
        Some((scheme, given)) => scheme.eq_ignore_ascii_case(b"bearer ") && same(given.trim_ascii(), token.as_bytes()),
        None => false,
    }
}

/// Compares two secrets in constant time.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let differences = given.iter().zip(wanted).fold(0, |found, (one, other)| found | (one ^ other));
    given.len() == wanted.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(uri: &str, host: &str, authorization: &str, options: &HttpOptions) -> u16 {
        let mut request = Request::get(uri);
        for (name, value) in [("host", host), ("authorization", authorization)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        check(&request.body(()).unwrap(), options).map_or_else(|status| status.code, |()| 200)
    }

    #[test]
    fn only_the_whole_token_is_accepted() {
        let options = HttpOptions { token: "t0ken".to_owned(), ..HttpOptions::default() };
        let with = |authorization: &str| code("/version", "127.0.0.1:80", authorization, &options);
        assert_eq!(
            ["Bearer t0ken", "bearer t0ken", "Bearer t0ke", "Bearer ", "t0ken", ""].map(with),
            [200, 200, 401, 401, 401, 401]
        );
        assert_eq!(code("/t0ken/version", "127.0.0.1:80", "", &options), 401, "a path is no place for a token");
    }

    #[test]
    fn a_web_page_cannot_reach_the_server_through_its_own_name() {
        let anonymous = HttpOptions::default();
        for (host, wanted) in [
            ("127.0.0.1:80", 200),
            ("localhost", 200),
            ("[::1]:80", 200),
            ("evil.example:80", 403),
            ("localhost.evil.example", 403),
            ("127.0.0.1.evil.example", 403),
            ("", 403),
        ] {
            assert_eq!(code("/version", host, "", &anonymous), wanted, "{host}");
        }
        assert_eq!(code("http://evil.example/version", "127.0.0.1", "", &anonymous), 403);
        let remote = HttpOptions { token: "t0ken".to_owned(), exposure: Exposure::Anybody, ..HttpOptions::default() };
        assert_eq!(code("/version", "build-host:80", "Bearer t0ken", &remote), 200);
        assert_eq!(code("/version", "build-host:80", "", &HttpOptions { token: String::new(), ..remote }), 403);
    }
}
