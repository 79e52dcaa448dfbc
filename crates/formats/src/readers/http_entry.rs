//! A request and its response as an archive of HTTP exchanges (HAR) has them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use serde::Deserialize;
use serde_json::Value;

use crate::times;
use kuberewind_model::Timestamp;

#[derive(Debug, Deserialize)]
pub(super) struct HttpEntry {
    #[serde(rename = "startedDateTime")]
    started: Value,
    /// Milliseconds.
    #[serde(default)]
    time: Option<f64>,
    pub(super) request: HttpRequest,
    pub(super) response: HttpResponse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpRequest {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<HttpHeader>,
    #[serde(default)]
    post_data: Option<HttpContent>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HttpResponse {
    #[serde(default)]
    status: i64,
    #[serde(default)]
    headers: Vec<HttpHeader>,
    #[serde(default)]
    content: Option<HttpContent>,
}

#[derive(Debug, Deserialize)]
struct HttpHeader {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpContent {
    #[serde(default)]
    mime_type: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

impl HttpEntry {
    /// Parses an entry.
    ///
    /// # Errors
    /// The reason why it is not one.
    pub(super) fn read(text: &[u8]) -> Result<HttpEntry, String> {
        serde_json::from_slice(text).map_err(|error| format!("it is not an HTTP exchange ({error})"))
    }

    /// The times of the request and of the end of the response.
    pub(super) fn times(&self) -> Result<(Timestamp, Timestamp), String> {
        let text = self.started.as_str().map_or_else(|| self.started.to_string(), str::to_owned);
        let at = times::time(&text).ok_or_else(|| format!("invalid time {text:?}"))?;
        Ok((at, at.plus(times::milliseconds(self.time.unwrap_or(0.0)))))
    }
}

impl HttpRequest {
    pub(super) fn method(&self) -> Result<Method, String> {
        Method::from_bytes(self.method.as_bytes()).map_err(|_| format!("invalid method {:?}", self.method))
    }

    /// The path and query.
    pub(super) fn uri(&self) -> Result<Uri, String> {
        let uri: Uri = self.url.parse().map_err(|error| format!("invalid address {:?} ({error})", self.url))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        path.parse().map_err(|error| format!("invalid path {path:?} ({error})"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(super) fn body(&self) -> Bytes {
        self.post_data.as_ref().and_then(HttpContent::bytes).unwrap_or_default()
    }

    pub(super) fn media_type(&self) -> Option<&str> {
        self.header("content-type").or_else(|| self.post_data.as_ref()?.mime_type.as_deref())
    }
}

impl HttpResponse {
    /// The status; `None` without a response.
    pub(super) fn status(&self) -> Option<u16> {
        u16::try_from(self.status).ok().filter(|status| *status >= 100)
    }

    /// The body; `None` if the source does not have it.
    pub(super) fn body(&self) -> Option<Bytes> {
        self.content.as_ref().and_then(HttpContent::bytes)
    }

    pub(super) fn audit_id(&self) -> Option<HeaderValue> {
        header(&self.headers, "audit-id").and_then(|id| HeaderValue::from_str(id).ok())
    }

    pub(super) fn media_type(&self) -> Option<HeaderValue> {
        let named = header(&self.headers, "content-type").or_else(|| self.content.as_ref()?.mime_type.as_deref());
        named.filter(|name| !name.is_empty()).and_then(|name| HeaderValue::from_str(name).ok())
    }
}

fn header<'h>(headers: &'h [HttpHeader], name: &str) -> Option<&'h str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

impl HttpContent {
    fn bytes(&self) -> Option<Bytes> {
        let text = self.text.as_ref()?;
        if self.encoding.as_deref() == Some("base64") {
            return BASE64_STANDARD.decode(text).ok().map(Bytes::from);
        }
        Some(Bytes::from(text.clone()))
    }
}
