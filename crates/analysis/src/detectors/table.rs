//! The table of detectors.

use super::detector::Detector;
use super::interest::Interest;
use super::{
    access, back_in_time, churn, condition_flip, conflict_storm, create_storm, defaulting_fight, duplicates, dying_write,
    error_retry, errors, ever_changing, failing_reconcile, flapping_field, grows, hot_requeue, hot_victim, identical_reads,
    large_lists, list_order, lost_update, noop_apply, periodic, ping_pong, pruned_field, recreate, refused_write,
    relatively_slow, repeated_window, selector_fight, self_trigger, slow, slow_loop, slow_reconcile, stale_write, state_cycle,
    stuck_deletion, traffic, two_writers, unknown_updates, watch_restarts,
};
use crate::finding::Class;
use crate::settings::Settings;

/// Increased whenever findings may change. Stored findings of an older version are computed again.
pub const DETECTORS_VERSION: u32 = 8;

/// The detector name of violated invariants, which the user requests explicitly.
pub const INVARIANT: &str = "invariant";
pub const INVARIANT_DOC: &str = "An expression that should hold over all time does not.";

/// How specific a finding is. A less specific one is superseded by a more specific one about the same object and range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Specificity {
    /// Something repeats.
    Repetition,
    /// A state recurs, or work has no effect.
    Recurrence,
    /// The cause of the problem.
    Cause,
    /// Faults of the content. They explain why a writer wakes itself or undoes another one.
    Content,
}

pub struct TableRow {
    /// The name in findings and for `--fail-on`.
    pub name: &'static str,
    pub class: Class,
    /// One sentence for people.
    pub doc: &'static str,
    pub specificity: Specificity,
    pub interest: Interest,
    pub create: fn(&Settings) -> Box<dyn Detector>,
}

const fn row(
    name: &'static str,
    class: Class,
    specificity: Specificity,
    interest: Interest,
    create: fn(&Settings) -> Box<dyn Detector>,
    doc: &'static str,
) -> TableRow {
    TableRow { name, class, doc, specificity, interest, create }
}

const NEW_OR_AUTHORED: Interest = Interest::NEW.union(Interest::AUTHORED);
const WRITES: Interest = Interest::WRITE;

#[rustfmt::skip]
pub const TABLE: &[TableRow] = &[
    row("list-order", Class::Loops, Specificity::Content, NEW_OR_AUTHORED, |_| Box::<list_order::ListOrder>::default(),
        "A writer writes a list in another order each time, and changes nothing else."),
    row("grows", Class::Loops, Specificity::Content, NEW_OR_AUTHORED.union(Interest::FAILURE), |_| Box::<grows::Grows>::default(),
        "Each write adds an item to a list or map, and none is ever removed."),
    row("stuck-deletion", Class::Loops, Specificity::Content, NEW_OR_AUTHORED.union(Interest::FAILURE).union(Interest::SPAN),
        |_| Box::<stuck_deletion::StuckDeletion>::default(),
        "An object is being deleted and does not go, because no actor removes its finalizer."),
    row("churn", Class::Loops, Specificity::Content, WRITES.union(Interest::NEW), |_| Box::<churn::Churn>::default(),
        "Children are created under generated names, end badly, and are created again."),
    row("ever-changing", Class::Loops, Specificity::Repetition, Interest::AUTHORED, |_| Box::<ever_changing::EverChanging>::default(),
        "A writer, or several replicas of it, repeats a write that changes only volatile values. No delivery is recorded."),
    row("flapping-field", Class::Loops, Specificity::Cause, Interest::NEW, |_| Box::<flapping_field::FlappingField>::default(),
        "A field goes back and forth between two values, and no call that changes it is recorded."),
    row("refused-write", Class::Loops, Specificity::Cause, WRITES, |_| Box::<refused_write::RefusedWrite>::default(),
        "The same write is refused for the same reason over minutes."),
    row("failing-reconcile", Class::Loops, Specificity::Cause, Interest::SPAN, |_| Box::<failing_reconcile::FailingReconcile>::default(),
        "Every reconcile of an object fails with an error."),
    row("self-trigger", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<self_trigger::SelfTrigger>::default(),
        "A writer reacts to its own write with another write that changes nothing."),
    row("condition-flip", Class::Loops, Specificity::Cause, NEW_OR_AUTHORED, |_| Box::<condition_flip::ConditionFlip>::default(),
        "One writer's status goes back and forth between the same states."),
    row("noop-apply", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<noop_apply::NoopApply>::default(),
        "An apply that changes nothing gets a new resourceVersion each time, and triggers all watchers."),
    row("defaulting-fight", Class::Loops, Specificity::Cause, WRITES, |_| Box::<defaulting_fight::DefaultingFight>::default(),
        "The same request is repeated, because the server's response has fields that the request lacks or changes."),
    row("pruned-field", Class::Loops, Specificity::Cause, WRITES, |_| Box::<pruned_field::PrunedField>::default(),
        "A field is in every request and in no response: it is not in the schema."),
    row("recreate", Class::Loops, Specificity::Cause, WRITES.union(Interest::NEW), |_| Box::<recreate::Recreate>::default(),
        "An object is deleted and recreated under the same name with the same content."),
    row("slow-loop", Class::Loops, Specificity::Cause, Interest::NEW, |_| Box::<slow_loop::SlowLoop>::default(),
        "An object leaves its state and is restored at every resync, however rare."),
    row("two-writers", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<two_writers::TwoWriters>::default(),
        "Two writers, one of them possibly unrecorded, keep undoing each other's changes of the same field."),
    row("ping-pong", Class::Loops, Specificity::Content, Interest::AUTHORED, |_| Box::<ping_pong::PingPong>::default(),
        "Writes trigger each other in a cycle over several objects, and it never settles."),
    row("selector-fight", Class::Loops, Specificity::Cause, WRITES, |_| Box::<selector_fight::SelectorFight>::default(),
        "One owner creates children that another one deletes at once; their number stays the same."),
    row("hot-victim", Class::Loops, Specificity::Recurrence, NEW_OR_AUTHORED.union(Interest::DELIVERY).union(Interest::CALL).union(Interest::SPAN), |_| Box::<hot_victim::HotVictim>::default(),
        "An actor is kept busy by another writer's writes, recorded or not, and writes nothing itself."),
    row("conflict-storm", Class::Loops, Specificity::Cause, WRITES.union(Interest::SPAN), |_| Box::<conflict_storm::ConflictStorm>::default(),
        "Repeated writes fail with 409 Conflict."),
    row("create-storm", Class::Loops, Specificity::Content, WRITES.union(Interest::NEW), |_| Box::<create_storm::CreateStorm>::default(),
        "Objects are created endlessly for the same owner with the same content, and none of them completes."),
    row("duplicates", Class::Races, Specificity::Cause, WRITES.union(Interest::DELIVERY).union(Interest::READ).union(Interest::LISTED),
        |_| Box::<duplicates::Duplicates>::default(),
        "A sibling is created although the first one exists, because its creator had not observed it."),
    row("back-in-time", Class::Races, Specificity::Cause, WRITES.union(Interest::DELIVERY).union(Interest::LISTED),
        |_| Box::<back_in_time::BackInTime>::default(),
        "An actor receives an older version than before, and acts on it."),
    row("lost-update", Class::Races, Specificity::Cause, Interest::AUTHORED, |_| Box::<lost_update::LostUpdate>::default(),
        "A write without precondition reverts another actor's change that the writer had not observed."),
    row("stale-write", Class::Races, Specificity::Cause, Interest::AUTHORED.union(WRITES), |_| Box::<stale_write::StaleWrite>::default(),
        "A write or delete without precondition overwrites another's change that the writer had not observed."),
    row("dying-write", Class::Races, Specificity::Cause, NEW_OR_AUTHORED, |_| Box::<dying_write::DyingWrite>::default(),
        "A writer changes an object that another actor has begun to delete, and had not observed that."),
    row("state-cycle", Class::Loops, Specificity::Recurrence, Interest::NEW, |_| Box::<state_cycle::StateCycle>::default(),
        "The whole state of an object recurs, and its writers react to their own writes."),
    row("hot-requeue", Class::Loops, Specificity::Recurrence, Interest::SPAN.union(Interest::WRITE), |_| Box::<hot_requeue::HotRequeue>::default(),
        "An object is reconciled repeatedly without pause, and without effect."),
    row("error-retry", Class::Loops, Specificity::Recurrence, Interest::CALL, |_| Box::<error_retry::ErrorRetry>::default(),
        "The same call fails repeatedly in the same way."),
    row("unknown-updates", Class::Loops, Specificity::Repetition, WRITES, |_| Box::<unknown_updates::UnknownUpdates>::default(),
        "Frequent updates of an object whose content was not recorded."),
    row("repeated-window", Class::Loops, Specificity::Repetition, Interest::CALL, |settings| Box::new(repeated_window::RepeatedWindow::new(settings)),
        "The same operations with the same contents repeat in the same order."),
    row("periodic", Class::Loops, Specificity::Repetition, Interest::CALL, |_| Box::<periodic::Periodic>::default(),
        "Regular calls: heartbeats, leases, resyncs."),
    row("slow", Class::Slow, Specificity::Cause, Interest::CALL, |settings| Box::new(slow::Slow::new(settings)),
        "Calls that take longer than the threshold, except watches and streams."),
    row("relatively-slow", Class::Slow, Specificity::Cause, Interest::CALL, |settings| Box::new(relatively_slow::RelativelySlow::new(settings)),
        "Calls that take far longer than others of the same verb and resource."),
    row("identical-reads", Class::Slow, Specificity::Repetition, Interest::READ, |_| Box::<identical_reads::IdenticalReads>::default(),
        "An actor repeats a read whose result is unchanged."),
    row("slow-reconcile", Class::Slow, Specificity::Cause, Interest::SPAN.union(Interest::CALL), |settings| Box::new(slow_reconcile::SlowReconcile::new(settings)),
        "The slowest reconciles, and the calls that they waited for."),
    row("bytes", Class::Slow, Specificity::Cause, Interest::CALL.union(Interest::DELIVERY), |_| Box::<traffic::Traffic>::default(),
        "The actors and kinds with the most received bytes."),
    row("large-list", Class::Slow, Specificity::Cause, Interest::READ, |_| Box::<large_lists::LargeLists>::default(),
        "A large collection is read in one page."),
    row("watch-restarts", Class::Slow, Specificity::Cause, Interest::WATCH, |_| Box::<watch_restarts::WatchRestarts>::default(),
        "A watch is reopened repeatedly after a short life."),
    row("errors", Class::Errors, Specificity::Cause, Interest::FAILURE, |_| Box::<errors::Errors>::default(),
        "Failed calls by verb, kind, reason and status."),
    row("access", Class::Access, Specificity::Cause, Interest::CALL, |_| Box::<access::Access>::default(),
        "Objects that several actors write."),
];

/// Name, class and sentence of everything that reports findings, invariants included.
pub fn kinds_of_findings() -> impl Iterator<Item = (&'static str, Class, &'static str)> {
    TABLE.iter().map(|row| (row.name, row.class, row.doc)).chain([(INVARIANT, Class::Invariants, INVARIANT_DOC)])
}

#[must_use]
pub fn by_name(name: &str) -> Option<&'static TableRow> {
    TABLE.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn rows_have_unique_names_and_a_sentence() {
        let mut names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(TABLE.iter().all(|row| row.doc.ends_with('.') && !row.name.contains(' ')));
    }
}
