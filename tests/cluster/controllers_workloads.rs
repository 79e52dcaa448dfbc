//! Stories of Deployments, ReplicaSets, StatefulSets, DaemonSets and Services on a cluster with controllers.

use serde_json::{Value, json};

use crate::api::text;
use crate::controllers_stage::{Stage, condition, deployment, template};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/web";

fn image(of: &str) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": of}]}}}})
}

#[tokio::test]
async fn a_deployment_of_three_comes_to_rest_with_three_ready_pods() {
    let mut stage = Stage::new();
    stage.put(deployment("web", 3));
    let pods = stage.pods().await;
    assert!(pods.iter().all(|pod| pod["spec"]["nodeName"] == "worker-1" && pod["status"]["phase"] == "Pending"), "{pods:?}");
    assert!(stage.ready().await.is_empty(), "containers take a second to start");
    stage.pass(2);
    let web = stage.get("apps", "deployments", "web");
    let mut status = web["status"].clone();
    status.as_object_mut().unwrap().remove("conditions");
    let counts = json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
        "terminatingReplicas": 0});
    assert_eq!(status, counts);
    assert_eq!(condition(&web, "Available")["reason"], "MinimumReplicasAvailable");
    let progress = condition(&web, "Progressing");
    let sets = stage.list("/apis/apps/v1/namespaces/default/replicasets").await;
    let name = text(&sets[0], "/metadata/name");
    assert_eq!(
        (&progress["reason"], &progress["message"]),
        (&json!("NewReplicaSetAvailable"), &json!(format!("ReplicaSet \"{name}\" has successfully progressed.")))
    );
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    assert_eq!(Stage::managers(&web), ["kube-controller-manager/status", "kuberewind/"]);
    assert_eq!(
        sets[0]["status"],
        json!({"replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
        "terminatingReplicas": 0, "observedGeneration": 1})
    );
    assert_eq!(Stage::managers(&sets[0]), ["kube-controller-manager/", "kube-controller-manager/status"]);
    let pod = &stage.pods().await[0];
    assert_eq!(Stage::managers(pod), ["kube-controller-manager/", "kubelet/status"]);
    assert!(text(pod, "/status/podIP").starts_with("10.244."), "{pod}");
    assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true);
    assert_eq!(stage.events("Deployment").await, [format!("ScalingReplicaSet: Scaled up replica set {name} from 0 to 3")]);
    assert_eq!(stage.events("Pod").await.len(), 3 * 4, "Scheduled, Pulled, Created, Started of each");
    // At rest nothing is written any more.
    let revision = stage.cluster().revision();
    stage.pass(3600);
    assert_eq!(stage.cluster().revision(), revision);
}

#[tokio::test]
async fn scaling_down_deletes_the_pods_that_are_not_ready_first() {
    let mut stage = Stage::new();
    stage.put(deployment("web", 2));
    stage.pass(2);
    let old = stage.ready().await;
    stage.merge(DEPLOYMENT, json!({"spec": {"replicas": 4}})).await;
    assert_eq!(stage.pods().await.len(), 4);
    stage.merge(DEPLOYMENT, json!({"spec": {"replicas": 2}})).await;
    stage.pass(2);
    assert_eq!(stage.ready().await, old, "the two that ran before");
    let last = stage.events("Deployment").await.pop().unwrap();
    assert!(last.ends_with("from 4 to 2") && last.contains("Scaled down replica set web-"), "{last}");
}

#[tokio::test]
async fn a_rollout_keeps_within_its_limits_and_undo_goes_back() {
    let mut stage = Stage::new();
    stage.put(deployment("web", 4));
    stage.pass(2);
    stage.merge(DEPLOYMENT, image("image:2")).await;
    let mut looks = 0;
    while condition(&stage.get("apps", "deployments", "web"), "Progressing")["reason"] != "NewReplicaSetAvailable" {
        let (all, ready) = (stage.pods().await.len(), stage.ready().await.len());
        assert!(all <= 5 && ready >= 3, "{all} pods, {ready} ready");
        looks += 1;
        assert!(looks < 20, "the rollout does not end");
        stage.pass(1);
    }
    assert!(looks >= 2, "the rollout had steps");
    let sets = stage.list("/apis/apps/v1/namespaces/default/replicasets").await;
    let sizes: Vec<_> = sets
        .iter()
        .map(|set| (text(set, "/metadata/annotations/deployment.kubernetes.io~1revision"), set["spec"]["replicas"].clone()))
        .collect();
    assert!(sizes.contains(&("1".to_owned(), json!(0))) && sizes.contains(&("2".to_owned(), json!(4))), "{sizes:?}");
    // Back to the first template: its ReplicaSet becomes revision 3 and remembers that it was 1.
    stage.merge(DEPLOYMENT, image("image:1")).await;
    stage.pass(10);
    let sets = stage.list("/apis/apps/v1/namespaces/default/replicasets").await;
    assert_eq!(sets.len(), 2, "no third ReplicaSet");
    let active = sets.iter().find(|set| set["spec"]["replicas"] == 4).unwrap();
    assert_eq!(active["spec"]["template"]["spec"]["containers"][0]["image"], "image:1");
    let annotations = &active["metadata"]["annotations"];
    assert_eq!(
        (&annotations["deployment.kubernetes.io/revision"], &annotations["deployment.kubernetes.io/revision-history"]),
        (&json!("3"), &json!("1"))
    );
    assert_eq!(stage.get("apps", "deployments", "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "3");
}

#[tokio::test]
async fn a_rollout_that_cannot_start_misses_its_deadline() {
    let mut stage = Stage::new();
    let mut web = deployment("web", 1);
    web["spec"]["progressDeadlineSeconds"] = json!(30);
    web["spec"]["template"]["spec"]["nodeSelector"] = json!({"disk": "ssd"});
    stage.put(web);
    stage.pass(29);
    assert_eq!(condition(&stage.get("apps", "deployments", "web"), "Progressing")["status"], "True");
    stage.pass(4);
    let progress = condition(&stage.get("apps", "deployments", "web"), "Progressing");
    assert_eq!((&progress["status"], &progress["reason"]), (&json!("False"), &json!("ProgressDeadlineExceeded")));
    let pod = &stage.pods().await[0];
    assert_eq!(condition(pod, "PodScheduled")["reason"], "Unschedulable");
    // A node that fits joins the cluster.
    stage.put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "fast", "labels": {"disk": "ssd"}}}));
    stage.pass(2);
    let web = stage.get("apps", "deployments", "web");
    assert_eq!(condition(&web, "Progressing")["reason"], "NewReplicaSetAvailable");
    assert_eq!(web["status"]["readyReplicas"], 1);
}

#[tokio::test]
async fn a_paused_deployment_scales_but_does_not_roll() {
    let mut stage = Stage::new();
    stage.put(deployment("web", 2));
    stage.pass(2);
    stage.merge(DEPLOYMENT, json!({"spec": {"paused": true, "replicas": 3}})).await;
    stage.merge(DEPLOYMENT, image("image:2")).await;
    stage.pass(5);
    let web = stage.get("apps", "deployments", "web");
    assert_eq!(condition(&web, "Progressing")["reason"], "DeploymentPaused");
    assert_eq!((&web["status"]["readyReplicas"], &web["status"]["updatedReplicas"]), (&json!(3), &Value::Null));
    stage.merge(DEPLOYMENT, json!({"spec": {"paused": false}})).await;
    stage.pass(10);
    let web = stage.get("apps", "deployments", "web");
    assert_eq!(condition(&web, "Progressing")["reason"], "NewReplicaSetAvailable");
    assert_eq!(web["status"]["updatedReplicas"], 3);
}

#[tokio::test]
async fn recreate_stops_all_old_pods_first() {
    let mut stage = Stage::new();
    let mut web = deployment("web", 2);
    web["spec"]["strategy"] = json!({"type": "Recreate"});
    stage.put(web);
    stage.pass(2);
    let old = stage.ready().await;
    stage.merge(DEPLOYMENT, image("image:2")).await;
    let names: Vec<_> = stage.pods().await.iter().map(|pod| text(pod, "/metadata/name")).collect();
    assert!(names.iter().all(|name| !old.contains(name)), "{names:?} are new");
    stage.pass(2);
    assert_eq!(stage.ready().await.len(), 2);
}

#[tokio::test]
async fn a_taken_name_makes_a_deployment_choose_another() {
    let mut stage = Stage::new();
    stage.put(deployment("web", 1));
    let sets = "/apis/apps/v1/namespaces/default/replicasets";
    let name = text(&stage.list(sets).await[0], "/metadata/name");
    stage.delete(DEPLOYMENT, json!({"propagationPolicy": "Background"})).await;
    // A stranger takes the name that the template gives.
    stage.put(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "stranger"}}, "template": template(json!({"app": "stranger"}), "i")}}));
    stage.put(deployment("web", 1));
    stage.pass(5);
    let web = stage.get("apps", "deployments", "web");
    assert_eq!((&web["status"]["collisionCount"], &web["status"]["readyReplicas"]), (&json!(1), &json!(1)));
    assert_eq!(stage.list(sets).await.len(), 2);
}

#[tokio::test]
async fn old_replica_sets_go_beyond_the_history_limit() {
    let mut stage = Stage::new();
    let mut web = deployment("web", 1);
    web["spec"]["revisionHistoryLimit"] = json!(2);
    stage.put(web);
    for number in 2..6 {
        stage.pass(5);
        stage.merge(DEPLOYMENT, image(&format!("image:{number}"))).await;
    }
    stage.pass(5);
    let sets = stage.list("/apis/apps/v1/namespaces/default/replicasets").await;
    let mut revisions: Vec<_> =
        sets.iter().map(|set| text(set, "/metadata/annotations/deployment.kubernetes.io~1revision")).collect();
    revisions.sort();
    assert_eq!(revisions, ["3", "4", "5"]);
}

#[tokio::test]
async fn a_replica_set_adopts_orphans_and_releases_pods_that_lost_its_label() {
    let mut stage = Stage::new();
    stage.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orphan", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]}}));
    stage.put(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template(json!({"app": "web"}), "i")}}));
    stage.pass(2);
    assert_eq!(stage.pods().await.len(), 2);
    let owner = |pod: &Value| text(pod, "/metadata/ownerReferences/0/name");
    assert_eq!(owner(&stage.get("", "pods", "orphan")), "web");
    stage.merge("/api/v1/namespaces/default/pods/orphan", json!({"metadata": {"labels": {"app": "debug"}}})).await;
    stage.pass(2);
    assert_eq!(owner(&stage.get("", "pods", "orphan")), "");
    assert_eq!(stage.pods().await.len(), 3, "a replacement was made");
}

#[tokio::test]
async fn deleting_a_deployment_deletes_all_it_owns() {
    for (policy, left) in [("Background", 0), ("Foreground", 0), ("Orphan", 3)] {
        let mut stage = Stage::new();
        stage.put(deployment("web", 3));
        stage.pass(2);
        stage.delete(DEPLOYMENT, json!({"propagationPolicy": policy})).await;
        assert!(stage.cluster().get("apps", "deployments", "default", "web").is_none(), "{policy}");
        assert_eq!(stage.pods().await.len(), left, "{policy}");
    }
}

#[tokio::test]
async fn deleting_a_namespace_ends_its_workloads() {
    let mut stage = Stage::new();
    let mut web = deployment("web", 3);
    web["metadata"]["namespace"] = json!("shop");
    stage.put(web);
    stage.pass(2);
    assert_eq!(stage.list("/api/v1/namespaces/shop/pods").await.len(), 3);
    stage.delete("/api/v1/namespaces/shop", json!({})).await;
    assert_eq!(stage.api.get("/api/v1/namespaces/shop").await.0, 404);
    assert!(stage.list("/api/v1/pods").await.is_empty());
}

fn stateful_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {"replicas": 3, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template(json!({"app": "db"}), "image:1"),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]},
    })
}

#[tokio::test]
async fn a_stateful_set_starts_its_pods_in_order() {
    let mut stage = Stage::new();
    stage.put(stateful_set());
    for number in 1..=3 {
        let names: Vec<_> = stage.pods().await.iter().map(|pod| text(pod, "/metadata/name")).collect();
        assert_eq!(names.len(), number, "{names:?}");
        stage.pass(1);
    }
    assert_eq!(stage.ready().await, ["db-0", "db-1", "db-2"]);
    let set = stage.get("apps", "statefulsets", "db");
    let revision = text(&set, "/status/updateRevision");
    assert_eq!(
        set["status"],
        json!({"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "currentReplicas": 3, "updatedReplicas": 3,
        "currentRevision": revision, "updateRevision": revision, "collisionCount": 0, "availableReplicas": 3})
    );
    let pod = stage.get("", "pods", "db-1");
    assert_eq!(
        pod["metadata"]["labels"],
        json!({"app": "db", "apps.kubernetes.io/pod-index": "1", "controller-revision-hash": revision,
        "statefulset.kubernetes.io/pod-name": "db-1"})
    );
    assert_eq!((&pod["spec"]["hostname"], &pod["spec"]["subdomain"]), (&json!("db-1"), &json!("db")));
    assert_eq!(pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-db-1");
    let claims = stage.list("/api/v1/namespaces/default/persistentvolumeclaims").await;
    assert_eq!(claims.len(), 3);
}

#[tokio::test]
async fn a_partition_holds_back_the_update_of_low_ordinals() {
    let mut stage = Stage::new();
    stage.put(stateful_set());
    stage.pass(5);
    let path = "/apis/apps/v1/namespaces/default/statefulsets/db";
    let mut patch = image("image:2");
    patch["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    stage.merge(path, patch).await;
    stage.pass(5);
    let images = |pods: Vec<Value>| pods.iter().map(|pod| text(pod, "/spec/containers/0/image")).collect::<Vec<_>>();
    assert_eq!(images(stage.pods().await), ["image:1", "image:1", "image:2"]);
    // A pod below the partition comes back with its old template.
    stage.delete("/api/v1/namespaces/default/pods/db-0", json!({})).await;
    stage.pass(5);
    assert_eq!(images(stage.pods().await), ["image:1", "image:1", "image:2"]);
    stage.merge(path, json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})).await;
    stage.pass(5);
    assert_eq!(images(stage.pods().await), ["image:2"; 3]);
    let set = stage.get("apps", "statefulsets", "db");
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"]);
    stage.merge(path, json!({"spec": {"replicas": 1}})).await;
    stage.pass(2);
    assert_eq!(stage.ready().await, ["db-0"]);
}

#[tokio::test]
async fn a_daemon_set_has_a_pod_on_each_node_and_follows_the_nodes() {
    let mut stage = Stage::new();
    stage.put(json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"},
        "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template(json!({"app": "agent"}), "image:1")}}));
    stage.pass(2);
    let node = |name: &str| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
    stage.put(node("worker-2"));
    stage.put(node("worker-3"));
    stage.pass(2);
    let agent = stage.get("apps", "daemonsets", "agent");
    assert_eq!(
        agent["status"],
        json!({"currentNumberScheduled": 3, "numberMisscheduled": 0, "desiredNumberScheduled": 3, "numberReady": 3,
        "observedGeneration": 1, "updatedNumberScheduled": 3, "numberAvailable": 3})
    );
    let nodes: std::collections::BTreeSet<_> = stage.pods().await.iter().map(|pod| text(pod, "/spec/nodeName")).collect();
    assert_eq!(nodes.len(), 3);
    stage.delete("/api/v1/nodes/worker-2", json!({})).await;
    assert_eq!(stage.pods().await.len(), 2);
    // One pod at a time is replaced.
    stage.merge("/apis/apps/v1/namespaces/default/daemonsets/agent", image("image:2")).await;
    assert_eq!(stage.ready().await.len(), 1);
    stage.pass(5);
    let images: Vec<_> = stage.pods().await.iter().map(|pod| text(pod, "/spec/containers/0/image")).collect();
    assert_eq!(images, ["image:2"; 2]);
    assert_eq!(stage.list("/apis/apps/v1/namespaces/default/controllerrevisions").await.len(), 2);
}

#[tokio::test]
async fn a_service_has_the_addresses_of_its_ready_pods() {
    let mut stage = Stage::new();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"team": "a"}},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}});
    stage.put(service);
    let mut web = deployment("web", 2);
    web["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{"name": "http", "containerPort": 8080}]);
    web["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
        json!({"tcpSocket": {"port": 8080}, "initialDelaySeconds": 10});
    stage.put(web);
    stage.pass(2);
    let endpoints = stage.get("", "endpoints", "web");
    assert_eq!(endpoints["subsets"][0]["notReadyAddresses"].as_array().unwrap().len(), 2, "{endpoints}");
    assert!(endpoints["subsets"][0].get("addresses").is_none());
    stage.pass(10);
    let endpoints = stage.get("", "endpoints", "web");
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().unwrap().len(), 2, "{endpoints}");
    assert_eq!(endpoints["subsets"][0]["ports"], json!([{"name": "http", "port": 8080, "protocol": "TCP"}]));
    let slices = stage.list("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices").await;
    // The other one is that of the API server itself.
    assert_eq!(slices.len(), 2);
    let slice = slices.iter().find(|slice| text(slice, "/metadata/name") != "kubernetes").unwrap();
    assert!(text(slice, "/metadata/name").starts_with("web-") && slice["metadata"]["labels"]["team"] == "a", "{slice}");
    let ready = slice["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .all(|one| one["conditions"] == json!({"ready": true, "serving": true, "terminating": false}));
    assert!(ready && slice["endpoints"].as_array().unwrap().len() == 2, "{slice}");
    stage.merge(DEPLOYMENT, json!({"spec": {"replicas": 0}})).await;
    assert!(stage.get("", "endpoints", "web").get("subsets").is_none());
    stage.delete("/api/v1/namespaces/default/services/web", json!({})).await;
    assert_eq!(stage.list("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices").await.len(), 1);
}

#[tokio::test]
async fn two_runs_with_one_seed_are_equal() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut stage = Stage::new();
        stage.put(deployment("web", 3));
        stage.put(stateful_set());
        stage.pass(5);
        stage.merge(DEPLOYMENT, image("image:2")).await;
        stage.pass(10);
        runs.push((stage.cluster().revision(), stage.pods().await, stage.events("Pod").await));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn controllers_run_beside_a_client_on_a_paused_clock() {
    use k8s_openapi::api::apps::v1::Deployment;
    use kube::api::{Api, PostParams};
    let stage = Stage::new();
    // A fresh runner: the stage's own one does nothing here. Its clock does not move, so containers start at once.
    let timing = kuberewind_cluster::controllers::Timing { start: std::time::Duration::ZERO, run: std::time::Duration::ZERO };
    let running = kuberewind_cluster::controllers::Controllers::with_timing(stage.cluster(), timing).run();
    let deployments: Api<Deployment> = Api::default_namespaced(stage.cluster().client());
    let story = async {
        deployments.create(&PostParams::default(), &serde_json::from_value(deployment("web", 3)).unwrap()).await.unwrap();
        let available = |web: Option<&Deployment>| web.and_then(|web| web.status.as_ref()?.available_replicas) == Some(3);
        kube::runtime::wait::await_condition(deployments.clone(), "web", available).await.unwrap();
    };
    tokio::select! {
        () = running => panic!("the controllers ended"),
        done = tokio::time::timeout(std::time::Duration::from_secs(60), story) => done.expect("the Deployment did not come up"),
    }
}
