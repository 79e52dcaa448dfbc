//! Builds the graph in one pass over the operations and one over the reconciles.

use std::collections::HashMap;

use super::super::context::QueryContext;
use super::super::why::covers;
use super::graph::{Edge, EdgeType, Graph, Node, NodeType, Window};
use super::index::{CausalityIndex, Delivery};
use kuberewind_model::{
    ActorId, Certainty, History, Lineage, ObjectKey, Operation, Outcome, Result, Seq, Span, SpanId, Trigger, Version,
};

/// Operations per read.
const PAGE: usize = 4_096;

pub(super) fn build(history: &dyn History, lineage: &Lineage, window: &Window) -> Result<Graph> {
    let context = QueryContext::new(history, lineage);
    let mut builder = Builder {
        context: &context,
        window,
        index: CausalityIndex::default(),
        graph: Graph::default(),
        ops: HashMap::new(),
        spans: HashMap::new(),
        unassigned: Vec::new(),
        last_run: HashMap::new(),
    };
    builder.read_operations()?;
    let spans = history.spans(lineage, window.from..=window.to, window.limit)?;
    builder.graph.more |= spans.len() >= window.limit;
    for span in &spans {
        builder.add_span(span)?;
    }
    builder.assign_writes(&spans)?;
    Ok(builder.done())
}

struct Builder<'a> {
    context: &'a QueryContext<'a>,
    window: &'a Window,
    index: CausalityIndex,
    graph: Graph,
    ops: HashMap<Seq, usize>,
    spans: HashMap<SpanId, usize>,
    /// Writes without a recorded reconcile.
    unassigned: Vec<Operation>,
    /// By actor and object: the last number known at the start of its latest reconcile.
    last_run: HashMap<(ActorId, ObjectKey), Seq>,
}

impl Builder<'_> {
    fn read_operations(&mut self) -> Result<()> {
        let mut from = self.window.from;
        let mut left = self.window.limit;
        while from <= self.window.to && left > 0 {
            let page = self.context.history.operations(self.context.lineage, from..=self.window.to, PAGE.min(left))?;
            let Some(last) = page.last() else { return Ok(()) };
            from = last.seq.next();
            left -= page.len();
            for operation in page {
                self.read(operation)?;
            }
        }
        self.graph.more = left == 0;
        Ok(())
    }

    fn read(&mut self, operation: Operation) -> Result<()> {
        let version = self.index.add_operation(self.context, &operation)?;
        let counts = !matches!(operation.outcome, Outcome::DryRun | Outcome::Lost);
        if !operation.verb.is_write() || !counts {
            return Ok(());
        }
        self.add_operation(&operation, version.as_ref())?;
        self.unassigned.push(operation);
        Ok(())
    }

    fn add_operation(&mut self, operation: &Operation, version: Option<&Version>) -> Result<usize> {
        if let Some(at) = self.ops.get(&operation.seq) {
            return Ok(*at);
        }
        let object = operation.object.map(|object| self.context.object(object)).transpose()?;
        let kind = operation.kind.map(|kind| self.context.kind_name(kind)).transpose()?.unwrap_or_default();
        let payload = operation.request_body.filter(|_| self.window.payloads);
        let payload = payload.map(|body| self.context.history.body(body)).transpose()?.flatten();
        self.graph.nodes.push(Node {
            id: format!("op:{}", operation.seq.0),
            node_type: NodeType::Op,
            actor_id: self.context.actor_name(operation.actor)?.to_string(),
            kind: kind.to_string(),
            ns: operation.namespace.to_string(),
            name: operation.name.to_string(),
            ts: operation.at,
            rv: version.map(|version| version.resource_version.to_string()).unwrap_or_default(),
            uid: object.map(|object| object.uid.to_string()).unwrap_or_default(),
            duration_ms: Some(operation.duration),
            error: operation.error.to_string(),
            verb: operation.verb.to_string(),
            payload: payload.and_then(|text| serde_json::from_str(&text).ok()),
            at: operation.seq,
        });
        self.ops.insert(operation.seq, self.graph.nodes.len() - 1);
        Ok(self.graph.nodes.len() - 1)
    }

    fn add_span(&mut self, span: &Span) -> Result<()> {
        let trigger = span.triggers.iter().find(|trigger| !trigger.resource_version.is_empty());
        self.graph.nodes.push(Node {
            id: format!("span:{}", span.label),
            node_type: NodeType::Span,
            actor_id: self.context.actor_name(span.actor)?.to_string(),
            kind: span.kind_name.to_string(),
            ns: span.object.namespace.to_string(),
            name: span.object.name.to_string(),
            ts: span.start,
            rv: trigger.map(|trigger| trigger.resource_version.to_string()).unwrap_or_default(),
            uid: trigger.map(|trigger| trigger.uid.to_string()).unwrap_or_default(),
            duration_ms: span.duration,
            error: span.error.to_string(),
            verb: String::new(),
            payload: None,
            at: span.started_after,
        });
        let node = self.graph.nodes.len() - 1;
        self.spans.insert(span.id, node);
        let key = (span.actor, span.object.clone());
        let since = self.last_run.insert(key, span.started_after).unwrap_or(Seq::START);
        let mut caused = false;
        for trigger in &span.triggers {
            caused |= self.by_trigger(span, trigger, node)?;
        }
        if !caused {
            self.by_deliveries(span, since, node)?;
        }
        Ok(())
    }

    fn edge(&mut self, from: usize, to: usize, edge_type: EdgeType, certainty: Certainty, evidence: String) {
        let (Some(cause), Some(effect)) = (self.graph.nodes.get(from), self.graph.nodes.get(to)) else { return };
        let (from_id, to_id) = (cause.id.clone(), effect.id.clone());
        let ends = (from, to);
        if !self.graph.edges.iter().rev().take(64).any(|edge| edge.ends == ends) {
            self.graph.edges.push(Edge { from: from_id, to: to_id, edge_type, certainty, evidence, ends });
        }
    }

    /// Adds an edge for a trigger. Returns false if the trigger does not lead to an operation.
    fn by_trigger(&mut self, span: &Span, trigger: &Trigger, node: usize) -> Result<bool> {
        if let Some(seq) = trigger.operation
            && let Some(operation) = self.context.operation(seq)?
        {
            return self.by_operation(&operation, trigger.certainty, node);
        }
        let Some(object) = self.index.object_with_uid(&trigger.uid) else { return Ok(false) };
        let Ok(number) = trigger.resource_version.parse() else { return Ok(false) };
        let rank = kuberewind_model::Rank { number, arrival: 0 };
        let (write, certainty, evidence) = match self.index.write_of(object, rank) {
            Some(write) => (write, Certainty::Exact, format!("uid and resourceVersion {number} are the write's")),
            None => match self.index.write_before(object, rank) {
                Some(write) => {
                    (write, Certainty::Likely, format!("the last recorded write of this uid before resourceVersion {number}"))
                }
                None => return Ok(false),
            },
        };
        let early = write <= span.started_after || self.began_before(write, span)?;
        let (true, Some(from)) = (early, self.ops.get(&write).copied()) else { return Ok(false) };
        self.edge(from, node, EdgeType::OpToSpan, certainty, evidence);
        Ok(true)
    }

    /// True if a write whose response arrived after the start of a reconcile had been sent before.
    fn began_before(&self, write: Seq, span: &Span) -> Result<bool> {
        let operation = self.context.operation(write)?;
        Ok(operation.is_some_and(|operation| operation.at <= span.start || operation.started_after <= span.started_after))
    }

    /// Adds an edge from the triggering operation: from a write itself, else from the write of the delivered version.
    fn by_operation(&mut self, operation: &Operation, certainty: Certainty, node: usize) -> Result<bool> {
        if operation.verb.is_write() {
            let from = self.add_operation(operation, None)?;
            self.edge(from, node, EdgeType::OpToSpan, certainty, "the write itself triggered it".to_owned());
            return Ok(true);
        }
        let version = operation.version.map(|version| self.context.version(version)).transpose()?.flatten();
        let Some(version) = version else { return Ok(false) };
        let (from, certainty, evidence) =
            match self.index.write_of(version.object, version.rank).and_then(|write| self.ops.get(&write)) {
                Some(from) => {
                    (*from, certainty, format!("delivered by {} as resourceVersion {}", operation.seq, version.resource_version))
                }
                None => {
                    let from = self.add_operation(operation, Some(&version))?;
                    (from, certainty, format!("delivered by {}; its write is not in the recording", operation.seq))
                }
            };
        self.edge(from, node, EdgeType::OpToSpan, certainty, evidence);
        Ok(true)
    }

    /// For a reconcile without known trigger: adds edges from the deliveries since the last reconcile of the same object, of
    /// that object and of objects that it owns.
    fn by_deliveries(&mut self, span: &Span, since: Seq, node: usize) -> Result<()> {
        let process = self.context.process(span.actor)?;
        let waiting: Vec<Delivery> = self.index.delivered(span.actor, process, since, span.started_after).to_vec();
        let mut found = Vec::new();
        for delivery in waiting {
            let object = self.context.object(delivery.object)?;
            if object.key.name == span.object.name
                && object.key.namespace == span.object.namespace
                && object.kind_name == span.kind_name
            {
                found.push((delivery, String::new()));
            } else if self.index.is_owned_by(self.context, delivery.object, span)? {
                found.push((delivery, format!("{object} names {}/{} as its owner; ", span.kind_name, span.object.name)));
            }
        }
        let many = found.len();
        for (delivery, owner) in found {
            let Some(operation) = self.context.operation(delivery.seq)? else { continue };
            let start = self.graph.edges.len();
            self.by_operation(&operation, Certainty::Likely, node)?;
            if let Some(edge) = self.graph.edges.get_mut(start) {
                let coalesced =
                    if many > 1 { format!(", one of {many} coalesced since the reconcile before") } else { String::new() };
                edge.evidence = format!("{owner}{}{coalesced}", edge.evidence);
            }
        }
        Ok(())
    }

    /// Adds edges from reconciles to their writes: the recorded one, else one of the same actor that ran then.
    fn assign_writes(&mut self, spans: &[Span]) -> Result<()> {
        let mut by_actor: HashMap<ActorId, Vec<&Span>> = HashMap::new();
        for span in spans {
            by_actor.entry(span.actor).or_default().push(span);
        }
        let guessed: HashMap<SpanId, Certainty> = spans.iter().filter_map(|span| Some((span.id, span.inferred?))).collect();
        for operation in std::mem::take(&mut self.unassigned) {
            let Some(to) = self.ops.get(&operation.seq).copied() else { continue };
            if let Some(from) = operation.span.and_then(|span| self.spans.get(&span)).copied() {
                let inferred = operation.span.and_then(|id| guessed.get(&id)).copied();
                let (certainty, evidence) = match inferred {
                    None => (Certainty::Exact, "made within the reconcile"),
                    Some(certainty) => (certainty, "made within a reconcile that is inferred from the traffic"),
                };
                self.edge(from, to, EdgeType::SpanToOp, certainty, evidence.to_owned());
                continue;
            }
            let Some(all) = by_actor.get(&operation.actor) else { continue };
            // Reconciles are ordered by start; those that may still run are among the last.
            let end = all.partition_point(|span| span.start <= operation.at);
            let running: Vec<&&Span> = all[..end].iter().rev().take(64).filter(|span| covers(span, &operation)).collect();
            let same = |span: &&&Span| span.object.name == operation.name && span.object.namespace == operation.namespace;
            let chosen = running.iter().copied().find(same).or_else(|| running.first().copied());
            if let Some(from) = chosen.and_then(|span| self.spans.get(&span.id)).copied() {
                let evidence = "the same actor, within the reconcile's time".to_owned();
                self.edge(from, to, EdgeType::SpanToOp, Certainty::Guess, evidence);
            }
        }
        Ok(())
    }

    fn done(self) -> Graph {
        let mut graph = self.graph;
        // Orders nodes by time, and a reconcile before the calls after its start.
        let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
        order.sort_by_key(|at| {
            let node = &graph.nodes[*at];
            (node.ts, node.at, node.node_type == NodeType::Op)
        });
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let mut nodes: Vec<Option<Node>> = graph.nodes.into_iter().map(Some).collect();
        graph.nodes = order.iter().filter_map(|at| nodes.get_mut(*at)?.take()).collect();
        for edge in &mut graph.edges {
            edge.ends = (place[edge.ends.0], place[edge.ends.1]);
        }
        graph.edges.sort_by_key(|edge| (edge.ends.1, edge.ends.0));
        graph
    }
}
