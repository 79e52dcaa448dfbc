//! Logs of controllers: reconciles, errors and lines, without calls.

use kuberewind_model::{ClockKind, Lineage, Seq, SessionRange, SpanResult};
use serde_json::json;

use super::imported::{Made, made};

/// One reconcile per line: `web Deployment/shop/checkout +1.000s ok`.
fn spans(made: &Made) -> Vec<String> {
    let start = made.open.session().start;
    // There are no operations, so that the reconciles come before the first one.
    let lineage = Lineage::new([SessionRange { session: made.session_no(), from: Seq(0), to: Seq::MAX }]);
    let spans = made.history().spans(&lineage, Seq(0)..=Seq::MAX, 100).unwrap();
    let actors = made.history().actors().unwrap();
    spans
        .iter()
        .map(|span| {
            let actor = actors.iter().find(|actor| actor.id == span.actor).map_or("", |actor| &*actor.name);
            let took = span.duration.map_or_else(|| "?".to_owned(), |took| took.to_string());
            let result = match span.result {
                SpanResult::Ok => "ok".to_owned(),
                SpanResult::Error => format!("error {}", span.error),
                _ => "unknown".to_owned(),
            };
            format!(
                "+{} {actor} {}/{}/{} {took} {result}",
                span.start.since(start),
                span.kind_name,
                span.object.namespace,
                span.object.name
            )
        })
        .collect()
}

fn zap(second: u32, message: &str, id: &str, more: &str) -> String {
    format!(
        "{{\"level\":\"info\",\"ts\":\"2026-03-01T10:00:0{second}Z\",\"msg\":\"{message}\",\"controller\":\"web\",\"controllerGroup\":\"apps\",\"controllerKind\":\"Deployment\",\"Deployment\":{{\"name\":\"checkout\",\"namespace\":\"shop\"}},\"reconcileID\":\"{id}\"{more}}}\n"
    )
}

const SPANS: [&str; 2] =
    ["+0ns web Deployment/shop/checkout 2.000s unknown", "+3.000s web Deployment/shop/checkout 1.000s error it broke"];

#[test]
fn zap_in_json_and_behind_a_prefix() {
    let log = [
        zap(0, "Reconciling", "r1", ""),
        zap(2, "scaling", "r1", ",\"replicas\":3"),
        zap(3, "Reconciling", "r2", ""),
        zap(4, "Reconciler error", "r2", ",\"error\":\"it broke\""),
    ];
    let plain = made(log.concat());
    assert_eq!(spans(&plain), SPANS);
    assert_eq!((plain.listing().len(), plain.open.session().log_lines, plain.summary.unreadable), (0, 4, 0));
    assert_eq!(plain.open.session().clock, ClockKind::Wall);
    let container: String = log.iter().map(|line| format!("2026-03-01T10:00:09.123456789Z stdout F {line}")).collect();
    assert_eq!(spans(&made(container)), SPANS);
    let insights: String =
        log.iter().map(|line| format!("2026-03-01 10:00:09.000,\"{}\"\n", line.trim().replace('"', "\"\""))).collect();
    assert_eq!(spans(&made(format!("@timestamp,@message\n{insights}"))), SPANS);
    let values: Vec<_> = log.iter().map(|line| json!(["1772359209000000000", line.trim()])).collect();
    assert_eq!(spans(&made(json!({"data": {"result": [{"stream": {}, "values": values}]}}).to_string())), SPANS);
}

#[test]
fn zap_on_a_console_with_traces_of_the_stack() {
    let fields = |id: &str, more: &str| {
        format!(
            "{{\"controller\": \"web\", \"controllerGroup\": \"apps\", \"controllerKind\": \"Deployment\", \"Deployment\": {{\"name\":\"checkout\",\"namespace\":\"shop\"}}, \"reconcileID\": \"{id}\"{more}}}"
        )
    };
    let log = format!(
        "go run ./cmd/main.go\n2026-03-01T10:00:00Z\tINFO\tReconciling\t{}\n2026-03-01T10:00:02Z\tINFO\tscaling\t{}\n2026-03-01T10:00:03Z\tINFO\tReconciling\t{}\n2026-03-01T10:00:04Z\tERROR\tReconciler error\t{}\nsigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Reconcile\n\t/go/pkg/mod/sigs.k8s.io/controller-runtime/controller.go:316\n",
        fields("r1", ""),
        fields("r1", ""),
        fields("r2", ""),
        fields("r2", ", \"error\": \"it broke\""),
    );
    let made = made(log);
    assert_eq!(spans(&made), SPANS);
    assert_eq!((made.open.session().log_lines, made.summary.unreadable), (7, 0), "{:?}", made.summary.first_unreadable);
}

#[test]
fn klog_and_tracing() {
    let fields = |id: &str| {
        format!(
            "controller=\"web\" controllerGroup=\"apps\" controllerKind=\"Deployment\" Deployment=\"shop/checkout\" namespace=\"shop\" name=\"checkout\" reconcileID=\"{id}\""
        )
    };
    let klog = format!(
        "I0301 10:00:00.000000    7 controller.go:1] \"Reconciling\" {}\nI0301 10:00:02.000000    7 a.go:1] \"scaling\" {}\nI0301 10:00:03.000000    7 controller.go:1] \"Reconciling\" {}\nE0301 10:00:04.000000    7 controller.go:9] \"Reconciler error\" err=\"it broke\" {} error=\"it broke\"\n",
        fields("r1"),
        fields("r1"),
        fields("r2"),
        fields("r2")
    );
    assert_eq!(spans(&made(klog)), SPANS);
    let tracing = |second: u32, end: &str| {
        format!(
            "2026-03-01T10:00:0{second}.000000Z  INFO reconciling object{{object.ref=Deployment.v1.apps/checkout.shop object.reason=object updated}}: web::controller: {end}\n"
        )
    };
    let made = made([tracing(0, "new"), tracing(1, "scaling"), tracing(2, "close time.busy=1s time.idle=1s")].concat());
    assert_eq!(spans(&made), ["+0ns web Deployment/shop/checkout 2.000s unknown"]);
    assert_eq!(made.open.session().log_lines, 3);
}

#[test]
fn words_alone_are_no_log() {
    for text in ["an error occurred\nand more\n", "INFO x\n", "a,b\n1,2\n", "time flies\n", "# Heading\n\ntext\n"] {
        let error = super::imported::attempt(&[("notes", text.as_bytes())]).1.unwrap_err();
        assert_eq!(error.kind(), kuberewind_model::ErrorKind::NotARecording, "{text}");
    }
}
