//! Forks: independent worlds from one state.

use std::time::Duration;

use kuberewind_cluster::{Cluster, Fidelity, GarbageCollection, Identity};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::stories::{DEPLOYMENTS, MAPS, deployment, map, version, widget, widgets};

const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

/// A write to a cluster. The numbers choose one of a few objects and a value.
#[derive(Debug, Clone)]
enum Write {
    Create(u8),
    Generate,
    Merge(u8, u8),
    Apply(u8, u8),
    Own(u8, u8),
    Delete(u8),
    Define,
    Widget(u8),
    Forget,
    Namespace(u8),
    DropNamespace(u8),
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        3 => (0..4u8).prop_map(Write::Create),
        1 => Just(Write::Generate),
        4 => (0..4u8, 0..4u8).prop_map(|(object, value)| Write::Merge(object, value)),
        3 => (0..4u8, 0..3u8).prop_map(|(object, manager)| Write::Apply(object, manager)),
        2 => (0..4u8, 0..4u8).prop_map(|(object, owner)| Write::Own(object, owner)),
        3 => (0..4u8).prop_map(Write::Delete),
        1 => Just(Write::Define),
        1 => (0..2u8).prop_map(Write::Widget),
        1 => Just(Write::Forget),
        1 => (0..2u8).prop_map(Write::Namespace),
        1 => (0..2u8).prop_map(Write::DropNamespace),
    ]
}

async fn run(api: &Api, write: &Write) {
    let uri = |object: &u8| format!("{MAPS}/o{object}");
    let names = "/api/v1/namespaces";
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, answer) = match write {
        Write::Create(object) => api.post(MAPS, &map(&format!("o{object}"), "new")).await,
        Write::Generate => {
            let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "made-"}});
            api.post(MAPS, &object).await
        }
        Write::Merge(object, value) => {
            api.patch("merge-patch+json", &uri(object), &json!({"data": {"k0": value.to_string()}})).await
        }
        Write::Apply(object, manager) => {
            let uri = format!("{}?force=true", uri(object));
            let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {format!("k{manager}"): "applied"}});
            api.apply(&format!("manager-{manager}"), &uri, &config).await
        }
        Write::Own(object, owner) => {
            let (code, found) = api.get(&uri(owner)).await;
            let uid = if code == 200 { text(&found, "/metadata/uid") } else { "gone".to_owned() };
            let owners = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": format!("o{owner}"), "uid": uid}]);
            api.patch("merge-patch+json", &uri(object), &json!({"metadata": {"ownerReferences": owners}})).await
        }
        Write::Delete(object) => api.delete(&uri(object), &json!({})).await,
        Write::Define => api.post(crds, &widgets()).await,
        Write::Widget(object) => api.post(WIDGETS, &widget(&format!("w{object}"), 3)).await,
        Write::Forget => api.delete(&format!("{crds}/widgets.example.com"), &json!({})).await,
        Write::Namespace(name) => {
            api.post(names, &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("n{name}")}})).await
        }
        Write::DropNamespace(name) => api.delete(&format!("{names}/n{name}"), &json!({})).await,
    };
    assert!(code < 500, "{write:?}: {answer}");
}

/// Everything that a client can see: the objects of all kinds that the writes concern, and all changes since the beginning.
async fn seen(api: &Api) -> Vec<Value> {
    let mut seen = vec![json!(api.cluster.revision())];
    for uri in [
        "/api/v1/configmaps",
        "/api/v1/namespaces",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        WIDGETS,
        "/apis/example.com/v1",
        "/api/v1/configmaps?labelSelector=gone",
    ] {
        seen.push(api.get(uri).await.1);
    }
    let mut watch = api.watch("/api/v1/configmaps?watch=true&resourceVersion=1").await;
    seen.extend(watch.ready().await.into_iter().map(|event| json!(event)));
    for change in api.cluster.changes_after(1).unwrap() {
        let state = |version: Option<&std::sync::Arc<kuberewind_cluster::Version>>| version.map(|version| version.to_value());
        seen.push(json!([change.revision(), change.plural(), change.name(), state(change.before()), state(change.after())]));
    }
    seen
}

/// A cluster that has seen only these writes.
async fn alone(writes: &[Write], adjust: GarbageCollection) -> Api {
    let api = Api::with(|options| options.garbage_collection = adjust);
    for write in writes {
        run(&api, write).await;
    }
    api
}

async fn worlds(common: Vec<Write>, later: Vec<(u8, Write)>, collection: GarbageCollection) {
    // Three worlds: the parent, its fork, and the fork's fork.
    let parent = alone(&common, collection).await;
    let of = |cluster: &Cluster| Api { cluster: cluster.fork(), clock: parent.clock.clone() };
    let child = of(&parent.cluster);
    let grandchild = of(&child.cluster);
    let mut histories = [common.clone(), common.clone(), common];
    for (world, write) in later {
        let world = usize::from(world) % 3;
        run([&parent, &child, &grandchild][world], &write).await;
        histories[world].push(write);
    }
    for (world, history) in [&parent, &child, &grandchild].into_iter().zip(histories) {
        let control = alone(&history, collection).await;
        assert_eq!(seen(world).await, seen(&control).await, "{history:?}");
        assert_eq!(world.cluster.collect_garbage(), control.cluster.collect_garbage());
        assert_eq!(seen(world).await, seen(&control).await, "after the garbage collection: {history:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn worlds_never_see_each_others_writes(
        common in prop::collection::vec(write(), 0..25),
        later in prop::collection::vec((0..3u8, write()), 1..60),
        manual in any::<bool>(),
    ) {
        let collection = if manual { GarbageCollection::Manual } else { GarbageCollection::AfterEachWrite };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(worlds(common, later, collection));
    }

    #[test]
    fn the_order_of_unrelated_writes_does_not_matter(order in Just((0..20usize).collect::<Vec<_>>()).prop_shuffle()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let one = played(&(0..20).collect::<Vec<_>>()).await;
            assert_eq!(one, played(&order).await);
        });
    }
}

/// The state after five unrelated stories of four steps each, without resourceVersions. `order` interleaves them: the step that a number
/// means is the next one of story `number % 5`.
async fn played(order: &[usize]) -> Vec<Value> {
    let api = Api::with(|options| {
        options.identity = Identity::Derived;
        options.fidelity = Fidelity::Real;
    });
    let mut steps = [0; 5];
    for story in order.iter().map(|number| number % 5) {
        let (code, answer) = step(&api, story, steps[story]).await;
        assert!(code < 300, "story {story}, step {}: {answer}", steps[story]);
        steps[story] += 1;
    }
    let mut seen = Vec::new();
    for uri in [MAPS, DEPLOYMENTS, "/api/v1/services", "/api/v1/namespaces"] {
        let mut list = api.get(uri).await.1;
        list["metadata"] = Value::Null;
        for item in list["items"].as_array_mut().unwrap() {
            item["metadata"]["resourceVersion"] = Value::Null;
        }
        seen.push(list);
    }
    seen
}

async fn step(api: &Api, story: usize, step: usize) -> (u16, Value) {
    let services = "/api/v1/namespaces/default/services";
    match (story, step) {
        // An object is made, deleted and made again.
        (0, 0 | 2) => api.post(MAPS, &map("again", "a")).await,
        (0, 1) => api.delete(&format!("{MAPS}/again"), &json!({})).await,
        (0, _) => api.patch("merge-patch+json", &format!("{MAPS}/again"), &json!({"data": {"b": "c"}})).await,
        // Names are generated for two prefixes.
        (1, _) => {
            let prefix = if step.is_multiple_of(2) { "left-" } else { "right-" };
            api.post(MAPS, &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": prefix}})).await
        }
        // Services of two stories get addresses and ports.
        (2 | 3, _) => {
            let spec = json!({"type": "NodePort", "ports": [{"port": 80}]});
            let name = format!("s{story}-{step}");
            api.post(services, &json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})).await
        }
        // A namespace and a Deployment.
        (_, 0) => {
            let name = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
            api.post("/api/v1/namespaces", &name).await
        }
        (_, 1) => api.post(DEPLOYMENTS, &deployment("web")).await,
        (_, _) => {
            let patch = json!({"spec": {"replicas": step}});
            api.patch("merge-patch+json", &format!("{DEPLOYMENTS}/web"), &patch).await
        }
    }
}

#[tokio::test]
async fn a_derived_uid_belongs_to_the_incarnation() {
    let api = Api::with(|options| options.identity = Identity::Derived);
    let other = Api::with(|options| {
        options.identity = Identity::Derived;
        options.seed = 99;
    });
    let uid = |answer: (u16, Value)| text(&answer.1, "/metadata/uid");
    let first = uid(api.post(MAPS, &map("a", "x")).await);
    assert_eq!(first, uid(other.post(MAPS, &map("a", "x")).await), "the seed does not matter");
    assert_ne!(first, uid(other.post(MAPS, &map("b", "x")).await));
    api.delete(&format!("{MAPS}/a"), &json!({})).await;
    let second = uid(api.post(MAPS, &map("a", "x")).await);
    assert_ne!(first, second);
    let generated = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "p-"}});
    let name = |answer: (u16, Value)| text(&answer.1, "/metadata/name");
    let dry = name(api.post(&format!("{MAPS}?dryRun=All"), &generated).await);
    let real = name(api.post(MAPS, &generated).await);
    assert_eq!(dry, real, "a dry run takes no name");
    assert_eq!(real, name(other.post(MAPS, &generated).await));
    assert_ne!(real, name(api.post(MAPS, &generated).await));
    // A name that is already taken is skipped.
    let third = name(other.fork_of(|fork| async move { fork.post(MAPS, &generated_again()).await }).await);
    other.post(MAPS, &map(&third, "x")).await;
    assert_ne!(third, name(other.post(MAPS, &generated_again()).await));
}

fn generated_again() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "p-"}})
}

impl Api {
    /// Runs requests against a fork.
    async fn fork_of<T, F: Future<Output = T>>(&self, act: impl FnOnce(Api) -> F) -> T {
        act(Api { cluster: self.cluster.fork(), clock: self.clock.clone() }).await
    }
}

#[tokio::test(start_paused = true)]
async fn watches_stay_with_the_parent_and_the_log_goes_along() {
    let api = Api::new();
    let (_, first) = api.post(MAPS, &map("a", "x")).await;
    let mut parents = api.watch(&format!("{MAPS}?watch=true&resourceVersion={}", version(&first))).await;
    let fork = Api { cluster: api.cluster.fork(), clock: api.clock.clone() };
    fork.post(MAPS, &map("in-fork", "x")).await;
    assert_eq!(parents.ready().await, []);
    api.post(MAPS, &map("in-parent", "x")).await;
    assert_eq!(parents.ready().await.len(), 1);
    // The fork reaches back to the time before it was made, and its watches wake up.
    let mut forks = fork.watch(&format!("{MAPS}?watch=true&resourceVersion=1")).await;
    let names: Vec<_> = forks.ready().await.into_iter().map(|(_, name, _)| name).collect();
    assert_eq!(names, ["a", "in-fork"]);
    let waits = async { tokio::time::timeout(Duration::from_secs(5), forks.next()).await.unwrap() };
    let writes = async { fork.delete(&format!("{MAPS}/a"), &json!({})).await };
    let (event, _) = tokio::join!(waits, writes);
    assert_eq!(event.map(|(kind, object)| (kind, version(&object))), Some(("DELETED".to_owned(), fork.cluster.revision())));
    assert_eq!(api.get(&format!("{MAPS}/a")).await.0, 200);
    // A compaction concerns one world only.
    fork.cluster.compact();
    assert!(fork.cluster.changes_after(1).is_none() && api.cluster.changes_after(1).is_some());
}

#[tokio::test]
async fn a_fork_can_have_its_own_time() {
    let api = Api::new();
    let clock = kuberewind_model::ManualClock::at(kuberewind_model::Timestamp(0));
    let fork = Api { cluster: api.cluster.fork_with_clock(std::sync::Arc::new(clock.clone())), clock };
    let created = |answer: (u16, Value)| text(&answer.1, "/metadata/creationTimestamp");
    assert_eq!(created(fork.post(MAPS, &map("a", "x")).await), "1970-01-01T00:00:00Z");
    assert_eq!(created(api.post(MAPS, &map("a", "x")).await), "2026-02-04T10:13:21Z");
}

#[tokio::test]
async fn changes_have_the_states_before_and_after() {
    let api = Api::new();
    let start = api.cluster.revision();
    let (_, made) = api.post(MAPS, &map("a", "x")).await;
    let (_, changed) = api.patch("merge-patch+json", &format!("{MAPS}/a"), &json!({"data": {"y": "z"}})).await;
    api.delete(&format!("{MAPS}/a"), &json!({})).await;
    let changes = api.cluster.changes_after(start).unwrap();
    let seen: Vec<_> =
        changes.iter().map(|change| (change.revision() - start, change.before().is_some(), change.after().is_some())).collect();
    assert_eq!(seen, [(1, false, true), (2, true, true), (3, true, false)]);
    assert_eq!(
        (changes[0].group(), changes[0].plural(), changes[0].namespace(), changes[0].name()),
        ("", "configmaps", "default", "a")
    );
    assert_eq!(changes[0].after().unwrap().to_value(), made);
    assert_eq!(changes[1].before().unwrap().to_value(), made);
    let after = changes[1].after().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&after.json()).unwrap(), changed);
    assert_eq!(after["data"]["y"], "z");
    assert_eq!(changes[2].before().unwrap().to_value(), changed);
    assert!(api.cluster.changes_after(api.cluster.revision()).unwrap().is_empty());
}
