//! The table of detectors.

use super::detector::Detector;
use super::interest::Interest;
use super::{
    access, back_in_time, condition_flip, conflict_storm, create_storm, defaulting_fight, duplicates, dying_write, error_retry,
    errors, hot_requeue, hot_victim, identical_reads, large_lists, lost_update, noop_apply, periodic, ping_pong, pruned_field,
    recreate, relatively_slow, repeated_window, selector_fight, self_trigger, slow, slow_loop, slow_reconcile, stale_write,
    state_cycle, traffic, two_writers, unknown_updates, watch_restarts,
};
use crate::finding::Class;
use crate::settings::Settings;

/// Rises whenever a detector's verdicts may change: findings kept by an older one are made anew.
pub const DETECTORS_VERSION: u32 = 5;

/// The name under which violations of invariants are found: those are asked for, and have no row.
pub const INVARIANT: &str = "invariant";
/// What it looks for.
pub const INVARIANT_DOC: &str = "An expression that should hold over all time does not.";

/// How much a finding says. One that says less about an object yields to one that says more about the same range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Specificity {
    /// That something repeats.
    Repetition,
    /// That a state recurs, or work is done for nothing.
    Recurrence,
    /// What the trouble is.
    Cause,
}

/// One row of the table.
pub struct TableRow {
    /// Its name: in findings, and for `--fail-on`.
    pub name: &'static str,
    /// What it looks for.
    pub class: Class,
    /// One sentence for people.
    pub doc: &'static str,
    /// How much its findings say.
    pub specificity: Specificity,
    /// What it sees.
    pub interest: Interest,
    /// Makes the check.
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

/// All detectors.
#[rustfmt::skip]
pub const TABLE: &[TableRow] = &[
    row("self-trigger", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<self_trigger::SelfTrigger>::default(),
        "A writer is woken by its own write, and writes again what says nothing new."),
    row("condition-flip", Class::Loops, Specificity::Cause, NEW_OR_AUTHORED, |_| Box::<condition_flip::ConditionFlip>::default(),
        "One writer's status goes back and forth between the same states."),
    row("noop-apply", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<noop_apply::NoopApply>::default(),
        "An apply that changes nothing gets a new resourceVersion each time, and wakes everybody."),
    row("defaulting-fight", Class::Loops, Specificity::Cause, WRITES, |_| Box::<defaulting_fight::DefaultingFight>::default(),
        "The same request again and again, since the server's answer holds what the request lacks or has otherwise."),
    row("pruned-field", Class::Loops, Specificity::Cause, WRITES, |_| Box::<pruned_field::PrunedField>::default(),
        "A field is in every request and in no answer: the schema does not know it."),
    row("recreate", Class::Loops, Specificity::Cause, WRITES.union(Interest::NEW), |_| Box::<recreate::Recreate>::default(),
        "An object is deleted and made again under the same name with the same content."),
    row("slow-loop", Class::Loops, Specificity::Cause, Interest::NEW, |_| Box::<slow_loop::SlowLoop>::default(),
        "A state is left and restored at every resync, however rarely that is."),
    row("two-writers", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<two_writers::TwoWriters>::default(),
        "Two writers, of whom one need not be recorded, keep undoing each other on the same field."),
    row("ping-pong", Class::Loops, Specificity::Cause, Interest::AUTHORED, |_| Box::<ping_pong::PingPong>::default(),
        "Writes wake each other in a circle over several objects, and none of them says anything new."),
    row("selector-fight", Class::Loops, Specificity::Cause, WRITES, |_| Box::<selector_fight::SelectorFight>::default(),
        "One owner makes children that another one deletes at once; their number stays the same."),
    row("hot-victim", Class::Loops, Specificity::Recurrence, NEW_OR_AUTHORED.union(Interest::DELIVERY).union(Interest::CALL).union(Interest::SPAN), |_| Box::<hot_victim::HotVictim>::default(),
        "An actor works hotly and writes nothing, because somebody else's writes, recorded or not, keep waking it."),
    row("conflict-storm", Class::Loops, Specificity::Cause, WRITES, |_| Box::<conflict_storm::ConflictStorm>::default(),
        "Write after write is refused with 409 Conflict."),
    row("create-storm", Class::Loops, Specificity::Cause, WRITES.union(Interest::NEW), |_| Box::<create_storm::CreateStorm>::default(),
        "Object after object is created for the same owner with the same content, and none of them ends."),
    row("duplicates", Class::Races, Specificity::Cause, WRITES.union(Interest::DELIVERY).union(Interest::READ).union(Interest::LISTED),
        |_| Box::<duplicates::Duplicates>::default(),
        "A sibling is created although the first one is there: its creator had not been shown it."),
    row("back-in-time", Class::Races, Specificity::Cause, WRITES.union(Interest::DELIVERY).union(Interest::LISTED),
        |_| Box::<back_in_time::BackInTime>::default(),
        "An actor is shown an older state than before, and acts on it."),
    row("lost-update", Class::Races, Specificity::Cause, Interest::AUTHORED, |_| Box::<lost_update::LostUpdate>::default(),
        "A write without precondition puts back what another had just changed and the writer had not been shown."),
    row("stale-write", Class::Races, Specificity::Cause, Interest::AUTHORED.union(WRITES), |_| Box::<stale_write::StaleWrite>::default(),
        "A write or a delete without precondition goes over another's change that the writer had not been shown."),
    row("dying-write", Class::Races, Specificity::Cause, NEW_OR_AUTHORED, |_| Box::<dying_write::DyingWrite>::default(),
        "A writer goes on with an object that another has begun to delete, and had not been shown that."),
    row("state-cycle", Class::Loops, Specificity::Recurrence, Interest::NEW, |_| Box::<state_cycle::StateCycle>::default(),
        "The whole state of an object recurs, by writers who answer to their own writes."),
    row("hot-requeue", Class::Loops, Specificity::Recurrence, Interest::SPAN.union(Interest::WRITE), |_| Box::<hot_requeue::HotRequeue>::default(),
        "An object is reconciled again and again without pause, and nothing comes of it."),
    row("error-retry", Class::Loops, Specificity::Recurrence, Interest::CALL, |_| Box::<error_retry::ErrorRetry>::default(),
        "The same call fails in the same way again and again."),
    row("unknown-updates", Class::Loops, Specificity::Repetition, WRITES, |_| Box::<unknown_updates::UnknownUpdates>::default(),
        "Quickly repeated updates of an object whose content was not recorded."),
    row("repeated-window", Class::Loops, Specificity::Repetition, Interest::CALL, |settings| Box::new(repeated_window::RepeatedWindow::new(settings)),
        "The same operations with the same contents follow each other in the same order."),
    row("periodic", Class::Loops, Specificity::Repetition, Interest::CALL, |_| Box::<periodic::Periodic>::default(),
        "A regular cadence: heartbeats, leases, resyncs."),
    row("slow", Class::Slow, Specificity::Cause, Interest::CALL, |settings| Box::new(slow::Slow::new(settings)),
        "Calls that take longer than the threshold; watches and streams are none."),
    row("relatively-slow", Class::Slow, Specificity::Cause, Interest::CALL, |settings| Box::new(relatively_slow::RelativelySlow::new(settings)),
        "Calls that take far longer than others of the same verb and resource."),
    row("identical-reads", Class::Slow, Specificity::Repetition, Interest::READ, |_| Box::<identical_reads::IdenticalReads>::default(),
        "An actor reads what it has just read, and finds it unchanged."),
    row("slow-reconcile", Class::Slow, Specificity::Cause, Interest::SPAN.union(Interest::CALL), |settings| Box::new(slow_reconcile::SlowReconcile::new(settings)),
        "The slowest reconciles, and the calls that they waited for."),
    row("bytes", Class::Slow, Specificity::Cause, Interest::CALL.union(Interest::DELIVERY), |_| Box::<traffic::Traffic>::default(),
        "Who is sent most bytes, and of what."),
    row("large-list", Class::Slow, Specificity::Cause, Interest::READ, |_| Box::<large_lists::LargeLists>::default(),
        "A large collection is fetched in one piece."),
    row("watch-restarts", Class::Slow, Specificity::Cause, Interest::WATCH, |_| Box::<watch_restarts::WatchRestarts>::default(),
        "A watch is opened again and again after a short life."),
    row("errors", Class::Errors, Specificity::Cause, Interest::FAILURE, |_| Box::<errors::Errors>::default(),
        "Failed calls by verb, kind, reason and status."),
    row("access", Class::Access, Specificity::Cause, Interest::CALL, |_| Box::<access::Access>::default(),
        "Objects that several actors write."),
];

/// Name, class and sentence of everything that makes findings, invariants included.
pub fn kinds_of_findings() -> impl Iterator<Item = (&'static str, Class, &'static str)> {
    TABLE.iter().map(|row| (row.name, row.class, row.doc)).chain([(INVARIANT, Class::Invariants, INVARIANT_DOC)])
}

/// The row with a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static TableRow> {
    TABLE.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn names_are_unique_and_every_row_says_what_it_does() {
        let mut names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(TABLE.iter().all(|row| row.doc.ends_with('.') && !row.name.contains(' ')));
    }
}
