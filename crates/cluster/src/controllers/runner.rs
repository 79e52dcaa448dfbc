//! Runs the controllers over a cluster.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::controller::{Context, Controller};
use super::event::{Event, Recorded};
use super::kind::{EVENTS, NODES};
use super::kubelet::{Kubelet, Timing, node};
use super::objects::Objects;
use super::plan::{Plan, Write};
use super::queue::{Item, Queue};
use super::store::{Change, Store};
use crate::cluster_handle::Cluster;
use kuberewind_model::{Duration, Timestamp};

/// The most reconciles of one [`Controllers::settle`]. Two writers that undo each other's writes never come to rest.
const STEPS: u64 = 1_000_000;

/// The reconciles between two looks at other tasks.
const TURN: u64 = 64;

/// The version in the user agents.
const VERSION: &str = "v1.35.4";

/// The controllers of a cluster, with their queue.
///
/// They run on one thread, in an order that depends only on the changes and the clock, so two runs with the same seed are equal.
/// [`Controllers::run`] follows a cluster; [`Controllers::settle`] does what is due now and returns, for tests that set the clock.
///
/// ```
/// # use std::sync::Arc;
/// # use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
/// # use kuberewind_cluster::controllers::Controllers;
/// # use kuberewind_model::{Duration, ManualClock, Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = ManualClock::at(Timestamp(0));
/// let options = ClusterOptions { fidelity: Fidelity::Real, ..ClusterOptions::new(Arc::new(clock.clone()), 1) };
/// let cluster = Cluster::new(options);
/// let mut controllers = Controllers::new(&cluster);
/// cluster.put(serde_json::json!({
///     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
///     "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
///         "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}},
/// }))?;
/// controllers.settle();
/// clock.advance(Duration::from_millis(1000)); // the containers start
/// controllers.settle();
/// let web = cluster.get("apps", "deployments", "default", "web").ok_or("gone")?;
/// assert_eq!(web["status"]["readyReplicas"], 3);
/// # Ok(()) }
/// ```
pub struct Controllers {
    store: Store,
    controllers: Vec<Box<dyn Controller>>,
    queue: Queue,
    /// The last revision whose changes are queued; `None` before the start.
    position: Option<u64>,
    /// Why the last plan for an item was refused.
    refusals: BTreeMap<Item, String>,
    /// The number of events written.
    events: u64,
    recorded: Recorded,
}

impl Controllers {
    /// All controllers, with a kubelet that starts containers within a second. If the cluster has no node, `worker-1` joins it.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Controllers {
        Controllers::with_timing(cluster, Timing::default())
    }

    /// All controllers, with a kubelet whose containers take this long.
    #[must_use]
    pub fn with_timing(cluster: &Cluster, timing: Timing) -> Controllers {
        let mut controllers = Controllers {
            store: Store::new(cluster),
            controllers: super::all(timing),
            queue: Queue::default(),
            position: None,
            refusals: BTreeMap::new(),
            events: 0,
            recorded: Recorded::default(),
        };
        controllers.join();
        controllers
    }

    /// Adds a node to a cluster without nodes.
    fn join(&mut self) {
        if !self.store.objects().list(NODES, "").is_empty() {
            return;
        }
        let object = node::node(&self.store.now().rfc3339(0));
        let agent = agent(&Kubelet::default());
        let created = self.store.send(Write::Create { kind: NODES, object: object.clone() }.request(), &agent);
        let joined = created.and_then(|mut created| {
            created["status"] = object["status"].clone();
            let before = std::sync::Arc::new(Value::Null);
            self.store.send(Write::Replace { kind: NODES, subresource: "status", before, object: created }.request(), &agent)
        });
        if let Err(message) = joined {
            tracing::warn!(message, "the node could not join the cluster");
        }
    }

    /// Reconciles until nothing is due at the present time. Returns the number of writes.
    ///
    /// It gives up after 1,000,000 reconciles, because two writers may undo each other's writes for ever.
    pub fn settle(&mut self) -> u64 {
        let before = self.store.revision();
        for _ in 0..STEPS {
            if !self.step() {
                break;
            }
        }
        self.store.revision().saturating_sub(before)
    }

    /// When something is due without any change, for example the start of a container or of a CronJob.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queue.next()
    }

    /// Follows the cluster for ever. Run it on a tokio runtime, beside the server; under tokio's paused clock it needs no time.
    pub async fn run(mut self) {
        loop {
            let mut turn = 0;
            while turn < TURN && self.step() {
                turn += 1;
            }
            if turn == TURN {
                tokio::task::yield_now().await;
                continue;
            }
            let position = self.position.unwrap_or_default();
            let changed = self.store.changed(position);
            match self.next_due() {
                Some(due) => {
                    let wait = std::time::Duration::from_nanos(due.since(self.store.now()).0);
                    // Clocks that are set by hand do not move while this sleeps: look again at least once a second.
                    let wait = wait.clamp(std::time::Duration::from_millis(1), std::time::Duration::from_secs(1));
                    tokio::select! {
                        biased;
                        () = changed => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// Queues what changed, then reconciles one object. Returns false if nothing is due.
    fn step(&mut self) -> bool {
        let now = self.store.now();
        self.follow(now);
        let Some(item) = self.queue.take(now) else { return false };
        self.reconcile(&item, now);
        true
    }

    /// Queues the objects that the changes since the last call concern.
    fn follow(&mut self, now: Timestamp) {
        let (position, changes) = self.store.changes_after(self.position);
        self.position = Some(position);
        if changes.is_empty() {
            return;
        }
        let objects = self.store.objects();
        for Change { kind, object, before, gone } in changes {
            for (number, controller) in self.controllers.iter_mut().enumerate() {
                if gone && kind == controller.kind() {
                    controller.forget(&object);
                    self.refusals.remove(&(number, super::controller::key_of(&object)));
                }
                let earlier = before.iter().filter(|_| !gone).flat_map(|before| controller.concerned(&objects, kind, before));
                let keys: Vec<_> = controller.concerned(&objects, kind, &object).into_iter().chain(earlier).collect();
                for key in keys {
                    self.queue.add((number, key), now);
                }
            }
        }
    }

    fn reconcile(&mut self, item: &Item, now: Timestamp) {
        let (number, (namespace, name)) = item;
        let Some(controller) = self.controllers.get_mut(*number) else { return };
        let context = Context { now, refusal: self.refusals.get(item).cloned().unwrap_or_default() };
        let plan = {
            let objects = self.store.objects();
            let Some(object) = objects.get(controller.kind(), namespace, name) else { return };
            controller.reconcile(&objects, &object, &context)
        };
        let sender = Sender { component: controller.name(), agent: agent(&**controller), host: host(&**controller, &plan) };
        let again = plan.again;
        match self.carry_out(plan, &sender, now) {
            Ok(()) => {
                self.refusals.remove(item);
                self.queue.succeeded(item);
                if let Some(at) = again {
                    self.queue.add(item.clone(), at);
                }
            }
            Err(message) => {
                tracing::debug!(controller = sender.component, namespace, name, message, "the server refused a write");
                self.refusals.insert(item.clone(), message);
                self.queue.retry(item.clone(), now);
            }
        }
    }

    /// Sends the writes of a plan up to the first that is refused.
    fn carry_out(&mut self, plan: Plan, sender: &Sender, now: Timestamp) -> Result<(), String> {
        for step in plan.steps {
            let made = match step.write {
                Some(write) => self.store.send(write.request(), &sender.agent)?,
                None => Value::Null,
            };
            if let Some(mut event) = step.event {
                event.message = event.message.replacen("{}", crate::meta::text(&made, "name"), 1);
                self.record(&event, sender, now);
            }
        }
        Ok(())
    }

    /// Writes an event, or counts it if it was written before. A refused event is lost, as in a real cluster.
    fn record(&mut self, event: &Event, sender: &Sender, now: Timestamp) {
        let known = self.recorded.name(event, sender.component).map(str::to_owned);
        let known = known.and_then(|name| self.store.objects().get(EVENTS, event.namespace(), &name));
        let write = match known {
            Some(before) => {
                let mut object = (*before).clone();
                object["count"] = json!(super::value::count(&before, "/count").saturating_add(1));
                object["lastTimestamp"] = json!(now.rfc3339(0));
                Write::Replace { kind: EVENTS, subresource: "", before, object }
            }
            None => {
                self.events = self.events.saturating_add(1);
                let object = event.to_object(sender.component, &sender.host, now, self.events);
                self.recorded.add(event, sender.component, crate::meta::text(&object, "name"));
                Write::Create { kind: EVENTS, object }
            }
        };
        if let Err(message) = self.store.send(write.request(), &sender.agent) {
            tracing::debug!(message, "an event could not be written");
        }
    }

    /// The time until something is due, for callers that move a clock by hand; `None` if nothing is.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        self.next_due().map(|due| due.since(self.store.now()))
    }
}

/// Who writes.
struct Sender {
    component: &'static str,
    agent: String,
    host: String,
}

/// The user agent of a controller's requests. The server reads the field manager from its first word.
fn agent(controller: &dyn Controller) -> String {
    let program = controller.program().name();
    match controller.program() {
        super::Program::ControllerManager => {
            format!(
                "{program}/{VERSION} (linux/amd64) kubernetes/kuberewind/system:serviceaccount:kube-system:{}",
                controller.name()
            )
        }
        super::Program::Scheduler => format!("{program}/{VERSION} (linux/amd64) kubernetes/kuberewind/scheduler"),
        super::Program::Kubelet => format!("{program}/{VERSION} (linux/amd64) kubernetes/kuberewind"),
    }
}

/// The node of a kubelet's plan, '' for other programs.
fn host(controller: &dyn Controller, plan: &Plan) -> String {
    if controller.program() != super::Program::Kubelet {
        return String::new();
    }
    let about = plan.steps.iter().find_map(|step| step.event.as_ref().map(|event| event.about.clone()));
    about.map(|pod| super::value::text(&pod, "/spec/nodeName").to_owned()).unwrap_or_default()
}
