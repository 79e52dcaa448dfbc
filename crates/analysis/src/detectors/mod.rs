//! The table of detectors.
//!
//! A row is a name, a class, a sentence and a check; a check sees the steps of the stream that it is interested in, in
//! order, and reports to the book. Each keeps a bounded memory of its own and forgets what the scene forgets, so that
//! nobody is accused across a gap.

mod access;
mod back_in_time;
mod beat;
mod condition_flip;
mod conflict_storm;
mod create_storm;
mod cycle;
mod defaulting_fight;
mod duplicates;
mod dying_write;
mod error_retry;
mod errors;
mod hot_requeue;
mod hot_victim;
mod identical_reads;
mod large_lists;
mod lost_update;
mod noop_apply;
mod periodic;
mod ping_pong;
mod pruned_field;
mod recreate;
mod relatively_slow;
mod repeated_window;
mod selector_fight;
mod self_trigger;
mod sent_and_kept;
mod slow;
mod slow_loop;
mod slow_reconcile;
mod stale_write;
mod state_cycle;
mod traffic;
mod two_writers;
mod unknown_updates;
mod unseen;
mod watch_restarts;

pub(super) use errors::reason as reason_of;
pub(super) use slow::is_meant_to_end;

use super::finding::{Book, Class};
use super::scene::{Scene, Step};
use super::settings::Settings;
use super::stream::Item;
use kuberewind_model::Verb;

/// Rises whenever a detector's verdicts may change: findings kept by an older one are made anew.
pub const DETECTORS_VERSION: u32 = 5;

/// The name under which violations of invariants are found: those are asked for, and have no row.
pub const INVARIANT: &str = "invariant";
/// What it looks for.
pub const INVARIANT_DOC: &str = "An expression that should hold over all time does not.";

/// A check over the stream.
pub trait Detector: Send {
    /// One step that it is interested in.
    fn step(&mut self, step: &Step<'_>, book: &mut Book);

    /// Something is missing from here on: what the scene no longer knows is to be forgotten.
    fn forget(&mut self, scene: &Scene);

    /// What is told of the stream as a whole, up to here; asked as often as somebody looks.
    fn end(&self, _scene: &Scene, _book: &mut Book) {}
}

/// Which steps a detector sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(u16);

impl Interest {
    /// A state that nobody had been shown before.
    pub const NEW: Interest = Interest(1);
    /// The answer to the write that made a state.
    pub const AUTHORED: Interest = Interest(1 << 1);
    /// A call that asks for a change, whatever came of it.
    pub const WRITE: Interest = Interest(1 << 2);
    /// A get or a list.
    pub const READ: Interest = Interest(1 << 3);
    /// A watch event.
    pub const DELIVERY: Interest = Interest(1 << 4);
    /// A call that failed.
    pub const FAILURE: Interest = Interest(1 << 5);
    /// A reconcile began or ended.
    pub const SPAN: Interest = Interest(1 << 6);
    /// A watch was opened.
    pub const WATCH: Interest = Interest(1 << 7);
    /// An item of a list.
    pub const LISTED: Interest = Interest(1 << 8);
    /// Any call (watch events are none).
    pub const CALL: Interest = Interest(1 << 9);

    /// This and that.
    #[must_use]
    pub const fn and(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    /// Whether they have something in common.
    #[must_use]
    pub const fn meets(self, other: Interest) -> bool {
        self.0 & other.0 != 0
    }

    /// What there is to see in a step.
    #[must_use]
    pub fn of(step: &Step<'_>) -> Interest {
        let mut found = Interest(0);
        let mut add = |wanted: bool, interest: Interest| {
            if wanted {
                found = found.and(interest);
            }
        };
        add(step.new.is_some(), Interest::NEW);
        add(step.authored.is_some(), Interest::AUTHORED);
        match step.item {
            Item::Listed(_) => add(true, Interest::LISTED),
            Item::SpanStarted(_) | Item::SpanEnded(_) => add(true, Interest::SPAN),
            Item::Gap(_) => {}
            Item::Operation(seen) => {
                let verb = seen.op.verb;
                add(verb.is_write(), Interest::WRITE);
                add(matches!(verb, Verb::Get | Verb::List), Interest::READ);
                add(verb.is_watch_event(), Interest::DELIVERY);
                add(!verb.is_watch_event(), Interest::CALL);
                add(seen.is_failure(), Interest::FAILURE);
                add(verb == Verb::Watch, Interest::WATCH);
            }
        }
        found
    }
}

/// How much a finding says. One that says less about an object yields to one that says more about the same range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// That something repeats.
    Repetition,
    /// That a state recurs, or work is done for nothing.
    Recurrence,
    /// What the trouble is.
    Cause,
}

/// One row of the table.
pub struct Row {
    /// Its name: in findings, and for `--fail-on`.
    pub name: &'static str,
    /// What it looks for.
    pub class: Class,
    /// One sentence for people.
    pub doc: &'static str,
    /// How much its findings say.
    pub says: Says,
    /// What it sees.
    pub sees: Interest,
    /// Makes the check.
    pub check: fn(&Settings) -> Box<dyn Detector>,
}

const fn row(
    name: &'static str,
    class: Class,
    says: Says,
    sees: Interest,
    check: fn(&Settings) -> Box<dyn Detector>,
    doc: &'static str,
) -> Row {
    Row { name, class, doc, says, sees, check }
}

const NEW_OR_AUTHORED: Interest = Interest::NEW.and(Interest::AUTHORED);
const WRITES: Interest = Interest::WRITE;

/// All detectors.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row("self-trigger", Class::Loops, Says::Cause, Interest::AUTHORED, |_| Box::<self_trigger::SelfTrigger>::default(),
        "A writer is woken by its own write, and writes again what says nothing new."),
    row("condition-flip", Class::Loops, Says::Cause, NEW_OR_AUTHORED, |_| Box::<condition_flip::ConditionFlip>::default(),
        "One writer's status goes back and forth between the same states."),
    row("noop-apply", Class::Loops, Says::Cause, Interest::AUTHORED, |_| Box::<noop_apply::NoopApply>::default(),
        "An apply that changes nothing gets a new resourceVersion each time, and wakes everybody."),
    row("defaulting-fight", Class::Loops, Says::Cause, WRITES, |_| Box::<defaulting_fight::DefaultingFight>::default(),
        "The same request again and again, since the server's answer holds what the request lacks or has otherwise."),
    row("pruned-field", Class::Loops, Says::Cause, WRITES, |_| Box::<pruned_field::PrunedField>::default(),
        "A field is in every request and in no answer: the schema does not know it."),
    row("recreate", Class::Loops, Says::Cause, WRITES.and(Interest::NEW), |_| Box::<recreate::Recreate>::default(),
        "An object is deleted and made again under the same name with the same content."),
    row("slow-loop", Class::Loops, Says::Cause, Interest::NEW, |_| Box::<slow_loop::SlowLoop>::default(),
        "A state is left and restored at every resync, however rarely that is."),
    row("two-writers", Class::Loops, Says::Cause, Interest::AUTHORED, |_| Box::<two_writers::TwoWriters>::default(),
        "Two writers, of whom one need not be recorded, keep undoing each other on the same field."),
    row("ping-pong", Class::Loops, Says::Cause, Interest::AUTHORED, |_| Box::<ping_pong::PingPong>::default(),
        "Writes wake each other in a circle over several objects, and none of them says anything new."),
    row("selector-fight", Class::Loops, Says::Cause, WRITES, |_| Box::<selector_fight::SelectorFight>::default(),
        "One owner makes children that another one deletes at once; their number stays the same."),
    row("hot-victim", Class::Loops, Says::Recurrence, NEW_OR_AUTHORED.and(Interest::DELIVERY).and(Interest::CALL).and(Interest::SPAN), |_| Box::<hot_victim::HotVictim>::default(),
        "An actor works hotly and writes nothing, because somebody else's writes, recorded or not, keep waking it."),
    row("conflict-storm", Class::Loops, Says::Cause, WRITES, |_| Box::<conflict_storm::ConflictStorm>::default(),
        "Write after write is refused with 409 Conflict."),
    row("create-storm", Class::Loops, Says::Cause, WRITES.and(Interest::NEW), |_| Box::<create_storm::CreateStorm>::default(),
        "Object after object is created for the same owner with the same content, and none of them ends."),
    row("duplicates", Class::Races, Says::Cause, WRITES.and(Interest::DELIVERY).and(Interest::READ).and(Interest::LISTED),
        |_| Box::<duplicates::Duplicates>::default(),
        "A sibling is created although the first one is there: its creator had not been shown it."),
    row("back-in-time", Class::Races, Says::Cause, WRITES.and(Interest::DELIVERY).and(Interest::LISTED),
        |_| Box::<back_in_time::BackInTime>::default(),
        "An actor is shown an older state than before, and acts on it."),
    row("lost-update", Class::Races, Says::Cause, Interest::AUTHORED, |_| Box::<lost_update::LostUpdate>::default(),
        "A write without precondition puts back what another had just changed and the writer had not been shown."),
    row("stale-write", Class::Races, Says::Cause, Interest::AUTHORED.and(WRITES), |_| Box::<stale_write::StaleWrite>::default(),
        "A write or a delete without precondition goes over another's change that the writer had not been shown."),
    row("dying-write", Class::Races, Says::Cause, NEW_OR_AUTHORED, |_| Box::<dying_write::DyingWrite>::default(),
        "A writer goes on with an object that another has begun to delete, and had not been shown that."),
    row("state-cycle", Class::Loops, Says::Recurrence, Interest::NEW, |_| Box::<state_cycle::StateCycle>::default(),
        "The whole state of an object recurs, by writers who answer to their own writes."),
    row("hot-requeue", Class::Loops, Says::Recurrence, Interest::SPAN.and(Interest::WRITE), |_| Box::<hot_requeue::HotRequeue>::default(),
        "An object is reconciled again and again without pause, and nothing comes of it."),
    row("error-retry", Class::Loops, Says::Recurrence, Interest::CALL, |_| Box::<error_retry::ErrorRetry>::default(),
        "The same call fails in the same way again and again."),
    row("unknown-updates", Class::Loops, Says::Repetition, WRITES, |_| Box::<unknown_updates::UnknownUpdates>::default(),
        "Quickly repeated updates of an object whose content was not recorded."),
    row("repeated-window", Class::Loops, Says::Repetition, Interest::CALL, |settings| Box::new(repeated_window::RepeatedWindow::new(settings)),
        "The same operations with the same contents follow each other in the same order."),
    row("periodic", Class::Loops, Says::Repetition, Interest::CALL, |_| Box::<periodic::Periodic>::default(),
        "A regular beat: heartbeats, leases, resyncs."),
    row("slow", Class::Slow, Says::Cause, Interest::CALL, |settings| Box::new(slow::Slow::new(settings)),
        "Calls that take longer than the threshold; watches and streams are none."),
    row("relatively-slow", Class::Slow, Says::Cause, Interest::CALL, |settings| Box::new(relatively_slow::RelativelySlow::new(settings)),
        "Calls that take far longer than others of the same verb and resource."),
    row("identical-reads", Class::Slow, Says::Repetition, Interest::READ, |_| Box::<identical_reads::IdenticalReads>::default(),
        "An actor reads what it has just read, and finds it unchanged."),
    row("slow-reconcile", Class::Slow, Says::Cause, Interest::SPAN.and(Interest::CALL), |settings| Box::new(slow_reconcile::SlowReconcile::new(settings)),
        "The slowest reconciles, and the calls that they waited for."),
    row("bytes", Class::Slow, Says::Cause, Interest::CALL.and(Interest::DELIVERY), |_| Box::<traffic::Traffic>::default(),
        "Who is sent most bytes, and of what."),
    row("large-list", Class::Slow, Says::Cause, Interest::READ, |_| Box::<large_lists::LargeLists>::default(),
        "A large collection is fetched in one piece."),
    row("watch-restarts", Class::Slow, Says::Cause, Interest::WATCH, |_| Box::<watch_restarts::WatchRestarts>::default(),
        "A watch is opened again and again after a short life."),
    row("errors", Class::Errors, Says::Cause, Interest::FAILURE, |_| Box::<errors::Errors>::default(),
        "Failed calls by verb, kind, reason and status."),
    row("access", Class::Access, Says::Cause, Interest::CALL, |_| Box::<access::Access>::default(),
        "Objects that several actors write."),
];

/// Name, class and sentence of everything that makes findings, invariants included.
pub fn kinds_of_findings() -> impl Iterator<Item = (&'static str, Class, &'static str)> {
    TABLE.iter().map(|row| (row.name, row.class, row.doc)).chain([(INVARIANT, Class::Invariants, INVARIANT_DOC)])
}

/// The row with a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Row> {
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
