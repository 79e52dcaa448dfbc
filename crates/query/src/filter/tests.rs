use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use kuberewind_model::Operation;
use kuberewind_model::{ActorId, Duration, Kind, KindId, Outcome, Seq, SessionNo, SpanId, Timestamp, Verb, VersionId, ViewerId};

struct Shop;

impl Names for Shop {
    fn actor(&self, _: ActorId) -> Option<Arc<str>> {
        Some("shop-operator/checkout".into())
    }
    fn kind(&self, _: KindId) -> Option<Arc<Kind>> {
        Some(Arc::new(Kind {
            kind: "Deployment".into(),
            short_names: vec!["deploy".into()],
            ..Kind::named("apps", "deployments")
        }))
    }
    fn resource_version(&self, _: VersionId) -> Option<Arc<str>> {
        Some("81231".into())
    }
    fn reconcile(&self, _: SpanId) -> Option<Arc<str>> {
        Some("R17".into())
    }
    fn changed_paths(&self, _: &Operation) -> Vec<Arc<str>> {
        vec!["/spec/replicas".into()]
    }
    fn has_finding(&self, _: &Operation, property: Property) -> bool {
        property == Property::Loop
    }
}

fn conflict() -> Operation {
    Operation {
        session: SessionNo(0),
        seq: Seq(412),
        at: Timestamp(0),
        duration: Duration::from_millis(1_200),
        started_after: Seq(410),
        actor: ActorId(1),
        viewer: ViewerId(1),
        verb: Verb::Patch,
        kind: Some(KindId(1)),
        subresource: "".into(),
        namespace: "shop".into(),
        name: "checkout".into(),
        status: 409,
        outcome: Outcome::Refused,
        object: None,
        version: Some(VersionId(7)),
        changed_world: false,
        span: Some(SpanId(3)),
        watch: None,
        list: None,
        error: "the object has been modified".into(),
        request_body: None,
        response_body: None,
    }
}

fn passes(source: &str) -> bool {
    Filter::parse(source).unwrap_or_else(|wrong| panic!("{}", wrong.caret())).passes(&conflict(), &Shop)
}

#[test]
fn filters_match_operations() {
    for source in [
        "",
        "kind=deploy",
        "kind == Deployments.apps and ns:shop",
        "verb in (get, patch) && code >= 400",
        "dur > 1s and dur<1.5s and dur >= 1200",
        "actor ~ checkout or actor == nobody",
        "not (verb == get or verb == list) has:error",
        "has:loop !has:race",
        "rv > 80000 rv == 81231",
        "name != api and n == #412",
        "reconcile == r17",
        "path == .spec.replicas path:/spec path ~ replicas",
        "'been modified' checkout patch deploy 409",
        "type:PATCH error ~ modified",
        "not not verb:patch",
        "reason == conflict conflict",
        "verb:get or verb:patch and ns:shop",
        "object == deployment/shop/checkout",
    ] {
        assert!(passes(source), "{source}");
    }
    for source in [
        "kind=pod",
        "ns != shop",
        "verb:get",
        "code < 400",
        "dur < 1200",
        "not patch",
        "has:write has:race",
        "rv < 9",
        "path == /spec/rep",
        "zzz or qqq",
        "reason != Conflict",
    ] {
        assert!(!passes(source), "{source}");
    }
}

#[test]
fn colons_in_values_are_part_of_them() {
    let filter = Filter::parse("actor == system:serviceaccount:shop:checkout").unwrap();
    assert!(
        matches!(&filter.nodes()[0], Node::Test { values, .. } if values[0] == Value::Text("system:serviceaccount:shop:checkout".into()))
    );
}

#[test]
fn errors_have_positions() {
    let caret = |source: &str| {
        let wrong = Filter::parse(source).unwrap_err();
        format!("{}: {}", wrong.at, wrong.message)
    };
    assert_eq!(caret("kin == pod"), "0: there is no field `kin`; `kind` is one");
    assert_eq!(caret("kind =="), "7: a value is missing here");
    assert_eq!(caret("(kind == pod"), "0: this bracket is not closed");
    assert_eq!(caret("kind == pod)"), "11: this bracket was never opened");
    assert_eq!(caret("verb < get"), "5: `verb` is text: compare it with == != ~ or in");
    assert_eq!(caret("code ~ 4"), "7: `code` is a number: compare it with == != < <= > >=");
    assert_eq!(caret("dur > fast"), "6: `dur` is compared with a duration like 250ms or 1.5s");
    assert_eq!(caret("a and"), "5: something to test is missing here");
    assert_eq!(caret("or a"), "0: something to test must come before this");
    assert_eq!(caret("verb in get"), "8: `in` is followed by values in brackets");
    assert_eq!(caret("'open"), "0: the quote is not closed");
    assert!(caret("has:nothing").starts_with("4: `has:` knows error"));
}

#[test]
fn words_are_completed() {
    assert_eq!(completions("ki", 2), ["kind"]);
    assert_eq!(completions("kind == pod and has:l", 21), ["has:loop"]);
    assert_eq!(completions("kind == pod a", 13), ["actor", "and"]);
    assert_eq!(completions("(n", 2), ["ns", "name", "n", "not"]);
    assert!(completions("ä", 1).is_empty(), "a place within a character does no harm");
    assert!(completions("", 0).len() > 10);
}

proptest! {
    #[test]
    fn no_input_makes_it_panic(source in "(kind|verb|and|or|not|in|has:|[()=!~<>,:'\"|&a-zä0-9 #])*") {
        if let Ok(filter) = Filter::parse(&source) {
            prop_assert_eq!(filter.passes(&conflict(), &Shop), filter.passes(&conflict(), &Shop));
        }
        prop_assert!(completions(&source, source.len() / 2).len() < 100);
    }

    #[test]
    fn not_negates_any_filter(source in "(kind|verb|name) (==|!=|~) (patch|deploy|checkout|x)( (and|or) (rv|actor) ~ [a-z8]{1,3})?") {
        prop_assert_eq!(passes(&format!("not ({source})")), !passes(&source));
    }
}

#[test]
fn a_reconcile_has_a_short_name() {
    let short = super::short_name;
    assert_eq!((short("88"), short("span-11-b"), short("sync")), ("R88".into(), "R11-b".into(), "Rsync".into()));
    assert_eq!((short("inferred-143"), short("inferred-2")), ("R143".into(), "R2".into()));
    assert_eq!(short("ec0b46e4-4c32-4bbb-ad60-8c4e561e2f00"), "Rec0b");
    assert_eq!((short("\u{1b}[31m"), short("")), ("R31m".into(), "R".into()));
}
