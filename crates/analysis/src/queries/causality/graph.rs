//! The causality graph.

use serde::Serialize;
use serde_json::Value;

use super::super::serialize;
use kuberewind_model::{Certainty, Duration, Seq, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeType {
    /// A call, or a watch event whose write is not recorded.
    Op,
    Span,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// `op:412`, or `span:` and the name of the reconcile.
    pub id: String,
    #[serde(rename = "type")]
    pub node_type: NodeType,
    pub actor_id: String,
    pub kind: String,
    pub ns: String,
    pub name: String,
    #[serde(serialize_with = "serialize::time")]
    pub ts: Timestamp,
    /// The resourceVersion in a call's response, or the one that triggered a reconcile.
    pub rv: String,
    pub uid: String,
    /// Null while it runs.
    #[serde(serialize_with = "serialize::optional_milliseconds")]
    pub duration_ms: Option<Duration>,
    /// '' for none.
    pub error: String,
    /// '' for a reconcile.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub verb: String,
    /// The request body, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// The number of a call, or the last number known at the start of a reconcile.
    #[serde(skip)]
    pub at: Seq,
}

/// The direction of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeType {
    /// A call triggered a reconcile.
    OpToSpan,
    /// A reconcile made a call.
    SpanToOp,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edge {
    /// The id of the cause.
    pub from: String,
    /// The id of the effect.
    pub to: String,
    #[serde(rename = "type")]
    pub edge_type: EdgeType,
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// Why the edge exists, for people.
    pub evidence: String,
    /// Indexes of the nodes in the graph.
    #[serde(skip)]
    pub ends: (usize, usize),
}

/// Its JSON is `{nodes, edges}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Graph {
    /// Ordered by time.
    pub nodes: Vec<Node>,
    /// Ordered by effect.
    pub edges: Vec<Edge>,
    /// True if the limit was reached.
    #[serde(skip)]
    pub more: bool,
}

/// The part of a session to analyse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub from: Seq,
    pub to: Seq,
    /// Include request bodies.
    pub payloads: bool,
    /// The most operations, and the most reconciles.
    pub limit: usize,
}

impl Default for Window {
    /// The whole session, up to a million operations.
    fn default() -> Window {
        Window { from: Seq(1), to: Seq::MAX, payloads: false, limit: 1_000_000 }
    }
}
