//! A process with controllers, as it looks from outside: random calls and deliveries with known truth.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};

use bytes::Bytes;
use kuberewind_model::{
    Duration, Event, KindRef, LogStream, NewLogLine, NewOperation, Observation, ObservationKind, Observations, Seq, Shape,
    Target, Text, Timestamp, Verb,
};
use serde_json::json;

use super::profiles::{Key, Kind, POD, Profile, SECRET};

#[derive(Clone)]
struct State {
    uid: String,
    version: u64,
    owner: Option<Key>,
    generation: u64,
    /// What its controller has written into its status.
    observed: (u64, usize),
    ready: bool,
    writes: u64,
}

#[derive(Clone, Debug)]
struct Call {
    verb: Verb,
    key: Key,
    subresource: &'static str,
    owner: Option<Key>,
    ready: usize,
}

enum Action {
    Create(Key),
    Ready(Key),
    Deliver(Key, State, Verb),
    Enqueue(usize, Key),
    Timer(usize, Key),
    Start(usize),
    Done { worker: usize, call: Call, began: i64 },
}

struct Running {
    controller: usize,
    key: Key,
    left: VecDeque<Call>,
    run: u64,
}

/// A work queue as client-go has it: no key is worked on twice at the same time.
#[derive(Default)]
struct Queue {
    order: VecDeque<Key>,
    dirty: BTreeSet<Key>,
    processing: BTreeSet<Key>,
}

impl Queue {
    fn add(&mut self, key: Key) {
        if self.dirty.insert(key.clone()) && !self.processing.contains(&key) {
            self.order.push_back(key);
        }
    }

    fn take(&mut self) -> Option<Key> {
        let key = self.order.pop_front()?;
        self.dirty.remove(&key);
        self.processing.insert(key.clone());
        Some(key)
    }

    fn done(&mut self, key: &Key) {
        self.processing.remove(key);
        if self.dirty.contains(key) {
            self.order.push_back(key.clone());
        }
    }
}

/// The truth about a call: the controller, its object and the run.
pub(super) type Truth = (&'static str, Key, u64);

/// The events of a run, with the truth about each call.
pub(super) struct Recorded {
    pub(super) events: Vec<(Event, Option<Truth>)>,
}

pub(super) struct Simulation {
    profile: Profile,
    random: u64,
    now: i64,
    next: u64,
    waiting: BinaryHeap<Reverse<(i64, u64, usize)>>,
    actions: Vec<Option<Action>>,
    objects: BTreeMap<Key, State>,
    /// What the process has in its cache.
    cache: BTreeMap<Key, State>,
    queues: Vec<Queue>,
    workers: HashMap<usize, Running>,
    timers: BTreeSet<(usize, Key)>,
    events: Vec<(Event, Option<Truth>)>,
}

fn kind_ref(kind: Kind) -> KindRef {
    KindRef { group: kind.0.into(), version: "v1".into(), resource: kind.1.into() }
}

impl Simulation {
    pub(super) fn run(profile: Profile) -> Recorded {
        let queues = profile.controllers.iter().map(|_| Queue::default()).collect();
        let mut simulation = Simulation {
            random: profile.seed,
            profile,
            now: 1_000_000_000_000,
            next: 0,
            waiting: BinaryHeap::new(),
            actions: Vec::new(),
            objects: BTreeMap::new(),
            cache: BTreeMap::new(),
            queues,
            workers: HashMap::new(),
            timers: BTreeSet::new(),
            events: Vec::new(),
        };
        simulation.begin();
        let mut steps = 0;
        while let Some(Reverse((at, _, action))) = simulation.waiting.pop() {
            steps += 1;
            if steps > 400_000 || at > 1_000_000_000_000 + 120_000_000_000 {
                break;
            }
            simulation.now = at;
            if let Some(action) = simulation.actions[action].take() {
                simulation.act(action);
            }
        }
        Recorded { events: simulation.events }
    }

    /// xorshift: the same run for the same seed.
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below.max(1)
    }

    fn micros(&mut self, from: u64, to: u64) -> i64 {
        i64::try_from((from + self.random(to - from)) * 1_000).expect("fits")
    }

    fn after(&mut self, nanos: i64, action: Action) {
        self.next += 1;
        self.actions.push(Some(action));
        self.waiting.push(Reverse((self.now + nanos, self.next, self.actions.len() - 1)));
    }

    fn begin(&mut self) {
        if self.profile.logged {
            for controller in self.profile.controllers.clone() {
                let text = json!({"level": "info", "msg": "Starting Controller", "controller": controller.name,
                    "controllerGroup": controller.kind.0, "controllerKind": controller.kind.2});
                let line = NewLogLine {
                    at: Timestamp(self.now),
                    stream: LogStream::Stderr,
                    level: "info".into(),
                    span: None,
                    text: text.to_string().into(),
                };
                self.events.push((Event::Log(line), None));
            }
        }
        let watch = kuberewind_model::NewWatch {
            key: kuberewind_model::WatchKey(1),
            actor: self.profile.process.into(),
            kind: kind_ref(POD),
            namespace: "".into(),
            selector: "".into(),
            from_resource_version: "1".into(),
            initial_events: false,
        };
        self.events.push((Event::WatchOpened(watch), None));
        for (kind, count, every) in self.profile.created.clone() {
            for index in 0..count {
                let key = (kind, format!("ns-{}", index % 7), format!("{}-{index}", kind.1));
                let jitter = self.micros(0, 20_000);
                self.after(i64::try_from(index).expect("fits") * every * 1_000_000 + jitter, Action::Create(key.clone()));
                // Some are changed later.
                if index % 3 == 0 {
                    let later = self.micros(500_000, 9_000_000);
                    self.after(i64::try_from(index).expect("fits") * every * 1_000_000 + later, Action::Create(key));
                }
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Create(key) => self.change(&key, None, |state| state.generation += 1),
            Action::Ready(key) => self.change(&key, None, |state| state.ready = true),
            Action::Deliver(key, state, verb) => self.deliver(key, state, verb),
            Action::Enqueue(controller, key) => {
                self.queues[controller].add(key);
                self.start(controller);
            }
            Action::Timer(controller, key) => {
                self.timers.remove(&(controller, key.clone()));
                self.queues[controller].add(key);
                self.start(controller);
            }
            Action::Start(controller) => self.start(controller),
            Action::Done { worker, call, began } => self.called(worker, call, began),
        }
    }

    /// A write: the object changes, and the process receives it later.
    fn change(&mut self, key: &Key, owner: Option<Key>, change: impl FnOnce(&mut State)) {
        self.next += 1;
        let version = self.next;
        let is_new = !self.objects.contains_key(key);
        let state = self.objects.entry(key.clone()).or_insert_with(|| State {
            uid: format!("uid-{version}"),
            version,
            owner,
            generation: 0,
            observed: (0, 0),
            ready: false,
            writes: 0,
        });
        state.version = version;
        change(state);
        let state = state.clone();
        let latency = self.micros(500, 15_000);
        self.after(latency, Action::Deliver(key.clone(), state, if is_new { Verb::Added } else { Verb::Modified }));
        if is_new && key.0 == POD {
            let starts = self.micros(50_000, 3_000_000);
            self.after(starts, Action::Ready(key.clone()));
        }
    }

    fn observation(&self, key: &Key, state: &State) -> Observation {
        let ((group, _, kind), namespace, name) = key;
        let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
        let mut body = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace, "uid": state.uid}});
        if let Some(((group, _, kind), _, name)) = &state.owner {
            let uid = state.owner.as_ref().and_then(|owner| self.objects.get(owner)).map(|owner| owner.uid.clone());
            let api_version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
            body["metadata"]["ownerReferences"] =
                json!([{"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true}]);
        }
        Observation {
            observation_kind: ObservationKind::State,
            kind: kind_ref(key.0),
            kind_name: (*kind).into(),
            api_version: api_version.into(),
            namespace: namespace.as_str().into(),
            name: name.as_str().into(),
            uid: state.uid.as_str().into(),
            resource_version: state.version.to_string().into(),
            generation: None,
            shape: Shape::Full,
            created: false,
            body: Some(Text { bytes: Bytes::from(body.to_string()), cut: false }),
        }
    }

    fn deliver(&mut self, key: Key, state: State, verb: Verb) {
        // An informer drops what is older than its cache.
        if self.cache.get(&key).is_some_and(|cached| cached.version > state.version) {
            return;
        }
        let target = Target::object(kind_ref(key.0), key.1.as_str(), key.2.as_str());
        let shown = Observations::Object(Box::new(self.observation(&key, &state)));
        let event = NewOperation {
            observations: shown,
            started_after: Seq(0),
            ..NewOperation::done(Timestamp(self.now), self.profile.process, verb, target)
        };
        self.events.push((Event::Operation(Box::new(event)), None));
        let owner = state.owner.clone();
        self.cache.insert(key.clone(), state);
        for (index, controller) in self.profile.controllers.clone().into_iter().enumerate() {
            let wanted = if controller.kind == key.0 { Some(key.clone()) } else { None };
            let owned = owner.clone().filter(|owner| owner.0 == controller.kind);
            let other = controller.writes_other.filter(|other| *other == key.0);
            let other = other.map(|_| (controller.kind, key.1.clone(), key.2.clone()));
            for key in [wanted, owned, other.filter(|key| self.cache.contains_key(key))].into_iter().flatten() {
                let handler = self.micros(20, 2_000);
                self.after(handler, Action::Enqueue(index, key));
            }
        }
    }

    fn start(&mut self, controller: usize) {
        let first = controller * 100;
        let workers = self.profile.controllers[controller].workers;
        let Some(worker) = (first..first + workers).find(|worker| !self.workers.contains_key(worker)) else { return };
        let Some(key) = self.queues[controller].take() else { return };
        self.next += 1;
        let run = self.next;
        let calls = self.calls(controller, &key);
        self.workers.insert(worker, Running { controller, key, left: calls, run });
        self.proceed(worker);
        self.after(0, Action::Start(controller));
    }

    /// The calls of a reconcile, by what is in the cache.
    fn calls(&mut self, index: usize, key: &Key) -> VecDeque<Call> {
        let controller = self.profile.controllers[index].clone();
        let Some(state) = self.cache.get(key).cloned() else { return VecDeque::new() };
        let call = |verb, key: &Key, subresource| Call { verb, key: key.clone(), subresource, owner: None, ready: 0 };
        let mut calls = VecDeque::new();
        if controller.reads_itself {
            calls.push_back(call(Verb::Get, key, ""));
        }
        let share = self.random(1_000);
        if share < controller.reads_secret {
            calls.push_back(call(Verb::Get, &(SECRET, key.1.clone(), "settings".to_owned()), ""));
        }
        let mut ready = 0;
        if let Some((kind, count)) = controller.child {
            for number in 0..count {
                let child = (kind, key.1.clone(), format!("{}-{number}", key.2));
                match self.cache.get(&child) {
                    None if !self.objects.contains_key(&child) => {
                        let created = call(Verb::Create, &child, "");
                        calls.push_back(Call { owner: Some(key.clone()), ..created });
                    }
                    Some(known) if known.generation < state.generation => calls.push_back(call(Verb::Update, &child, "")),
                    Some(known) => ready += usize::from(known.ready || known.observed.1 > 0),
                    None => {}
                }
            }
        }
        if let Some(other) = controller.writes_other {
            let other = (other, key.1.clone(), key.2.clone());
            if self.cache.get(&other).is_none_or(|other| other.writes < 30) {
                calls.push_back(call(Verb::Patch, &other, ""));
            }
        }
        if controller.writes_status && state.observed != (state.generation, ready) {
            calls.push_back(Call { ready, ..call(Verb::Update, key, "status") });
        }
        calls
    }

    fn proceed(&mut self, worker: usize) {
        let Some(running) = self.workers.get_mut(&worker) else { return };
        if let Some(call) = running.left.pop_front() {
            let (thinks, takes) = (self.micros(20, 4_000), self.micros(1_000, 30_000));
            let began = self.now + thinks;
            self.after(thinks + takes, Action::Done { worker, call, began });
            return;
        }
        let Running { controller, key, .. } = self.workers.remove(&worker).expect("it runs");
        self.queues[controller].done(&key);
        // A queue keeps one timer for each key.
        if let Some(requeue) = self.profile.controllers[controller].requeue_millis
            && self.timers.insert((controller, key.clone()))
        {
            self.after(requeue * 1_000_000, Action::Timer(controller, key));
        }
        self.after(0, Action::Start(controller));
    }

    fn called(&mut self, worker: usize, call: Call, began: i64) {
        let Some(Running { controller, key, run, .. }) = self.workers.get(&worker) else { return };
        let controller = &self.profile.controllers[*controller];
        let truth = (controller.name, key.clone(), *run);
        let actor = if self.profile.named {
            format!("{}/{}", self.profile.process, controller.name)
        } else {
            self.profile.process.to_owned()
        };
        match (call.verb, call.subresource) {
            (Verb::Create, _) => self.change(&call.key, call.owner.clone(), |state| state.generation += 1),
            (Verb::Update, "status") => {
                let ready = call.ready;
                self.change(&call.key, None, |state| state.observed = (state.generation, ready));
            }
            (Verb::Update, _) => self.change(&call.key, None, |state| state.generation += 1),
            (Verb::Patch, _) => self.change(&call.key, None, |state| state.writes += 1),
            _ => {}
        }
        let state = self.objects.get(&call.key).cloned();
        let observations =
            state.map_or(Observations::Nothing, |state| Observations::Object(Box::new(self.observation(&call.key, &state))));
        let name = if call.verb == Verb::Create { "" } else { call.key.2.as_str() };
        let target =
            Target { subresource: call.subresource.into(), ..Target::object(kind_ref(call.key.0), call.key.1.as_str(), name) };
        let operation = NewOperation {
            duration: Duration(u64::try_from(self.now - began).expect("it takes time")),
            started_after: Seq(0),
            observations,
            status: if call.verb == Verb::Create { 201 } else { 200 },
            ..NewOperation::done(Timestamp(self.now), actor, call.verb, target)
        };
        self.events.push((Event::Operation(Box::new(operation)), Some(truth)));
        self.proceed(worker);
    }
}
