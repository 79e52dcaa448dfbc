//! What a request asks of an API server, read from method and path.
//!
//! The rules are those of Kubernetes' own `RequestInfoFactory` (k8s.io/apiserver, `pkg/endpoints/request/requestinfo.go`):
//! `/api/VERSION/…` is the core group, `/apis/GROUP/VERSION/…` all others; then
//! `[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]`, with `watch/` before it as the deprecated way to watch.

use http::Method;

use crate::{KindRef, Verb};

/// A request, understood as far as its path and query go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRequest {
    /// What it asks for.
    pub verb: Verb,
    /// The resource.
    pub kind: KindRef,
    /// Namespace, '' for none.
    pub namespace: String,
    /// Name, '' for none.
    pub name: String,
    /// Subresource and what follows it (`status`, `proxy/metrics`), '' for none.
    pub subresource: String,
    /// The query, decoded, in order.
    pub query: Query,
}

/// A request's query parameters, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=b&c=d`; empty pairs (kube's stray `?&`) are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        });
        Query(pairs.collect())
    }

    /// The first value of a parameter, '' where it is not given.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Whether a boolean parameter is set, as Kubernetes reads it: `true`, `1`, or present without a value.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.iter().any(|(key, value)| key == name && matches!(value.as_str(), "" | "true" | "1"))
    }

    /// Whether the parameter is there at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// All pairs in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl ResourceRequest {
    /// Understands a request; `None` where the path is not one of a resource (discovery, health, metrics, OpenAPI).
    #[must_use]
    pub fn parse(method: &Method, path: &str, query: &str) -> Option<ResourceRequest> {
        let query = Query::parse(query);
        let mut parts = path.split('/').filter(|part| !part.is_empty()).map(percent_decode).peekable();
        let group = match parts.next()?.as_str() {
            "api" => String::new(),
            "apis" => parts.next()?,
            _ => return None,
        };
        let version = parts.next()?;
        let old_watch = parts.next_if(|part| part == "watch").is_some();
        let mut resource = parts.next()?;
        let mut namespace = String::new();
        let mut name = parts.next().unwrap_or_default();
        // `namespaces/NS/pods…` is about pods in NS; `namespaces/NS`, `…/status` and `…/finalize` are about NS itself.
        if resource == "namespaces" && !name.is_empty() && parts.peek().is_some_and(|next| next != "status" && next != "finalize")
        {
            namespace = name;
            resource = parts.next()?;
            name = parts.next().unwrap_or_default();
        } else if resource == "namespaces" {
            namespace.clone_from(&name);
        }
        let subresource = parts.collect::<Vec<_>>().join("/");
        let verb = verb_of(method, &name, &subresource, &query, old_watch)?;
        let kind = KindRef { group: group.into(), version: version.into(), resource: resource.into() };
        Some(ResourceRequest { verb, kind, namespace, name, subresource, query })
    }

    /// Label and field selectors joined as in the URL: `labelSelector=a%3Db` decoded, '' for none.
    #[must_use]
    pub fn selector(&self) -> String {
        let mut selector = String::new();
        for (name, prefix) in [("labelSelector", ""), ("fieldSelector", "fields:")] {
            let value = self.query.get(name);
            if !value.is_empty() {
                if !selector.is_empty() {
                    selector.push(' ');
                }
                selector.push_str(prefix);
                selector.push_str(value);
            }
        }
        selector
    }

    /// Whether nothing is to be changed by it.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.query.has("dryRun") && !self.query.get("dryRun").is_empty()
    }
}

fn verb_of(method: &Method, name: &str, subresource: &str, query: &Query, old_watch: bool) -> Option<Verb> {
    let streams = matches!(subresource.split('/').next(), Some("exec" | "attach" | "portforward" | "proxy"));
    Some(match *method {
        _ if streams => Verb::Connect,
        Method::GET | Method::HEAD if old_watch || (query.flag("watch") && subresource.is_empty()) => Verb::Watch,
        Method::GET | Method::HEAD if name.is_empty() => Verb::List,
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Create,
        Method::PUT => Verb::Update,
        Method::PATCH => Verb::Patch,
        Method::DELETE if name.is_empty() => Verb::DeleteCollection,
        Method::DELETE => Verb::Delete,
        _ => return None,
    })
}

/// Decodes `%41` and `+`; what is no code stays as it is, bytes that are no UTF-8 become U+FFFD.
fn percent_decode(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &Method, uri: &str) -> Option<(Verb, String, String, String, String)> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let request = ResourceRequest::parse(method, path, query)?;
        Some((request.verb, request.kind.to_string(), request.namespace, request.name, request.subresource))
    }

    fn told(
        verb: Verb,
        kind: &str,
        namespace: &str,
        name: &str,
        subresource: &str,
    ) -> Option<(Verb, String, String, String, String)> {
        Some((verb, kind.into(), namespace.into(), name.into(), subresource.into()))
    }

    #[test]
    fn paths_of_resources() {
        let (get, post) = (&Method::GET, &Method::POST);
        assert_eq!(read(get, "/api/v1/configmaps?&limit=500"), told(Verb::List, "configmaps.v1", "", "", ""));
        assert_eq!(read(get, "/api/v1/namespaces/shop/pods/a"), told(Verb::Get, "pods.v1", "shop", "a", ""));
        assert_eq!(read(get, "/apis/apps/v1/deployments?watch=true"), told(Verb::Watch, "deployments.v1.apps", "", "", ""));
        assert_eq!(read(get, "/api/v1/watch/pods"), told(Verb::Watch, "pods.v1", "", "", ""));
        assert_eq!(read(get, "/api/v1/namespaces/shop"), told(Verb::Get, "namespaces.v1", "shop", "shop", ""));
        assert_eq!(
            read(&Method::PUT, "/api/v1/namespaces/shop/finalize"),
            told(Verb::Update, "namespaces.v1", "shop", "shop", "finalize")
        );
        assert_eq!(
            read(&Method::PATCH, "/apis/apps/v1/namespaces/shop/deployments/web/status"),
            told(Verb::Patch, "deployments.v1.apps", "shop", "web", "status")
        );
        assert_eq!(
            read(post, "/api/v1/namespaces/shop/pods/a/exec?command=ls"),
            told(Verb::Connect, "pods.v1", "shop", "a", "exec")
        );
        assert_eq!(
            read(&Method::DELETE, "/api/v1/namespaces/shop/pods"),
            told(Verb::DeleteCollection, "pods.v1", "shop", "", "")
        );
    }

    #[test]
    fn paths_of_nothing() {
        for uri in ["/", "/api", "/apis/apps/v1", "/healthz", "/openapi/v3", "/version", "", "///"] {
            assert_eq!(read(&Method::GET, uri), None, "{uri}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("&labelSelector=app%3Dweb%2Ctier+x&watch&dryRun=All&bad=%zz%");
        assert_eq!((query.get("labelSelector"), query.flag("watch"), query.get("bad")), ("app=web,tier x", true, "%zz%"));
    }
}
