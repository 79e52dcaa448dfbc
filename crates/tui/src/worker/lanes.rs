//! The lanes pane: a range of operations around the cursor.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::order::Order;
use crate::protocol::{Arrow, Bar, LaneBy, Lanes, LanesRequest, MAX_LANES_RANGE, Mark};
use kuberewind_analysis::queries::why::why_operation;
use kuberewind_model::{Certainty, Operation, Result, Seq, SpanResult, Timestamp, Verb};
use kuberewind_session::Ordinals;

use super::{Worker, names};

/// The most reconciles in a range.
const MAX_SPANS: usize = 2_000;
const MAX_LANES: usize = 1_000;
/// The most causes that are drawn, one after the other.
const MAX_CAUSES: usize = 8;
/// The most effects that are drawn.
const MAX_EFFECTS: usize = 6;

impl Worker {
    pub(super) fn lanes(&mut self, request: LanesRequest) -> Result<Lanes> {
        let mut lanes = Lanes { at: request.at, ..Lanes::default() };
        let lineage = self.recording.lineage();
        if lineage.is_empty() {
            return Ok(lanes);
        }
        let length = request.range.clamp(8, MAX_LANES_RANGE).min(lineage.len());
        // Aligned to a quarter of the range, so that a step does not move the range.
        let quarter = (length / 4).max(1);
        let first = (lineage.ordinal(request.middle) / quarter * quarter).saturating_sub(length / 2).min(lineage.len() - length);
        let range = lineage.nth(first)..=lineage.nth(first + length - 1);
        let limit = usize::try_from(length).unwrap_or(usize::MAX);
        let operations = self.recording.source().operations(lineage, range.clone(), limit)?;
        let mut named = BTreeMap::new();
        for operation in &operations {
            let name = self.lane_of(operation, request.by)?;
            named.entry(name).or_insert_with(Vec::new).push(mark(operation));
        }
        let mut named: Vec<(Arc<str>, Vec<Mark>)> = named.into_iter().collect();
        in_order(&mut named, request.order);
        for (name, marks) in named.into_iter().take(MAX_LANES) {
            let lane = lanes.names.len();
            lanes.names.push(name);
            lanes.marks.extend(marks.into_iter().map(|mark| Mark { lane, ..mark }));
        }
        lanes.marks.sort_by_key(|mark| mark.seq);
        let ends = (operations.first(), operations.last());
        lanes.time = (ends.0.map_or(Timestamp(0), |first| first.at), ends.1.map_or(Timestamp(0), |last| last.at));
        self.bars(&mut lanes, request.by, range)?;
        lanes.arrows = self.arrows(request.at)?;
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

    /// The chain of causes, and the effects of the operation.
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

/// Sorts the lanes. They arrive sorted by name, and the sort is stable.
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
