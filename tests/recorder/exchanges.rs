//! Unary calls and the observations of their responses.

use http::Method;
use kuberewind_capture::{Ending, Limits};
use kuberewind_model::{Observations, Outcome};

use crate::feed::{Ask, Feed};

const ONE: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const ALL: &str = "/apis/apps/v1/namespaces/shop/deployments";

fn deployment(version: u64, more: &str) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"web","namespace":"shop","uid":"u1","resourceVersion":"{version}","generation":2{more}}},"spec":{{"replicas":3}}}}"#
    )
}

fn status(code: u16, reason: &str, name: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"deployments.apps \"{name}\" says {reason}","reason":"{reason}","details":{{"name":"{name}","group":"apps","kind":"deployments"}},"code":{code}}}"#
    )
}

fn event_of(ask: &Ask<'_>, code: u16, answer: &str) -> String {
    let mut feed = Feed::new();
    feed.exchange(ask, code, answer);
    feed.story().join("\n")
}

#[test]
fn reads_and_writes_show_the_object() {
    let state = deployment(7, "");
    assert_eq!(event_of(&Ask::get(ONE), 200, &state), "get 200 done: Deployment shop/web@7 full");
    assert_eq!(
        event_of(&Ask::new(Method::POST, ALL).with("application/json", &state), 201, &state),
        "create 201 done: Deployment shop/web@7 full created"
    );
    assert_eq!(event_of(&Ask::new(Method::PUT, ONE), 200, &state), "update 200 done: Deployment shop/web@7 full");
    let path = format!("{ONE}/status");
    assert_eq!(event_of(&Ask::new(Method::PATCH, &path), 200, &state), "patch/status 200 done: Deployment shop/web@7 full");
}

#[test]
fn a_namespace_that_terminates_is_not_gone_until_it_is_finalized() {
    let namespace = |finalizers: &str| {
        let metadata = r#"{"name":"a","uid":"u1","resourceVersion":"7","deletionTimestamp":"2026-01-01T00:00:00Z"}"#;
        format!(r#"{{"kind":"Namespace","apiVersion":"v1","metadata":{metadata},"spec":{{"finalizers":{finalizers}}}}}"#)
    };
    let write = |path: &str, finalizers| event_of(&Ask::new(Method::PUT, path), 200, &namespace(finalizers));
    let terminating = write("/api/v1/namespaces/a/status", r#"["kubernetes"]"#);
    assert!(terminating.contains("full") && !terminating.contains("gone"), "{terminating}");
    let finalized = write("/api/v1/namespaces/a/finalize", "[]");
    assert!(finalized.contains("gone"), "{finalized}");
}

#[test]
fn a_404_of_the_status_is_no_proof_that_the_object_is_absent() {
    let missing = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"widgets.x.io \"a\" not found","reason":"NotFound","details":{"name":"a","group":"x.io","kind":"widgets"},"code":404}"#;
    let path = "/apis/x.io/v1/namespaces/shop/widgets/a/status";
    let put = || Ask::new(Method::PUT, path);
    let unknown = event_of(&put(), 404, missing);
    assert!(unknown.contains("nothing"), "{unknown}");
    for (resources, words) in [
        (r#"[{"name":"widgets","namespaced":true,"kind":"Widget","verbs":[]}]"#, "nothing"),
        (
            r#"[{"name":"widgets","namespaced":true,"kind":"Widget","verbs":[]},{"name":"widgets/status","kind":"Widget","verbs":[]}]"#,
            "not found",
        ),
    ] {
        let mut feed = Feed::new();
        let list = format!(r#"{{"kind":"APIResourceList","groupVersion":"x.io/v1","resources":{resources}}}"#);
        feed.exchange(&Ask::get("/apis/x.io/v1"), 200, &list);
        feed.exchange(&put(), 404, missing);
        let story = feed.story().pop().unwrap();
        assert!(story.contains(words), "{story}");
    }
}

#[test]
fn responses_without_an_object_show_nothing() {
    let scale = r#"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web","namespace":"shop","uid":"u1","resourceVersion":"7"},"spec":{"replicas":3}}"#;
    assert_eq!(event_of(&Ask::get(&format!("{ONE}/scale")), 200, scale), "get/scale 200 done: nothing");
    // The write made this version of the Deployment, whose content the response does not have.
    let scaled = event_of(&Ask::new(Method::PUT, &format!("{ONE}/scale")), 200, scale);
    assert_eq!(scaled, "update/scale 200 done:  shop/web@7 content unknown");
    let review = r#"{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"spec":{},"status":{"allowed":true}}"#;
    assert_eq!(
        event_of(&Ask::new(Method::POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"), 201, review),
        "create 201 done: nothing"
    );
    let evicted = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"#;
    assert_eq!(
        event_of(&Ask::new(Method::POST, "/api/v1/namespaces/shop/pods/p/eviction"), 201, evicted),
        "create/eviction 201 done: nothing"
    );
    assert_eq!(
        event_of(&Ask::new(Method::PUT, &format!("{ONE}?dryRun=All")), 200, &deployment(7, "")),
        "update 200 dry run: nothing"
    );
    assert_eq!(event_of(&Ask::get("/api/v1/namespaces/shop/pods/p/log"), 200, "hello\n"), "get/log 200 done: nothing");
    assert_eq!(event_of(&Ask::get("/healthz"), 200, "ok"), "");
}

#[test]
fn deletions() {
    let success = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"web","group":"apps","kind":"deployments","uid":"u1"}}"#;
    let delete = || Ask::new(Method::DELETE, ONE);
    let going = r#","deletionTimestamp":"2026-01-01T00:00:00Z","deletionGracePeriodSeconds":0"#;
    assert_eq!(event_of(&delete(), 200, success), "delete 200 done:  shop/web content unknown gone");
    assert_eq!(event_of(&delete(), 200, &deployment(8, "")), "delete 200 done: Deployment shop/web@8 full gone");
    let waits = deployment(8, &format!(r#"{going},"finalizers":["a"]"#));
    assert_eq!(event_of(&delete(), 200, &waits), "delete 200 done: Deployment shop/web@8 full");
    assert_eq!(event_of(&Ask::new(Method::PATCH, ONE), 200, &waits), "patch 200 done: Deployment shop/web@8 full");
    assert_eq!(
        event_of(&Ask::new(Method::PATCH, ONE), 200, &deployment(9, going)),
        "patch 200 done: Deployment shop/web@9 full gone"
    );
    let grace = deployment(9, r#","deletionTimestamp":"2026-01-01T00:00:00Z","deletionGracePeriodSeconds":30"#);
    assert_eq!(event_of(&Ask::new(Method::PATCH, ONE), 200, &grace), "patch 200 done: Deployment shop/web@9 full");
}

#[test]
fn refusals() {
    assert_eq!(
        event_of(&Ask::get(ONE), 404, &status(404, "NotFound", "web")),
        "get 404 refused:  shop/web content unknown not found"
    );
    assert_eq!(event_of(&Ask::get(ONE), 404, "404 page not found"), "get 404 refused: nothing");
    let no_namespace = r#"{"kind":"Status","status":"Failure","message":"namespaces \"shop\" not found","reason":"NotFound","details":{"name":"shop","kind":"namespaces"},"code":404}"#;
    assert_eq!(event_of(&Ask::new(Method::POST, ALL), 404, no_namespace), "create 404 refused: nothing");
    let mut feed = Feed::new();
    feed.exchange(&Ask::new(Method::PUT, ONE).with("application/json", &deployment(6, "")), 409, &status(409, "Conflict", "web"));
    let conflict = feed.sink.operations().remove(0);
    assert_eq!((conflict.outcome, &*conflict.detail.reason, &*conflict.detail.precondition), (Outcome::Refused, "Conflict", "6"));
    assert_eq!(&*conflict.error, "deployments.apps \"web\" says Conflict");
}

#[test]
fn responses_that_never_arrived() {
    for (method, how, outcome) in [
        (Method::PUT, Ending::Failed("connection reset".into()), Outcome::MaybeApplied),
        (Method::PUT, Ending::Dropped, Outcome::MaybeApplied),
        (Method::GET, Ending::Dropped, Outcome::Lost),
    ] {
        let mut feed = Feed::new();
        let call = feed.start(&Ask::new(method.clone(), ONE));
        feed.end(call, how.clone());
        let headless = feed.sink.operations().remove(0);
        assert_eq!((headless.outcome, headless.status, headless.error.is_empty()), (outcome, 0, false), "{method} {how:?}");
        let call = feed.start(&Ask::new(method, ONE));
        feed.head(call, 200);
        feed.chunk(call, br#"{"kind":"Depl"#);
        feed.end(call, how);
        let cut = feed.sink.operations().remove(1);
        assert_eq!((cut.outcome, cut.status), (outcome, 200));
        assert!(matches!(cut.observations, Observations::Nothing));
    }
}

#[test]
fn started_after_and_duration_cover_the_calls_under_way() {
    let mut feed = Feed::new();
    let slow = feed.start(&Ask::get(ONE));
    feed.exchange(&Ask::get(ONE), 200, &deployment(7, ""));
    feed.head(slow, 200);
    feed.chunk(slow, deployment(7, "").as_bytes());
    feed.end(slow, Ending::Complete);
    let operations = feed.sink.operations();
    assert_eq!(operations.iter().map(|operation| operation.started_after.0).collect::<Vec<_>>(), [0, 0]);
    assert_eq!(operations[1].duration.0, 7_000);
}

#[test]
fn of_an_object_over_the_limit_the_metadata_is_known() {
    let mut feed = Feed::with(Limits { object: 200, ..Limits::default() }, &[]);
    let big = deployment(7, "").replace("3}}", &format!("3}},\"x\":\"{}\"}}", "y".repeat(500)));
    feed.exchange(&Ask::get(ONE), 200, &big);
    assert_eq!(feed.story(), ["get 200 done: Deployment shop/web@7 cut"]);
    let call = feed.start(&Ask::get(ONE));
    feed.head(call, 200);
    for piece in big.as_bytes().chunks(100) {
        feed.chunk(call, piece);
    }
    feed.end(call, Ending::Complete);
    assert_eq!(feed.story()[1], "get 200 done: Deployment shop/web@7 cut");
    assert_eq!(feed.capture.held(), 0);
}

#[test]
fn bodies_are_compact_and_their_numbers_keep_their_text() {
    let mut feed = Feed::new();
    let pretty = "{\n  \"kind\": \"ConfigMap\",\n  \"metadata\": {\"name\": \"a b\"},\n  \"x\": 1.50,\n \"y\": 1e2 }\n";
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/configmaps/a"), 200, pretty);
    let Observations::Object(sight) = &feed.sink.operations()[0].observations else { panic!("an object was shown") };
    assert_eq!(sight.body.as_ref().unwrap().bytes, r#"{"kind":"ConfigMap","metadata":{"name":"a b"},"x":1.50,"y":1e2}"#);
}

#[test]
fn deep_nesting_is_harmless() {
    let mut feed = Feed::new();
    let deep = format!("{}{}", r#"{"a":"#.repeat(10_000), "[".repeat(10_000));
    let closed = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [deep, closed] {
        feed.exchange(&Ask::new(Method::PUT, ONE).with("application/json", &body), 200, &body);
        feed.exchange(&Ask::get(ALL), 200, &body);
        let call = feed.start(&Ask::get(&format!("{ALL}?watch=true")));
        feed.head(call, 200);
        feed.chunk(call, body.as_bytes());
        feed.end(call, Ending::Complete);
    }
    let bodies = feed.sink.operations().into_iter().flat_map(|operation| [operation.request, operation.response]).flatten();
    for body in bodies {
        assert!(body.bytes.len() < 300 && body.bytes.starts_with(b"{\"redacted\":"), "{:?}", body.bytes);
    }
}
