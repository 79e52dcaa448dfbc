//! Reads the facts about a request from a line of client-go's log at verbosity 8 or 9.

use super::http_headers::HttpHeaders;
use super::klog_values::{KlogLine, value};

/// One statement about a request.
#[derive(Debug)]
pub(super) enum TraceLine {
    /// The body of the next request.
    RequestBody(Option<String>),
    Request {
        method: String,
        url: String,
        headers: HttpHeaders,
    },
    /// Header lines of the request follow.
    RequestHeaders,
    /// Header lines of the response follow.
    ResponseHeaders,
    /// A line after one of these.
    Header(String),
    Response {
        /// The method and address, if the line has them.
        of: Option<(String, String)>,
        status: u16,
        millis: Option<f64>,
        headers: HttpHeaders,
    },
    ResponseBody(Option<String>),
    /// Timings of the connection.
    Nothing,
}

const METHODS: [&str; 7] = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"];

impl TraceLine {
    /// Reads a line; `None` for a line about something else.
    pub(super) fn read(line: &KlogLine<'_>) -> Option<TraceLine> {
        let transport = line.file == "round_trippers.go";
        match line.message() {
            Some((message, values)) => structured(message, values, transport),
            None if line.file == "request.go" => body(line.text),
            None if transport => plain(line.text),
            None => None,
        }
    }
}

/// The body, unless it was cut.
fn whole(text: &str) -> Option<String> {
    let cut = text.ends_with("chars]") && text.contains("[truncated ");
    (!cut && !text.is_empty()).then(|| text.to_owned())
}

fn body(text: &str) -> Option<TraceLine> {
    if let Some(body) = text.strip_prefix("Request Body:") {
        return Some(TraceLine::RequestBody(whole(body.trim())));
    }
    text.strip_prefix("Response Body:").map(|body| TraceLine::ResponseBody(whole(body.trim())))
}

fn plain(text: &str) -> Option<TraceLine> {
    if let Some(rest) = text.strip_prefix("Response Status:") {
        let (status, millis) = status(rest)?;
        return Some(TraceLine::Response { of: None, status, millis, headers: HttpHeaders::default() });
    }
    match text.trim_end() {
        "Request Headers:" => return Some(TraceLine::RequestHeaders),
        "Response Headers:" => return Some(TraceLine::ResponseHeaders),
        _ => {}
    }
    if text.starts_with("curl ") {
        return curl(text);
    }
    if text.starts_with("HTTP Trace:") || text.starts_with("HTTP Statistics:") {
        return Some(TraceLine::Nothing);
    }
    if text.starts_with("    ") {
        return Some(TraceLine::Header(text.trim().to_owned()));
    }
    let mut words = text.split_whitespace();
    let (method, url) = (words.next().filter(|word| METHODS.contains(word))?.to_owned(), words.next()?.to_owned());
    let rest: Vec<&str> = words.collect();
    if rest.is_empty() {
        return Some(TraceLine::Request { method, url, headers: HttpHeaders::default() });
    }
    let (status, millis) = status(&rest.join(" "))?;
    Some(TraceLine::Response { of: Some((method, url)), status, millis, headers: HttpHeaders::default() })
}

/// Reads `200 OK in 4 milliseconds`. A request without a response has no number.
fn status(text: &str) -> Option<(u16, Option<f64>)> {
    let (status, time) = text.rsplit_once(" in ").unwrap_or((text, ""));
    let code = status.split_whitespace().next().and_then(|code| code.parse().ok()).unwrap_or(0);
    let millis = time.split_whitespace().next().and_then(|millis| millis.parse().ok());
    (code > 0 || millis.is_some()).then_some((code, millis))
}

/// Reads `curl -v -XGET  -H "Accept: x" 'https://…'`.
fn curl(text: &str) -> Option<TraceLine> {
    let words = shlex::split(text)?;
    let method = words.iter().find_map(|word| word.strip_prefix("-X")).unwrap_or("GET").to_owned();
    let mut headers = HttpHeaders::default();
    for pair in words.windows(2) {
        if pair[0] == "-H" {
            headers.push(&pair[1]);
        }
    }
    let url = words.iter().rev().find(|word| word.starts_with("http://") || word.starts_with("https://"))?.clone();
    Some(TraceLine::Request { method, url, headers })
}

fn structured(message: &str, values: &str, transport: bool) -> Option<TraceLine> {
    let headers = || {
        let mut headers = HttpHeaders::default();
        value(values, "headers").unwrap_or_default().lines().for_each(|line| headers.push(line));
        headers
    };
    let text = |key: &str| value(values, key);
    match message {
        "Request Body" | "Request body" => Some(TraceLine::RequestBody(text("body").as_deref().and_then(whole))),
        "Response Body" | "Response body" => Some(TraceLine::ResponseBody(text("body").as_deref().and_then(whole))),
        "Request" if transport => {
            if let Some(command) = text("curlCommand") {
                return curl(&command);
            }
            Some(TraceLine::Request { method: text("verb")?, url: text("url")?, headers: headers() })
        }
        "Response" if transport => {
            let status = text("status").and_then(|status| status.split_whitespace().next()?.parse().ok()).unwrap_or(0);
            let millis = text("milliseconds").and_then(|millis| millis.parse().ok());
            Some(TraceLine::Response { of: text("verb").zip(text("url")), status, millis, headers: headers() })
        }
        "HTTP Trace" | "HTTP Statistics" if transport => Some(TraceLine::Nothing),
        _ => None,
    }
}
