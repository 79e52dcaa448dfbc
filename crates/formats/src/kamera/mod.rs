//! kamera's traces: the accesses of a controller-runtime client, as JSON lines or within a console log.
//!
//! Each access is a pair of lines: an event (actor, time, reconcile) and a record (the object), joined by the access' id. An
//! access is not a call: the trace has no request bodies, selectors or statuses, so that a list proves no absence. The other
//! lines of a console log are entries of their own.

mod access;
mod line;
mod reader;

pub(super) use access::{Access, Accessed, TypedKind};
pub(super) use line::Op;
pub(super) use reader::TraceReader;
