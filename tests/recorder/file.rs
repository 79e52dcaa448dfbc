//! Recording into a real file, and reading it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::client::Body;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{ErrorKind, GapReason, History as _, ObjectQuery, Perspective, Presence, Seq};
use kuberewind_recorder::Recorder;
use tower::{Layer as _, Service as _, service_fn};

fn answer(request: &Request<Body>) -> String {
    let one = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"one","namespace":"shop","uid":"u","resourceVersion":"5"},"data":{"a":"b"}}"#;
    match (request.method().as_str(), request.uri().path().ends_with("/one")) {
        ("GET", false) => {
            format!(r#"{{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"5"}},"items":[{one}]}}"#)
        }
        ("DELETE", _) => r#"{"kind":"Status","status":"Success","details":{"name":"one","uid":"u"}}"#.into(),
        _ => one.replace("\"5\"", "\"6\""),
    }
}

#[tokio::test]
async fn a_session_is_read_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.db");
    let recorder = Recorder::builder(&path).session("first").process("op").start().unwrap();
    let busy = Recorder::builder(&path).session("second").start().map(drop).unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::Busy);
    let mut service = recorder.layer("maps").layer(service_fn(|request: Request<Body>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(answer(&request))))))
    }));
    let mut call = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        service.call(request).await.unwrap().into_body().collect().await.unwrap();
    };
    let object = |name: &str| {
        let mut object = ConfigMap::default();
        object.metadata.name = Some(name.into());
        object.metadata.namespace = Some("shop".into());
        object
    };
    call("GET", "/api/v1/namespaces/shop/configmaps").await;
    let all = "/api/v1/namespaces/shop/configmaps/one";
    let actor = recorder.actor("maps");
    let outcome = {
        let mut reconcile = actor.wrap(|_: Arc<ConfigMap>, _: Arc<()>| async { Err::<(), _>("it failed") });
        reconcile(Arc::new(object("one")), Arc::new(())).await
    };
    outcome.unwrap_err();
    call("PUT", all).await;
    call("DELETE", all).await;
    recorder.finish().await.unwrap();

    let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
    let sessions = recording.sessions().unwrap();
    assert_eq!((sessions.len(), &*sessions[0].session_id, sessions[0].operations, sessions[0].spans), (1, "first", 3, 1));
    let lineage = recording.lineage(sessions[0].no).unwrap();
    let found = recording.find_objects(&ObjectQuery::default(), 10).unwrap();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ConfigMap/shop/one"]);
    let states: Vec<(Presence, String)> = (0..=3)
        .map(|at| {
            let seen = recording.object_at(&lineage, Seq(at), Perspective::World, found[0].id).unwrap();
            (seen.presence, seen.version.map(|version| version.resource_version.to_string()).unwrap_or_default())
        })
        .collect();
    let expected = [(Presence::Unknown, ""), (Presence::Present, "5"), (Presence::Present, "6"), (Presence::Absent, "")];
    assert_eq!(states, expected.map(|(presence, version)| (presence, version.to_owned())));
}

#[tokio::test]
async fn after_a_gap_an_object_is_unknown_in_that_view_until_it_is_observed_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.db");
    let recorder = Recorder::builder(&path).process("op").start().unwrap();
    let service = |actor: &str| {
        recorder.layer(actor).layer(service_fn(|request: Request<Body>| {
            std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(answer(&request))))))
        }))
    };
    let (mut maps, mut other) = (service("maps"), service("other"));
    let get = || Request::get("/api/v1/namespaces/shop/configmaps/one").body(Body::empty()).unwrap();
    let put = || Request::put("/api/v1/namespaces/shop/configmaps/one").body(Body::empty()).unwrap();
    // Both actors observe it in #1 and #2. Then a message of one actor is lost, and that actor observes it again in #3.
    drop(maps.call(put()).await.unwrap().into_body().collect().await);
    drop(other.call(put()).await.unwrap().into_body().collect().await);
    recorder.disable();
    drop(maps.call(get()).await.unwrap().into_body().collect().await);
    recorder.enable();
    drop(maps.call(put()).await.unwrap().into_body().collect().await);
    recorder.finish().await.unwrap();

    let recording = Recording::open(&path, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    assert_eq!((session.operations, session.gaps), (3, 1));
    let lineage = recording.lineage(session.no).unwrap();
    let object = recording.find_objects(&ObjectQuery::default(), 10).unwrap().remove(0).id;
    let gap = recording.gaps(&lineage, 10).unwrap().remove(0);
    assert_eq!((gap.first.0, gap.last.0, gap.reason), (2, 2, GapReason::Disabled));
    let actors = recording.actors().unwrap();
    let seen = |name: &str, at: u64| {
        let actor = actors.iter().find(|actor| &*actor.name == name).unwrap().id;
        let viewer = recording.viewers(&lineage, actor).unwrap().remove(0).id;
        recording.object_at(&lineage, Seq(at), Perspective::View(viewer), object).unwrap().presence
    };
    assert_eq!([seen("op/maps", 1), seen("op/maps", 3)], [Presence::Present; 2]);
    // The gap is between #2 and #3: from there on the view of the other actor is unknown.
    assert_eq!([seen("op/other", 2), seen("op/other", 3)], [Presence::Present, Presence::Unknown]);
}

/// The ids of the redaction keys of all sessions in a file.
fn key_ids(path: &std::path::Path) -> Vec<String> {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut query = db.prepare("SELECT redaction_key FROM session ORDER BY no").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Configures a recorder for a named session of a file.
type Begin = fn(&std::path::Path, &str) -> kuberewind_recorder::RecorderBuilder;

#[tokio::test]
async fn every_session_has_the_id_of_its_redaction_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.db");
    let recorders: [(&str, Begin); 2] = [
        ("by the builder", |path, name| Recorder::builder(path).session(name)),
        ("into a sink", |path, name| {
            let start = kuberewind_model::Timestamp(1_770_200_000_000_000_000);
            Recorder::to_sink(Box::new(SessionWriter::begin(path, NewSession::new(name, start, 1)).unwrap()))
        }),
    ];
    for (name, begin) in recorders {
        let recorder = begin(&path, name).redaction_key([7; 32]).start().unwrap();
        let mut service = recorder.layer("maps").layer(service_fn(|request: Request<Body>| {
            std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Full::new(Bytes::from(answer(&request))))))
        }));
        let request = Request::get("/api/v1/namespaces/shop/configmaps").body(Body::empty()).unwrap();
        service.call(request).await.unwrap().into_body().collect().await.unwrap();
        recorder.finish().await.unwrap();
    }
    let id = kuberewind_model::redact::SessionKey::new([7; 32]).id().to_owned();
    assert_eq!(key_ids(&path), [id.clone(), id]);
}
