//! How many calls are put into a wrong reconcile, on generated runs whose truth is known: controllers of one process with shared
//! watches, several workers each, work queues as client-go has them, and random latency.

mod profiles;
mod world;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use kuberewind_model::{Certainty, Event, NewSpan, Result, Seq, Sink, SinkStage as _, SpanKey, Timestamp};
use kuberewind_proxy::reconciles::ReconcileStage;

use profiles::{Profile, circle, manager_of_a_cluster, operator, single};
use world::{Recorded, Simulation, Truth};

/// Keeps the events, and counts operations without a scan.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<(Vec<Event>, u64)>>);

impl Sink for Collected {
    fn take(&mut self, event: Event) -> Result<()> {
        let mut kept = self.0.lock().expect("lock");
        kept.1 += u64::from(matches!(event, Event::Operation(_)));
        kept.0.push(event);
        Ok(())
    }
    fn last(&self) -> Seq {
        Seq(self.0.lock().expect("lock").1)
    }
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[derive(Debug, Default, PartialEq)]
struct Score {
    calls: usize,
    likely: usize,
    wrong: usize,
    guess: usize,
    wrong_guess: usize,
    none: usize,
    spans: usize,
    without_end: usize,
    late_triggers: usize,
}

impl Score {
    fn wrong_percent(&self) -> f64 {
        100.0 * self.wrong as f64 / self.likely.max(1) as f64
    }

    fn likely_percent(&self) -> f64 {
        100.0 * self.likely as f64 / self.calls.max(1) as f64
    }
}

/// Passes a run through the stage and compares what it says with the truth.
fn score(recorded: Recorded) -> Score {
    let sink = Collected::default();
    let mut stage = ReconcileStage::default().before(sink.clone());
    let truths: Vec<Truth> = recorded.events.iter().filter_map(|(_, truth)| truth.clone()).collect();
    for (event, _) in recorded.events {
        stage.take(event).expect("taken");
    }
    Box::new(stage).close().expect("closed");
    let events = sink.0.lock().expect("lock").0.clone();
    let mut spans: HashMap<SpanKey, NewSpan> = HashMap::new();
    let mut ended = BTreeSet::new();
    for event in &events {
        match event {
            Event::SpanStarted(span) => {
                spans.insert(span.key, span.clone());
            }
            Event::SpanEnded(end) => {
                ended.insert(end.span);
            }
            _ => {}
        }
    }
    let times: Vec<Timestamp> = events
        .iter()
        .filter_map(|event| if let Event::Operation(operation) = event { Some(operation.at) } else { None })
        .collect();
    let mut score =
        Score { spans: spans.len(), without_end: spans.keys().filter(|key| !ended.contains(key)).count(), ..Score::default() };
    for span in spans.values() {
        let likely = span.triggers.iter().filter(|trigger| trigger.certainty >= Certainty::Likely);
        let newest = likely.filter_map(|trigger| times.get(usize::try_from(trigger.operation?.0).ok()? - 1).copied()).max();
        score.late_triggers += usize::from(newest.is_some_and(|at| at > span.at));
    }
    let calls = events.iter().filter_map(|event| match event {
        Event::Operation(operation) if !operation.verb.is_watch_event() => Some(operation),
        _ => None,
    });
    for (call, (controller, key, _)) in calls.zip(truths) {
        score.calls += 1;
        let Some(span) = call.span.and_then(|key| spans.get(&key)) else {
            score.none += 1;
            continue;
        };
        let same_object = *span.name == *key.2
            && *span.namespace == *key.1
            && span.kind.as_ref().is_some_and(|kind| *kind.resource == *key.0.1 && *kind.group == *key.0.0);
        let same_controller = span.actor.split_once('/').is_none_or(|(_, named)| named == controller);
        let wrong = !(same_object && same_controller);
        if span.inferred == Some(Certainty::Guess) {
            score.guess += 1;
            score.wrong_guess += usize::from(wrong);
        } else {
            score.likely += 1;
            score.wrong += usize::from(wrong);
        }
    }
    score
}

#[test]
fn what_is_called_likely_is_right() {
    type Made = fn(u64) -> Profile;
    let profiles: [(&str, f64, Made); 8] = [
        ("kube-controller-manager", 90.0, manager_of_a_cluster),
        ("operator, logged, 1 worker", 40.0, |seed| operator(seed, true, 1)),
        ("operator, logged, 4 workers", 40.0, |seed| operator(seed, true, 4)),
        ("operator, 1 worker", 40.0, |seed| operator(seed, false, 1)),
        ("operator, 4 workers", 40.0, |seed| operator(seed, false, 4)),
        ("circle, logged", 0.0, |seed| circle(seed, true)),
        ("circle", 0.0, |seed| circle(seed, false)),
        ("single", 80.0, single),
    ];
    for (name, least, profile) in profiles {
        for seed in [7, 1_234_567, 99_999_999_977] {
            let score = score(Simulation::run(profile(seed)));
            println!("{name}: {:.2} % wrong of {:.0} % likely; {score:?}", score.wrong_percent(), score.likely_percent());
            assert!(score.calls > 20, "{name}: {score:?}");
            assert!(
                score.wrong_percent() <= 0.5,
                "{name}: {:.2} % of the likely calls are wrong: {score:?}",
                score.wrong_percent()
            );
            assert!(score.likely_percent() >= least, "{name}: only {:.0} % are likely: {score:?}", score.likely_percent());
            assert_eq!((score.without_end, score.late_triggers), (0, 0), "{name}: {score:?}");
        }
    }
}
