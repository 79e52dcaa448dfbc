use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Expression, Verdict};

fn holds(source: &str, object: &Value) -> Verdict {
    let expression = Expression::compile(source).unwrap();
    let whole = expression.evaluate(object, None);
    let pruned = expression.needs().0.prune(&object.to_string()).unwrap();
    assert_eq!(expression.evaluate(&pruned, None), whole, "{source} over what is left by pruning");
    whole
}

fn deployment() -> Value {
    json!({
        "metadata": {"name": "checkout", "labels": {"app.io/name": "checkout"}},
        "spec": {"replicas": 5, "containers": [{"name": "app", "image": "a:1"}, {"name": "log", "image": "b:2"}]},
        "status": {"readyReplicas": 3, "load": 0.5}
    })
}

#[test]
fn expressions_are_evaluated() {
    let object = deployment();
    for (source, is) in [
        ("object.spec.replicas > 3", true),
        ("self.spec.replicas == object.status.readyReplicas", false),
        ("object.metadata.labels['app.io/name'] == 'checkout'", true),
        ("object.spec.containers.exists(c, c.image.startsWith('b'))", true),
        ("object.spec.containers.all(c, c.name.size() == 3)", true),
        ("object.spec.containers[1].image == 'a:1'", false),
        ("has(object.spec.paused) && object.spec.paused", false),
        ("'spec' in object && object.status.load < 1.0", true),
        ("object.metadata.name.matches('^check')", true),
        ("size(object.spec.containers.filter(c, c.name != 'app')) == 1", true),
        ("type(object.spec.replicas) == int", true),
    ] {
        assert_eq!(holds(source, &object), if is { Verdict::True } else { Verdict::False }, "{source}");
    }
    assert_eq!(holds("object.spec.paused", &object), Verdict::Undecided("there is no `paused`".into()));
    assert!(matches!(holds("object.spec.replicas", &object), Verdict::Undecided(_)));
    assert!(matches!(holds("object.metadata.name < 3", &object), Verdict::Undecided(_)));
}

#[test]
fn the_previous_version_is_available() {
    let expression = Expression::compile("oldObject == null || oldObject.spec.replicas <= object.spec.replicas").unwrap();
    assert!(expression.compares_versions());
    assert_eq!(expression.evaluate(&deployment(), None), Verdict::True);
    let mut later = deployment();
    later["spec"]["replicas"] = json!(2);
    assert_eq!(expression.evaluate(&later, Some(&deployment())), Verdict::False);
}

#[test]
fn the_fields_that_are_read_are_known() {
    let reads = |source: &str| Expression::compile(source).unwrap().needs().0.pointers();
    assert_eq!(reads("object.spec.replicas > object.status.readyReplicas"), ["/spec/replicas", "/status/readyReplicas"]);
    assert_eq!(reads("has(object.spec.paused)"), ["/spec/paused"]);
    assert_eq!(reads("object.metadata.labels['a/b'] == 'x'"), ["/metadata/labels/a~1b"]);
    assert_eq!(reads("object.spec.containers[0].image == 'x'"), ["/spec/containers"]);
    assert_eq!(reads("object.spec.list.all(c, c.image == object.spec.image)"), ["/spec/image", "/spec/list"]);
    assert_eq!(reads("object.spec[object.kind] == 1"), ["/kind", "/spec"]);
    assert_eq!(reads("object == oldObject"), [""]);
    let needs = Expression::compile("has(object.spec.paused)").unwrap();
    assert!(needs.needs().0.can_see("/spec/replicas"), "spec itself may have come with it");
    assert!(!needs.needs().0.can_see("/status/replicas"));
    assert_eq!(
        needs.needs().0.prune(r#"{"kind":"A","spec":{"paused":true,"x":[1]}}"#).unwrap(),
        json!({"spec": {"paused": true}})
    );
    assert!(needs.needs().0.prune("{").is_err());
}

#[test]
fn errors_have_positions() {
    let caret = |source: &str| Expression::compile(source).unwrap_err().caret();
    assert!(caret("object.spec.replicas > ").starts_with("object.spec.replicas > \n"), "{}", caret("object.spec.replicas > "));
    assert_eq!(caret("1 +* 2"), "1 +* 2\n   ^ `*` is not allowed here");
    assert_eq!(
        caret("true && objekt.x"),
        "true && objekt.x\n        ^ `objekt` is unknown; there are object, self and oldObject"
    );
    assert!(Expression::compile("").is_err() && Expression::compile(&"(".repeat(3_000)).is_err());
    assert!(Expression::compile(&"1+".repeat(5_000)).is_err());
}

#[test]
fn errors_are_in_plain_words() {
    for (source, said) in [
        ("object.spec.replicas >", "it ends too early"),
        ("object.spec.replicas = 3", "`=` is not an operator; write `==`"),
        ("object.a && object.b & object.c", "`&` is not an operator; write `&&`"),
        ("object..spec", "`..` is not allowed here"),
        ("(object.spec.replicas > 3", "`)` is missing here"),
        ("object.name == 'x", "the text that starts here is not terminated"),
        ("object.spec[ > 3", "`>` is not allowed here"),
        ("object.a @", "`@` is not allowed here"),
        ("object.", "`.` is not allowed here"),
        ("object.a object.b", "`object` is not allowed here"),
    ] {
        assert_eq!(Expression::compile(source).unwrap_err().message, said, "{source}");
    }
}

#[test]
fn no_expression_runs_without_bound() {
    let doubling = format!("['x']{} == ['y']", ".map(a, a + a)".repeat(60));
    assert_eq!(Expression::compile(&doubling).unwrap_err().message, "too many values grow in loops");
    let nested = "object.l.all(a, object.l.all(b, object.l.all(c, a + b + c >= 0)))";
    let long = json!({ "l": vec![1; 1_000] });
    assert!(matches!(holds(nested, &long), Verdict::Undecided(why) if why.contains("too long")));
    assert_eq!(holds(nested, &json!({ "l": [1, 2] })), Verdict::True);
}

proptest! {
    #[test]
    fn no_input_makes_it_panic(source in "[a-z(){}\\[\\].,'\"?: 0-9+*<>=!&|äß\n-]{0,40}") {
        if let Ok(expression) = Expression::compile(&source) {
            drop(expression.evaluate(&deployment(), Some(&json!(null))));
        }
    }
}
