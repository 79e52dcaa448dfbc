//! Stories of Jobs and CronJobs on a cluster with controllers.

use serde_json::{Value, json};

use crate::api::text;
use crate::controllers_stage::{Stage, condition};

fn job(name: &str, spec: Value) -> Value {
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec});
    job["spec"]["template"]["spec"] = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]});
    job
}

const FAILING: &str = "kuberewind.dev/exit-code";

#[tokio::test]
async fn a_job_of_five_runs_two_pods_at_a_time_and_completes() {
    let mut stage = Stage::new();
    stage.put(job("sum", json!({"completions": 5, "parallelism": 2})));
    let mut most = 0;
    for _ in 0..10 {
        let running = stage.pods().await.iter().filter(|pod| !matches!(text(pod, "/status/phase").as_str(), "Succeeded")).count();
        most = most.max(running);
        stage.pass(1);
    }
    assert_eq!(most, 2);
    let sum = stage.get("batch", "jobs", "sum");
    let mut status = sum["status"].clone();
    for times in ["startTime", "completionTime", "conditions"] {
        assert!(!status[times].is_null(), "{times}: {sum}");
        status.as_object_mut().unwrap().remove(times);
    }
    assert_eq!(status, json!({"ready": 0, "succeeded": 5, "terminating": 0, "uncountedTerminatedPods": {}}));
    let kinds: Vec<_> =
        sum["status"]["conditions"].as_array().unwrap().iter().map(|one| (text(one, "/type"), text(one, "/reason"))).collect();
    let pair = |kind: &str| (kind.to_owned(), "CompletionsReached".to_owned());
    assert_eq!(kinds, [pair("SuccessCriteriaMet"), pair("Complete")]);
    assert!(stage.pods().await.iter().all(|pod| pod["metadata"].get("finalizers").is_none()), "all pods are counted");
    assert_eq!(stage.events("Job").await.last().unwrap(), "Completed: Job completed");
}

#[tokio::test]
async fn a_job_whose_pods_fail_gives_up_at_its_limit() {
    let mut stage = Stage::new();
    let mut failing = job("bad", json!({"backoffLimit": 2}));
    failing["spec"]["template"]["metadata"] = json!({"annotations": {FAILING: "1"}});
    stage.put(failing);
    stage.pass(5);
    assert_eq!(stage.get("batch", "jobs", "bad")["status"]["failed"], 1, "the second pod waits 10 s");
    stage.pass(120);
    let bad = stage.get("batch", "jobs", "bad");
    assert_eq!(bad["status"]["failed"], 3);
    assert_eq!(condition(&bad, "Failed")["reason"], "BackoffLimitExceeded");
    assert_eq!(condition(&bad, "Failed")["message"], "Job has reached the specified backoff limit");
    assert_eq!(stage.pods().await.len(), 3);
}

#[tokio::test]
async fn an_indexed_job_gives_each_pod_its_index() {
    let mut stage = Stage::new();
    stage.put(job("grid", json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"})));
    let mut names: Vec<_> = stage.pods().await.iter().map(|pod| text(pod, "/spec/hostname")).collect();
    names.sort();
    assert_eq!(names, ["grid-0", "grid-1", "grid-2"]);
    stage.pass(5);
    let grid = stage.get("batch", "jobs", "grid");
    assert_eq!((&grid["status"]["completedIndexes"], &grid["status"]["succeeded"]), (&json!("0-2"), &json!(3)));
    assert_eq!(condition(&grid, "Complete")["status"], "True");
}

#[tokio::test]
async fn deadlines_suspension_and_time_to_live() {
    let mut stage = Stage::new();
    let mut slow = job("slow", json!({"activeDeadlineSeconds": 20, "ttlSecondsAfterFinished": 60}));
    slow["spec"]["template"]["metadata"] = json!({"annotations": {"kuberewind.dev/run-seconds": "3600"}});
    stage.put(slow);
    stage.pass(10);
    assert_eq!(stage.get("batch", "jobs", "slow")["status"]["active"], 1);
    let path = "/apis/batch/v1/namespaces/default/jobs/slow";
    stage.merge(path, json!({"spec": {"suspend": true}})).await;
    assert!(stage.pods().await.is_empty(), "a suspended Job has no pods");
    stage.pass(100);
    assert_eq!(condition(&stage.get("batch", "jobs", "slow"), "Suspended")["status"], "True");
    stage.merge(path, json!({"spec": {"suspend": false}})).await;
    stage.pass(21);
    assert_eq!(condition(&stage.get("batch", "jobs", "slow"), "Failed")["reason"], "DeadlineExceeded");
    stage.pass(61);
    assert!(stage.cluster().get("batch", "jobs", "default", "slow").is_none(), "its time to live has passed");
    assert!(stage.pods().await.is_empty());
}

#[tokio::test]
async fn deleting_a_running_job_deletes_its_pods() {
    let mut stage = Stage::new();
    stage.put(job("sum", json!({"completions": 5, "parallelism": 5})));
    assert_eq!(stage.pods().await.len(), 5);
    stage.delete("/apis/batch/v1/namespaces/default/jobs/sum", json!({"propagationPolicy": "Background"})).await;
    assert!(stage.pods().await.is_empty(), "no finalizer holds them");
}

fn cron(policy: &str, seconds: u64) -> Value {
    let mut template = job("", json!({}));
    template["spec"]["template"]["metadata"] = json!({"annotations": {"kuberewind.dev/run-seconds": seconds.to_string()}});
    json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
        "spec": {"schedule": "*/10 * * * *", "concurrencyPolicy": policy, "jobTemplate": {"spec": template["spec"]}}})
}

async fn jobs(stage: &Stage) -> Vec<String> {
    let jobs = stage.list("/apis/batch/v1/namespaces/default/jobs").await;
    jobs.iter().map(|job| text(job, "/metadata/annotations/batch.kubernetes.io~1cronjob-scheduled-timestamp")).collect()
}

#[tokio::test]
async fn a_cron_job_runs_for_hours_and_keeps_its_last_three_jobs() {
    let mut stage = Stage::new();
    stage.put(cron("Allow", 5));
    let start = stage.now();
    stage.pass(3 * 3600);
    let tick = stage.get("batch", "cronjobs", "tick");
    let created = stage.events("CronJob").await.iter().filter(|event| event.starts_with("SuccessfulCreate")).count();
    assert_eq!(created, 18, "each 10 minutes for 3 hours from {}", start.rfc3339(0));
    assert_eq!(stage.list("/apis/batch/v1/namespaces/default/jobs").await.len(), 3);
    assert!(tick["status"].get("active").is_none());
    let last = jobs(&stage).await.pop().unwrap();
    assert_eq!(text(&tick, "/status/lastScheduleTime"), last);
    assert!(text(&tick, "/status/lastSuccessfulTime") > last);
    assert_eq!(stage.pods().await.len(), 3, "deleted Jobs take their pods along");
}

#[tokio::test]
async fn concurrency_policies() {
    for (policy, running) in [("Allow", 3), ("Forbid", 1), ("Replace", 1)] {
        let mut stage = Stage::new();
        stage.put(cron(policy, 3600));
        stage.pass(10);
        // To the first tick and two more.
        stage.pass(29 * 60);
        let tick = stage.get("batch", "cronjobs", "tick");
        assert_eq!(tick["status"]["active"].as_array().unwrap().len(), running, "{policy}");
        assert_eq!(jobs(&stage).await.len(), running, "{policy}");
    }
}

#[tokio::test]
async fn a_suspended_cron_job_does_nothing_and_a_bad_schedule_is_refused() {
    let mut stage = Stage::new();
    let mut off = cron("Allow", 1);
    off["spec"]["suspend"] = json!(true);
    stage.put(off);
    let mut bad = cron("Allow", 1);
    bad["metadata"]["name"] = json!("bad");
    bad["spec"]["schedule"] = json!("61 * * * *");
    let refused = stage.cluster().put(bad).unwrap_err();
    assert!(refused.chain().contains("spec.schedule: Invalid value: \"61 * * * *\""), "{}", refused.chain());
    stage.pass(3600);
    assert!(stage.list("/apis/batch/v1/namespaces/default/jobs").await.is_empty());
}
