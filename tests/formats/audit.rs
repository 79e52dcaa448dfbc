//! Audit events: stages, actors, levels, and the resulting objects.

use kuberewind_model::Presence;
use serde_json::{Value, json};

use super::imported::{made, made_of};

/// An event of a request from `from` to `to`, in milliseconds.
#[allow(clippy::needless_pass_by_value, reason = "each is made where it is handed over")]
pub fn event(id: &str, verb: &str, uri: &str, (from, to): (u32, u32), more: Value) -> Value {
    let at = |millis: u32| format!("2026-03-01T10:00:{:02}.{:03}000Z", millis / 1_000, millis % 1_000);
    let mut event = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": id, "stage": "ResponseComplete",
        "requestURI": uri, "verb": verb, "user": {"username": "kubernetes-admin"}, "userAgent": "kubectl/v1.32.4 (linux/amd64)",
        "responseStatus": {"metadata": {}, "code": 200}, "requestReceivedTimestamp": at(from), "stageTimestamp": at(to),
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

pub fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn settings(version: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"key": value},
           "metadata": {"name": "settings", "namespace": "shop", "uid": "u1", "resourceVersion": version}})
}

const SETTINGS: &str = "/api/v1/namespaces/shop/configmaps/settings";
const CONFIGMAPS: (&str, &str) = ("", "configmaps");
const NAME: (&str, &str) = ("shop", "settings");

#[test]
fn lines_out_of_order_become_operations_in_order() {
    // The slow create is logged last but started first. It ends after the get, so the get did not see it.
    let events = [
        event(
            "b",
            "get",
            "/api/v1/namespaces/shop/configmaps/other",
            (200, 300),
            json!({"responseStatus": {"code": 404, "status": "Failure", "reason": "NotFound",
                   "message": "configmaps \"other\" not found", "details": {"name": "other", "kind": "configmaps"}}}),
        ),
        event(
            "c",
            "update",
            SETTINGS,
            (600, 650),
            json!({"requestObject": settings("5", "two"), "responseObject": settings("9", "two")}),
        ),
        event(
            "a",
            "create",
            "/api/v1/namespaces/shop/configmaps",
            (100, 500),
            json!({"responseStatus": {"code": 201}, "requestObject": settings("", "one"), "responseObject": settings("5", "one")}),
        ),
    ];
    let made = made(lines(&events));
    assert_eq!(
        made.listing(),
        [
            "#1 +200ms get 404 ConfigMap/shop/other by kubectl: refused (content unknown gone)",
            "#2 +400ms create 201 ConfigMap/shop/settings by kubectl: done @5(full)",
            "#3 +550ms update 200 ConfigMap/shop/settings by kubectl: done @9(full)",
        ]
    );
    assert_eq!(made.object(CONFIGMAPS, NAME, "#1").0, Presence::Unknown);
    assert_eq!(made.object(CONFIGMAPS, NAME, "#2").1["data"]["key"], "one");
    assert_eq!(made.object(CONFIGMAPS, NAME, "end").1["data"]["key"], "two");
}

#[test]
fn the_stages_of_a_request_are_one_operation() {
    let mut received = event("a", "get", SETTINGS, (0, 0), json!({}));
    received["stage"] = "RequestReceived".into();
    let complete = event("a", "get", SETTINGS, (0, 40), json!({"responseObject": settings("5", "one")}));
    let mut orphan = event("b", "update", SETTINGS, (100, 100), json!({}));
    orphan["stage"] = "RequestReceived".into();
    let mut panicked =
        event("c", "get", SETTINGS, (200, 210), json!({"responseStatus": {"code": 500, "status": "Failure", "message": "boom"}}));
    panicked["stage"] = "Panic".into();
    // Given twice, as rotated files may overlap.
    let listing = made(lines(&[received, complete.clone(), complete, orphan, panicked])).listing();
    assert_eq!(
        listing,
        [
            "#1 +40ms get 200 ConfigMap/shop/settings by kubectl: done @5(full)",
            "#2 +210ms get 500 ConfigMap/shop/settings by kubectl: refused",
            "#3 +210ms update 0 ConfigMap/shop/settings by kubectl: maybe applied",
        ]
    );
}

#[test]
fn a_watch_is_open_from_its_start_to_its_end() {
    let uri = "/api/v1/namespaces/shop/configmaps?watch=true&resourceVersion=5";
    let mut begun = event("w", "watch", uri, (0, 10), json!({}));
    begun["stage"] = "ResponseStarted".into();
    let ended = event("w", "watch", uri, (0, 9_000), json!({}));
    let get = event("g", "get", SETTINGS, (100, 110), json!({}));
    let made = made(lines(&[ended, get, begun]));
    assert_eq!(
        made.listing(),
        ["#1 +10ms watch 200 ConfigMap/shop by kubectl: done", "#2 +110ms get 200 ConfigMap/shop/settings by kubectl: done",]
    );
}

#[test]
fn without_bodies_a_write_makes_a_version_of_unknown_content() {
    let object = json!({"resource": "configmaps", "namespace": "shop", "name": "settings", "apiVersion": "v1", "resourceVersion": "5", "uid": "u1"});
    let gone = json!({"code": 200, "status": "Success", "details": {"name": "settings", "kind": "configmaps", "uid": "u1"}});
    let events = [
        event(
            "a",
            "create",
            "/api/v1/namespaces/shop/configmaps",
            (0, 10),
            json!({"level": "Metadata", "responseStatus": {"code": 201}, "objectRef": object}),
        ),
        event("b", "get", SETTINGS, (20, 30), json!({"level": "Metadata", "objectRef": object})),
        event("c", "list", "/api/v1/namespaces/shop/configmaps", (40, 50), json!({"level": "Metadata"})),
        event("d", "update", &format!("{SETTINGS}?dryRun=All"), (60, 70), json!({"level": "Metadata", "objectRef": object})),
        event("e", "deletecollection", "/api/v1/namespaces/shop/pods", (80, 90), json!({"level": "Metadata"})),
        event("f", "delete", SETTINGS, (100, 110), json!({"level": "Metadata", "objectRef": object, "responseStatus": gone})),
    ];
    let made = made(lines(&events));
    let by = "by kubectl";
    assert_eq!(
        made.listing(),
        [
            format!("#1 +10ms create 201 ConfigMap/shop/settings {by}: done (content unknown)"),
            format!("#2 +30ms get 200 ConfigMap/shop/settings {by}: done"),
            format!("#3 +50ms list 200 ConfigMap/shop {by}: done"),
            format!("#4 +70ms update 200 ConfigMap/shop/settings {by}: dry run"),
            format!("#5 +90ms deletecollection 200 Pod/shop {by}: done"),
            format!("#6 +110ms delete 200 ConfigMap/shop/settings {by}: done (content unknown gone)"),
        ]
    );
    assert_eq!(made.object(CONFIGMAPS, NAME, "#5").0, Presence::Present);
    assert_eq!(made.object(CONFIGMAPS, NAME, "#6").0, Presence::Absent);
    let detail = made.history().operation_detail(made.open.lineage(), kuberewind_model::Seq(4)).unwrap().unwrap();
    assert_eq!(&*detail.detail.precondition, "5");
}

#[test]
fn at_level_request_a_version_is_reconstructed_from_the_request() {
    let events = [
        event(
            "a",
            "create",
            "/api/v1/namespaces/shop/configmaps",
            (0, 10),
            json!({"level": "Request", "responseStatus": {"code": 201}, "requestObject": settings("", "one")}),
        ),
        event("b", "update", SETTINGS, (20, 30), json!({"level": "Request", "requestObject": settings("5", "two")})),
        event("c", "patch", SETTINGS, (40, 50), json!({"level": "Request", "requestObject": {"data": {"key": "three"}}})),
        // Only the server knows the field owners. From here on, the state is unknown.
        event(
            "d",
            "patch",
            &format!("{SETTINGS}?fieldManager=x"),
            (60, 70),
            json!({"level": "Request", "requestObject": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"other": "four"}}}),
        ),
        event("e", "patch", SETTINGS, (80, 90), json!({"level": "Request", "requestObject": {"data": {"key": "five"}}})),
    ];
    let made = made(lines(&events));
    let by = "by kubectl";
    assert_eq!(
        made.listing(),
        [
            format!("#1 +10ms create 201 ConfigMap/shop/settings {by}: done (reconstructed)"),
            format!("#2 +30ms update 200 ConfigMap/shop/settings {by}: done (reconstructed)"),
            format!("#3 +50ms patch 200 ConfigMap/shop/settings {by}: done (reconstructed)"),
            format!("#4 +70ms patch 200 ConfigMap/shop/settings {by}: done (content unknown)"),
            format!("#5 +90ms patch 200 ConfigMap/shop/settings {by}: done (content unknown)"),
        ]
    );
    assert_eq!(made.object(CONFIGMAPS, NAME, "#3").1["data"]["key"], "three");
    let (_, body) = made.object(CONFIGMAPS, NAME, "#2");
    assert_eq!((&body["data"]["key"], body["metadata"].get("resourceVersion")), (&json!("two"), None));
}

#[test]
fn a_truncated_event_has_no_bodies() {
    let event = event(
        "a",
        "update",
        SETTINGS,
        (0, 10),
        json!({
        "annotations": {"audit.k8s.io/truncated": "true"}, "requestObject": {"cut": 1}, "responseObject": {"cut": 2}}),
    );
    let listing = made(lines(&[event])).listing();
    assert_eq!(listing, ["#1 +10ms update 200 ConfigMap/shop/settings by kubectl: done (content unknown)"]);
}

#[test]
fn deletecollection_removes_the_named_objects_and_a_finalizer_delays() {
    let item = |name: &str, version: &str| json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version}});
    let mut waiting = settings("11", "one");
    waiting["metadata"]["deletionTimestamp"] = "2026-03-01T10:00:01Z".into();
    waiting["metadata"]["deletionGracePeriodSeconds"] = 0.into();
    let freed = waiting.clone();
    waiting["metadata"]["finalizers"] = json!(["shop/hold"]);
    let events = [
        event(
            "l",
            "list",
            "/api/v1/namespaces/shop/configmaps",
            (0, 10),
            json!({"responseObject": {
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": [item("a", "1"), item("b", "2")]}}),
        ),
        event(
            "d",
            "deletecollection",
            "/api/v1/namespaces/shop/configmaps",
            (20, 30),
            json!({"responseObject": {
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "10"}, "items": [item("a", "1"), item("b", "2")]}}),
        ),
        event("x", "delete", SETTINGS, (40, 50), json!({"responseObject": waiting})),
        event(
            "y",
            "patch",
            SETTINGS,
            (60, 70),
            json!({"requestObject": {"metadata": {"finalizers": null}}, "responseObject": freed}),
        ),
    ];
    let made = made(lines(&events));
    let presence = |name: &str, at: &str| made.object(CONFIGMAPS, ("shop", name), at).0;
    assert_eq!(
        (presence("a", "#1"), presence("b", "#2"), presence("a", "#2")),
        (Presence::Present, Presence::Absent, Presence::Absent)
    );
    assert_eq!((presence("settings", "#3"), presence("settings", "#4")), (Presence::Present, Presence::Absent));
}

#[test]
fn actors_are_programs_with_their_controllers() {
    let agent = |agent: &str| json!({"userAgent": agent});
    let mut pod = agent("manager/v0.0.0 (linux/amd64) kubernetes/$Format");
    pod["user"] = json!({"username": "system:serviceaccount:shop:operator",
                         "extra": {"authentication.kubernetes.io/pod-name": ["operator-7d9-x1"]}});
    let mut impersonated = agent("kubectl/v1.32.4 (linux/amd64)");
    impersonated["impersonatedUser"] = json!({"username": "bob"});
    let mut itself = agent("kubelite/v1 (linux) kubernetes/ff/system:serviceaccount:kube-system:job-controller");
    itself["user"] = json!({"username": "system:serviceaccount:kube-system:job-controller"});
    let cases = [
        ("kubelite/v1.25.6 (linux/amd64) kubernetes/ff2c119/leader-election", SETTINGS, json!({}), "kubelite/leader-election"),
        ("Go-http-client/1.1", &format!("{SETTINGS}?fieldManager=shop-operator"), json!({}), "kubernetes-admin/shop-operator"),
        ("", SETTINGS, pod, "manager"),
        ("", SETTINGS, impersonated, "kubectl"),
        ("", SETTINGS, itself, "kubelite/job-controller"),
        ("evil\u{1b}[2J/1", SETTINGS, json!({}), "evil[2J"),
        ("", SETTINGS, json!({"userAgent": null, "user": null}), "unknown"),
    ];
    for (user_agent, uri, more, expected) in cases {
        let mut event = event("a", "get", uri, (0, 10), json!({"userAgent": user_agent}));
        more.as_object().unwrap().iter().for_each(|(key, value)| event[key] = value.clone());
        let listing = made(lines(&[event])).listing();
        assert!(listing[0].contains(&format!(" by {expected}: ")), "{expected}: {listing:?}");
    }
}

#[test]
fn two_processes_with_one_name_are_distinguished() {
    let by = |id: &str, agent: &str, user: &str, pod: &str| {
        let mut event = event(id, "get", SETTINGS, (0, 10), json!({"userAgent": agent}));
        event["user"] = json!({"username": user, "extra": {"authentication.kubernetes.io/pod-name": [pod]}});
        if pod.is_empty() {
            event["user"] = json!({"username": user});
        }
        event
    };
    let manager = "manager/v0.0.0 (linux/amd64) kubernetes/$Format";
    let of_kcm = |controller: &str| format!("kube-controller-manager/v1.35.4 (linux/amd64) kubernetes/abc/{controller}");
    let account = "system:serviceaccount:kube-system:deployment-controller";
    let listing = made(lines(&[
        by("a", manager, "system:serviceaccount:shop:operator", "operator-7d9-x1"),
        by("b", manager, "system:serviceaccount:shop:operator", "operator-7d9-x2"),
        by("c", manager, "system:serviceaccount:pay:operator", ""),
        by("d", "kubectl/v1.32.4 (linux/amd64)", "alice", ""),
        by("e", "kubectl/v1.32.4 (linux/amd64)", "bob", ""),
        // One process has an account for each of its controllers.
        by("f", &of_kcm(account), account, ""),
        by("g", &of_kcm("shared-informers"), "system:kube-controller-manager", ""),
    ]))
    .listing();
    let names: Vec<&str> =
        listing.iter().filter_map(|line| line.split_once(" by ")?.1.split_once(':').map(|(name, _)| name)).collect();
    assert_eq!(
        names,
        [
            "manager@operator-7d9-x1",
            "manager@operator-7d9-x2",
            "manager@operator.pay",
            "kubectl@alice",
            "kubectl@bob",
            "kube-controller-manager/deployment-controller",
            "kube-controller-manager",
        ]
    );
}

#[test]
fn server_errors_are_operations_and_health_checks_are_not() {
    let events = [
        event("a", "get", "/healthz", (0, 10), json!({})),
        event("b", "get", "/readyz?verbose", (20, 30), json!({"responseStatus": {"code": 500}})),
        event("c", "get", "/apis/apps/v1?timeout=32s", (40, 50), json!({})),
        event("d", "get", SETTINGS, (60, 70), json!({})),
    ];
    let made = made(lines(&events));
    assert_eq!(
        made.listing(),
        ["#1 +30ms get 500 ? by kubectl: refused", "#2 +70ms get 200 ConfigMap/shop/settings by kubectl: done",]
    );
}

#[test]
fn no_secret_reaches_the_recording() {
    let secret = |version: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "password", "namespace": "shop", "uid": "s", "resourceVersion": version,
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"p\":\"aHVudGVyMg==\"}}"}},
        "data": {"p": "aHVudGVyMg=="}, "stringData": {"q": "hunter2"}})
    };
    let uri = "/api/v1/namespaces/shop/secrets/password";
    let events = [
        event(
            "a",
            "create",
            "/api/v1/namespaces/shop/secrets",
            (0, 10),
            json!({"level": "Request", "requestObject": secret("")}),
        ),
        event("b", "update", uri, (20, 30), json!({"requestObject": secret("4"), "responseObject": secret("5")})),
        event(
            "c",
            "patch",
            uri,
            (40, 50),
            json!({"requestObject": [{"op": "replace", "path": "/data/p", "value": "aHVudGVyMg=="}],
            "responseStatus": {"code": 422, "status": "Failure", "message": "Secret \"password\" is invalid: Invalid value: \"hunter2\""}}),
        ),
        event(
            "d",
            "list",
            "/api/v1/secrets",
            (60, 70),
            json!({"responseObject": {"kind": "SecretList", "apiVersion": "v1",
            "metadata": {"resourceVersion": "6"}, "items": [secret("5")]}}),
        ),
    ];
    let made = made(lines(&events));
    assert_eq!(made.listing().len(), 4);
    let bytes = std::fs::read(&made.path).unwrap();
    let every = |number: i64| made.history().body(kuberewind_model::BodyId(number)).ok().flatten();
    let bodies: Vec<String> = (0..200).filter_map(every).map(|body| body.to_string()).collect();
    assert!(bodies.len() >= 3);
    for needle in ["hunter2", "aHVudGVyMg"] {
        assert!(memchr::memmem::find(&bytes, needle.as_bytes()).is_none(), "{needle} is in the file");
        assert!(bodies.iter().all(|body| !body.contains(needle)), "{needle} is in a body");
    }
}

#[test]
fn files_with_entries_become_one_session() {
    let one = lines(&[event("a", "get", SETTINGS, (500, 510), json!({}))]);
    let other = lines(&[event("b", "get", SETTINGS, (100, 110), json!({}))]);
    let watch = json!({"ts": "2026-03-01T10:00:00Z", "path": "/api/v1/pods", "type": "ADDED",
                       "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "shop"}}});
    let made = made_of(&[
        ("server-1.log", one.as_bytes()),
        ("server-2.log", other.as_bytes()),
        ("pods.jsonl", format!("{watch}\n").as_bytes()),
    ]);
    let sessions = made.history().sessions().unwrap();
    let summary: Vec<(&str, u64)> = sessions.iter().map(|session| (session.session_id.as_str(), session.operations)).collect();
    assert_eq!(summary, [("server-1+2", 4)]);
    let read_as: Vec<&str> = made.summary.importers.iter().map(|importer| importer.name).collect();
    assert_eq!(read_as, ["audit", "watch"]);
    assert_eq!(made.session_no(), sessions[0].no);
}

#[test]
fn broken_lines_are_gaps_in_their_places_and_are_counted() {
    let good = |id: &str, at: u32| event(id, "get", SETTINGS, (at, at + 10), json!({})).to_string();
    let newer = good("n", 50).replace("audit.k8s.io/v1", "audit.k8s.io/v9");
    let log = format!("not json\n{}\n{{\"auditID\":\"x\",\"stage\n\n{newer}\n{}\n", good("a", 0), good("b", 100));
    let made = made(log);
    assert_eq!((made.summary.records, made.summary.unreadable), (2, 3));
    assert!(made.summary.first_unreadable.as_ref().unwrap().starts_with("line 1 of "), "{:?}", made.summary.first_unreadable);
    assert_eq!(made.gaps(), [1, 2]);
    assert_eq!(made.listing().len(), 2);
}
