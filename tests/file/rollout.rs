//! A rollout of many Deployments, as kube-controller-manager sees it: the tests and `benches/file` check with it that many
//! objects of few versions cost little.
//!
//! The bodies have the fields, the sizes and the random parts (uids, hashes, addresses) of a real API server's. Uids and hashes
//! come from a counter, so two runs are equal.

use std::sync::Arc;

use kuberewind_model::{
    Detail, Duration, Event, KindRef, NewOperation, Observation, ObservationKind, Observations, Seq, Shape, Target, Text,
    Timestamp, Verb,
};

const START: i64 = 1_770_200_000_000_000_000;
const DEPLOYMENT: &str = "kube-controller-manager/deployment-controller";
const REPLICASET: &str = "kube-controller-manager/replicaset-controller";
const PODS: u64 = 3;
/// The second manager of an object, as the API server lists it.
const OTHER_FIELDS: &str = r#"{"manager":"kubectl-create","operation":"Update","apiVersion":"apps/v1","time":"2026-02-04T10:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:progressDeadlineSeconds":{},"f:replicas":{},"f:revisionHistoryLimit":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{},"f:maxUnavailable":{}},"f:type":{}},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"nginx\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}}}}"#;

/// The events of a rollout, and the bytes of their bodies.
#[derive(Default)]
pub struct Rollout {
    events: Vec<Event>,
    number: u64,
    /// The bytes of the bodies of all operations.
    pub delivered: u64,
    /// The bytes of the bodies, each counted once for a write and the watch events that deliver it.
    pub distinct: u64,
}

/// An object of the rollout.
struct Thing {
    kind: (&'static str, &'static str, &'static str),
    name: String,
    uid: String,
    labels: String,
    owner: String,
}

/// A body's parts that change from version to version.
struct State<'a> {
    generation: u64,
    /// Fields of `metadata` besides the usual ones.
    metadata: &'a str,
    fields: &'a str,
    spec: &'a str,
    status: &'a str,
}

impl Rollout {
    /// Takes the events made so far.
    pub fn take(&mut self) -> std::vec::Drain<'_, Event> {
        self.events.drain(..)
    }

    /// Creates Deployment number `n` and rolls it out twice.
    pub fn deployment(&mut self, n: u64) {
        let name = format!("app-{n:04}");
        let labels = format!(r#"{{"app":"{name}"}}"#);
        let deployment =
            Thing { kind: ("apps/v1", "Deployment", "deployments"), name, uid: uid(n, 0), labels, owner: String::new() };
        self.show(DEPLOYMENT, Verb::Added, &deployment, &deployment_state(1, "v1", 0, 0));
        let mut old: Option<(Thing, Vec<Thing>)> = None;
        for revision in 1..=2 {
            let image = format!("v{revision}");
            if revision == 2 {
                self.show(DEPLOYMENT, Verb::Modified, &deployment, &deployment_state(2, &image, PODS, 1));
            }
            let set = self.replica_set(n, revision, &deployment);
            let mut pods = Vec::new();
            for pod in 0..PODS {
                self.event(&set, pod, "SuccessfulCreate", REPLICASET);
                pods.push(self.pod(n, revision * 10 + pod, &set, &image));
                self.write(REPLICASET, Verb::Update, &set, &set_state(&deployment, &image, PODS, pod + 1));
                self.write(DEPLOYMENT, Verb::Update, &deployment, &deployment_state(revision, &image, pod + 1, revision));
                let Some((old, pods)) = &mut old else { continue };
                if let Some(pod) = pods.pop() {
                    self.delete_pod(&pod, old);
                }
                self.write(REPLICASET, Verb::Update, old, &set_state(&deployment, "v1", PODS - 1 - pod, PODS - 1 - pod));
            }
            old = Some((set, pods));
        }
    }

    fn replica_set(&mut self, n: u64, revision: u64, deployment: &Thing) -> Thing {
        let hash = format!("{:010x}", noise(n, 100 + revision) & 0xff_ffff_ffff);
        let name = format!("{}-{hash}", deployment.name);
        let labels = format!(r#"{{"app":"{}","pod-template-hash":"{hash}"}}"#, deployment.name);
        let set = Thing {
            kind: ("apps/v1", "ReplicaSet", "replicasets"),
            uid: uid(n, revision),
            labels,
            owner: owner(deployment),
            name,
        };
        self.create(DEPLOYMENT, &set, &set_state(deployment, &format!("v{revision}"), PODS, 0));
        self.event(deployment, revision, "ScalingReplicaSet", DEPLOYMENT);
        set
    }

    /// Creates a pod, which the scheduler binds and a kubelet starts.
    fn pod(&mut self, n: u64, number: u64, set: &Thing, image: &str) -> Thing {
        let name = format!("{}-{:05x}", set.name, noise(n, 200 + number) & 0xf_ffff);
        let (uid, labels) = (uid(n, 20 + number), set.labels.clone());
        let pod = Thing { kind: ("v1", "Pod", "pods"), uid, labels, owner: owner(set), name };
        self.create(REPLICASET, &pod, &pod_state(n, number, image, 0));
        for step in 1..=3 {
            self.show(REPLICASET, Verb::Modified, &pod, &pod_state(n, number, image, step));
        }
        pod
    }

    fn delete_pod(&mut self, pod: &Thing, set: &Thing) {
        self.event(set, 7, "SuccessfulDelete", REPLICASET);
        let at = self.time();
        let gone = format!(r#""deletionTimestamp":"{at}","deletionGracePeriodSeconds":30,"#);
        let state = pod_state(1, 1, "v1", 3);
        self.write(REPLICASET, Verb::Delete, pod, &State { metadata: &gone, ..state.parts() });
        self.show(REPLICASET, Verb::Deleted, pod, &State { metadata: &gone, ..state.parts() });
    }

    fn event(&mut self, about: &Thing, number: u64, reason: &str, actor: &str) {
        let (at, rv) = (self.time(), self.number + 1_000);
        let name = format!("{}.{:016x}", about.name, noise(rv, number));
        let event = Thing {
            kind: ("v1", "Event", "events"),
            uid: uid(rv, number),
            labels: String::new(),
            owner: String::new(),
            name: name.clone(),
        };
        let component = actor.rsplit('/').next().unwrap_or(actor);
        let body = format!(
            r#"{{"kind":"Event","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"{}","resourceVersion":"{rv}","creationTimestamp":"{at}","managedFields":[{{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"{at}","fieldsType":"FieldsV1","fieldsV1":{{"f:count":{{}},"f:firstTimestamp":{{}},"f:involvedObject":{{}},"f:lastTimestamp":{{}},"f:message":{{}},"f:reason":{{}},"f:reportingComponent":{{}},"f:source":{{"f:component":{{}}}},"f:type":{{}}}}}}]}},"involvedObject":{{"kind":"{}","namespace":"shop","name":"{}","uid":"{}","apiVersion":"{}","resourceVersion":"{}"}},"reason":"{reason}","message":"Scaled up replica set {} from 0 to 1","source":{{"component":"{component}"}},"firstTimestamp":"{at}","lastTimestamp":"{at}","count":1,"type":"Normal","eventTime":null,"reportingComponent":"{component}","reportingInstance":""}}"#,
            event.uid,
            about.kind.1,
            about.name,
            about.uid,
            about.kind.0,
            rv - 1,
            about.name,
        );
        let request = body.replacen(&format!(r#""uid":"{}","resourceVersion":"{rv}","#, event.uid), "", 1);
        self.push(actor, Verb::Create, &event, body, Some(request));
    }

    fn create(&mut self, actor: &str, thing: &Thing, state: &dyn Parts) {
        self.write(actor, Verb::Create, thing, state);
    }

    /// A write, and the watch event that delivers its result.
    fn write(&mut self, actor: &str, verb: Verb, thing: &Thing, state: &dyn Parts) {
        let body = self.body(thing, &state.parts());
        let request = (verb != Verb::Delete).then(|| {
            let parts = state.parts();
            let (spec, status) = (parts.spec, if verb == Verb::Create { "{}" } else { parts.status });
            let (api, kind, _) = thing.kind;
            format!(
                r#"{{"kind":"{kind}","apiVersion":"{api}","metadata":{{"name":"{}","namespace":"shop","labels":{}{}}},"spec":{spec},"status":{status}}}"#,
                thing.name, thing.labels, thing.owner,
            )
        });
        self.push(actor, verb, thing, body.clone(), request);
        if verb != Verb::Delete {
            self.distinct -= body.len() as u64;
            self.push(REPLICASET, if verb == Verb::Create { Verb::Added } else { Verb::Modified }, thing, body, None);
        }
    }

    fn show(&mut self, actor: &str, verb: Verb, thing: &Thing, state: &dyn Parts) {
        let body = self.body(thing, &state.parts());
        self.push(actor, verb, thing, body, None);
    }

    fn time(&self) -> String {
        let seconds = self.number / 40;
        format!("2026-02-04T{:02}:{:02}:{:02}Z", 10 + seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    fn body(&mut self, thing: &Thing, state: &State<'_>) -> String {
        let (at, rv) = (self.time(), self.number + 1_000);
        let (api, kind, _) = thing.kind;
        let State { generation, metadata, fields, spec, status } = state;
        format!(
            r#"{{"kind":"{kind}","apiVersion":"{api}","metadata":{{"name":"{}","namespace":"shop","uid":"{}","resourceVersion":"{rv}","generation":{generation},"creationTimestamp":"2026-02-04T10:00:00Z",{metadata}"labels":{}{},"managedFields":[{{"manager":"kube-controller-manager","operation":"Update","apiVersion":"{api}","time":"{at}","fieldsType":"FieldsV1","fieldsV1":{fields}}},{OTHER_FIELDS}]}},"spec":{spec},"status":{status}}}"#,
            thing.name, thing.uid, thing.labels, thing.owner,
        )
    }

    fn push(&mut self, actor: &str, verb: Verb, thing: &Thing, body: String, request: Option<String>) {
        let requested = request.as_ref().map_or(0, String::len) as u64;
        self.number += 1;
        self.delivered += body.len() as u64 + requested;
        self.distinct += body.len() as u64 + requested;
        let (api, kind_name, resource) = thing.kind;
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let kind = KindRef { group: group.into(), version: version.into(), resource: resource.into() };
        let name: Arc<str> = thing.name.as_str().into();
        let after = |key: &str| body.split_once(key).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned();
        let observation = Observation {
            observation_kind: if verb == Verb::Deleted { ObservationKind::Gone } else { ObservationKind::State },
            kind: kind.clone(),
            kind_name: kind_name.into(),
            api_version: api.into(),
            namespace: "shop".into(),
            name: name.clone(),
            uid: thing.uid.as_str().into(),
            resource_version: after(r#""resourceVersion":""#).into(),
            generation: Some(1),
            shape: Shape::Full,
            created: verb == Verb::Create,
            body: Some(Text { bytes: body.into_bytes().into(), cut: false }),
        };
        let detail = if verb.is_write() { self.detail(resource, &thing.name) } else { Detail::default() };
        self.events.push(Event::Operation(Box::new(NewOperation {
            duration: Duration(if verb.is_write() { 4_200_000 } else { 0 }),
            started_after: Seq(self.number.saturating_sub(1)),
            request: request.map(|text| Text { bytes: text.into_bytes().into(), cut: false }),
            observations: Observations::Object(Box::new(observation)),
            detail,
            ..NewOperation::done(
                Timestamp(START + i64::try_from(self.number).unwrap_or(0) * 2_000_000),
                actor,
                verb,
                Target::object(kind, "shop", name),
            )
        })));
    }

    fn detail(&self, resource: &str, name: &str) -> Detail {
        Detail {
            uri: format!("/apis/apps/v1/namespaces/shop/{resource}/{name}").into(),
            user_agent: "kube-controller-manager/v1.35.4 (linux/amd64) kubernetes/deployment-controller".into(),
            audit_id: uid(self.number, 3).into(),
            ..Detail::default()
        }
    }
}

/// Something that has the parts of a body.
trait Parts {
    fn parts(&self) -> State<'_>;
}

impl Parts for State<'_> {
    fn parts(&self) -> State<'_> {
        State { ..*self }
    }
}

/// The parts of a body, owned.
struct OwnState {
    generation: u64,
    fields: String,
    spec: String,
    status: String,
}

impl Parts for OwnState {
    fn parts(&self) -> State<'_> {
        State { generation: self.generation, metadata: "", fields: &self.fields, spec: &self.spec, status: &self.status }
    }
}

fn deployment_state(generation: u64, image: &str, ready: u64, observed: u64) -> OwnState {
    OwnState {
        generation,
        fields: r#"{"f:metadata":{"f:annotations":{".":{},"f:deployment.kubernetes.io/revision":{}}},"f:status":{"f:availableReplicas":{},"f:conditions":{".":{},"k:{\"type\":\"Available\"}":{".":{},"f:lastTransitionTime":{},"f:lastUpdateTime":{},"f:message":{},"f:reason":{},"f:status":{},"f:type":{}},"k:{\"type\":\"Progressing\"}":{".":{},"f:lastTransitionTime":{},"f:lastUpdateTime":{},"f:message":{},"f:reason":{},"f:status":{},"f:type":{}}},"f:observedGeneration":{},"f:readyReplicas":{},"f:replicas":{},"f:updatedReplicas":{}}}"#.to_owned(),
        spec: format!(r#"{{"replicas":{PODS},"template":{},"strategy":{{"type":"RollingUpdate","rollingUpdate":{{"maxUnavailable":"25%","maxSurge":"25%"}}}},"revisionHistoryLimit":10,"progressDeadlineSeconds":600}}"#, template(image)),
        status: format!(r#"{{"observedGeneration":{observed},"replicas":{PODS},"updatedReplicas":{ready},"readyReplicas":{ready},"availableReplicas":{ready},"conditions":[{{"type":"Available","status":"{}","lastUpdateTime":"2026-02-04T10:00:0{ready}Z","reason":"MinimumReplicasAvailable","message":"Deployment has minimum availability."}},{{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated","message":"ReplicaSet is progressing."}}]}}"#, ready == PODS),
    }
}

fn set_state(deployment: &Thing, image: &str, replicas: u64, ready: u64) -> OwnState {
    OwnState {
        generation: 1,
        fields: format!(
            r#"{{"f:metadata":{{"f:annotations":{{".":{{}},"f:deployment.kubernetes.io/desired-replicas":{{}},"f:deployment.kubernetes.io/max-replicas":{{}},"f:deployment.kubernetes.io/revision":{{}}}},"f:labels":{{".":{{}},"f:app":{{}},"f:pod-template-hash":{{}}}},"f:ownerReferences":{{".":{{}},"k:{{\"uid\":\"{}\"}}":{{}}}}}},"f:spec":{{"f:replicas":{{}},"f:selector":{{}},"f:template":{{"f:spec":{{"f:containers":{{"k:{{\"name\":\"web\"}}":{{".":{{}},"f:image":{{}},"f:imagePullPolicy":{{}},"f:name":{{}},"f:resources":{{}}}}}}}}}}}}}}"#,
            deployment.uid
        ),
        spec: format!(
            r#"{{"replicas":{replicas},"selector":{{"matchLabels":{}}},"template":{}}}"#,
            deployment.labels,
            template(image)
        ),
        status: format!(
            r#"{{"replicas":{replicas},"fullyLabeledReplicas":{replicas},"readyReplicas":{ready},"availableReplicas":{ready},"observedGeneration":1}}"#
        ),
    }
}

/// A pod that is created (0), bound (1), started (2) or ready (3).
fn pod_state(n: u64, number: u64, image: &str, step: u64) -> OwnState {
    let address = format!("10.{}.{}.{}", n % 200, number, noise(n, number) % 250);
    let node = if step == 0 { String::new() } else { format!(r#""nodeName":"node-{}","#, noise(n, number + 5) % 20) };
    let token = format!("kube-api-access-{:05x}", noise(n, 300 + number) & 0xf_ffff);
    let status = match step {
        0 => r#"{"phase":"Pending","qosClass":"BestEffort"}"#.to_owned(),
        1 => r#"{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-02-04T10:00:01Z"}],"qosClass":"BestEffort"}"#.to_owned(),
        _ => format!(r#"{{"phase":"Running","conditions":[{{"type":"Initialized","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-02-04T10:00:02Z"}},{{"type":"Ready","status":"{}","lastProbeTime":null,"lastTransitionTime":"2026-02-04T10:00:03Z"}},{{"type":"PodScheduled","status":"True","lastProbeTime":null,"lastTransitionTime":"2026-02-04T10:00:01Z"}}],"podIP":"{address}","podIPs":[{{"ip":"{address}"}}],"startTime":"2026-02-04T10:00:02Z","containerStatuses":[{{"name":"web","state":{{"running":{{"startedAt":"2026-02-04T10:00:03Z"}}}},"lastState":{{}},"ready":{},"restartCount":0,"image":"shop/web:{image}","imageID":""}}],"qosClass":"BestEffort"}}"#, step == 3, step == 3),
    };
    OwnState {
        generation: 1,
        fields: r#"{"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app":{},"f:pod-template-hash":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}"#.to_owned(),
        spec: format!(r#"{{"volumes":[{{"name":"{token}","projected":{{"sources":[{{"serviceAccountToken":{{"expirationSeconds":3607,"path":"token"}}}},{{"configMap":{{"name":"kube-root-ca.crt","items":[{{"key":"ca.crt","path":"ca.crt"}}]}}}}],"defaultMode":420}}}}],"containers":[{{"name":"web","image":"shop/web:{image}","resources":{{}},"volumeMounts":[{{"name":"{token}","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default",{node}"securityContext":{{}},"schedulerName":"default-scheduler","tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}],"priority":0,"enableServiceLinks":true}}"#),
        status,
    }
}

fn template(image: &str) -> String {
    format!(
        r#"{{"metadata":{{"labels":{{"tier":"web"}}}},"spec":{{"containers":[{{"name":"web","image":"shop/web:{image}","resources":{{}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{{}},"schedulerName":"default-scheduler"}}}}"#
    )
}

fn owner(of: &Thing) -> String {
    format!(
        r#","ownerReferences":[{{"apiVersion":"{}","kind":"{}","name":"{}","uid":"{}","controller":true,"blockOwnerDeletion":true}}]"#,
        of.kind.0, of.kind.1, of.name, of.uid
    )
}

fn uid(n: u64, number: u64) -> String {
    let (high, low) = (noise(n, number * 2 + 1_000), noise(n, number * 2 + 1_001));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// Numbers that look random (splitmix64).
pub fn noise(n: u64, number: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number.wrapping_mul(0xd1b5_4a32_d192_ed03));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
