//! The world and every view at every moment, compared with a slow replay of all observations.
//!
//! Random changes happen to a small cluster, and actors observe parts of them in every order: late, twice, in stale lists,
//! across restarts and gaps. The recording must give the same answers as a replay of all observations from the start.

use std::collections::BTreeMap;

use kuberewind_file::{Branch, Keep, NewSession, OpenOptions, Recording, SessionWriter, WriterLimits, verify};
use kuberewind_model::{
    Direction, Duration, Event, GapReason, History, Lineage, NewGap, ObjectKey, Observation, ObservationKind, Perspective,
    Presence, Seq, SessionNo, Sink, StepTarget, Verb,
};
use proptest::prelude::*;

use crate::events::{START, deployments, list, says, shows, state};
use crate::worlds;

const NAMES: [&str; 3] = ["a", "b", "c"];
const ACTORS: [&str; 2] = ["one", "two"];

/// A random act. Numbers select an existing item, modulo the number of items.
#[derive(Debug, Clone)]
enum Act {
    /// An object of the cluster is created, changed or deleted. No actor observes it yet.
    Change(usize),
    Delete(usize),
    /// An actor observes a state or a deletion, however old.
    Show {
        actor: usize,
        name: usize,
        old: usize,
    },
    /// A list as of some time, in one page or two, with one operation between them.
    List {
        actor: usize,
        old: usize,
        pages: bool,
    },
    /// A GET that is answered with 404, started some operations ago.
    Miss {
        actor: usize,
        name: usize,
        ago: u64,
    },
    /// DELETED under a selector.
    Leave {
        actor: usize,
        name: usize,
    },
    Refused {
        actor: usize,
        name: usize,
    },
    Restart(usize),
    Gap {
        actor: Option<usize>,
    },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let n = 0..100usize;
    let act = prop_oneof![
        6 => n.clone().prop_map(Act::Change),
        2 => n.clone().prop_map(Act::Delete),
        10 => (n.clone(), n.clone(), prop_oneof![3 => Just(0usize), 2 => 0..6usize])
            .prop_map(|(actor, name, old)| Act::Show { actor, name, old }),
        3 => (n.clone(), prop_oneof![3 => Just(0usize), 1 => 0..6usize], any::<bool>())
            .prop_map(|(actor, old, pages)| Act::List { actor, old, pages }),
        2 => (n.clone(), n.clone(), 0..4u64).prop_map(|(actor, name, ago)| Act::Miss { actor, name, ago }),
        1 => (n.clone(), n.clone()).prop_map(|(actor, name)| Act::Leave { actor, name }),
        1 => (n.clone(), n.clone()).prop_map(|(actor, name)| Act::Refused { actor, name }),
        1 => n.clone().prop_map(Act::Restart),
        1 => prop::option::of(n).prop_map(|actor| Act::Gap { actor }),
    ];
    prop::collection::vec(act, 1..60)
}

/// A change of an object of the cluster.
#[derive(Debug, Clone)]
struct Fact {
    uid: u64,
    rv: u64,
    gone: bool,
}

/// An observed state of a key: its rank, its presence, and its resourceVersion.
#[derive(Debug, Clone, PartialEq)]
struct Evidence {
    rank: (u64, u64),
    there: Option<u64>,
    first_observed: u64,
}

/// A viewer's last observation of each key, and its operation.
type View = BTreeMap<usize, (u64, Option<u64>)>;

/// The expected answers at one moment.
#[derive(Debug, Clone, Default)]
struct Moment {
    world: BTreeMap<usize, Evidence>,
    /// (actor, incarnation) → view. An actor's earlier incarnations have none.
    views: BTreeMap<(usize, u32), View>,
    gaps: Vec<(Option<usize>, u64)>,
}

#[derive(Debug, Clone, Default)]
struct Cluster {
    rv: u64,
    uids: u64,
    facts: BTreeMap<usize, Vec<Fact>>,
}

impl Cluster {
    fn change(&mut self, name: usize, delete: bool) {
        let facts = self.facts.entry(name).or_default();
        let there = facts.last().filter(|fact| !fact.gone).map(|fact| fact.uid);
        if delete && there.is_none() {
            return;
        }
        self.rv += 1;
        let uid = there.unwrap_or_else(|| {
            self.uids += 1;
            self.uids
        });
        facts.push(Fact { uid, rv: self.rv, gone: delete });
    }

    fn as_of(&self, name: usize, rv: u64) -> Option<&Fact> {
        self.facts.get(&name)?.iter().rev().find(|fact| fact.rv <= rv).filter(|fact| !fact.gone)
    }
}

/// Writes a session and records the expected answers at each of its moments.
struct Replay {
    cluster: Cluster,
    now: Moment,
    incarnations: BTreeMap<usize, u32>,
    seq: u64,
    lists: u64,
    moments: BTreeMap<u64, Moment>,
    events: Vec<Event>,
}

fn sight(name: usize, fact: &Fact) -> Observation {
    let (uid, rv) = (format!("u{}", fact.uid), fact.rv.to_string());
    match fact.gone {
        true => says(ObservationKind::Gone, NAMES[name], &uid, &rv),
        false => state(NAMES[name], &uid, &rv, &format!(r#"{{"metadata":{{"uid":"{uid}","resourceVersion":"{rv}"}}}}"#)),
    }
}

impl Replay {
    fn new() -> Replay {
        Replay {
            cluster: Cluster::default(),
            now: Moment::default(),
            incarnations: BTreeMap::new(),
            seq: 0,
            lists: 0,
            moments: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    fn viewer(&mut self, actor: usize) -> (usize, u32) {
        let incarnation = *self.incarnations.entry(actor).or_insert(1);
        self.now.views.entry((actor, incarnation)).or_default();
        (actor, incarnation)
    }

    fn learn(&mut self, name: usize, rank: (u64, u64), there: Option<u64>) {
        let better = self.now.world.get(&name).is_none_or(|known| rank > known.rank);
        if better {
            let first_observed = self.seq;
            self.now.world.insert(name, Evidence { rank, there, first_observed });
        }
    }

    fn show(&mut self, actor: usize, name: usize, fact: &Fact) {
        let viewer = self.viewer(actor);
        self.learn(name, (fact.rv, 0), (!fact.gone).then_some(fact.rv));
        let seq = self.seq;
        self.now.views.entry(viewer).or_default().insert(name, (seq, (!fact.gone).then_some(fact.rv)));
    }

    fn miss(&mut self, actor: usize, name: usize, began: u64) {
        let viewer = self.viewer(actor);
        let seq = self.seq;
        match self.now.world.get(&name).cloned() {
            Some(known) if known.there.is_some() && known.first_observed > began => {}
            known => self.learn(name, (known.map_or(0, |known| known.rank.0), seq), None),
        }
        self.now.views.entry(viewer).or_default().insert(name, (seq, None));
    }

    fn end_moment(&mut self) {
        self.moments.insert(self.seq, self.now.clone());
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Change(name) => return self.cluster.change(name % NAMES.len(), false),
            Act::Delete(name) => return self.cluster.change(name % NAMES.len(), true),
            Act::Restart(actor) => {
                let actor = actor % ACTORS.len();
                // An unknown actor begins its first incarnation with this operation.
                if self.incarnations.contains_key(&actor) {
                    let old = self.viewer(actor);
                    self.now.views.insert(old, View::new());
                    self.incarnations.insert(actor, old.1 + 1);
                }
                self.viewer(actor);
                self.events.push(Event::Restarted { actor: ACTORS[actor].into() });
                return;
            }
            Act::Gap { actor } => {
                let actor = actor.map(|actor| actor % ACTORS.len());
                self.now.gaps.push((actor, self.seq));
                if let Some(actor) = actor {
                    self.viewer(actor);
                }
                let (first, last) = (Seq(self.seq), Seq(self.seq));
                let actor = actor.map(|actor| ACTORS[actor].into());
                self.events.push(Event::Gap(NewGap {
                    actor,
                    kind: None,
                    namespace: "".into(),
                    first,
                    last,
                    count: 1,
                    bytes: 1,
                    reason: GapReason::QueueFull,
                }));
                return;
            }
            Act::List { actor, old, pages } => return self.list(actor % ACTORS.len(), old, pages),
            _ => {}
        }
        self.single(act);
    }

    fn single(&mut self, act: &Act) {
        let (Act::Show { actor, name, .. }
        | Act::Miss { actor, name, .. }
        | Act::Leave { actor, name }
        | Act::Refused { actor, name }) = *act
        else {
            return;
        };
        let (actor, name) = (actor % ACTORS.len(), name % NAMES.len());
        let facts = self.cluster.facts.get(&name).cloned().unwrap_or_default();
        let number = self.seq + 1;
        let event = |verb, sight| shows(ACTORS[actor], verb, number, sight);
        match *act {
            Act::Show { old, .. } => {
                let Some(fact) = facts.iter().rev().nth(old.min(facts.len().saturating_sub(1))) else { return };
                self.seq += 1;
                self.events.push(event(if fact.gone { Verb::Deleted } else { Verb::Modified }, sight(name, fact)));
                self.show(actor, name, fact);
            }
            Act::Miss { ago, .. } => {
                if facts.last().is_some_and(|fact| !fact.gone) {
                    return;
                }
                let began = self.seq.saturating_sub(ago);
                let Event::Operation(mut operation) = event(Verb::Get, says(ObservationKind::NotFound, NAMES[name], "", ""))
                else {
                    return;
                };
                operation.started_after = Seq(began);
                self.events.push(Event::Operation(operation));
                self.seq += 1;
                self.miss(actor, name, began);
            }
            Act::Leave { .. } => {
                let Some(fact) = facts.last() else { return };
                self.seq += 1;
                let mut left = sight(name, fact);
                left.observation_kind = ObservationKind::LeftView;
                self.events.push(event(Verb::Deleted, left));
                let viewer = self.viewer(actor);
                let seq = self.seq;
                self.now.views.entry(viewer).or_default().insert(name, (seq, None));
            }
            _ => {
                self.seq += 1;
                let Event::Operation(mut operation) = event(Verb::Update, says(ObservationKind::NotFound, NAMES[name], "", ""))
                else {
                    return;
                };
                operation.observations = kuberewind_model::Observations::Nothing;
                operation.status = 409;
                operation.outcome = kuberewind_model::Outcome::Refused;
                self.events.push(Event::Operation(operation));
                self.viewer(actor);
            }
        }
        self.end_moment();
    }

    fn list(&mut self, actor: usize, old: usize, pages: bool) {
        let as_of = self.cluster.rv.saturating_sub(old as u64);
        let there: Vec<(usize, Fact)> =
            (0..NAMES.len()).filter_map(|name| Some((name, self.cluster.as_of(name, as_of)?.clone()))).collect();
        self.lists += 1;
        let cut = if pages { there.len().min(1) } else { there.len() };
        let (first, second) = there.split_at(cut);
        for (page, complete) in [(first, !pages), (second, true)].into_iter().take(if pages { 2 } else { 1 }) {
            self.seq += 1;
            let items = page.iter().map(|(name, fact)| sight(*name, fact)).collect();
            self.events.extend(list(ACTORS[actor], self.seq, self.lists, &as_of.to_string(), complete, items));
            for (name, fact) in page {
                self.show(actor, *name, fact);
            }
            if complete {
                let viewer = self.viewer(actor);
                for name in (0..NAMES.len()).filter(|name| there.iter().all(|(other, _)| other != name)) {
                    let seq = self.seq;
                    self.learn(name, (as_of, seq), None);
                    self.now.views.entry(viewer).or_default().insert(name, (seq, None));
                }
            }
            self.end_moment();
        }
    }
}

fn answer(there: Option<u64>) -> (Presence, Option<String>) {
    (if there.is_some() { Presence::Present } else { Presence::Absent }, there.map(|rv| rv.to_string()))
}

/// Compares the recording with the expected answers at every moment of a lineage.
fn compare(recording: &Recording, lineage: &Lineage, moments: &BTreeMap<u64, Moment>) {
    let actors = recording.actors().unwrap();
    for (seq, moment) in moments {
        let ask = |from, name: usize| {
            let (group, resource) = (deployments().group, deployments().resource);
            let key = ObjectKey { group, resource, namespace: "shop".into(), name: NAMES[name].into() };
            let object_at = recording.key_at(lineage, Seq(*seq), from, &key).unwrap();
            let rv =
                object_at.version.filter(|_| object_at.presence == Presence::Present).map(|v| v.resource_version.to_string());
            (object_at.presence, rv)
        };
        let mut present = Vec::new();
        for (name, shown) in NAMES.iter().enumerate() {
            let expected = moment.world.get(&name).map_or((Presence::Unknown, None), |known| answer(known.there));
            assert_eq!(ask(Perspective::World, name), expected, "the world's {shown} at #{seq}");
            present.extend(expected.1);
        }
        check_all(recording, lineage, *seq, Perspective::World, present);
        for ((actor, incarnation), view) in &moment.views {
            let row = actors.iter().find(|row| &*row.name == ACTORS[*actor]).unwrap();
            let viewers = recording.viewers(lineage, row.id).unwrap();
            let Some(viewer) = viewers.iter().find(|viewer| viewer.incarnation == *incarnation) else { continue };
            let mut present = Vec::new();
            for (name, shown) in NAMES.iter().enumerate() {
                let lost =
                    |at: u64| moment.gaps.iter().any(|(whose, gap)| whose.is_none_or(|a| a == *actor) && gap < seq && at <= *gap);
                let held = view.get(&name).filter(|(at, _)| !lost(*at));
                let expected = held.map_or((Presence::Unknown, None), |(_, there)| answer(*there));
                let who = Perspective::View(viewer.id);
                assert_eq!(ask(who, name), expected, "{shown} as seen by {} ({incarnation}) at #{seq}", ACTORS[*actor]);
                present.extend(expected.1);
            }
            check_all(recording, lineage, *seq, Perspective::View(viewer.id), present);
        }
    }
}

/// The list of all present objects agrees with the query for each object.
fn check_all(recording: &Recording, lineage: &Lineage, seq: u64, from: Perspective, mut expected: Vec<String>) {
    let mut all: Vec<String> = recording
        .objects_at(lineage, Seq(seq), from, None, 100)
        .unwrap()
        .iter()
        .map(|(_, version)| recording.version(*version).unwrap().unwrap().resource_version.to_string())
        .collect();
    all.sort();
    expected.sort();
    assert_eq!(all, expected, "all objects for {from:?} at #{seq}");
}

/// A step forward and a step back end at the start.
fn steps_undo(recording: &Recording, lineage: &Lineage) {
    for step_target in [StepTarget::Operation, StepTarget::Error, StepTarget::Write] {
        let mut at = Seq::START;
        while let Some(next) = recording.step(lineage, at, Direction::Forward, &step_target).unwrap() {
            assert!(next > at);
            let back = recording.step(lineage, next, Direction::Backward, &step_target).unwrap();
            assert_eq!(back.unwrap_or(Seq::START), at, "{step_target:?} from {next}");
            at = next;
        }
    }
}

/// Small segments with small runs, so that a short session has many.
fn limits(segment: u64) -> WriterLimits {
    let run_observations = usize::try_from(segment % 3).unwrap() + 1;
    let segment_time = Duration::from_millis(1_000_000);
    WriterLimits { segment_operations: segment, segment_time, run_observations, ..WriterLimits::default() }
}

/// An object's versions are all that were written, by rank, and each one's predecessor is the one ranked below.
fn histories(file: &std::path::Path, recording: &Recording, lineage: &Lineage) {
    let db = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut query =
        db.prepare("SELECT DISTINCT rank_number, rank_arrival, op FROM version WHERE object = ? ORDER BY 1, 2, 3").unwrap();
    for object in recording.find_objects(&Default::default(), 100).unwrap() {
        let rows = query.query_map([object.id.0], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?))).unwrap();
        let in_lineage = |op: i64| {
            let (session, seq) = (SessionNo(op >> 40), Seq(u64::try_from(op & ((1 << 40) - 1)).unwrap()));
            lineage.session_of(seq) == Some(session)
        };
        let mut expected: Vec<(u64, u64)> =
            rows.map(Result::unwrap).filter(|(_, op)| in_lineage(*op)).map(|(rank, _)| rank).collect();
        expected.dedup();
        let ranks = |versions: &[kuberewind_model::Version]| -> Vec<(u64, u64)> {
            versions.iter().map(|version| (version.rank.number, version.rank.arrival)).collect()
        };
        let all = Seq(1)..=lineage.last();
        let forward = recording.versions(lineage, object.id, all.clone(), Direction::Forward, 1000).unwrap();
        assert_eq!(ranks(&forward), expected, "the history of {}", object.key.name);
        for (before, version) in [None].into_iter().chain(forward.iter().map(Some)).zip(&forward) {
            let previous = recording.previous_version(lineage, version.id).unwrap();
            assert_eq!(previous.map(|previous| previous.rank), before.map(|before| before.rank), "before {:?}", version.rank);
        }
        let last = recording.versions(lineage, object.id, all, Direction::Backward, 2).unwrap();
        let newest: Vec<_> = expected.iter().rev().take(2).copied().collect();
        assert_eq!(ranks(&last), newest);
    }
}

/// Steps through an object's operations reach every operation that names it, in both directions.
fn object_steps(recording: &Recording, lineage: &Lineage) {
    let operations = recording.operations(lineage, Seq(1)..=lineage.last(), 10_000).unwrap();
    for object in recording.find_objects(&Default::default(), 100).unwrap() {
        let step_target = StepTarget::Object(object.id);
        let of_it = |seq: Seq| {
            let items = recording.list_items(lineage, seq, 0, 100).unwrap();
            items.iter().any(|(item, _)| *item == object.id)
        };
        let expected: Vec<Seq> = operations
            .iter()
            .filter(|o| (o.object == Some(object.id) && o.outcome == kuberewind_model::Outcome::Done) || of_it(o.seq))
            .map(|o| o.seq)
            .collect();
        let mut met = Vec::new();
        let mut at = Seq::START;
        while let Some(next) = recording.step(lineage, at, Direction::Forward, &step_target).unwrap() {
            met.push(next);
            at = next;
        }
        assert_eq!(met, expected, "forward through {}", object.key.name);
        let mut back = Vec::new();
        let mut at = lineage.last().next();
        while let Some(next) = recording.step(lineage, at, Direction::Backward, &step_target).unwrap() {
            back.push(next);
            at = next;
        }
        back.reverse();
        assert_eq!(back, expected, "back through {}", object.key.name);
    }
}

/// A session, the expected answers at each of its moments, and the cluster at its end.
type Life = (SessionNo, BTreeMap<u64, Moment>, BTreeMap<u64, Cluster>);

/// Reads a session while it is being written.
fn read_along(file: &std::path::Path, session: SessionNo, moments: &BTreeMap<u64, Moment>) {
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(session).unwrap();
    compare(&recording, &lineage, moments);
    worlds::check(&recording, &lineage, moments.keys().copied());
    object_steps(&recording, &lineage);
    histories(file, &recording, &lineage);
}

fn play(stages: &[Vec<Act>], segment: u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut lives: Vec<Life> = Vec::new();
    for (no, acts) in stages.iter().enumerate() {
        let mut new = NewSession::new(format!("s{no}"), START, 1);
        new.limits = limits(segment);
        let mut replay = Replay::new();
        if let Some((parent, moments, clusters)) = lives.last() {
            // Branches off in the middle of the parent: the world continues, views begin empty.
            if let Some(at) = moments.keys().nth(moments.len() / 2).copied() {
                new.branch = Some(Branch { parent: *parent, at: Seq(at) });
                replay.seq = at;
                replay.cluster = clusters.range(at..).next().unwrap().1.clone();
                replay.now.world = moments[&at].world.clone();
                for actor in 0..ACTORS.len() {
                    let used = moments[&at].views.keys().filter(|(a, _)| *a == actor).map(|(_, n)| *n).max().unwrap_or(0);
                    replay.incarnations.insert(actor, used + 1000 * u32::try_from(no).unwrap());
                }
            }
        }
        let mut writer = SessionWriter::begin(&file, new).unwrap();
        let mut clusters = BTreeMap::new();
        for act in acts {
            replay.act(act);
            clusters.insert(replay.seq, replay.cluster.clone());
            for event in replay.events.drain(..) {
                writer.take(event).unwrap();
            }
            if replay.seq.is_multiple_of(2) {
                writer.flush().unwrap();
            }
        }
        assert_eq!(writer.last(), Seq(replay.seq));
        let session = writer.session();
        writer.flush().unwrap();
        if no == 0 {
            read_along(&file, session, &replay.moments);
        }
        if segment.is_multiple_of(2) {
            writer.finish().unwrap();
        } else {
            // A crash: the next session, or the reader, finds the flushed operations.
            drop(writer);
        }
        lives.push((session, replay.moments, clusters));
    }
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    for (no, (session, moments, _)) in lives.iter().enumerate() {
        let lineage = recording.lineage(*session).unwrap();
        let mut moments = moments.clone();
        if no > 0 {
            // Incarnations of a branch are counted along the lineage: compare the worlds, and the views in stage 0.
            moments.values_mut().for_each(|moment| moment.views.clear());
        }
        compare(&recording, &lineage, &moments);
        worlds::check(&recording, &lineage, moments.keys().copied());
        steps_undo(&recording, &lineage);
        object_steps(&recording, &lineage);
        histories(&file, &recording, &lineage);
    }
    let report = verify(&file, &OpenOptions::default(), false).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
}

/// Plays a session in a ring buffer.
fn play_in_a_ring(acts: &[Act], segment: u64, keep: u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut new = NewSession::new("s", START, 1);
    new.limits = WriterLimits { keep: Keep { operations: Some(keep), ..Keep::default() }, ..limits(segment) };
    let mut writer = SessionWriter::begin(&file, new).unwrap();
    let mut replay = Replay::new();
    for act in acts {
        replay.act(act);
        for event in replay.events.drain(..) {
            writer.take(event).unwrap();
        }
    }
    writer.finish().unwrap();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    assert_eq!((session.last.0, session.operations), (replay.seq, replay.seq + 1 - session.first.0));
    assert!(session.operations >= keep.min(replay.seq), "too much was dropped");
    // A page that is being received keeps a segment open, up to twice its length.
    assert!(session.operations <= keep + 4 * segment, "{session:?} where {keep} operations are to be kept");
    let lineage = recording.lineage(session.no).unwrap();
    let kept = replay.moments.split_off(&session.first.0);
    compare(&recording, &lineage, &kept);
    worlds::check(&recording, &lineage, kept.keys().copied());
    steps_undo(&recording, &lineage);
    let report = kuberewind_file::verify(&file, &OpenOptions::default(), true).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_ring_buffer_keeps_answers_as_if_nothing_had_been_dropped(acts in acts(), segment in 1..8u64, keep in 1..20u64) {
        play_in_a_ring(&acts, segment, keep);
    }

    #[test]
    fn one_session_answers_as_a_replay_would(acts in acts(), segment in 1..40u64) {
        play(&[acts], segment);
    }

    #[test]
    fn three_sessions_answer_as_a_replay_would(acts in prop::collection::vec(acts(), 3), segment in 1..40u64) {
        play(&acts, segment);
    }
}

#[test]
fn an_incarnation_known_only_by_its_end_ends_the_one_before_it() {
    let one = vec![Act::Change(0), Act::Delete(0), Act::Show { actor: 0, name: 0, old: 1 }, Act::Change(0), Act::Delete(0)];
    let ends = Act::Show { actor: 0, name: 0, old: 0 };
    play(&[one.iter().cloned().chain([ends.clone()]).collect()], 1);
    play(&[one, vec![ends]], 1);
}

#[test]
fn absence_in_a_view_survives_a_ring_buffer() {
    let show = |name| Act::Show { actor: 0, name, old: 0 };
    let acts = [
        Act::Change(43),
        Act::Leave { actor: 0, name: 55 },
        Act::Change(87),
        show(39),
        show(3),
        show(24),
        show(33),
        Act::Miss { actor: 0, name: 20, ago: 0 },
    ];
    play_in_a_ring(&acts, 1, 1);
}
