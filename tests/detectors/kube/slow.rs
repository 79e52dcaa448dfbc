//! Slow reconciles and where their time went; requeues without pause; lists asked for again and again.

use ::kube::ResourceExt;
use ::kube::api::ListParams;
use ::kube::runtime::controller::Action;
use k8s_openapi::api::core::v1::ConfigMap;
use kuberewind::analysis::finding::Severity;

use super::{Play, all, backups, controller, maps, millis, one_backup, pause, secs, somebody};
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
    let remark = analysis.findings.iter().find(|finding| finding.detector == "slow-reconcile").expect("a remark");
    assert_eq!(remark.severity, Severity::Info);
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
