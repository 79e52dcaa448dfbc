//! Properties of any sequence of writes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::stories::{MAPS, map, version};

/// A write by one of two managers to one of three objects.
#[derive(Debug, Clone)]
enum Write {
    Create(u8),
    Merge(u8, u8),
    Apply(u8, u8, u8),
    Delete(u8),
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let one = prop_oneof![
        (0..3u8).prop_map(Write::Create),
        (0..3u8, 0..3u8).prop_map(|(object, value)| Write::Merge(object, value)),
        (0..3u8, 0..2u8, 0..8u8).prop_map(|(object, manager, keys)| Write::Apply(object, manager, keys)),
        (0..3u8).prop_map(Write::Delete),
    ];
    prop::collection::vec(one, 1..40)
}

/// The configuration of an apply: the keys whose bits are set.
fn config(object: u8, keys: u8) -> Value {
    let data: serde_json::Map<_, _> =
        (0..3).filter(|bit| keys >> bit & 1 == 1).map(|bit| (format!("k{bit}"), json!("applied"))).collect();
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("o{object}")}, "data": data})
}

async fn run(api: &Api, write: &Write) -> (u16, Value) {
    let uri = |object: &u8| format!("{MAPS}/o{object}");
    match write {
        Write::Create(object) => api.post(MAPS, &map(&format!("o{object}"), "new")).await,
        Write::Merge(object, value) => {
            api.patch("merge-patch+json", &uri(object), &json!({"data": {"k0": value.to_string()}})).await
        }
        Write::Apply(object, manager, keys) => {
            let force = format!("{}?force=true", uri(object));
            api.apply(&format!("manager-{manager}"), &force, &config(*object, *keys)).await
        }
        Write::Delete(object) => api.delete(&uri(object), &json!({})).await,
    }
}

/// The objects of a list by name.
fn by_name(list: &Value) -> BTreeMap<String, String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| (text(item, "/metadata/name"), text(item, "/metadata/resourceVersion"))).collect()
}

async fn story(writes: &[Write]) {
    let api = Api::new();
    let mut states = vec![(api.cluster.revision(), api.get(MAPS).await.1)];
    for write in writes {
        let before = api.cluster.revision();
        let (code, answer) = run(&api, write).await;
        let after = api.cluster.revision();
        assert!(after == before || (after == before + 1 && code < 300), "{write:?}: {before} → {after}, {answer}");
        if code < 300 && !matches!(write, Write::Delete(_)) {
            assert!(version(&answer) <= after, "{answer}");
        }
        if let Write::Apply(object, manager, keys) = write {
            owns(&answer, &format!("manager-{manager}"), &config(*object, *keys));
        }
        states.push((after, api.get(MAPS).await.1));
    }
    let last = by_name(&states.last().unwrap().1);
    for (revision, list) in &states {
        let mut objects = by_name(list);
        let mut watch = api.watch(&format!("{MAPS}?watch=true&resourceVersion={revision}")).await;
        let mut newest = *revision;
        for (kind, name, version) in watch.ready().await {
            let number: u64 = version.parse().unwrap();
            assert!(number > newest, "versions rise");
            newest = number;
            if kind == "DELETED" {
                objects.remove(&name)
            } else {
                objects.insert(name, version)
            };
        }
        assert_eq!(objects, last, "the watch from {revision} leads from that list to the last");
        let (_, then) = api.get(&format!("{MAPS}?resourceVersion={revision}&resourceVersionMatch=Exact")).await;
        assert_eq!(&then, list, "an exact list shows the past as it was");
    }
}

/// A manager owns each key that it applied, and the object has the value that it applied.
fn owns(object: &Value, manager: &str, config: &Value) {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["manager"] == manager && entry["operation"] == "Apply");
    let keys: Vec<_> = config["data"].as_object().unwrap().keys().collect();
    let owned = entry.map_or(&Value::Null, |entry| &entry["fieldsV1"]["f:data"]);
    for key in &keys {
        assert!(owned.get(format!("f:{key}")).is_some(), "{key} of {manager} in {object}");
        assert_eq!(object["data"][key.as_str()], "applied");
    }
    assert_eq!(owned.as_object().map_or(0, serde_json::Map::len), keys.len(), "{object}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn versions_rise_watches_tell_all_and_managers_own_what_they_apply(writes in writes()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(story(&writes));
    }
}
