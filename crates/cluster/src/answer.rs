//! Turns a request into its response.

use std::sync::Arc;

use http::header;
use http::request::Parts;
use serde_json::{Value, json};

use super::call::{Call, Subresource, Warnings};
use super::options::Fidelity;
use super::registry::Registry;
use super::resource_type::ResourceType;
use super::respond::{self, Answer, encoded, object, refusal};
use super::scope::Scope;
use super::source::Feed;
use super::storage::Name;
use super::version::Version;
use super::view::{Encoding, Form, View};
use super::watch::Watch;
use super::world::World;
use super::write::delete::{DeleteOptions, Deleted};
use super::write::{binding, create, delete, eviction, scale, token, update};
use super::{Cluster, ClusterBody, decode, discovery, encode, list, list_options, openapi, patch, reviews, write_options};
use kuberewind_model::k8s::request::{Query, ResourceRequest};
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Timestamp, Verb};

/// The warning of a real server about its older kind of endpoints.
const ENDPOINTS: &str = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";

pub(super) fn answer(cluster: &Cluster, parts: &Parts, body: &[u8]) -> Answer {
    let (limit, now) = {
        let world = cluster.shared.lock();
        (world.options.requests_per_second, world.clock_now())
    };
    if limit.is_some_and(|limit| !cluster.shared.rate.admits(now, limit)) {
        return respond::too_many();
    }
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let Some(request) = ResourceRequest::parse(&parts.method, path, query) else {
        let registry = cluster.shared.lock().registry.clone();
        return elsewhere(&registry, None, parts);
    };
    let Some(view) = View::accepted(accept_of(parts), request.query.get("includeObject")) else {
        return refusal(&not_acceptable(accept_of(parts), matches!(request.verb, Verb::List | Verb::Watch)), Encoding::Json);
    };
    let warnings = Warnings::default();
    let mut answer = about_resource(cluster, parts, &request, view, &warnings, body)
        .unwrap_or_else(|refused| refuse(&cluster.shared.lock().registry, &request, view, &refused));
    respond::warn(&mut answer, warnings.take());
    respond::compress(answer, parts)
}

/// The refusal of a request. A group that is not served has no pages.
pub(super) fn refuse(registry: &Registry, request: &ResourceRequest, view: View, refused: &Status) -> Answer {
    let unknown = refused.is_generic() && refused.code == 404 && !is_served(registry, &request.kind.group);
    if unknown { no_page() } else { refusal(refused, view.encoding) }
}

/// Serves the paths without a resource: discovery, OpenAPI, version, health.
pub(super) fn elsewhere(registry: &Registry, version: Option<Value>, parts: &Parts) -> Answer {
    let path = parts.uri.path();
    if parts.method != http::Method::GET && parts.method != http::Method::HEAD {
        return refusal(&Status::no_such_resource(), Encoding::Json);
    }
    if matches!(path, "/healthz" | "/livez" | "/readyz") {
        return respond::text(200, "text/plain; charset=utf-8", "ok");
    }
    let accept = accept_of(parts);
    if path == "/openapi/v2" && accept.contains("com.github.proto-openapi.spec.v2") {
        return respond::text(200, openapi::PROTOBUF_V2, openapi::EMPTY_V2);
    }
    if path == "/version" {
        return respond::text(200, "application/json", version.unwrap_or_else(discovery::version).to_string());
    }
    let found = discovery::answer(registry, path, accept).or_else(|| openapi::answer(registry, path, accept));
    match found {
        Some((media, document)) => respond::text(200, media, document.to_string()),
        None if path.starts_with("/apis/") && is_served(registry, path.split('/').nth(2).unwrap_or_default()) => {
            refusal(&Status::no_such_resource(), Encoding::Json)
        }
        None => no_page(),
    }
}

fn no_page() -> Answer {
    respond::text(404, "text/plain; charset=utf-8", "404 page not found\n")
}

fn is_served(registry: &Registry, group: &str) -> bool {
    registry.served().any(|resource| &*resource.table.group == group)
}

/// Refuses forms that the resource does not have, and options of the query that cannot be read.
pub(super) fn check_view(call: &Call, view: View, query: &Query) -> Result<(), Status> {
    if view == (View { form: Form::Whole, encoding: Encoding::Protobuf }) && call.resource.custom.is_some() {
        return Err(not_acceptable("", false));
    }
    list_options::check_numbers(query)?;
    match view.form {
        Form::Table(_) => list_options::check_include(query),
        _ => Ok(()),
    }
}

fn about_resource(
    cluster: &Cluster,
    parts: &Parts,
    request: &ResourceRequest,
    view: View,
    warnings: &Warnings,
    body: &[u8],
) -> Result<Answer, Status> {
    let now = cluster.shared.lock().clock_now();
    if let Some(answer) = transient(cluster, parts, request, view, warnings, body)? {
        return Ok(answer);
    }
    let call = {
        let world = cluster.shared.lock();
        let writes = !matches!(request.verb, Verb::Get | Verb::List | Verb::Watch);
        // Reads have no use for the time in words.
        let now = if writes { world.now() } else { String::new() };
        read_call(&world.registry, world.options.fidelity, now, parts, request, warnings)?
    };
    if call.subresource == Subresource::Kubelet {
        update::live(&cluster.shared.lock(), &call)?;
        return Err(no_kubelet(&call, &request.subresource));
    }
    check_view(&call, view, &request.query)?;
    if call.fidelity == Fidelity::Real && call.resource.is("", "endpoints") {
        warnings.add(ENDPOINTS.to_owned());
    }
    let query = &request.query;
    match request.verb {
        Verb::Get if !is_action(call.subresource) => {
            let object = {
                let world = cluster.shared.lock();
                if call.subresource == Subresource::Scale { scale::read(&world, &call)? } else { update::live(&world, &call)? }
            };
            Ok(one(&call, view, 200, &object, now))
        }
        Verb::Get => Err(Status::method_not_served()),
        Verb::List => {
            list_options::check_list(query)?;
            let scope = Scope::read(&call, "", query)?;
            let listed = {
                let world = cluster.shared.lock();
                list::list(&world, &scope, query, cluster.cached(&world))?
            };
            Ok(encoded(200, encode::list(&call.shown, view, listed, now), view.encoding))
        }
        Verb::Watch => {
            list_options::check_watch(query)?;
            let scope = Scope::read(&call, &call.name.name, query)?;
            let feed: Arc<dyn Feed> = cluster.shared.clone();
            let watch = Watch::open(&feed, scope, view, query)?;
            Ok(respond::watch(ClusterBody::watch(watch), view.encoding))
        }
        _ => change(cluster, parts, request, view, &call, body),
    }
}

/// Serves a write.
fn change(
    cluster: &Cluster,
    parts: &Parts,
    request: &ResourceRequest,
    view: View,
    call: &Call,
    body: &[u8],
) -> Result<Answer, Status> {
    let now = cluster.shared.lock().clock_now();
    let (query, warnings) = (&request.query, &call.warnings);
    match request.verb {
        Verb::Create if call.subresource == Subresource::Main && request.name.is_empty() => {
            let object = decode::object(parts, body, call, b"")?;
            let made = cluster.write(|world| create::create(world, call, object))?;
            Ok(one(call, view, 201, &made, now))
        }
        Verb::Create if is_action(call.subresource) => {
            let object_of_action = decode::body(parts, body, &call.shown.kind, warnings)?;
            let shown = cluster.write(|world| act(world, call, object_of_action))?;
            Ok(object(201, &shown, view.encoding))
        }
        Verb::Update if is_action(call.subresource) => Err(Status::method_not_served()),
        Verb::Update if !request.name.is_empty() => {
            let live = cluster.shared.lock().storage.get(&call.resource.table, &call.name).cloned();
            let known = live.map(|live| live.text().managed_fields()).unwrap_or_default();
            let object = decode::object(parts, body, call, &known)?;
            let next = cluster.write(|world| match call.subresource {
                Subresource::Scale => scale::replace(world, call, &object),
                _ => update::replace(world, call, object),
            })?;
            Ok(one(call, view, 200, &next, now))
        }
        Verb::Patch if !request.name.is_empty() && !is_action(call.subresource) => {
            let media = decode::content_type(parts).to_owned();
            let force = query.flag("force");
            let (code, next) = cluster.write(|world| patch::patch(world, call, &media, body, force))?;
            Ok(one(call, view, code, &next, now))
        }
        Verb::Delete if call.subresource == Subresource::Main => {
            let mut options = delete_options(parts, query.get("propagationPolicy"), body, warnings)?;
            options.default_for(call);
            let deleted = cluster.write(|world| delete::delete(world, call, &options))?;
            Ok(one(call, view, 200, &delete::answer(call, &deleted), now))
        }
        Verb::DeleteCollection => {
            let options = delete_options(parts, query.get("propagationPolicy"), body, warnings)?;
            list_options::check_list(query)?;
            let scope = Scope::read(call, "", query)?;
            let listed = cluster.write(|world| delete_collection(world, call, &scope, query, &options))?;
            Ok(encoded(200, encode::list(&call.shown, view, listed, now), view.encoding))
        }
        _ => Err(Status::method_not_served()),
    }
}

/// True for subresources that only have creates.
pub(super) fn is_action(subresource: Subresource) -> bool {
    matches!(subresource, Subresource::Eviction | Subresource::Binding | Subresource::Token)
}

fn act(world: &mut World, call: &Call, body: Value) -> Result<Value, Status> {
    match call.subresource {
        Subresource::Eviction => eviction::evict(world, call, &body),
        Subresource::Binding => binding::bind(world, call, &body),
        _ => token::request(world, call, body),
    }
}

/// Serves the kinds that are created and never stored: reviews, and bindings outside of their pods.
fn transient(
    cluster: &Cluster,
    parts: &Parts,
    request: &ResourceRequest,
    view: View,
    warnings: &Warnings,
    body: &[u8],
) -> Result<Option<Answer>, Status> {
    let registry = cluster.shared.lock().registry.clone();
    let Some((resource, review)) = posted(&registry, parts, request, warnings, body)? else { return Ok(None) };
    let shown = match reviews::answer(&resource, review.clone()) {
        Some(answered) => answered,
        None => cluster.write(|world| {
            let pods = world.registry.find("", "v1", "pods")?;
            let name = Name::new(&request.namespace, super::meta::text(&review, "name"));
            let call = Call { subresource: Subresource::Binding, ..Call::of_controller(pods, name, world.now()) };
            binding::bind(world, &call, &review)
        })?,
    };
    Ok(Some(object(201, &shown, view.encoding)))
}

/// The kind and the object of a create that stores nothing, or `None` if objects of the kind are stored.
pub(super) fn posted(
    registry: &Registry,
    parts: &Parts,
    request: &ResourceRequest,
    warnings: &Warnings,
    body: &[u8],
) -> Result<Option<(Arc<ResourceType>, Value)>, Status> {
    let kind = &request.kind;
    let Some(resource) = registry.find_transient(&kind.group, &kind.version, &kind.resource) else { return Ok(None) };
    if request.verb != Verb::Create {
        let unknown = !request.name.is_empty();
        return Err(if unknown { Status::no_such_resource() } else { Status::method_not_served() });
    }
    let review = decode::body(parts, body, &resource.kind, warnings)?;
    if !review.is_object() {
        return Err(Status::bad_request("the object provided is unrecognized (must be of type object)"));
    }
    reviews::check(&resource, &request.namespace, &review)?;
    Ok(Some((resource, review)))
}

/// The refusal of a request that a real server passes on to a kubelet.
pub(super) fn no_kubelet(call: &Call, subresource: &str) -> Status {
    let message = format!(
        "{subresource} is not supported on {} \"{}\": this cluster is an API server in memory, no kubelet runs containers here",
        call.resource.table.plural, call.name.name
    );
    let mut status = Status::method_not_allowed(call.resource.subject(&call.name.name), subresource);
    status.message = message;
    status
}

/// Deletes every object that a list of the scope contains, one by one.
fn delete_collection(
    world: &mut World,
    call: &Call,
    scope: &Scope,
    query: &kuberewind_model::k8s::request::Query,
    options: &DeleteOptions,
) -> Result<list::Listed, Status> {
    let mut listed = list::list(world, scope, query, world.storage.revision())?;
    for item in &mut listed.items {
        let name = Name::new(super::meta::text(item, "namespace"), super::meta::text(item, "name"));
        let (Deleted::Gone(object) | Deleted::Terminating(object)) =
            delete::delete(world, &call.about(&call.resource, name), options)?;
        *item = object;
    }
    Ok(listed)
}

/// Reads the resource, the object and the caller from a request.
pub(super) fn read_call(
    registry: &Registry,
    fidelity: Fidelity,
    now: String,
    parts: &Parts,
    request: &ResourceRequest,
    warnings: &Warnings,
) -> Result<Call, Status> {
    let kind = &request.kind;
    let resource = registry.find(&kind.group, &kind.version, &kind.resource)?;
    let subresource = Subresource::of(&resource, &request.subresource).ok_or_else(Status::no_such_resource)?;
    let namespace = if resource.namespaced { request.namespace.as_str() } else { "" };
    let needs_namespace = resource.namespaced && !matches!(request.verb, Verb::List | Verb::Watch | Verb::DeleteCollection);
    if needs_namespace && namespace.is_empty()
        || (!resource.namespaced && !request.namespace.is_empty() && !resource.is("", "namespaces"))
    {
        return Err(Status::no_such_resource());
    }
    let query = &request.query;
    write_options::check(request, decode::content_type(parts))?;
    let manager = match query.get("fieldManager") {
        // An apply must name its field manager. Every other write may fall back to the user agent.
        "" if decode::content_type(parts) == "application/apply-patch+yaml" => "",
        "" => parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map_or("unknown", first_word),
        named => named,
    };
    let validation = write_options::validation(request, fidelity);
    let name = Name::new(namespace, &request.name);
    let (manager, dry_run) = (manager.to_owned(), request.is_dry_run());
    Ok(Call {
        resource: registry.storage_of(&resource),
        shown: resource,
        name,
        subresource,
        manager,
        now,
        dry_run,
        validation,
        fidelity,
        warnings: warnings.clone(),
    })
}

/// The program name in a user agent.
fn first_word(agent: &str) -> &str {
    agent.split('/').next().filter(|word| !word.is_empty()).unwrap_or("unknown")
}

pub(super) fn accept_of(parts: &Parts) -> &str {
    parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("")
}

/// The refusal of media types that no response has. A transformation that is unknown is refused in other words.
pub(super) fn not_acceptable(accept: &str, list: bool) -> Status {
    const MEDIA: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    if accept.contains("as=") {
        return Status::new(406, "NotAcceptable", format!("only the following media types are accepted: {MEDIA}"));
    }
    let streams = if list { ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch" } else { "" };
    Status::new(406, "NotAcceptable", format!("406: Not Acceptable\n\nAvailable representations: {MEDIA}{streams}"))
}

/// Reads the options of a delete. Their media type is ignored, because kubectl and client-go label them differently. An unreadable body
/// means no options.
fn delete_options(parts: &Parts, policy: &str, body: &[u8], warnings: &Warnings) -> Result<DeleteOptions, Status> {
    let options =
        if body.iter().all(u8::is_ascii_whitespace) { json!({}) } else { decode::body(parts, body, "DeleteOptions", warnings)? };
    DeleteOptions::read(&options, policy)
}

pub(super) fn one(call: &Call, view: View, code: u16, object: &Version, now: Timestamp) -> Answer {
    let body = match call.subresource {
        Subresource::Scale => encode::value(object, view.encoding),
        _ => encode::object(&call.shown, view, object, now),
    };
    encoded(code, body, view.encoding)
}
