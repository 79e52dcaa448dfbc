//! A recording with everything that an object may lack.

use std::path::Path;

use kuberewind_file::{NewSession, SessionWriter};
use kuberewind_model::{Event, KindRef, Observation, ObservationKind, Observations, Outcome, Shape, Sink, Target, Verb};
use serde_json::json;

use crate::events::{START, list, operation, says, shows, state, text};

fn kind(group: &str, version: &str, resource: &str) -> KindRef {
    KindRef { group: group.into(), version: version.into(), resource: resource.into() }
}

/// An object of another kind.
fn object(of: KindRef, kind_name: &str, name: &str, rv: &str, rest: &serde_json::Value) -> Observation {
    let api_version = if of.group.is_empty() { of.version.to_string() } else { format!("{}/{}", of.group, of.version) };
    let mut body = json!({"apiVersion": api_version, "kind": kind_name,
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": rv}});
    for (member, value) in rest.as_object().unwrap() {
        body[member] = value.clone();
    }
    Observation {
        kind: of,
        kind_name: kind_name.into(),
        api_version: api_version.into(),
        body: Some(text(&body.to_string())),
        ..state(name, &format!("u-{name}"), rv, "")
    }
}

/// A deployment as Go prints it, with a number that a reader of JSON would write in another way.
pub const WEB: &str = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","uid":"u-web","resourceVersion":"11"},"spec":{"replicas":3,"x":1.50e1}}"#;

/// The API server's response at `/version`.
pub const VERSION: &str = r#"{"major":"1","minor":"29","gitVersion":"v1.29.3"}"#;

/// Writes the recording: at #7 it has all objects, at #8 `web` is gone, at #9 somebody asks for an object and gets no answer, at #10
/// the metadata of an object is watched.
pub fn write(file: &Path) {
    let mut writer = SessionWriter::begin(file, NewSession::new("s1", START, 7)).unwrap();
    let secret = json!({"data": {"password": "cmVkYWN0ZWQ6MDEyMzQ1Njc4OWFiY2RlZg=="}, "type": "Opaque"});
    let rebuilt = Observation {
        shape: Shape::Reconstructed,
        ..object(kind("", "v1", "configmaps"), "ConfigMap", "rebuilt", "14", &json!({"data": {"a": "b"}}))
    };
    let cut = Observation {
        shape: Shape::Cut,
        body: None,
        ..object(kind("", "v1", "configmaps"), "ConfigMap", "cut", "15", &json!({}))
    };
    let coupon =
        object(kind("shop.example.com", "v1alpha1", "coupons"), "Coupon", "spring", "16", &json!({"spec": {"percent": 10}}));
    let version = vec![Event::ServerVersion(VERSION.into())];
    let events = [
        version,
        list("shop", 1, 1, "10", true, vec![]),
        vec![shows("shop", Verb::Added, 2, state("web", "u-web", "11", WEB))],
        vec![shows("shop", Verb::Added, 3, object(kind("", "v1", "secrets"), "Secret", "db", "13", &secret))],
        vec![shows("shop", Verb::Added, 4, rebuilt)],
        vec![shows("shop", Verb::Added, 5, cut)],
        vec![shows("shop", Verb::Added, 6, coupon)],
        vec![shows(
            "shop",
            Verb::Added,
            7,
            object(kind("", "v1", "configmaps"), "ConfigMap", "late", "17", &json!({"data": {}})),
        )],
        vec![shows("shop", Verb::Deleted, 8, says(ObservationKind::Gone, "web", "u-web", "18"))],
    ];
    let mut asks = operation("shop", Verb::Get, 9, Observations::Nothing);
    asks.target = Target::object(kind("other.example.com", "v1", "things"), "shop", "x");
    (asks.status, asks.outcome) = (0, Outcome::Lost);
    let partial = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
        "metadata": {"name": "partial", "namespace": "shop", "uid": "u-partial", "resourceVersion": "19"}});
    let partial = Observation {
        shape: Shape::Metadata,
        body: Some(text(&partial.to_string())),
        ..object(kind("shop.example.com", "v1alpha1", "coupons"), "Coupon", "partial", "19", &json!({}))
    };
    let partial = vec![shows("shop", Verb::Added, 10, partial)];
    let events = events.into_iter().chain([vec![Event::Operation(Box::new(asks))], partial]);
    for event in events.flatten() {
        writer.take(event).unwrap();
    }
    writer.finish().unwrap();
}
