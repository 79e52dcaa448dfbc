//! Objects as kubectl prints them.

use serde_json::{Value, json};

use super::imported::{made, made_of};

fn pod(name: &str, version: u32) -> Value {
    json!({"kind": "Pod", "apiVersion": "v1", "status": {"phase": "Running", "conditions": [{"type": "Ready", "lastTransitionTime": "2026-03-01T10:00:00Z"}]},
           "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version.to_string(),
               "creationTimestamp": "2026-03-01T09:00:00Z", "managedFields": [{"manager": "m", "time": format!("2026-03-01T10:00:0{version}Z")}]}})
}

const LISTING: [&str; 4] = [
    "#1 +0ns watch 200 Pod by watch: done",
    "#2 +0ns ADDED 200 Pod/shop/a by watch: done @1(full)",
    "#3 +1µs ADDED 200 Pod/shop/b by watch: done @1(full)",
    "#4 +2.000s MODIFIED 200 Pod/shop/a by watch: done @3(full)",
];

#[test]
fn a_watch_in_json_and_in_yaml() {
    let states = [pod("a", 1), pod("b", 1), pod("a", 3)];
    let pretty: String = states.iter().map(|state| format!("{state:#}\n")).collect();
    let lines: String = states.iter().map(|state| format!("{state}\n")).collect();
    let yaml: String = states.iter().map(|state| format!("{}---\n", serde_saphyr::to_string(state).unwrap())).collect();
    for (name, text) in [("pretty", &pretty), ("lines", &lines), ("YAML", &yaml)] {
        let made = made(text);
        assert_eq!((made.listing(), made.summary.unreadable), (LISTING.map(str::to_owned).to_vec(), 0), "{name}");
    }
}

#[test]
fn lists_are_objects_at_one_moment() {
    let items = [pod("a", 1), pod("b", 1)];
    let bare = items.clone().map(|mut item| {
        item.as_object_mut().unwrap().remove("kind");
        item.as_object_mut().unwrap().remove("apiVersion");
        item
    });
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}});
    let typed = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": bare});
    let yaml = format!(
        "apiVersion: v1\nitems:\n{}kind: List\nmetadata:\n  resourceVersion: \"\"\n",
        items
            .iter()
            .map(|item| {
                let text = serde_saphyr::to_string(item).unwrap();
                let mut lines = text.lines();
                let first = format!("- {}\n", lines.next().unwrap());
                lines.fold(first, |text, line| format!("{text}  {line}\n"))
            })
            .collect::<String>()
    );
    for (name, text) in [("List", list.to_string()), ("PodList", format!("{typed:#}")), ("YAML", yaml)] {
        let made = made(&text);
        assert_eq!(
            (made.listing(), made.summary.unreadable),
            (LISTING[..3].iter().map(|line| (*line).to_owned()).collect(), 0),
            "{name}: {text}"
        );
    }
    // The absence of an object from such a list proves nothing: it may have been made with a selector.
    let made = made_of(&[
        ("a", list.to_string().as_bytes()),
        ("b", json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []}).to_string().as_bytes()),
    ]);
    assert_eq!(made.object(("", "pods"), ("shop", "b"), "end").0, kuberewind_model::Presence::Present);
    assert_eq!(made.object(("", "pods"), ("shop", "c"), "end").0, kuberewind_model::Presence::Unknown);
}

#[test]
fn what_is_no_object_is_counted() {
    let text = format!("{}\n{{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\"}}\n{{\"a\":1}}\n", pod("a", 1));
    let made = made(text);
    assert_eq!((made.listing().len(), made.summary.unreadable, made.gaps()), (2, 2, vec![2]));
}

#[test]
fn a_list_that_is_larger_than_a_record_is_split() {
    let count = 9_000;
    let padding = "x".repeat(4_000);
    let mut list = String::from("{\"kind\": \"PodList\", \"apiVersion\": \"v1\", \"metadata\": {}, \"items\": [\n");
    for number in 0..count {
        let comma = if number == 0 { "" } else { ",\n" };
        let metadata = json!({"name": format!("p{number}"), "namespace": "shop", "annotations": {"a": padding}});
        list.push_str(&format!("{comma}{}", json!({"metadata": metadata})));
    }
    list.push_str("\n]}\n");
    assert!(list.len() > 32 << 20);
    let made = made(list);
    assert_eq!((made.summary.records, made.summary.unreadable), (count, 0), "{:?}", made.summary.first_unreadable);
    assert_eq!(made.object(("", "pods"), ("shop", "p8999"), "end").0, kuberewind_model::Presence::Present);
}
