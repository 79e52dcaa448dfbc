//! Classes A to E, G, H and K.

use std::sync::Arc;

use ::kube::ResourceExt;
use ::kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use ::kube::runtime::controller::Action;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kuberewind_demo::{ActorTask, Environment};
use serde_json::{Value, json};

use super::{Play, actor_calls, all, backup, backups, controller, crd, millis, namespace, now, one_backup, pause, secs};
use crate::story::{healthy, only};

async fn set_status(backups: &Api<DynamicObject>, name: &str, status: Value) -> Result<(), ::kube::Error> {
    let patch = Patch::Merge(json!({"status": status}));
    backups.patch_status(name, &PatchParams::default(), &patch).await.map(|_| ())
}

#[test]
fn a_ignores_a_heartbeat() {
    let play = Play::new(secs(200), one_backup, |stage| {
        vec![actor_calls(stage, "agent", |client| async move {
            let (all, origin) = (all(&client, &backups()), tokio::time::Instant::now());
            loop {
                pause(secs(10)).await;
                set_status(&all, "nightly", json!({"heartbeat": now(origin)})).await.unwrap();
            }
        })]
    });
    let analysis = play.analysis();
    healthy(&analysis);
    assert!(analysis.findings.iter().any(|finding| finding.detector == "periodic"), "a regular beat is labelled");
}

/// B: a controller that toggles its phase.
#[test]
fn b_a_controller_flips_its_condition() {
    let play = Play::new(secs(1), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| async move {
            let phase = if seen.data["status"]["phase"] == "Ready" { "Pending" } else { "Ready" };
            set_status(&all(&client, &backups()), &seen.name_any(), json!({"phase": phase})).await?;
            Ok(Action::await_change())
        })]
    });
    let finding = only(&play.analysis(), "condition-flip");
    assert_eq!((finding.fields, finding.actors), (vec!["/status/phase".to_owned()], vec!["ops/backup".to_owned()]));
}

#[test]
fn b_ignores_a_progress_through_phases() {
    let play = Play::new(secs(20), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| async move {
            let steps = ["Pending", "Copying", "Verifying", "Copying", "Verifying", "Done"];
            let at = seen.data["status"]["step"].as_u64().map_or(0, |step| step + 1);
            let Some(phase) = usize::try_from(at).ok().and_then(|at| steps.get(at)) else { return Ok(Action::await_change()) };
            pause(millis(300)).await;
            set_status(&all(&client, &backups()), &seen.name_any(), json!({"phase": phase, "step": at})).await?;
            Ok(Action::await_change())
        })]
    });
    healthy(&play.analysis());
}

/// An operator that applies its desired object in every reconcile.
async fn apply(seen: Arc<DynamicObject>, client: ::kube::Client) -> super::Done {
    apply_with(seen, client, None).await
}

async fn apply_with(seen: Arc<DynamicObject>, client: ::kube::Client, finalizers: Option<Vec<String>>) -> super::Done {
    let mut wanted: DynamicObject = serde_json::from_value(backup(&seen.name_any(), &json!({"image": "a:1"}))).unwrap();
    wanted.metadata.finalizers = finalizers;
    let params = PatchParams::apply("ops").force();
    all(&client, &backups()).patch(&seen.name_any(), &params, &Patch::Apply(&wanted)).await?;
    Ok(Action::requeue(millis(500)))
}

/// C: its empty list of finalizers counts as a change on the server, once a second.
#[test]
fn c_a_noop_apply_with_a_new_resource_version() {
    let play = Play::new(secs(30), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| apply_with(seen, client, Some(Vec::new())))]
    });
    let finding = only(&play.analysis(), "noop-apply");
    assert_eq!((finding.object.as_str(), finding.actors), ("Backup/shop/nightly", vec!["ops/backup".to_owned()]));
    assert!(finding.rounds >= 20, "{} rounds", finding.rounds);
    assert!(finding.period_ms.is_some_and(|period| (800.0..1_300.0).contains(&period)), "{:?}", finding.period_ms);
}

#[test]
fn c_ignores_an_apply_that_the_server_finds_to_be_none() {
    healthy(&Play::new(secs(30), one_backup, |stage| vec![controller(stage, "ops/backup", backups(), apply)]).analysis());
}

fn defaulted() -> Vec<Value> {
    let spec = json!({"image": {"type": "string"}, "policy": {"type": "string", "default": "OrderedReady"}});
    vec![namespace(), crd(&spec), backup("nightly", &json!({"image": "a:1"}))]
}

/// Replaces the spec unless it equals the desired one.
async fn replace_spec(seen: Arc<DynamicObject>, client: ::kube::Client, again: Action) -> super::Done {
    let wanted = json!({"image": "a:1"});
    if seen.data["spec"] != wanted {
        let mut changed = (*seen).clone();
        changed.data["spec"] = wanted;
        all(&client, &backups()).replace(&seen.name_any(), &PostParams::default(), &changed).await?;
    }
    Ok(again)
}

#[test]
fn d_an_operator_fights_the_servers_defaults() {
    let play = Play::new(secs(10), defaulted, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| replace_spec(seen, client, Action::requeue(millis(200))))]
    });
    let finding = only(&play.analysis(), "defaulting-fight");
    assert_eq!(finding.fields, ["/spec/policy"]);
    assert!(finding.sentence.contains("the server adds /spec/policy"), "{}", finding.sentence);
}

#[test]
fn d_ignores_a_comparison_that_is_made_once_in_a_while() {
    let play = Play::new(secs(3_000), defaulted, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| replace_spec(seen, client, Action::requeue(secs(300))))]
    });
    healthy(&play.analysis());
}

/// E: the image changes every few seconds, together with a field that is not in the schema.
fn snapshots(stage: &Environment) -> ActorTask {
    actor_calls(stage, "sandbox", |client| async move {
        for round in 0..8 {
            pause(secs(3)).await;
            let patch = json!({"spec": {"image": format!("a:{round}"), "snapshotId": format!("s-{round}")}});
            all(&client, &backups()).patch("nightly", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        }
    })
}

/// Replaces the schema by one with the field.
fn new_schema(stage: &Environment) -> ActorTask {
    actor_calls(stage, "kubectl/alice", |client| async move {
        pause(secs(7)).await;
        let text = json!({"type": "string"});
        let spec = json!({"image": text, "size": {"type": "integer"}, "workers": {"type": "integer"}, "snapshotId": text});
        let patch = Patch::Merge(json!({"spec": crd(&spec)["spec"]}));
        let kinds: Api<CustomResourceDefinition> = Api::all(client);
        kinds.patch("backups.ops.example.com", &PatchParams::default(), &patch).await.unwrap();
    })
}

#[test]
fn e_the_schema_drops_a_field() {
    let finding = only(&Play::new(secs(30), one_backup, |stage| vec![snapshots(stage)]).analysis(), "pruned-field");
    assert_eq!((finding.fields, finding.actors), (vec!["/spec/snapshotId".to_owned()], vec!["sandbox".to_owned()]));
}

#[test]
fn e_ignores_a_schema_that_comes_to_know_it() {
    healthy(&Play::new(secs(30), one_backup, |stage| vec![snapshots(stage), new_schema(stage)]).analysis());
}

/// G: at every resync the policy is removed and restored.
#[test]
fn g_a_loop_at_the_pace_of_the_resync() {
    let play = Play::new(secs(4 * 3_600), one_backup, |stage| {
        vec![actor_calls(stage, "pg/operator", |client| async move {
            let all = all(&client, &backups());
            loop {
                pause(secs(1_800)).await;
                for (size, wait) in [(0, 800), (1, 0)] {
                    let patch = Patch::Merge(json!({"spec": {"size": size}}));
                    all.patch("nightly", &PatchParams::default(), &patch).await.unwrap();
                    pause(millis(wait)).await;
                }
            }
        })]
    });
    let finding = only(&play.analysis(), "slow-loop");
    assert_eq!(finding.fields, ["/spec/size"]);
}

#[test]
fn g_ignores_a_resync_that_finds_all_well() {
    let play = Play::new(secs(4 * 3_600), one_backup, |stage| {
        vec![controller(stage, "ops/backup", backups(), |seen, client| async move {
            all(&client, &backups()).get(&seen.name_any()).await?;
            apply(seen, client).await?;
            Ok(Action::requeue(secs(1_800)))
        })]
    });
    healthy(&play.analysis());
}

fn one_deployment() -> Vec<Value> {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}});
    let spec = json!({"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template});
    let web =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec});
    vec![namespace(), web]
}

#[test]
fn h_ignores_an_autoscalers_own_up_and_down() {
    let play = Play::new(secs(300), one_deployment, |stage| {
        vec![
            actor_calls(stage, "hpa", |client| async move {
                let all: Api<Deployment> = Api::namespaced(client, "shop");
                for (round, wait) in [7, 31, 12, 45, 9, 22, 60, 15, 8, 33].into_iter().enumerate() {
                    pause(secs(wait)).await;
                    let patch = Patch::Merge(json!({"spec": {"replicas": if round % 2 == 0 { 5 } else { 3 }}}));
                    all.patch("web", &PatchParams::default(), &patch).await.unwrap();
                }
            }),
            controller(stage, "workloads", super::resource::<Deployment>(), |seen, client| async move {
                let all: Api<Deployment> = Api::namespaced(client, "shop");
                let patch = Patch::Merge(json!({"status": {"replicas": seen.data["spec"]["replicas"]}}));
                all.patch_status(&seen.name_any(), &PatchParams::default(), &patch).await?;
                Ok(Action::await_change())
            }),
        ]
    });
    healthy(&play.analysis());
}

/// K: a reader that is triggered by a writer.
fn watched(stage: &Environment, status: fn(u64, String) -> Value) -> Vec<ActorTask> {
    vec![
        actor_calls(stage, "noisy", move |client| async move {
            let (all, origin) = (all(&client, &backups()), tokio::time::Instant::now());
            for round in 0.. {
                pause(millis(100)).await;
                set_status(&all, "nightly", status(round, now(origin))).await.unwrap();
            }
        }),
        controller(stage, "argocd", backups(), |seen, client| async move {
            all(&client, &backups()).get(&seen.name_any()).await?;
            Ok(Action::await_change())
        }),
    ]
}

#[test]
fn k_the_victim_is_not_the_culprit() {
    let finding =
        only(&Play::new(secs(12), one_backup, |stage| watched(stage, |_, now| json!({"seen": now}))).analysis(), "hot-victim");
    assert_eq!(finding.actors, ["noisy", "argocd"], "the culprit first");
}

#[test]
fn k_ignores_news_that_is_news() {
    healthy(
        &Play::new(secs(12), one_backup, |stage| watched(stage, |round, now| json!({"seen": now, "round": round}))).analysis(),
    );
}

/// H, half recorded: a controller that wants three workers, and an unrecorded writer that wants five.
#[test]
fn h_an_unrecorded_writer_undoes_the_operator() {
    let play = Play::new(secs(4), one_backup, |stage| {
        let outside = stage.unrecorded_client();
        let restless = async move {
            loop {
                pause(millis(150)).await;
                let five = Patch::Merge(json!({"spec": {"workers": 5}}));
                all(&outside, &backups()).patch("nightly", &PatchParams::apply("capacity"), &five).await.unwrap();
            }
        };
        let wants_three = |seen: Arc<DynamicObject>, client| async move {
            if seen.data["spec"]["workers"] != 3 {
                let three = Patch::Merge(json!({"spec": {"workers": 3}}));
                all(&client, &backups()).patch(&seen.name_any(), &PatchParams::default(), &three).await?;
            }
            Ok(Action::await_change())
        };
        vec![controller(stage, "ops/backup", backups(), wants_three), Box::pin(restless)]
    });
    let finding = only(&play.analysis(), "two-writers");
    assert_eq!((finding.actors, finding.fields), (vec!["ops/backup".to_owned()], vec!["/spec/workers".to_owned()]));
    assert!(finding.sentence.contains("an unrecorded writer (as capacity)"), "{}", finding.sentence);
    assert!(finding.rounds > 10, "{}", finding.rounds);
}

/// K, with only the victim recorded.
#[test]
fn k_an_unrecorded_writer_keeps_triggering_the_operator() {
    let play = Play::new(secs(12), one_backup, |stage| {
        let (outside, origin) = (stage.unrecorded_client(), tokio::time::Instant::now());
        let noisy = async move {
            loop {
                pause(millis(100)).await;
                let seen = Patch::Merge(json!({"status": {"seen": now(origin)}}));
                all(&outside, &backups()).patch_status("nightly", &PatchParams::apply("probe"), &seen).await.unwrap();
            }
        };
        let looks = |_: Arc<DynamicObject>, _| async move { Ok(Action::await_change()) };
        vec![controller(stage, "argocd", backups(), looks), Box::pin(noisy)]
    });
    let finding = only(&play.analysis(), "hot-victim");
    assert_eq!(finding.actors, ["argocd"]);
    assert!(finding.sentence.contains("every write of an unrecorded writer (as probe)"), "{}", finding.sentence);
}
