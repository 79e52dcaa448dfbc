//! The API of a server whose objects are those of a [`Source`].

use std::sync::Arc;

use http::Request;
use http::request::Parts;
use http_body::Body;
use tower::BoxError;

use super::answer::{self, accept_of, is_action, no_kubelet, not_acceptable};
use super::call::{Call, Subresource, Warnings};
use super::managed_fields::Managers;
use super::options::Fidelity;
use super::registry::Registry;
use super::respond::{self, Answer, encoded, object, refusal};
use super::scope::Scope;
use super::source::{Feed, Source};
use super::version::Version;
use super::view::{Encoding, View};
use super::watch::Watch;
use super::write::scale;
use super::{ClusterBody, encode, list, list_options, reviews, service};
use kuberewind_model::Verb;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::Status;

/// What the server does with writes.
pub trait Writes: Source {
    /// Serves a write, or refuses it.
    ///
    /// # Errors
    /// The refusal.
    fn write(&self, parts: &Parts, body: &[u8]) -> Result<http::Response<ClusterBody>, Status>;
}

/// Serves one request.
pub async fn answer<S, B>(source: &Arc<S>, request: Request<B>) -> http::Response<ClusterBody>
where
    S: Writes,
    B: Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (parts, body) = request.into_parts();
    match service::read(body).await {
        Ok(body) => answer_whole(source, &parts, &body),
        Err(refused) => refusal(&refused, Encoding::Json),
    }
}

/// The response to a refused request, in JSON.
#[must_use]
pub fn refused(status: &Status) -> http::Response<ClusterBody> {
    refusal(status, Encoding::Json)
}

fn answer_whole<S: Writes>(source: &Arc<S>, parts: &Parts, body: &[u8]) -> Answer {
    let registry = source.registry();
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let Some(request) = ResourceRequest::parse(&parts.method, path, query) else {
        return answer::elsewhere(&registry, source.version(), parts);
    };
    let Some(view) = View::accepted(accept_of(parts), request.query.get("includeObject")) else {
        let lists = matches!(request.verb, Verb::List | Verb::Watch);
        return refusal(&not_acceptable(accept_of(parts), lists), Encoding::Json);
    };
    let warnings = Warnings::default();
    let refuse = |refused: Status| answer::refuse(&registry, &request, view, &refused);
    let mut answer = match read(source, &registry, parts, &request, view, &warnings, body) {
        Ok(Some(answer)) => answer,
        // The response to a write has its warnings, and is compressed.
        Ok(None) => return source.write(parts, body).unwrap_or_else(refuse),
        Err(refused) => refuse(refused),
    };
    respond::warn(&mut answer, warnings.take());
    respond::compress(answer, parts)
}

/// Serves a read or a review. `None` for a write.
fn read<S: Source>(
    source: &Arc<S>,
    registry: &Registry,
    parts: &Parts,
    request: &ResourceRequest,
    view: View,
    warnings: &Warnings,
    body: &[u8],
) -> Result<Option<Answer>, Status> {
    if let Some((resource, review)) = answer::posted(registry, parts, request, warnings, body)? {
        return Ok(reviews::answer(&resource, review).map(|shown| object(201, &shown, view.encoding)));
    }
    let call = answer::read_call(registry, Fidelity::Real, String::new(), parts, request, warnings)?;
    if registry.is_unseen(&call.shown) && matches!(request.verb, Verb::List | Verb::Watch) {
        warnings.add(format!("no {} were seen: whether there are any is not known", call.shown.table.plural));
    }
    answer::check_view(&call, view, &request.query)?;
    let query = &request.query;
    match request.verb {
        _ if call.subresource == Subresource::Kubelet => {
            source.get(&call.resource.table, &call.name)?;
            Err(Status { message: source.without_kubelet().message, ..no_kubelet(&call, &request.subresource) })
        }
        Verb::Get if !is_action(call.subresource) => {
            Ok(Some(answer::one(&call, view, 200, &*read_one(&**source, &call)?, source.now())))
        }
        Verb::Get => Err(Status::method_not_served()),
        Verb::List => {
            list_options::check_list(query)?;
            let scope = Scope::read(&call, "", query)?;
            let listed = list::of_source(&**source, &scope, query)?;
            Ok(Some(encoded(200, encode::list(&call.shown, view, listed, source.now()), view.encoding)))
        }
        Verb::Watch => {
            list_options::check_watch(query)?;
            let scope = Scope::read(&call, &call.name.name, query)?;
            let feed: Arc<dyn Feed> = source.clone();
            Ok(Some(respond::watch(ClusterBody::watch(Watch::open(&feed, scope, view, query)?), view.encoding)))
        }
        _ => Ok(None),
    }
}

fn read_one<S: Source>(source: &S, call: &Call) -> Result<Arc<Version>, Status> {
    let found = source.get(&call.resource.table, &call.name)?;
    match &call.resource.scale {
        Some(paths) if call.subresource == Subresource::Scale => {
            Ok(Arc::new(Version::new(scale::view(&found, paths), Managers::default())))
        }
        _ => Ok(found),
    }
}
