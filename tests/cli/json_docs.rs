//! `docs/json.md` has the keys of every answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::program::Sandbox;

/// The documented keys of an answer: those of `` - `NAME`: `{key, key:[…], …}` ``.
pub fn documented(name: &str) -> BTreeSet<String> {
    let page = include_str!("../../docs/json.md");
    let start = format!("- `{name}`: ");
    let at = page.find(&start).unwrap_or_else(|| panic!("{name} is not documented"));
    let rest = &page[at + start.len()..];
    let open = rest.find('{').unwrap_or_else(|| panic!("{name} has no keys"));
    let (mut keys, mut key, mut depth) = (BTreeSet::new(), String::new(), 0_u32);
    for c in rest[open..].chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ if depth == 1 && c != ',' => key.push(c),
            _ => {}
        }
        if (c == ',' && depth == 1) || depth == 0 {
            let name = key.split(':').next().unwrap_or_default().trim().to_owned();
            keys.insert(name);
            key.clear();
        }
        if depth == 0 {
            break;
        }
    }
    keys.remove("");
    keys
}

/// The keys of an object, or of the first object of an array or of lines.
pub fn keys(json: &Value) -> BTreeSet<String> {
    let object = json.as_array().map_or(json, |items| items.first().expect("the answer is not empty"));
    object.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn the_keys_of_every_answer_are_documented() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    sandbox.run(&["bookmark", "add", "here", &file, "--at", "#5"]).ok();
    std::fs::write(
        sandbox.path("audit.log"),
        "{\"kind\":\"Event\",\"auditID\":\"a\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/shop/pods/p\",\"verb\":\"get\",\"stageTimestamp\":\"2026-03-01T10:00:00Z\"}\n",
    )
    .unwrap();
    let object = sandbox.run(&["sql", &file, "select resource_kind || '/' || namespace || '/' || name from operations where operation_type = 'UPDATE' and name <> '' order by sequence_number desc limit 1"]).ok().out;
    let object = object.lines().nth(1).expect("an object that was updated").to_owned();
    let answers: Vec<(&str, Vec<&str>)> = vec![
        ("sessions", vec!["sessions", &file]),
        ("timeline", vec!["timeline", &file]),
        ("operation", vec!["operation", &file, "5"]),
        ("lanes", vec!["lanes", &file]),
        ("tree", vec!["tree", &file]),
        ("stale", vec!["stale", &file]),
        ("history", vec!["history", &file, &object]),
        ("find", vec!["find", "has(object.metadata)", &file, &object]),
        ("diff", vec!["diff", &file, &object, "--all"]),
        ("blame", vec!["blame", &file, &object]),
        ("why", vec!["why", &file, "5"]),
        ("why --effects", vec!["why", &file, "5", "--effects"]),
        ("analyze", vec!["analyze", &file]),
        ("analyze causality", vec!["analyze", "causality", &file]),
        ("compare", vec!["compare", &file, &file]),
        ("bookmark list", vec!["bookmark", "list", &file]),
        ("verify", vec!["verify", &file]),
        ("import", vec!["import", "audit.log", "-o", "out.db"]),
        ("info", vec!["info"]),
    ];
    for (name, mut arguments) in answers {
        arguments.extend(["--format", "json"]);
        let ran = sandbox.run(&arguments);
        assert!(ran.code == Some(0) || ran.code == Some(1), "{name}: {}", ran.err);
        assert_eq!(keys(&ran.json()), documented(name), "{name}");
    }
    // Further keys of an answer about a foreign file.
    let foreign = keys(&sandbox.run(&["verify", "audit.log", "--format", "json"]).ok().json());
    let further: BTreeSet<String> = foreign.difference(&documented("verify")).cloned().collect();
    assert_eq!(further, ["changes", "converted_from", "gaps"].map(str::to_owned).into());
}
