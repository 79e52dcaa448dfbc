//! The name of a client and the words for its request, from headers that anybody may have written.

use http::Request;
use http::header::USER_AGENT;
use kuberewind_text::printable;

/// The most characters of a name and of a request.
const MAX_NAME: usize = 80;
const MAX_REQUEST: usize = 200;

/// The program in the User-Agent header, with its version.
pub(crate) fn name<B>(request: &Request<B>) -> String {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let program: String = agent.split_whitespace().next().unwrap_or("unknown").chars().take(MAX_NAME).collect();
    printable(&program).into()
}

/// The method and the path.
pub(crate) fn words<B>(request: &Request<B>) -> String {
    let words: String = format!("{} {}", request.method(), request.uri().path()).chars().take(MAX_REQUEST).collect();
    printable(&words).into()
}
