//! Parses method and path of a request to an API server.
//!
//! Follows Kubernetes' `RequestInfoFactory` (k8s.io/apiserver, `pkg/endpoints/request/requestinfo.go`): `/api/VERSION/…` is
//! the core group, `/apis/GROUP/VERSION/…` all others; then `[namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]`, after the
//! deprecated prefix `watch/` if present.

use http::Method;

use crate::{KindRef, Verb};

/// A request for a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRequest {
    pub verb: Verb,
    pub kind: KindRef,
    /// '' for none.
    pub namespace: String,
    /// '' for none.
    pub name: String,
    /// Subresource and remaining path (`status`, `proxy/metrics`), '' for none.
    pub subresource: String,
    pub query: Query,
}

/// Decoded query parameters, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=b&c=d`. Skips empty pairs.
    #[must_use]
    pub fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        });
        Query(pairs.collect())
    }

    /// The first value of a parameter, '' if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Reads a boolean parameter as Kubernetes does: `true`, `1` or no value is true.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.0.iter().any(|(key, value)| key == name && matches!(value.as_str(), "" | "true" | "1"))
    }

    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl ResourceRequest {
    /// Parses a request. `None` if the path is not a resource path (discovery, health, metrics, OpenAPI).
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
        let watch_prefix = parts.next_if(|part| part == "watch").is_some();
        let mut resource = parts.next()?;
        let mut namespace = String::new();
        let mut name = parts.next().unwrap_or_default();
        // `namespaces/NS/pods…` addresses pods in NS; `namespaces/NS`, `…/status` and `…/finalize` address NS.
        if resource == "namespaces" && !name.is_empty() && parts.peek().is_some_and(|next| next != "status" && next != "finalize")
        {
            namespace = name;
            resource = parts.next()?;
            name = parts.next().unwrap_or_default();
        } else if resource == "namespaces" {
            namespace.clone_from(&name);
        }
        let subresource = parts.collect::<Vec<_>>().join("/");
        let verb = verb_of(method, &name, &subresource, &query, watch_prefix)?;
        let kind = KindRef { group: group.into(), version: version.into(), resource: resource.into() };
        Some(ResourceRequest { verb, kind, namespace, name, subresource, query })
    }

    /// Label and field selectors, decoded and joined. '' for none.
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

    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.query.has("dryRun") && !self.query.get("dryRun").is_empty()
    }
}

fn verb_of(method: &Method, name: &str, subresource: &str, query: &Query, watch_prefix: bool) -> Option<Verb> {
    let streams = matches!(subresource.split('/').next(), Some("exec" | "attach" | "portforward" | "proxy"));
    Some(match *method {
        _ if streams => Verb::Connect,
        Method::GET | Method::HEAD if watch_prefix || (query.flag("watch") && subresource.is_empty()) => Verb::Watch,
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

/// Decodes percent codes and `+`. Malformed codes stay, invalid UTF-8 becomes U+FFFD.
fn percent_decode(text: &str) -> String {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return text.to_owned();
    }
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &Method, uri: &str) -> Option<(Verb, String, String, String, String)> {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let request = ResourceRequest::parse(method, path, query)?;
        Some((request.verb, request.kind.to_string(), request.namespace, request.name, request.subresource))
    }

    fn expected(
        verb: Verb,
        kind: &str,
        namespace: &str,
        name: &str,
        subresource: &str,
    ) -> Option<(Verb, String, String, String, String)> {
        Some((verb, kind.into(), namespace.into(), name.into(), subresource.into()))
    }

    #[test]
    fn parses_resource_paths() {
        let (get, post) = (&Method::GET, &Method::POST);
        assert_eq!(read(get, "/api/v1/configmaps?&limit=500"), expected(Verb::List, "configmaps.v1", "", "", ""));
        assert_eq!(read(get, "/api/v1/namespaces/shop/pods/a"), expected(Verb::Get, "pods.v1", "shop", "a", ""));
        assert_eq!(read(get, "/apis/apps/v1/deployments?watch=true"), expected(Verb::Watch, "deployments.v1.apps", "", "", ""));
        assert_eq!(read(get, "/api/v1/watch/pods"), expected(Verb::Watch, "pods.v1", "", "", ""));
        assert_eq!(read(get, "/api/v1/namespaces/shop"), expected(Verb::Get, "namespaces.v1", "shop", "shop", ""));
        assert_eq!(
            read(&Method::PUT, "/api/v1/namespaces/shop/finalize"),
            expected(Verb::Update, "namespaces.v1", "shop", "shop", "finalize")
        );
        assert_eq!(
            read(&Method::PATCH, "/apis/apps/v1/namespaces/shop/deployments/web/status"),
            expected(Verb::Patch, "deployments.v1.apps", "shop", "web", "status")
        );
        assert_eq!(
            read(post, "/api/v1/namespaces/shop/pods/a/exec?command=ls"),
            expected(Verb::Connect, "pods.v1", "shop", "a", "exec")
        );
        assert_eq!(
            read(&Method::DELETE, "/api/v1/namespaces/shop/pods"),
            expected(Verb::DeleteCollection, "pods.v1", "shop", "", "")
        );
    }

    #[test]
    fn ignores_other_paths() {
        for uri in ["/", "/api", "/apis/apps/v1", "/healthz", "/openapi/v3", "/version", "", "///"] {
            assert_eq!(read(&Method::GET, uri), None, "{uri}");
        }
    }

    #[test]
    fn decodes_queries() {
        let query = Query::parse("&labelSelector=app%3Dweb%2Ctier+x&watch&dryRun=All&bad=%zz%");
        assert_eq!((query.get("labelSelector"), query.flag("watch"), query.get("bad")), ("app=web,tier x", true, "%zz%"));
    }
}
