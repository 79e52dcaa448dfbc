//! The cluster as the operator reaches it: each call is noted.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use http_body::Body;
use tokio::sync::Mutex;
use tower::{BoxError, Service};

use super::activity::ActivityLog;
use super::plan::is_bookkeeping;
use super::world::RedactedValue;
use kuberewind_analysis::compare::{ComparedName, NormalisedChange};
use kuberewind_cluster::{Change, Cluster, ClusterBody, ClusterService, Version};
use kuberewind_model::ObjectKey;

/// A service over a cluster that notes the operator's calls and writes.
#[derive(Clone)]
pub struct ObservedService {
    inner: ClusterService,
    cluster: Cluster,
    log: ActivityLog,
    redacted: Arc<[RedactedValue]>,
    /// One write at a time, so that the changes between two revisions are those of one write.
    writing: Arc<Mutex<()>>,
}

impl ObservedService {
    pub(super) fn new(
        cluster: &Cluster,
        log: ActivityLog,
        redacted: Arc<[RedactedValue]>,
        writing: Arc<Mutex<()>>,
    ) -> ObservedService {
        ObservedService { inner: cluster.service(), cluster: cluster.clone(), log, redacted, writing }
    }

    fn note_changes(&self, since: u64) {
        for change in self.cluster.changes_after(since).unwrap_or_default() {
            if !is_bookkeeping(change.group(), change.plural()) {
                let (object, made) = normalised(&change);
                self.log.wrote(object, made);
            }
        }
    }

    fn note_read(&self, path: &Resource) {
        let read = self.redacted.iter().filter(|value| path.reads(&value.key));
        self.log.read_redacted(read.map(RedactedValue::to_string));
    }
}

/// A change of the cluster in the form in which the recorded ones are compared.
fn normalised(change: &Change) -> (ComparedName, NormalisedChange) {
    let key = ObjectKey {
        group: change.group().into(),
        resource: change.plural().into(),
        namespace: change.namespace().into(),
        name: change.name().into(),
    };
    let text = |version: Option<&Arc<Version>>| version.map(|version| String::from_utf8_lossy(&version.json()).into_owned());
    let (before, after) = (text(change.before()), text(change.after()));
    (ComparedName::of(&key), NormalisedChange::of_texts(before.as_deref(), after.as_deref()))
}

impl<B> Service<Request<B>> for ObservedService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ClusterBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut this = self.clone();
        async move {
            let Some(path) = Resource::of(request.uri().path()).filter(|path| !is_bookkeeping(&path.group, &path.plural)) else {
                return this.inner.call(request).await;
            };
            let outstanding = this.log.call();
            if request.method() == Method::GET {
                this.note_read(&path);
                let response = this.inner.call(request).await;
                drop(outstanding);
                return response;
            }
            let writing = this.writing.clone().lock_owned().await;
            let since = this.cluster.revision();
            let response = this.inner.call(request).await;
            this.note_changes(since);
            drop((writing, outstanding));
            response
        }
        .boxed()
    }
}

/// The resource of a path; discovery, health checks and other paths have none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resource {
    group: String,
    namespace: String,
    plural: String,
    /// '' for a collection.
    name: String,
}

impl Resource {
    fn of(path: &str) -> Option<Resource> {
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let group = match parts.first().copied() {
            Some("api") if parts.len() > 2 => {
                parts.drain(..2);
                String::new()
            }
            Some("apis") if parts.len() > 3 => {
                let group = parts.get(1).copied().unwrap_or_default().to_owned();
                parts.drain(..3);
                group
            }
            _ => return None,
        };
        let namespace = match parts.as_slice() {
            ["namespaces", namespace, _, ..] => (*namespace).to_owned(),
            _ => String::new(),
        };
        if !namespace.is_empty() {
            parts.drain(..2);
        }
        let text = |at: usize| parts.get(at).copied().unwrap_or_default().to_owned();
        Some(Resource { group, namespace, plural: text(0), name: text(1) })
    }

    /// True if reading this path returns the object.
    fn reads(&self, key: &ObjectKey) -> bool {
        let fits = |asked: &str, has: &str| asked.is_empty() || asked == has;
        *self.group == *key.group
            && *self.plural == *key.resource
            && fits(&self.namespace, &key.namespace)
            && fits(&self.name, &key.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Resource;

    #[test]
    fn paths_name_resources() {
        let of = |path: &str| Resource::of(path).map(|found| (found.group, found.namespace, found.plural, found.name));
        let words = |group: &str, namespace: &str, plural: &str, name: &str| {
            Some((group.to_owned(), namespace.to_owned(), plural.to_owned(), name.to_owned()))
        };
        assert_eq!(of("/api/v1/namespaces/shop/secrets/db"), words("", "shop", "secrets", "db"));
        assert_eq!(of("/apis/apps/v1/deployments"), words("apps", "", "deployments", ""));
        assert_eq!(of("/api/v1/namespaces/shop"), words("", "", "namespaces", "shop"));
        for other in ["/healthz", "/api", "/api/v1", "/apis/apps/v1", "/openapi/v3/apis/apps/v1", "/version"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
