//! All events about Secrets and tokens are searched for the secret values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use kuberewind_capture::{Ending, Limits, Message, PrintedLine, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Event, LogStream, SpanKey, SpanResult, Timestamp};

use crate::feed::{Ask, Feed};

const PLAIN: &str = "hunter2-correct horse";
const ALL: &str = "/api/v1/namespaces/shop/secrets";
const ONE: &str = "/api/v1/namespaces/shop/secrets/db";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";

fn base64() -> String {
    STANDARD.encode(PLAIN)
}

fn secret() -> String {
    format!(
        r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"db","namespace":"shop","uid":"u","resourceVersion":"7","annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{{\"pw\":\"{PLAIN}\"}}}}"}}}},"data":{{"pw":"{}"}},"type":"Opaque"}}"#,
        base64()
    )
}

/// All events and their stored bodies as one text.
fn everything(feed: &Feed) -> String {
    let mut all = String::new();
    for event in feed.sink.events() {
        all.push_str(&format!("{event:?}\n"));
    }
    let bodies = feed.sink.operations().into_iter().flat_map(|operation| {
        let shown = match operation.observations {
            kuberewind_model::Observations::Object(sight) => sight.body,
            _ => None,
        };
        [operation.request, operation.response, shown]
    });
    for body in bodies.chain(feed.sink.items().into_iter().map(|sight| sight.body)).flatten() {
        all.push_str(&String::from_utf8_lossy(&body.bytes));
        all.push('\n');
    }
    all
}

fn assert_clean(feed: &Feed, what: &str) {
    let all = everything(feed);
    for needle in [PLAIN, "hunter2", &base64(), base64().trim_end_matches('='), TOKEN, "c2lnbmF0dXJl"] {
        assert!(!all.contains(needle), "{what}: {needle} is in {all}");
    }
}

fn clean(what: &str, tell: impl FnOnce(&mut Feed)) -> Feed {
    let mut feed = Feed::new();
    tell(&mut feed);
    assert_clean(&feed, what);
    feed
}

#[test]
fn objects_lists_tables_and_watches() {
    let feed = clean("get", |feed| feed.exchange(&Ask::get(ONE), 200, &secret()));
    let all = everything(&feed);
    assert!(all.contains("\"pw\":\"") && all.contains("redacted:"), "{all}");
    clean("create", |feed| feed.exchange(&Ask::new(Method::POST, ALL).with("application/json", &secret()), 201, &secret()));
    clean("dry run", |feed| {
        feed.exchange(&Ask::new(Method::PUT, &format!("{ONE}?dryRun=All")).with("application/json", &secret()), 200, &secret());
    });
    let bare = secret().replace(r#""kind":"Secret","apiVersion":"v1","#, "");
    let list = format!(r#"{{"kind":"SecretList","apiVersion":"v1","metadata":{{}},"items":[{bare},{bare}]}}"#);
    clean("list", |feed| feed.exchange(&Ask::get(ALL), 200, &list));
    clean("deletecollection", |feed| feed.exchange(&Ask::new(Method::DELETE, ALL), 200, &list));
    clean("list whose items come first", |feed| {
        feed.exchange(&Ask::get(ALL), 200, &format!(r#"{{"items":[{bare}],"kind":"SecretList"}}"#));
    });
    let table = format!(r#"{{"kind":"Table","rows":[{{"cells":["db"],"object":{}}}]}}"#, secret());
    clean("table", |feed| feed.exchange(&Ask::get(ALL), 200, &table));
    clean("table of one", |feed| feed.exchange(&Ask::get(ONE), 200, &table));
    clean("watch", |feed| {
        let call = feed.start(&Ask::get(&format!("{ALL}?watch=1")));
        feed.head(call, 200);
        for kind in ["ADDED", "MODIFIED", "DELETED", "ERROR", "BOOKMARK", "STRANGE"] {
            feed.chunk(call, format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", secret()).as_bytes());
        }
        feed.chunk(call, secret().as_bytes());
        feed.end(call, Ending::Complete);
    });
    let dies = secret().replace("\"uid\"", "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"uid\"");
    clean("delete", |feed| {
        feed.exchange(
            &Ask::new(Method::DELETE, ONE).with("application/json", r#"{"propagationPolicy":"Background"}"#),
            200,
            &dies,
        );
    });
}

#[test]
fn patches_of_every_media_type() {
    let value = base64();
    let merge = format!(r#"{{"data":{{"pw":"{value}","gone":null}},"stringData":{{"x":"{PLAIN}"}}}}"#);
    let directive = format!(r#"{{"data":{{"$patch":"replace","pw":"{value}"}}}}"#);
    let yaml = format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  pw: {PLAIN}\n");
    let yaml_broken = format!("apiVersion: v1\n kind: [Secret\nstringData: {PLAIN}\n");
    let json_patch = format!(
        r#"[{{"op":"add","path":"/data/pw","value":"{value}"}},{{"op":"replace","path":"/data","value":{{"a":"{value}"}}}},{{"op":"test","path":"/stringData/x","value":"{PLAIN}"}},{{"op":"add","path":"","value":{}}},{{"op":"add","path":"stringData","value":"{PLAIN}"}},{{"op":"add","path":"//data/x","value":"{PLAIN}"}},{{"op":"add","path":"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration","value":"{{\"data\":{{\"x\":\"{value}\"}}}}"}},{{"value":"{PLAIN}"}}]"#,
        secret()
    );
    let mistyped = format!(r#"{{"stringdata":{{"pw":"{PLAIN}"}},"immutable":{{"x":"{PLAIN}"}}}}"#);
    let as_text = format!(r#""{PLAIN}""#);
    for (media_type, body) in [
        ("application/merge-patch+json", &merge),
        ("application/merge-patch+json", &mistyped),
        ("application/merge-patch+json", &as_text),
        ("application/strategic-merge-patch+json", &merge),
        ("application/strategic-merge-patch+json", &directive),
        ("application/json-patch+json", &json_patch),
        ("application/json-patch+json", &merge),
        ("application/apply-patch+yaml", &secret()),
        ("application/apply-patch+yaml", &yaml),
        ("application/apply-patch+yaml", &yaml_broken),
        ("application/unheard-of", &json_patch),
    ] {
        let feed = clean(media_type, |feed| feed.exchange(&Ask::new(Method::PATCH, ONE).with(media_type, body), 200, &secret()));
        assert!(everything(&feed).contains("redacted"), "{media_type}");
    }
    let redacted = clean("merge", |feed| {
        feed.exchange(&Ask::new(Method::PATCH, ONE).with("application/merge-patch+json", &merge), 200, &secret());
    });
    assert!(everything(&redacted).contains(r#""gone":null"#), "a deletion is no secret");
}

#[test]
fn bodies_that_cannot_be_read() {
    let mut protobuf = b"k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret\x12\x20".to_vec();
    protobuf.extend_from_slice(PLAIN.as_bytes());
    let protobuf = String::from_utf8(protobuf).unwrap();
    let cut = &secret()[..secret().len() - 20];
    let refusal = format!(
        r#"{{"kind":"Status","status":"Failure","message":"json: {PLAIN} is no object","reason":"BadRequest","code":400}}"#
    );
    for (media_type, body) in [
        ("application/vnd.kubernetes.protobuf", protobuf.as_str()),
        ("application/json", &protobuf),
        ("application/json", cut),
        ("application/cbor", PLAIN),
    ] {
        let feed = clean(media_type, |feed| feed.exchange(&Ask::new(Method::POST, ALL).with(media_type, body), 400, &refusal));
        let request = feed.sink.operations()[0].request.clone().unwrap();
        let description: serde_json::Value = serde_json::from_slice(&request.bytes).unwrap();
        assert_eq!(description["bytes"], body.len());
        assert!(description["hash"].as_str().unwrap().starts_with("redacted:"));
    }
    clean("a response that breaks off", |feed| feed.exchange(&Ask::get(ONE), 200, cut));
    clean("a response over the limit", |feed| {
        *feed = Feed::with(Limits { object: 300, ..Limits::default() }, &[]);
        feed.exchange(&Ask::get(ONE), 200, &secret());
        feed.exchange(&Ask::get(ALL), 200, &format!(r#"{{"kind":"SecretList","items":[{}]}}"#, secret()));
    });
}

#[test]
fn refusals_that_quote_the_refused_value() {
    let quoting = |message: &str| {
        let message = serde_json::Value::from(message).to_string();
        format!(
            r#"{{"kind":"Status","status":"Failure","message":{message},"reason":"Invalid","details":{{"name":"db","kind":"secrets","causes":[{{"message":{message}}}]}},"code":422}}"#
        )
    };
    for message in [
        format!("Secret \"db\" is invalid: data[pw]: Invalid value: \"{PLAIN}\": no"),
        format!("cannot read \"{}\"", base64()),
        format!("cannot unmarshal {PLAIN} into Secret.data"),
    ] {
        clean(&message, |feed| {
            feed.exchange(&Ask::new(Method::POST, ALL).with("application/json", &secret()), 422, &quoting(&message));
        });
    }
    let known = clean("exists", |feed| {
        feed.exchange(
            &Ask::new(Method::POST, ALL).with("application/json", &secret()),
            409,
            &quoting("secrets \"db\" already exists"),
        );
    });
    assert_eq!(&*known.sink.operations()[0].error, "secrets \"db\" already exists");
}

#[test]
fn texts_that_quote_a_replaced_value() {
    clean("texts", |feed| {
        feed.exchange(&Ask::get(ONE), 200, &secret());
        let log = |text: String| {
            Message::Log(Box::new(PrintedLine {
                at: Timestamp(1),
                stream: LogStream::Stderr,
                level: "info".into(),
                span: None,
                text,
            }))
        };
        for text in [
            format!("password is {PLAIN}!"),
            format!("raw {}", base64()),
            format!("Authorization: Bearer {TOKEN}"),
            format!("token {TOKEN}"),
        ] {
            feed.capture.take(log(text));
        }
        feed.exchange(
            &Ask::get(&format!("/api/v1/pods?labelSelector=x%3D{}", PLAIN.replace(' ', "%20"))),
            200,
            r#"{"kind":"PodList","items":[]}"#,
        );
        let object = SpanObject { kind: "Pod".into(), name: "p".into(), namespace: "shop".into(), ..SpanObject::default() };
        let (span, at) = (SpanKey(1), Timestamp(2));
        feed.capture.take(Message::SpanStarted(Box::new(SpanStarted {
            span,
            at,
            actor: Some("op".into()),
            label: "".into(),
            object,
            reason: PLAIN.into(),
        })));
        let (result, error) = (SpanResult::Error, format!("cannot log in with {PLAIN}"));
        feed.capture.take(Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after: None })));
        let call = feed.start(&Ask::get("/api/v1/pods"));
        feed.end(call, Ending::Failed(format!("connect to https://me:{PLAIN}@host")));
    });
}

#[test]
fn tokens_and_secrets_in_other_objects() {
    let request = format!(
        r#"{{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":{{}},"status":{{"token":"{PLAIN}"}}}}"#
    );
    clean("token request", |feed| {
        feed.exchange(&Ask::new(Method::POST, "/api/v1/namespaces/shop/serviceaccounts/a/token"), 201, &request);
    });
    let review = format!(r#"{{"kind":"TokenReview","spec":{{"token":"{PLAIN}"}}}}"#);
    clean("token review", |feed| {
        let ask = Ask::new(Method::POST, "/apis/authentication.k8s.io/v1/tokenreviews").with("application/json", &review);
        feed.exchange(&ask, 201, &review);
    });
    let config = format!(
        r#"{{"kind":"ConfigMap","metadata":{{"name":"c"}},"data":{{"a":"token: {TOKEN}","b":"client-key-data: {}","c":"{{\"kind\":\"Secret\",\"data\":{{\"x\":\"{}\"}}}}"}}}}"#,
        base64(),
        base64()
    );
    clean("config map", |feed| feed.exchange(&Ask::get("/api/v1/namespaces/shop/configmaps/c"), 200, &config));
    let template = format!(r#"{{"kind":"Thing","metadata":{{"name":"t"}},"spec":{{"template":{}}}}}"#, secret());
    clean("template", |feed| feed.exchange(&Ask::get("/apis/x.io/v1/namespaces/shop/things/t"), 200, &template));
    let list = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{}]}}"#, secret());
    clean("list of anything", |feed| feed.exchange(&Ask::get("/apis/x.io/v1/things"), 200, &list));
}

#[test]
fn rules_of_the_user() {
    let body = format!(r#"{{"kind":"ConfigMap","metadata":{{"name":"c"}},"data":{{"pw":"{PLAIN}"}},"n":{{"m":31337}}}}"#);
    let mut feed = Feed::with(Limits::default(), &["configmaps:/data/*", "/n/m"]);
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/configmaps/c"), 200, &body);
    let patch =
        format!(r#"[{{"op":"add","path":"/data/x","value":"{PLAIN}"}},{{"op":"add","path":"/data","value":{{"y":"{PLAIN}"}}}}]"#);
    feed.exchange(
        &Ask::new(Method::PATCH, "/api/v1/namespaces/shop/configmaps/c").with("application/json-patch+json", &patch),
        200,
        &body,
    );
    assert_clean(&feed, "rules");
    let all = everything(&feed);
    assert!(!all.contains("31337"));
    let shown = feed.sink.operations().remove(0).observations;
    let kuberewind_model::Observations::Object(sight) = shown else { panic!("an object was shown") };
    let redacted: serde_json::Value = serde_json::from_slice(&sight.body.unwrap().bytes).unwrap();
    assert!(redacted["n"]["m"].is_u64(), "a number stays a number");
}

#[test]
fn a_change_shows_and_equal_values_read_equal() {
    let mut feed = Feed::new();
    let patch = format!(r#"{{"stringData":{{"pw":"{PLAIN}"}}}}"#);
    feed.exchange(&Ask::new(Method::PATCH, ONE).with("application/merge-patch+json", &patch), 200, &secret());
    let operation = feed.sink.operations().remove(0);
    let sent: serde_json::Value = serde_json::from_slice(&operation.request.unwrap().bytes).unwrap();
    let kuberewind_model::Observations::Object(sight) = operation.observations else { panic!("an object was shown") };
    let shown: serde_json::Value = serde_json::from_slice(&sight.body.unwrap().bytes).unwrap();
    let decoded = STANDARD.decode(shown["data"]["pw"].as_str().unwrap()).unwrap();
    assert_eq!(sent["stringData"]["pw"].as_str().unwrap().as_bytes(), decoded);
    assert_eq!((shown["type"].as_str(), shown["metadata"]["name"].as_str()), (Some("Opaque"), Some("db")));
    assert!(feed.sink.events().iter().any(|event| matches!(event, Event::Kind(_))));
}
