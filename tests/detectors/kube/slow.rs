//! Slow reconciles and their critical paths, requeues without pause, repeated lists and their size.

use ::kube::ResourceExt;
use ::kube::api::ListParams;
use ::kube::runtime::controller::Action;
use k8s_openapi::api::core::v1::ConfigMap;
use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Finding, Severity};

use serde_json::{Value, json};

use super::{Play, actor_calls, all, backups, controller, map, maps, millis, one_backup, pause, resource, secs};
use crate::story::{healthy, only};

#[test]
fn a_very_slow_reconcile_is_a_warning_with_its_critical_path() {
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
fn a_slow_reconcile_is_info() {
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
fn a_controller_that_requeues_without_pause() {
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
fn a_repeated_list_is_reported() {
    let play = Play::new(secs(5), one_backup, |stage| {
        vec![actor_calls(stage, "poller", |client| async move {
            loop {
                maps(&client).list(&ListParams::default()).await.unwrap();
                pause(millis(100)).await;
            }
        })]
    });
    assert_eq!(only(&play.analysis(), "identical-reads").actors, ["poller"]);
    let play = Play::new(secs(500), one_backup, |stage| {
        vec![actor_calls(stage, "poller", |client| async move {
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
fn repeated_large_lists_are_reported_with_their_bytes() {
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
        bytes.sentence.starts_with("ops/backup receives 2") && bytes.sentence.contains(" MiB of ConfigMap (99 % of all)"),
        "{}",
        bytes.sentence
    );
    assert!(bytes.sentence.contains(" by lists, 0 B by watches; largest response 2 MiB"), "{}", bytes.sentence);
}

#[test]
fn one_list_and_a_watch_are_not_reported() {
    let play = Play::new(secs(500), heavy_maps, |stage| {
        vec![controller(stage, "ops/maps", resource::<ConfigMap>(), |_, _| async { Ok(Action::requeue(secs(60))) })]
    });
    let analysis = play.analysis();
    healthy(&analysis);
    assert!(remark(&analysis, "bytes").is_none());
}
