//! Slow reconciles and where their time went; requeues without pause; lists asked for again and again, and what they weigh.

use ::kube::ResourceExt;
use ::kube::api::ListParams;
use ::kube::runtime::controller::Action;
use k8s_openapi::api::core::v1::ConfigMap;
use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Finding, Severity};

use serde_json::{Value, json};

use super::{Play, all, backups, controller, map, maps, millis, one_backup, pause, resource, secs, somebody};
use crate::story::{healthy, only};

#[test]
fn a_reconcile_that_takes_far_too_long_says_where_its_time_went() {
    let play = Play::new(secs(60), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| async move {
            all(&client, &backups()).get(&seen.name_any()).await?;
            pause(secs(14)).await;
            maps(&client).list(&ListParams::default()).await?;
            Ok(Action::await_change())
        })]
    });
    let finding = only(&play.analysis(), "slow-reconcile");
    assert_eq!((finding.object.as_str(), finding.operations.len()), ("Backup/shop/nightly", 2));
    assert!(
        finding.sentence.contains("list of ConfigMap") && finding.sentence.contains("its own work 14"),
        "{}",
        finding.sentence
    );
}

#[test]
fn a_reconcile_that_takes_its_time_is_a_remark() {
    let play = Play::new(secs(60), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |_, _| async {
            pause(secs(3)).await;
            Ok(Action::await_change())
        })]
    });
    let analysis = play.analysis();
    healthy(&analysis);
    assert_eq!(remark(&analysis, "slow-reconcile").expect("a remark").severity, Severity::Info);
}

fn remark<'a>(analysis: &'a Analysis, detector: &str) -> Option<&'a Finding> {
    analysis.findings.iter().find(|finding| finding.detector == detector)
}

#[test]
fn a_controller_that_asks_to_be_run_again_without_pause() {
    let play = Play::new(secs(5), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |_, _| async { Ok(Action::requeue(millis(50))) })]
    });
    assert_eq!(only(&play.analysis(), "hot-requeue").object, "Backup/shop/nightly");
    let play = Play::new(secs(500), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |_, _| async { Ok(Action::requeue(secs(10))) })]
    });
    healthy(&play.analysis());
}

#[test]
fn a_list_that_is_asked_for_again_and_again() {
    let play = Play::new(secs(5), one_backup, |stage| {
        vec![somebody(stage, "poller", |client| async move {
            loop {
                maps(&client).list(&ListParams::default()).await.unwrap();
                pause(millis(100)).await;
            }
        })]
    });
    assert_eq!(only(&play.analysis(), "identical-reads").actors, ["poller"]);
    let play = Play::new(secs(500), one_backup, |stage| {
        vec![somebody(stage, "poller", |client| async move {
            loop {
                let _: Vec<ConfigMap> = maps(&client).list(&ListParams::default()).await.unwrap().items;
                pause(secs(15)).await;
            }
        })]
    });
    healthy(&play.analysis());
}

/// A Backup, and a hundred maps of 30 KiB each.
fn heavy_maps() -> Vec<Value> {
    let text = "x".repeat(30 << 10);
    let maps = (0..100).map(|number| map(&format!("chunk-{number}"), &json!({"text": text})));
    one_backup().into_iter().chain(maps).collect()
}

#[test]
fn who_lists_much_again_and_again_is_sent_most() {
    let play = Play::new(secs(500), heavy_maps, |stage| {
        vec![controller(stage, "ops/backup", backups(), |_, client| async move {
            maps(&client).list(&ListParams::default()).await?;
            Ok(Action::requeue(secs(60)))
        })]
    });
    let analysis = play.analysis();
    let bytes = remark(&analysis, "bytes").expect("a remark");
    assert_eq!((bytes.severity, bytes.actors.as_slice()), (Severity::Info, ["ops/backup".to_owned()].as_slice()));
    assert!(
        bytes.sentence.starts_with("ops/backup is sent 2") && bytes.sentence.contains(" MiB of ConfigMap (99 % of all)"),
        "{}",
        bytes.sentence
    );
    assert!(bytes.sentence.contains(" by lists, 0 B by watches; most at once 2 MiB"), "{}", bytes.sentence);
}

#[test]
fn who_lists_once_and_then_watches_is_not() {
    let play = Play::new(secs(500), heavy_maps, |stage| {
        vec![controller(stage, "ops/maps", resource::<ConfigMap>(), |_, _| async { Ok(Action::requeue(secs(60))) })]
    });
    let analysis = play.analysis();
    healthy(&analysis);
    assert!(remark(&analysis, "bytes").is_none());
}
