//! Turns the traffic between a Kubernetes client and its API server into the events of a recording.
//!
//! The layer of an operator, the proxy and the importers report the traffic as [`Message`]s, in the order in which it happened.
//! [`Capture`] turns them into operations, versions, observations and reconciles for a [`Sink`](kuberewind_model::Sink), and redacts
//! them on the way. It does no I/O, reads no clock and depends on no transport.
//!
//! - A unary call is one operation, at the time of its complete response.
//! - A list is split into its items while it is received. Pages joined by `continue` are one list.
//! - The lines of a watch are joined wherever the transport split them; each event is one operation. After lost bytes, reading
//!   resumes at the next line, and the loss is a gap.
//! - Discovery, health, metrics and OpenAPI calls are counted, and discovery responses teach the kinds. If the server fails on such a
//!   call (status 500 and above), that is an operation without a resource: it explains what follows.

// Internal to the workspace: names that explain themselves need no comment.
#![allow(missing_docs)]

mod binary;
mod body;
mod call;
mod capture;
mod cbor;
mod discovery;
mod frame_splitter;
mod gate;
mod kinds;
mod limits;
mod line_splitter;
mod list_reader;
mod message;
mod observation;
mod output;
mod pending_actor;
mod port;
mod reconciles;
mod request;
mod response;
mod returned_object;
mod server_version;
mod state;
mod warnings;
mod watch_reader;

pub use capture::{Capture, Counts};
pub use gate::clean as clean_texts;
pub use limits::Limits;
pub use message::{
    CallFacts, CallId, Chunk, End, Ending, Head, Lost, Message, Missing, PrintedLine, RequestHeaders, ResponseBody, SpanEnded,
    SpanObject, SpanStarted, Started,
};
pub use pending_actor::{PendingActor, ProcessLookup};
pub use port::{CallRecorder, Port};
pub use request::{is_watch, scope_of};
