//! An actor's view, as a server shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kuberewind_model::{Perspective, Seq};
use kuberewind_serve::{ServeOptions, Served};
use kuberewind_session::OpenRecording;

use super::requests::{Client, open};
use crate::program::Sandbox;

const MAPS: &str = "/api/v1/configmaps";

/// Name and content of each object that the server lists.
async fn listed(client: &Client) -> BTreeMap<String, String> {
    let list = client.get(MAPS).await;
    let item = |item: &serde_json::Value| (item["metadata"]["name"].as_str().unwrap().to_owned(), item["data"].to_string());
    list["items"].as_array().unwrap().iter().map(item).collect()
}

/// Name and content of each object in the view.
fn viewed(recording: &OpenRecording, at: Seq, from: Perspective) -> BTreeMap<String, String> {
    let (source, lineage) = (recording.source(), recording.lineage());
    let mut view = BTreeMap::new();
    for (object, _) in source.objects_at(lineage, at, from, None, 1_000).unwrap() {
        let known = source.object_at(lineage, at, from, object).unwrap();
        let body = source.body(known.version.unwrap().body.unwrap()).unwrap().unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        view.insert(known.object.unwrap().key.name.to_string(), body["data"].to_string());
    }
    view
}

#[tokio::test]
async fn the_server_has_what_the_actor_had_and_moves_with_it() {
    let sandbox = Sandbox::new();
    let file = sandbox.path(&sandbox.demo("conflict-storm"));
    let recording = open(&file);
    let last = recording.lineage().last();
    let mut stale = 0;
    for actor in recording.source().actors().unwrap() {
        let Some(viewer) = recording.source().viewers(recording.lineage(), actor.id).unwrap().pop() else { continue };
        let from = Perspective::View(viewer.id);
        let viewpoint = Box::new(move |_: &OpenRecording, _| Ok(from));
        let options = ServeOptions { viewpoint, ..ServeOptions::of_world("run.db") };
        let client = Client(Arc::new(Served::new(open(&file), Seq(0), options).unwrap()));
        let mut random = fastrand::Rng::with_seed(u64::try_from(actor.id.0).unwrap());
        for _ in 0..40 {
            let at = Seq(random.u64(0..=last.0));
            client.0.move_to(at).unwrap();
            let view = viewed(&recording, at, from);
            assert_eq!(listed(&client).await, view, "{} at {at}", actor.name);
            stale += usize::from(!view.is_empty() && view != viewed(&recording, at, Perspective::World));
        }
    }
    assert!(stale > 0, "some actor is behind the world at some moment");
}
