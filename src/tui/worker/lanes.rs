//! Actors, or objects, against time: a range of operations around the cursor.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::session::Ordinals;
use kuberewind_analysis::queries::why::why_operation;
use kuberewind_model::{Certainty, Operation, Result, Seq, SpanResult, Timestamp, Verb};

use super::{Order, Worker, names};

/// The most operations in a range.
pub const MAX_STRETCH: u64 = 4_096;
/// The most spans in it.
const MAX_SPANS: usize = 2_000;
/// The most lanes.
const MAX_LANES: usize = 1_000;
/// How many causes of the operation are drawn, one after the other.
const MAX_CAUSES: usize = 8;
/// How many of its effects.
const MAX_EFFECTS: usize = 6;

/// What has a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LaneBy {
    /// Each actor.
    #[default]
    Actor,
    /// Each object.
    Object,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanesWish {
    /// The cursor.
    pub at: Seq,
    /// The middle of what is shown.
    pub middle: Seq,
    /// How many operations around that.
    pub range: u64,
    /// What has a lane.
    pub by: LaneBy,
    /// The order of the lanes.
    pub order: Order,
}

/// An operation in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Its lane.
    pub lane: usize,
    /// What it did.
    pub verb: Verb,
    /// Whether it failed.
    pub failed: bool,
}

/// A reconcile in its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its short name.
    pub name: Arc<str>,
    /// Its lane.
    pub lane: usize,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None` where its end was not told.
    pub to: Option<Timestamp>,
    /// Whether it failed.
    pub failed: bool,
}

/// From a cause to its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrow {
    /// The cause.
    pub from: Seq,
    /// The effect.
    pub to: Seq,
    /// How sure.
    pub certainty: Certainty,
}

/// The range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lanes {
    /// The cursor for which it was made.
    pub at: Seq,
    /// Its first and last moment in time.
    pub time: (Timestamp, Timestamp),
    /// The names of the lanes.
    pub names: Vec<Arc<str>>,
    /// The operations, in order.
    pub marks: Vec<Mark>,
    /// The reconciles.
    pub bars: Vec<Bar>,
    /// What caused the operation at the cursor, and what it led to.
    pub arrows: Vec<Arrow>,
}

impl Worker {
    pub(super) fn lanes(&mut self, wish: LanesWish) -> Result<Lanes> {
        let mut lanes = Lanes { at: wish.at, ..Lanes::default() };
        let lineage = self.recording.lineage();
        if lineage.is_empty() {
            return Ok(lanes);
        }
        let length = wish.range.clamp(8, MAX_STRETCH).min(lineage.len());
        // Aligned to quarters of the range, so that a step does not move everything.
        let quarter = (length / 4).max(1);
        let first = (lineage.ordinal(wish.middle) / quarter * quarter).saturating_sub(length / 2).min(lineage.len() - length);
        let range = lineage.nth(first)..=lineage.nth(first + length - 1);
        let limit = usize::try_from(length).unwrap_or(usize::MAX);
        let operations = self.recording.source().operations(lineage, range.clone(), limit)?;
        let mut named = BTreeMap::new();
        for operation in &operations {
            let name = self.lane_of(operation, wish.by)?;
            named.entry(name).or_insert_with(Vec::new).push(mark(operation));
        }
        let mut named: Vec<(Arc<str>, Vec<Mark>)> = named.into_iter().collect();
        in_order(&mut named, wish.order);
        for (name, marks) in named.into_iter().take(MAX_LANES) {
            let lane = lanes.names.len();
            lanes.names.push(name);
            lanes.marks.extend(marks.into_iter().map(|mark| Mark { lane, ..mark }));
        }
        lanes.marks.sort_by_key(|mark| mark.seq);
        let ends = (operations.first(), operations.last());
        lanes.time = (ends.0.map_or(Timestamp(0), |first| first.at), ends.1.map_or(Timestamp(0), |last| last.at));
        self.bars(&mut lanes, wish.by, range)?;
        lanes.arrows = self.arrows(wish.at)?;
        Ok(lanes)
    }

    fn lane_of(&mut self, operation: &Operation, by: LaneBy) -> Result<Arc<str>> {
        match by {
            LaneBy::Actor => self.names.actor(self.recording.source(), operation.actor),
            LaneBy::Object => {
                let row = self.row(operation)?;
                let parts = [&row.kind, &row.namespace, &row.name];
                let parts: Vec<&str> = parts.into_iter().map(|part| &**part).filter(|part| !part.is_empty()).collect();
                Ok(Arc::from(parts.join("/")))
            }
        }
    }

    fn bars(&mut self, lanes: &mut Lanes, by: LaneBy, range: std::ops::RangeInclusive<Seq>) -> Result<()> {
        let spans = self.recording.source().spans(self.recording.lineage(), range, MAX_SPANS)?;
        for span in spans {
            let name = match by {
                LaneBy::Actor => self.names.actor(self.recording.source(), span.actor)?,
                LaneBy::Object => {
                    let parts = [&span.kind_name, &span.object.namespace, &span.object.name];
                    let parts: Vec<&str> = parts.into_iter().map(|part| &**part).filter(|part| !part.is_empty()).collect();
                    Arc::from(parts.join("/"))
                }
            };
            let Some(lane) = lanes.names.iter().position(|of| *of == name) else { continue };
            lanes.bars.push(Bar {
                name: Arc::from(names::short(&span)),
                lane,
                from: span.start,
                to: span.duration.map(|duration| span.start.plus(duration)),
                failed: span.result == SpanResult::Error,
            });
        }
        Ok(())
    }

    /// The causes one after the other, and the effects of the operation itself.
    fn arrows(&mut self, at: Seq) -> Result<Vec<Arrow>> {
        let Some(operation) = self.operation(at)? else { return Ok(Vec::new()) };
        let mut arrows = Vec::new();
        let chain = why_operation(self.recording.source(), self.recording.lineage(), at, MAX_CAUSES)?;
        let mut effect = at;
        let mut sure = Certainty::Exact;
        for link in chain.links.iter().skip(1) {
            sure = sure.min(link.certainty);
            if let Some(cause) = link.operation {
                arrows.push(Arrow { from: cause, to: effect, certainty: sure });
                (effect, sure) = (cause, Certainty::Exact);
            }
        }
        for echo in self.echoes(&operation)?.into_iter().take(MAX_EFFECTS) {
            arrows.push(Arrow { from: at, to: echo.to.seq, certainty: echo.certainty });
        }
        Ok(arrows)
    }
}

/// The lanes come by name, and stay so among equals.
fn in_order(lanes: &mut [(Arc<str>, Vec<Mark>)], order: Order) {
    match order {
        Order::Operations => lanes.sort_by_key(|(_, marks)| Reverse(marks.len())),
        Order::Errors => lanes.sort_by_key(|(_, marks)| Reverse(marks.iter().filter(|mark| mark.failed).count())),
        Order::Time => lanes.sort_by_key(|(_, marks)| marks.first().map(|mark| mark.seq)),
        _ => {}
    }
}

fn mark(operation: &Operation) -> Mark {
    let failed = matches!(
        operation.outcome,
        kuberewind_model::Outcome::Refused | kuberewind_model::Outcome::MaybeApplied | kuberewind_model::Outcome::Lost
    ) || operation.verb == Verb::Error;
    Mark { seq: operation.seq, at: operation.at, lane: 0, verb: operation.verb, failed }
}
