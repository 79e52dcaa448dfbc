//! The causality graph.

use serde::Serialize;
use serde_json::Value;

use super::super::serialize;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp};

/// Whether a node is a call or a reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeType {
    /// A call, or a watch event whose write is not recorded.
    Op,
    /// A reconcile.
    Span,
}

/// A call or a reconcile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// `op:412`, or `span:` and the reconcile's name.
    pub id: String,
    /// Which of the two.
    #[serde(rename = "type")]
    pub node_type: NodeType,
    /// Who.
    pub actor_id: String,
    /// The kind of the object.
    pub kind: String,
    /// Its namespace.
    pub ns: String,
    /// Its name.
    pub name: String,
    /// When.
    #[serde(serialize_with = "serialize::time")]
    pub ts: Timestamp,
    /// The resourceVersion that a call answered with, or that triggered a reconcile.
    pub rv: String,
    /// The object's uid.
    pub uid: String,
    /// How long it took; null while it runs.
    #[serde(serialize_with = "serialize::optional_milliseconds")]
    pub duration_ms: Option<Duration>,
    /// Its error, '' for none.
    pub error: String,
    /// What a call did; '' of a reconcile.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub verb: String,
    /// What was sent, where payloads were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The number of the call, or the last one known when the reconcile began.
    #[serde(skip)]
    pub at: Seq,
}

/// Which way an edge goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeType {
    /// A call made a reconcile run.
    OpToSpan,
    /// A reconcile made a call.
    SpanToOp,
}

/// A cause and its effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edge {
    /// The cause's id.
    pub from: String,
    /// The effect's id.
    pub to: String,
    /// Which way.
    #[serde(rename = "type")]
    pub edge_type: EdgeType,
    /// How sure.
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// What it rests on.
    pub evidence: String,
    /// The nodes' places in the graph.
    #[serde(skip)]
    pub ends: (usize, usize),
}

/// The graph. As JSON it is `{nodes, edges}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Graph {
    /// In the order of time.
    pub nodes: Vec<Node>,
    /// In the order of their effects.
    pub edges: Vec<Edge>,
    /// Whether more was there than is looked at.
    #[serde(skip)]
    pub more: bool,
}

/// Which part of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The first operation.
    pub from: Seq,
    /// The last operation.
    pub to: Seq,
    /// Whether calls bring along what they sent.
    pub payloads: bool,
    /// At most this many operations are looked at, and this many reconciles.
    pub limit: usize,
}

impl Default for Window {
    /// All of it, as far as memory for a million operations goes.
    fn default() -> Window {
        Window { from: Seq(1), to: Seq::MAX, payloads: false, limit: 1_000_000 }
    }
}
