//! Turns a request into its response.

use std::sync::Arc;

use http::header;
use http::request::Parts;
use serde_json::{Value, json};

use super::call::{Call, FieldValidation, Subresource, Warnings};
use super::options::Fidelity;
use super::respond::{self, Answer, object, refusal};
use super::scope::Scope;
use super::storage::Name;
use super::view::{Encoding, Form, View};
use super::watch::Watch;
use super::world::World;
use super::write::delete::{DeleteOptions, Deleted};
use super::write::{binding, create, delete, eviction, scale, token, update};
use super::{Cluster, ClusterBody, decode, discovery, encode, list, list_options, openapi, patch, reviews};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::{Cause, Status, Subject};
use kuberewind_model::{Timestamp, Verb};

pub(super) fn answer(cluster: &Cluster, parts: &Parts, body: &[u8]) -> Answer {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let Some(request) = ResourceRequest::parse(&parts.method, path, query) else {
        return elsewhere(cluster, parts);
    };
    let Some(view) = View::accepted(accept_of(parts), request.query.get("includeObject")) else {
        return refusal(&not_acceptable(), Encoding::Json);
    };
    let warnings = Warnings::default();
    let mut answer = about_resource(cluster, parts, &request, view, &warnings, body)
        .unwrap_or_else(|refused| refusal(&refused, view.encoding));
    respond::warn(&mut answer, warnings.take());
    respond::compress(answer, parts)
}

/// Serves the paths without a resource: discovery, OpenAPI, version, health.
fn elsewhere(cluster: &Cluster, parts: &Parts) -> Answer {
    let path = parts.uri.path();
    if parts.method != http::Method::GET && parts.method != http::Method::HEAD {
        return refusal(&Status::no_such_resource(), Encoding::Json);
    }
    if matches!(path, "/healthz" | "/livez" | "/readyz") {
        return respond::text(200, "text/plain; charset=utf-8", "ok");
    }
    let accept = accept_of(parts);
    let world = cluster.shared.lock();
    let found = discovery::answer(&world, path, accept).or_else(|| {
        let (media, document) = openapi::answer(&world, path, accept)?;
        Some((media, document))
    });
    match found {
        Some((media, document)) => respond::text(200, media, document.to_string()),
        None => respond::text(404, "text/plain; charset=utf-8", "404 page not found\n"),
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
    let call = read_call(&cluster.shared.lock(), parts, request, warnings)?;
    if call.subresource == Subresource::Kubelet {
        return Err(no_kubelet(&cluster.shared.lock(), &call, &request.subresource)?);
    }
    if view == (View { form: Form::Whole, encoding: Encoding::Protobuf }) && call.resource.custom.is_some() {
        return Err(not_acceptable());
    }
    let query = &request.query;
    match request.verb {
        Verb::Get if !is_action(call.subresource) => {
            let world = cluster.shared.lock();
            let object =
                if call.subresource == Subresource::Scale { scale::read(&world, &call)? } else { update::live(&world, &call)? };
            Ok(one(&call, view, 200, &object, now))
        }
        Verb::List => {
            list_options::check_list(query)?;
            let scope = Scope::read(&call, "", query)?;
            let world = cluster.shared.lock();
            let listed = list::list(&world, &scope, query, cluster.cached(&world))?;
            Ok(object(200, &encode::list(&call.shown, view.form, &listed, now), view.encoding))
        }
        Verb::Watch => {
            list_options::check_watch(query)?;
            let scope = Scope::read(&call, &call.name.name, query)?;
            let watch = Watch::open(&cluster.shared, &cluster.shared.lock(), scope, view, query)?;
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
            let object = decode::object(parts, body, call)?;
            let made = cluster.write(|world| create::create(world, call, object))?;
            Ok(one(call, view, 201, &made, now))
        }
        Verb::Create if is_action(call.subresource) => {
            let object_of_action = decode::body(parts, body, warnings)?;
            let shown = cluster.write(|world| act(world, call, object_of_action))?;
            Ok(object(201, &shown, view.encoding))
        }
        Verb::Update if is_action(call.subresource) => Err(Status::method_not_allowed(call.resource.subject(""), "update")),
        Verb::Update if !request.name.is_empty() => {
            let object = decode::object(parts, body, call)?;
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
            let options = delete_options(parts, query.get("propagationPolicy"), body, warnings)?;
            let deleted = cluster.write(|world| delete::delete(world, call, &options))?;
            Ok(one(call, view, 200, &delete::answer(call, &deleted), now))
        }
        Verb::DeleteCollection => {
            let options = delete_options(parts, query.get("propagationPolicy"), body, warnings)?;
            list_options::check_list(query)?;
            let scope = Scope::read(call, "", query)?;
            let listed = cluster.write(|world| delete_collection(world, call, &scope, query, &options))?;
            Ok(object(200, &encode::list(&call.shown, view.form, &listed, now), view.encoding))
        }
        verb => Err(Status::method_not_allowed(call.resource.subject(&call.name.name), verb.as_str())),
    }
}

/// True for subresources that only have creates.
fn is_action(subresource: Subresource) -> bool {
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
    let kind = &request.kind;
    let found = cluster.shared.lock().registry.find_transient(&kind.group, &kind.version, &kind.resource);
    let Some(resource) = found else { return Ok(None) };
    if request.verb != Verb::Create {
        return Err(Status::method_not_allowed(resource.subject(""), request.verb.as_str()));
    }
    let review = decode::body(parts, body, warnings)?;
    if !review.is_object() {
        return Err(Status::bad_request("the object provided is unrecognized (must be of type object)"));
    }
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

/// The refusal of a request that a real server passes on to a kubelet; an error if the object does not exist.
fn no_kubelet(world: &World, call: &Call, subresource: &str) -> Result<Status, Status> {
    update::live(world, call)?;
    let message = format!(
        "{subresource} is not supported on {} \"{}\": this cluster is an API server in memory, no kubelet runs containers here",
        call.resource.table.plural, call.name.name
    );
    let mut status = Status::method_not_allowed(call.resource.subject(&call.name.name), subresource);
    status.message = message;
    Ok(status)
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
fn read_call(world: &World, parts: &Parts, request: &ResourceRequest, warnings: &Warnings) -> Result<Call, Status> {
    let kind = &request.kind;
    let resource = world.registry.find(&kind.group, &kind.version, &kind.resource)?;
    let subresource = Subresource::of(&resource, &request.subresource).ok_or_else(Status::no_such_resource)?;
    let namespace = if resource.namespaced { request.namespace.as_str() } else { "" };
    let needs_namespace = resource.namespaced && !matches!(request.verb, Verb::List | Verb::Watch | Verb::DeleteCollection);
    if needs_namespace && namespace.is_empty()
        || (!resource.namespaced && !request.namespace.is_empty() && !resource.is("", "namespaces"))
    {
        return Err(Status::no_such_resource());
    }
    let query = &request.query;
    match query.get("dryRun") {
        "" | "All" => {}
        other => {
            let message = format!("Invalid value: [\"{other}\"]: allowed values: [\"All\"]");
            return Err(Status::bad_request(format!("dryRun: {message}")));
        }
    }
    let manager = match query.get("fieldManager") {
        // An apply must name its field manager. Every other write may fall back to the user agent.
        "" if decode::content_type(parts) == "application/apply-patch+yaml" => "",
        "" => parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).map_or("unknown", first_word),
        named => named,
    };
    let fidelity = world.options.fidelity;
    let validation = field_validation(request, fidelity)?;
    let name = Name::new(namespace, &request.name);
    let (manager, now, dry_run) = (manager.to_owned(), world.now(), request.is_dry_run());
    Ok(Call {
        resource: world.registry.storage_of(&resource),
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

/// Reads `fieldValidation`. A real server warns by default.
fn field_validation(request: &ResourceRequest, fidelity: Fidelity) -> Result<FieldValidation, Status> {
    match (request.query.get("fieldValidation"), fidelity) {
        ("Strict", _) => Ok(FieldValidation::Strict),
        ("Warn", _) | ("", Fidelity::Real) => Ok(FieldValidation::Warn),
        ("Ignore", _) | ("", Fidelity::AsSent) => Ok(FieldValidation::Ignore),
        (other, _) => {
            let resource = match request.verb {
                Verb::Create => "CreateOptions",
                Verb::Patch => "PatchOptions",
                _ => "UpdateOptions",
            };
            let message = format!("Unsupported value: \"{other}\": supported values: \"Ignore\", \"Strict\", \"Warn\"");
            let cause = Cause { reason: "FieldValueNotSupported", message, field: "fieldValidation".to_owned() };
            Err(Status::invalid(Subject { resource, group: "meta.k8s.io", name: "" }, &[cause]))
        }
    }
}

/// The program name in a user agent.
fn first_word(agent: &str) -> &str {
    agent.split('/').next().filter(|word| !word.is_empty()).unwrap_or("unknown")
}

fn accept_of(parts: &Parts) -> &str {
    parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("")
}

fn not_acceptable() -> Status {
    Status::new(406, "NotAcceptable", "only the following media types are accepted: application/json")
}

/// Reads the options of a delete. Their media type is ignored, because kubectl and client-go label them differently. An unreadable body
/// means no options.
fn delete_options(parts: &Parts, policy: &str, body: &[u8], warnings: &Warnings) -> Result<DeleteOptions, Status> {
    let options = if body.iter().all(u8::is_ascii_whitespace) { json!({}) } else { decode::body(parts, body, warnings)? };
    DeleteOptions::read(&options, policy)
}

fn one(call: &Call, view: View, code: u16, value: &Arc<Value>, now: Timestamp) -> Answer {
    let scale = call.subresource == Subresource::Scale;
    let shown = if scale { (**value).clone() } else { encode::object(&call.shown, view.form, value, now) };
    object(code, &shown, view.encoding)
}
