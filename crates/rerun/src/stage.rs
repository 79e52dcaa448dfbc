//! The cluster of a rerun: the world of the moment, the operator's way to it, and the changes of the others.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use kube::Client;
use serde_json::Value;
use tokio::sync::Mutex;

use super::activity::ActivityLog;
use super::edits;
use super::observed::ObservedService;
use super::plan::{Plan, PlannedChange, is_bookkeeping};
use super::replay::{Ending, Replay, Step};
use super::world::{RedactedValue, StartWorld};
use kuberewind_cluster::{Cluster, ClusterOptions, Fidelity};
use kuberewind_model::{BodyId, Clock, Error, ErrorKind, History, Result};

/// Attempts at a change that meets a write of the operator.
const ATTEMPTS: usize = 4;
/// How often changes of the cluster's own controllers are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Makes the client through which an actor's changes are made again, and recorded under its name.
pub type NewClient<'a> = &'a dyn Fn(&str) -> Client;

/// The cluster of a rerun.
pub struct Stage {
    cluster: Cluster,
    log: ActivityLog,
    clock: Arc<dyn Clock>,
    redacted: Arc<[RedactedValue]>,
    writing: Arc<Mutex<()>>,
    /// Uids of the recording and those that the cluster gave to the same objects.
    uids: HashMap<String, String>,
    /// The uids of the cluster's objects that can be owners.
    owners: HashSet<String>,
    /// The changes that the server refused, with its words.
    pub refused: Vec<String>,
}

impl Stage {
    /// Puts a world into a new cluster. `fidelity` is that of the recorded server: a write that also fills in defaults is not the write
    /// that was recorded.
    #[must_use]
    pub fn new(world: StartWorld, clock: Arc<dyn Clock>, seed: u64, fidelity: Fidelity) -> (Stage, Vec<String>) {
        let cluster = Cluster::new(ClusterOptions { fidelity, ..ClusterOptions::new(clock.clone(), seed) });
        let StartWorld { objects, highest, redacted, mut remarks } = world;
        let owners = objects.iter().filter_map(|object| object["metadata"]["uid"].as_str().map(str::to_owned)).collect();
        for object in cluster.restore(objects, highest) {
            remarks.push(format!("{} {} is not served: its kind is not known", object["kind"], object["metadata"]["name"]));
        }
        let stage = Stage {
            log: ActivityLog::new(clock.clone()),
            cluster,
            clock,
            redacted: redacted.into(),
            writing: Arc::default(),
            uids: HashMap::new(),
            owners,
            refused: Vec::new(),
        };
        (stage, remarks)
    }

    /// The service for the operator.
    #[must_use]
    pub fn service(&self) -> ObservedService {
        ObservedService::new(&self.cluster, self.log.clone(), self.redacted.clone(), self.writing.clone())
    }

    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The redacted values that the operator has read, as sentences.
    #[must_use]
    pub fn redacted_reads(&self) -> BTreeSet<String> {
        self.log.redacted()
    }

    /// Makes the changes of a plan, each when the replay says so, until the replay ends.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub async fn drive(
        &mut self,
        history: &dyn History,
        plan: &Plan,
        replay: &mut Replay,
        client: NewClient<'_>,
    ) -> Result<Ending> {
        let mut seen = self.cluster.revision();
        loop {
            for (object, change) in self.log.take_writes() {
                replay.wrote(&object, change);
            }
            seen = self.note_events(seen);
            let now = self.clock.now();
            match replay.next(now, self.log.now()) {
                Step::End(ending) => return Ok(ending),
                Step::Apply(index) => {
                    let Some(change) = plan.changes.get(index) else { return Ok(Ending::Settled) };
                    let is_conflict = self.apply(history, change, client).await?;
                    replay.applied(index, is_conflict);
                    self.log.event();
                }
                Step::Wait(until) => {
                    let pause = Duration::from_nanos(until.since(now).0).min(LOOK_EVERY).max(Duration::from_millis(1));
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.log.changed() => {}
                    }
                }
            }
        }
    }

    /// Notes that the operator gets an event for each change of the cluster.
    fn note_events(&self, seen: u64) -> u64 {
        let now = self.cluster.revision();
        let changes = if now > seen { self.cluster.changes_after(seen) } else { Some(Vec::new()) };
        // A log that does not reach back has many changes.
        if changes.is_none_or(|changes| changes.iter().any(|change| !is_bookkeeping(change.group(), change.plural()))) {
            self.log.event();
        }
        now
    }

    /// Makes a change again. Returns true if it conflicts with what is there.
    async fn apply(&mut self, history: &dyn History, change: &PlannedChange, client: NewClient<'_>) -> Result<bool> {
        let writing = self.writing.clone().lock_owned().await;
        let client = client(&change.actor);
        let before = self.content(history, change.before)?;
        let after = self.content(history, change.after)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.attempt(change, before.as_ref(), after.as_ref(), &client).await {
                Ok(is_conflict) => return Ok(is_conflict),
                Err(kube::Error::Api(refused)) if refused.code == 409 && refused.reason == "Conflict" => {
                    last = Some(refused.message);
                }
                Err(error) => {
                    last = Some(error.to_string());
                    break;
                }
            }
        }
        drop(writing);
        let why = last.unwrap_or_default();
        self.refused.push(format!("{} of {} was refused: {why}", change.seq, change.object));
        Ok(true)
    }

    fn content(&self, history: &dyn History, body: Option<BodyId>) -> Result<Option<Value>> {
        let Some(text) = body.map(|body| history.body(body)).transpose()?.flatten() else { return Ok(None) };
        let mut content: Value = serde_json::from_str(&text)
            .map_err(|error| Error::new(ErrorKind::Damaged, "an object of the recording is not JSON").because(error))?;
        for owner in content["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
            if let Some(uid) = owner["uid"].as_str().and_then(|uid| self.uids.get(uid)) {
                owner["uid"] = uid.as_str().into();
            }
        }
        Ok(Some(content))
    }

    async fn attempt(
        &mut self,
        change: &PlannedChange,
        before: Option<&Value>,
        after: Option<&Value>,
        client: &Client,
    ) -> kube::Result<bool> {
        let Some(shape) = after.or(before) else { return Ok(false) };
        let api_version = shape["apiVersion"].as_str().unwrap_or("v1");
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        let current = self.cluster.get(group, &change.resource, &change.namespace, &change.name);
        let path = Path { api_version, change };
        let is_marked = |object: Option<&Value>| object.is_some_and(|object| object["metadata"]["deletionTimestamp"].is_string());
        match (current, after) {
            (None, None) => Ok(false),
            (Some(_), None) => path.delete(client).await.map(|()| false),
            (Some(current), Some(after)) if is_marked(Some(after)) && !is_marked(before) && !is_marked(Some(&current)) => {
                path.delete(client).await.map(|()| false)
            }
            (Some(current), Some(after)) => {
                let none = Value::Object(serde_json::Map::new());
                let edited = edits::apply(&current, before.unwrap_or(&none), after);
                path.replace(client, &current, edited.object).await?;
                Ok(edited.is_conflict)
            }
            (None, Some(_)) if before.is_some() => Ok(true),
            (None, Some(after)) => self.create(&path, after, client).await.map(|()| false),
        }
    }

    async fn create(&mut self, path: &Path<'_>, after: &Value, client: &Client) -> kube::Result<()> {
        let references = after["metadata"]["ownerReferences"].as_array();
        let has_owners =
            references.into_iter().flatten().all(|owner| owner["uid"].as_str().is_some_and(|uid| self.owners.contains(uid)));
        let uid = after["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        if !has_owners {
            // The garbage collector would delete what has an owner that the recording does not know.
            drop(self.cluster.restore(vec![after.clone()], 0));
            self.owners.insert(uid);
            return Ok(());
        }
        let made = path.create(client, after).await?;
        if let Some(new) = made["metadata"]["uid"].as_str() {
            self.owners.insert(new.to_owned());
            self.uids.insert(uid, new.to_owned());
        }
        Ok(())
    }
}

/// The URL of an object.
struct Path<'a> {
    api_version: &'a str,
    change: &'a PlannedChange,
}

impl Path<'_> {
    fn url(&self, end: &str) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        let namespace = match &*self.change.namespace {
            "" => String::new(),
            namespace => format!("/namespaces/{namespace}"),
        };
        let manager = percent_encoding::utf8_percent_encode(&self.change.manager, percent_encoding::NON_ALPHANUMERIC);
        format!("/{root}/{}{namespace}/{}{end}?fieldManager={manager}", self.api_version, self.change.resource)
    }

    async fn send(&self, client: &Client, method: &str, end: &str, body: Option<&Value>) -> kube::Result<Value> {
        let body = body.map(Value::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder().method(method).uri(self.url(end)).header("content-type", "application/json").body(body);
        client.request(request.map_err(kube::Error::HttpError)?).await
    }

    async fn delete(&self, client: &Client) -> kube::Result<()> {
        self.send(client, "DELETE", &format!("/{}", self.change.name), None).await.map(drop)
    }

    async fn create(&self, client: &Client, object: &Value) -> kube::Result<Value> {
        let mut object = object.clone();
        let status = object.as_object_mut().and_then(|map| map.shift_remove("status"));
        if let Some(metadata) = object["metadata"].as_object_mut() {
            for name in ["resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink"] {
                metadata.shift_remove(name);
            }
        }
        let made = self.send(client, "POST", "", Some(&object)).await?;
        if let Some(status) = status.filter(|status| made.get("status") != Some(status)) {
            let mut next = made.clone();
            next["status"] = status;
            self.put_status(client, &next).await?;
        }
        Ok(made)
    }

    /// Replaces the object and its status, each if it changed.
    async fn replace(&self, client: &Client, current: &Value, mut object: Value) -> kube::Result<()> {
        let mut current = current.clone();
        let status = |object: &mut Value| object.as_object_mut().and_then(|map| map.shift_remove("status"));
        let (was, is) = (status(&mut current), status(&mut object));
        let mut made = None;
        if current != object {
            let mut whole = object.clone();
            if let Some(is) = &is {
                whole["status"] = is.clone();
            }
            made = Some(self.send(client, "PUT", &format!("/{}", self.change.name), Some(&whole)).await?);
        }
        if was == is || made.as_ref().is_some_and(|made| made.get("status") == is.as_ref()) {
            return Ok(());
        }
        let mut next = made.unwrap_or(object);
        match is {
            Some(is) => next["status"] = is,
            None => drop(status(&mut next)),
        }
        self.put_status(client, &next).await
    }

    /// Replaces the status. A kind without that subresource has taken it with the object.
    async fn put_status(&self, client: &Client, object: &Value) -> kube::Result<()> {
        match self.send(client, "PUT", &format!("/{}/status", self.change.name), Some(object)).await {
            Err(kube::Error::Api(refused)) if refused.code == 404 => Ok(()),
            sent => sent.map(drop),
        }
    }
}
