//! At random moments, the server shows the state of the recording.

use std::collections::BTreeMap;

use http::Method;
use kuberewind_model::{Perspective, Seq};
use kuberewind_session::Ordinals;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::requests::{Client, open, path, serve};
use crate::program::{Sandbox, real_inputs};

/// All objects of the world at a moment: path → recorded text.
fn world(file: &std::path::Path, at: Seq) -> BTreeMap<String, String> {
    let recording = open(file);
    let (source, lineage) = (recording.source(), recording.lineage());
    let mut world = BTreeMap::new();
    for (object, _) in source.objects_at(lineage, at, Perspective::World, None, 10_000).unwrap() {
        let known = source.object_at(lineage, at, Perspective::World, object).unwrap();
        let (object, version) = (known.object.clone().unwrap(), known.version.clone().unwrap());
        let text = source.body(version.body.unwrap()).unwrap().unwrap();
        // `kuberewind show` prints this text.
        let shown = kuberewind_report::object_json(source, &known, "", at).unwrap();
        assert_eq!(shown, serde_json::from_str::<Value>(&text).unwrap());
        let key = object.key;
        world.insert(path(&version.api_version, &key.resource, &key.namespace, &key.name), text.to_string());
    }
    world
}

/// The kinds of discovery: their lists' paths.
async fn lists(client: &Client) -> Vec<String> {
    let mut paths = Vec::new();
    let mut versions: Vec<String> = client.get("/apis").await["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["versions"].as_array().unwrap().clone())
        .map(|version| version["groupVersion"].as_str().unwrap().to_owned())
        .collect();
    versions.push("v1".to_owned());
    for version in versions {
        let prefix = if version == "v1" { "api" } else { "apis" };
        let (code, body) = client.send(Method::GET, &format!("/{prefix}/{version}"), "", "").await;
        if code == 404 {
            continue;
        }
        let document: Value = serde_json::from_slice(&body).unwrap();
        for resource in document["resources"].as_array().unwrap() {
            if resource["verbs"].as_array().unwrap().contains(&json!("list")) {
                paths.push(path(&version, resource["name"].as_str().unwrap(), "", ""));
            }
        }
    }
    paths
}

/// The common part of a served object and a recorded one: all, or the metadata of an object of which only that was recorded.
fn compared(served: &Value, recorded: &Value) -> (Value, Value) {
    if recorded["kind"] != "PartialObjectMetadata" {
        return (served.clone(), recorded.clone());
    }
    let mut metadata = served["metadata"].clone();
    let annotations = metadata["annotations"].as_object_mut().unwrap();
    assert_eq!(annotations.remove("kuberewind.dev/incomplete"), Some(json!("metadata only")));
    if annotations.is_empty() {
        metadata.as_object_mut().unwrap().remove("annotations");
    }
    (metadata, recorded["metadata"].clone())
}

/// Everything at a moment, whole, in pages, as tables and as metadata.
async fn check(file: &std::path::Path, at: Seq) {
    let (client, world) = (serve(file, at, false), world(file, at));
    for (path, text) in &world {
        let (served, text) = (client.bytes(path).await, text.as_bytes());
        let of = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
        if of(text)["kind"] == "PartialObjectMetadata" {
            let (metadata, recorded) = compared(&of(&served), &of(text));
            assert_eq!(metadata, recorded, "{path} at {at}");
            continue;
        }
        assert_eq!(served, text, "{path} at {at}");
        let (code, partial) =
            client.send(Method::GET, path, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "").await;
        let partial: Value = serde_json::from_slice(&partial).unwrap();
        assert_eq!((code, &partial["metadata"]), (200, &of(text)["metadata"]));
    }
    let mut listed = BTreeMap::new();
    for list in lists(&client).await {
        let whole = client.get(&list).await;
        let mut pages = Vec::new();
        let mut next = String::new();
        loop {
            let page = client.get(&format!("{list}?limit=2&continue={next}")).await;
            pages.extend(page["items"].as_array().unwrap().clone());
            next = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
            if next.is_empty() {
                break;
            }
        }
        assert_eq!(whole["items"], json!(pages), "{list} at {at}");
        let (code, table) = client.send(Method::GET, &list, "application/json;as=Table;g=meta.k8s.io;v=v1", "").await;
        let table: Value = serde_json::from_slice(&table).unwrap();
        assert_eq!((code, table["rows"].as_array().unwrap().len()), (200, pages.len()));
        for item in pages {
            let meta = |name: &str| item["metadata"][name].as_str().unwrap_or_default().to_owned();
            let (version, plural) = list.trim_start_matches("/apis/").trim_start_matches("/api/").rsplit_once('/').unwrap();
            listed.insert(path(version, plural, &meta("namespace"), &meta("name")), item);
        }
    }
    assert_eq!(listed.keys().collect::<Vec<_>>(), world.keys().collect::<Vec<_>>(), "the lists at {at}");
    for (path, mut item) in listed {
        // Items of built-in lists leave out what the list says.
        let recorded: Value = serde_json::from_str(&world[&path]).unwrap();
        let mut recorded = if recorded["kind"] == "PartialObjectMetadata" {
            let metadata;
            (item, metadata) = compared(&item, &recorded);
            metadata
        } else {
            recorded
        };
        for object in [&mut item, &mut recorded] {
            let map = object.as_object_mut().unwrap();
            map.shift_remove("apiVersion");
            map.shift_remove("kind");
        }
        assert_eq!(item, recorded, "{path} at {at}");
    }
}

#[test]
fn get_is_what_show_prints_and_list_is_the_world() {
    let sandbox = Sandbox::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for scenario in ["tug-of-war", "rollout", "hot-loop", "conflict-storm"] {
        let file = sandbox.path(&sandbox.demo(scenario));
        let last = open(&file).lineage().last();
        let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
        let moments = 0..=last.0;
        let checked = TestRunner::new(config).run(&moments, |at| {
            runtime.block_on(check(&file, Seq(at)));
            Ok(())
        });
        checked.unwrap();
    }
}

/// Recordings of real control planes: every object that is known whole is served byte for byte, every other one says what it lacks.
#[test]
fn real_recordings_are_served_as_they_are() {
    let Some(inputs) = real_inputs() else { return };
    let sandbox = Sandbox::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut whole, mut incomplete) = (0, 0);
    for entry in std::fs::read_dir(inputs.join("realcluster")).unwrap() {
        let source = entry.unwrap().path();
        if source.extension().is_none_or(|ending| ending != "db") {
            continue;
        }
        let file = sandbox.path("real.db");
        std::fs::copy(&source, &file).unwrap();
        let recording = open(&file);
        let (reads, lineage) = (recording.source(), recording.lineage());
        for at in [lineage.nth(lineage.len() / 2), lineage.last()] {
            let client = serve(&file, at, false);
            for (object, _) in reads.objects_at(lineage, at, Perspective::World, None, 100_000).unwrap() {
                let known = reads.object_at(lineage, at, Perspective::World, object).unwrap();
                let (key, version) = (known.object.unwrap().key, known.version.unwrap());
                let path = path(&version.api_version, &key.resource, &key.namespace, &key.name);
                let served = runtime.block_on(client.bytes(&path));
                let text = version.body.map(|body| reads.body(body).unwrap().unwrap());
                if text.as_ref().is_some_and(|text| text.as_bytes() == served) {
                    assert_eq!(version.shape, kuberewind_model::Shape::Full, "{path}");
                    whole += 1;
                } else {
                    let served: Value = serde_json::from_slice(&served).unwrap();
                    assert!(
                        served["metadata"]["annotations"]["kuberewind.dev/incomplete"].is_string(),
                        "{path} at {at}: {served}"
                    );
                    assert_eq!(served["metadata"]["name"], *key.name);
                    incomplete += 1;
                }
            }
        }
        std::fs::remove_file(&file).unwrap();
    }
    assert!(whole > 100, "{whole} whole objects, {incomplete} others");
}
