//! Classes F, I, J, L and M: problems over several objects.

use ::kube::ResourceExt;
use ::kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use ::kube::runtime::controller::Action;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kuberewind_demo::{ActorTask, Environment};
use serde_json::{Value, json};

use super::{
    Done, Play, actor_calls, all, backup, backups, controller, crd, map, maps, millis, namespace, now, one_backup, owner, pause,
    pods, resource, secs,
};
use crate::story::{healthy, only};

fn child(parent: &DynamicObject, name: &str, data: &Value) -> ConfigMap {
    let mut child = map(name, data);
    child["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "ops.example.com/v1", "kind": "Backup", "controller": true,
        "name": parent.name_any(), "uid": parent.metadata.uid
    }]);
    serde_json::from_value(child).unwrap()
}

#[test]
fn f_a_child_is_recreated() {
    let play = Play::new(secs(3), one_backup, |stage| {
        vec![owner(stage, "prometheus", backups(), Some(resource::<ConfigMap>()), |parent, client| async move {
            let maps = maps(&client);
            if maps.get_opt("rules").await?.is_some() {
                maps.delete("rules", &DeleteParams::default()).await?;
            }
            maps.create(&PostParams::default(), &child(&parent, "rules", &json!({"a": "1"}))).await?;
            Ok(Action::await_change())
        })]
    });
    let finding = only(&play.analysis(), "recreate");
    assert_eq!((finding.object.as_str(), finding.actors), ("ConfigMap/shop/rules", vec!["prometheus".to_owned()]));
}

#[test]
fn f_ignores_a_child_that_changes_with_its_parent() {
    let play = Play::new(secs(40), one_backup, |stage| {
        vec![
            owner(stage, "prometheus", backups(), Some(resource::<ConfigMap>()), |parent, client| async move {
                let (maps, wanted) = (maps(&client), parent.data["spec"]["size"].to_string());
                let found = maps.get_opt("rules").await?;
                if found.as_ref().is_some_and(|found| found.data.as_ref().is_some_and(|data| data["size"] == wanted)) {
                    return Ok(Action::await_change());
                }
                if found.is_some() {
                    maps.delete("rules", &DeleteParams::default()).await?;
                }
                maps.create(&PostParams::default(), &child(&parent, "rules", &json!({"size": wanted}))).await?;
                Ok(Action::await_change())
            }),
            actor_calls(stage, "kubectl/alice", |client| async move {
                for size in 2..8 {
                    pause(secs(5)).await;
                    let patch = Patch::Merge(json!({"spec": {"size": size}}));
                    all(&client, &backups()).patch("nightly", &PatchParams::default(), &patch).await.unwrap();
                }
            }),
        ]
    });
    healthy(&play.analysis());
}

fn backup_and_map() -> Vec<Value> {
    let mut objects = one_backup();
    objects.push(map("jail", &json!({"round": "0"})));
    objects
}

/// I: an actor that watches one kind writes the other, with the time; or with a counter up to a number of rounds.
fn ping_pong(stage: &Environment, rounds: Option<u64>) -> Vec<ActorTask> {
    let origin = tokio::time::Instant::now();
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0);
    vec![
        controller(stage, "soperator/cluster", backups(), move |seen, client| async move {
            let next = rounds.map_or(0, |rounds| rounds.min(number(&seen.data["status"]["round"]) + 1));
            let there = all(&client, &resource::<ConfigMap>()).get("jail").await?;
            if rounds.is_none() || number(&there.data["data"]["round"]) != next {
                let patch = Patch::Merge(json!({"data": {"at": now(origin), "round": next.to_string()}}));
                maps(&client).patch("jail", &PatchParams::default(), &patch).await?;
            }
            Ok(Action::await_change())
        }),
        controller(stage, "soperator/jail", resource::<ConfigMap>(), move |seen, client| async move {
            let round = number(&seen.data["data"]["round"]);
            let there = all(&client, &backups()).get("nightly").await?;
            if rounds.is_none() || number(&there.data["status"]["round"]) != round {
                let patch = Patch::Merge(json!({"status": {"at": now(origin), "round": round}}));
                all(&client, &backups()).patch_status("nightly", &PatchParams::default(), &patch).await?;
            }
            Ok(Action::await_change())
        }),
    ]
}

#[test]
fn i_two_controllers_trigger_each_other_over_two_kinds() {
    let analysis = Play::new(secs(2), backup_and_map, |stage| ping_pong(stage, None)).analysis();
    let finding = only(&analysis, "ping-pong");
    let mut actors = finding.actors;
    actors.sort();
    assert_eq!(actors, ["soperator/cluster", "soperator/jail"]);
}

#[test]
fn i_ignores_a_chain_that_ends() {
    healthy(&Play::new(secs(5), backup_and_map, |stage| ping_pong(stage, Some(6))).analysis());
}

fn two_sets() -> Vec<Value> {
    let spec = json!({"image": {"type": "string"}, "workers": {"type": "integer"}});
    let set = |name: &str, workers: u32| backup(name, &json!({"image": "a:1", "workers": workers}));
    vec![namespace(), crd(&spec), set("three", 3), set("two", 2)]
}

/// J: keeps the number of Pods with a label at the number in one object.
async fn scale(seen: std::sync::Arc<DynamicObject>, client: ::kube::Client, mine: &'static str) -> Done {
    if seen.name_any() != mine {
        return Ok(Action::await_change());
    }
    let wanted = usize::try_from(seen.data["spec"]["workers"].as_u64().unwrap_or(0)).unwrap();
    let found = pods(&client).list(&ListParams::default().labels("app=x")).await?.items;
    if found.len() > wanted {
        let newest = found.iter().max_by_key(|pod| pod.metadata.resource_version.as_ref().and_then(|rv| rv.parse::<u64>().ok()));
        if let Some(pod) = newest {
            pods(&client).delete(&pod.name_any(), &DeleteParams::default()).await?;
        }
    } else if found.len() < wanted {
        let pod: Pod = serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"generateName": "x-", "namespace": "shop", "labels": {"app": "x"}, "ownerReferences": [{
                "apiVersion": "ops.example.com/v1", "kind": "Backup", "controller": true, "name": mine, "uid": seen.metadata.uid
            }]},
            "spec": {"containers": [{"name": "x", "image": "x"}]}
        }))
        .unwrap();
        pods(&client).create(&PostParams::default(), &pod).await?;
    }
    Ok(Action::requeue(millis(if found.len() == wanted { 1_500 } else { 40 })))
}

#[test]
fn j_two_owners_select_the_same_children() {
    let play = Play::new(secs(40), two_sets, |stage| {
        vec![
            controller(stage, "sets/three", backups(), |seen, client| scale(seen, client, "three")),
            controller(stage, "sets/two", backups(), |seen, client| scale(seen, client, "two")),
        ]
    });
    let finding = only(&play.analysis(), "selector-fight");
    assert_eq!(finding.actors, ["sets/three", "sets/two"], "who makes, then who deletes");
}

#[test]
fn j_ignores_one_owner_that_gets_what_it_asks_for() {
    let play = Play::new(secs(40), two_sets, |stage| {
        vec![controller(stage, "sets/three", backups(), |seen, client| scale(seen, client, "three"))]
    });
    healthy(&play.analysis());
}

#[test]
fn l_ignores_one_conflict_and_then_success() {
    let play = Play::new(secs(30), backup_and_map, |stage| {
        let writer = |stage: &Environment, actor: &'static str, first: u64| {
            actor_calls(stage, actor, move |client| async move {
                let maps: Api<ConfigMap> = maps(&client);
                for round in 0..4 {
                    pause(millis(6_000 + first)).await;
                    // Both read at about the same time. The later one gets one conflict, reads again and succeeds.
                    for _ in 0..3 {
                        let mut jail = maps.get("jail").await.unwrap();
                        jail.data.get_or_insert_default().insert(actor.to_owned(), round.to_string());
                        if maps.replace("jail", &PostParams::default(), &jail).await.is_ok() {
                            break;
                        }
                    }
                }
            })
        };
        vec![writer(stage, "a", 0), writer(stage, "b", 1)]
    });
    let analysis = play.analysis();
    healthy(&analysis);
    assert!(analysis.errors.by_reason.get("Conflict").is_some_and(|count| *count >= 1), "{:?}", analysis.errors);
}

/// M: one child for every reconcile, and each child triggers its owner.
#[test]
fn m_children_without_end() {
    let play = Play::new(secs(4), one_backup, |stage| {
        vec![owner(stage, "cert-manager", backups(), Some(resource::<ConfigMap>()), |parent, client| async move {
            let mut request = child(&parent, "", &json!({"request": "cert"}));
            (request.metadata.name, request.metadata.generate_name) = (None, Some("request-".to_owned()));
            maps(&client).create(&PostParams::default(), &request).await?;
            Ok(Action::await_change())
        })]
    });
    let finding = only(&play.analysis(), "create-storm");
    assert_eq!(finding.object, "Backup/shop/nightly");
}

#[test]
fn m_ignores_an_owner_that_asked_for_so_many() {
    let many = || {
        let spec = json!({"image": {"type": "string"}, "workers": {"type": "integer"}});
        vec![namespace(), crd(&spec), backup("nightly", &json!({"workers": 80}))]
    };
    let play = Play::new(secs(10), many, |stage| {
        vec![controller(stage, "batch", backups(), |parent, client| async move {
            let maps = maps(&client);
            let have = maps.list(&ListParams::default().labels("of=nightly")).await?.items.len();
            let wanted = usize::try_from(parent.data["spec"]["workers"].as_u64().unwrap_or(0)).unwrap();
            for number in have..wanted {
                let mut part = child(&parent, &format!("part-{number}"), &json!({"work": "x"}));
                part.labels_mut().insert("of".into(), "nightly".into());
                maps.create(&PostParams::default(), &part).await?;
            }
            Ok(Action::await_change())
        })]
    });
    healthy(&play.analysis());
}
