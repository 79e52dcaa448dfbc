//! Passes every text of an event through the redactor, bodies aside, which were redacted as bodies. The patterns below name every field,
//! so that a new one cannot be forgotten.

use std::borrow::Cow;
use std::sync::Arc;

use kuberewind_model::redact::Redactor;
use kuberewind_model::{
    Detail, Event, Kind, KindRef, NewGap, NewLogLine, NewOperation, NewSpan, NewTrigger, NewWatch, Observation, Observations,
    Page, Remark, SpanEnd, Target, WatchEnd,
};

/// Redacts the texts of an event that are no bodies, messages or log lines.
pub fn clean(redactor: &Redactor, event: &mut Event) {
    match event {
        Event::Redacted { key: _ } | Event::WatchEnded(WatchEnd { watch: _, outcome: _ }) => {}
        Event::Operation(operation) => clean_operation(redactor, operation),
        Event::ListItem { list: _, actor, observation } => {
            name(redactor, actor);
            clean_observation(redactor, observation);
        }
        Event::WatchOpened(NewWatch { key: _, actor, kind, namespace, selector, from_resource_version, initial_events: _ }) => {
            [actor, namespace, selector, from_resource_version].into_iter().for_each(|text| name(redactor, text));
            clean_kind_ref(redactor, kind);
        }
        Event::WatchProgress { watch: _, resource_version } => name(redactor, resource_version),
        Event::SpanStarted(span) => clean_span(redactor, span),
        // Errors and log lines were redacted as texts.
        Event::SpanEnded(SpanEnd { span: _, at: _, result: _, error: _, requeue_after: _ }) => {}
        Event::Log(NewLogLine { at: _, stream: _, level, span: _, text: _ }) => name(redactor, level),
        Event::Gap(NewGap { actor, kind, namespace, first: _, last: _, count: _, bytes: _, reason: _ }) => {
            actor.iter_mut().chain([namespace]).for_each(|text| name(redactor, text));
            kind.iter_mut().for_each(|kind| clean_kind_ref(redactor, kind));
        }
        Event::Kind(kind) => clean_kind(redactor, kind),
        Event::ServerVersion(version) => name(redactor, version),
        Event::Restarted { actor } => name(redactor, actor),
    }
}

fn name(redactor: &Redactor, text: &mut Arc<str>) {
    if let Cow::Owned(cleaned) = redactor.name(text) {
        *text = cleaned.into();
    }
}

fn clean_operation(redactor: &Redactor, operation: &mut NewOperation) {
    let NewOperation {
        at: _,
        duration: _,
        started_after: _,
        actor,
        verb: _,
        target: Target { kind, namespace, name: target, subresource },
        status: _,
        outcome: _,
        error: _,
        request: _,
        response: _,
        observations,
        span: _,
        watch: _,
        detail,
    } = operation;
    [actor, namespace, target, subresource].into_iter().for_each(|text| name(redactor, text));
    kind.iter_mut().for_each(|kind| clean_kind_ref(redactor, kind));
    match observations {
        Observations::Nothing | Observations::Removed(_) => {}
        Observations::Object(observation) => clean_observation(redactor, observation),
        Observations::List(Page { list: _, resource_version, selector, complete: _ }) => {
            [resource_version, selector].into_iter().for_each(|text| name(redactor, text));
        }
    }
    clean_detail(redactor, detail);
}

fn clean_detail(redactor: &Redactor, detail: &mut Detail) {
    let Detail {
        // Redacted as a URL.
        uri: _,
        user_agent,
        field_manager,
        media_type,
        precondition,
        audit_id,
        traceparent,
        reason,
        user,
        remarks,
        request_bytes: _,
        response_bytes: _,
    } = detail;
    let texts = [user_agent, field_manager, media_type, precondition, audit_id, traceparent, reason, user];
    texts.into_iter().for_each(|text| name(redactor, text));
    for remark in remarks {
        match remark {
            Remark::Warning(text) | Remark::ChangedBy(text) => name(redactor, text),
        }
    }
}

fn clean_observation(redactor: &Redactor, observation: &mut Observation) {
    let Observation {
        observation_kind: _,
        kind,
        kind_name,
        api_version,
        namespace,
        name: object,
        uid,
        resource_version,
        generation: _,
        shape: _,
        created: _,
        body: _,
    } = observation;
    clean_kind_ref(redactor, kind);
    [kind_name, api_version, namespace, object, uid, resource_version].into_iter().for_each(|text| name(redactor, text));
}

fn clean_span(redactor: &Redactor, span: &mut NewSpan) {
    let NewSpan { key: _, label, at: _, actor, kind, kind_name, namespace, name: object, attempt: _, inferred: _, triggers } =
        span;
    [label, actor, kind_name, namespace, object].into_iter().for_each(|text| name(redactor, text));
    kind.iter_mut().for_each(|kind| clean_kind_ref(redactor, kind));
    for NewTrigger { operation: _, uid, resource_version, reason, certainty: _ } in triggers {
        [uid, resource_version, reason].into_iter().for_each(|text| name(redactor, text));
    }
}

fn clean_kind_ref(redactor: &Redactor, KindRef { group, version, resource }: &mut KindRef) {
    [group, version, resource].into_iter().for_each(|text| name(redactor, text));
}

fn clean_kind(redactor: &Redactor, kind: &mut Kind) {
    let Kind { id: _, group, resource, versions, kind, namespaced: _, short_names, verbs, list_keys, schema } = kind;
    let texts = [group, resource, kind].into_iter().chain(versions).chain(short_names).chain(verbs);
    texts.for_each(|text| name(redactor, text));
    for (path, keys) in list_keys {
        name(redactor, path);
        keys.iter_mut().for_each(|key| name(redactor, key));
    }
    if let Some(cleaned) = schema.as_deref().and_then(|schema| redactor.json_without_seen(schema)) {
        *schema = Some(cleaned.into());
    }
}
