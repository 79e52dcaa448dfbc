//! Records what a [`kube`] operator and its API server exchange: every request and response, every watch event, and the reconcile that
//! each call belongs to. `kuberewind run.db` opens the recording in a time-travel debugger.
//!
//! ```no_run
//! use kuberewind_recorder::{Recorder, kube::{Client, Config, client::ClientBuilder}};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let recorder = Recorder::builder("run.db").process("shop-operator").start()?;
//! let checkout = recorder.actor("checkout");
//! let client: Client = ClientBuilder::try_from(Config::infer().await?)?.with_layer(&checkout.layer()).build();
//! // … Controller::new(…).run(checkout.wrap(reconcile), error_policy, context) …
//! recorder.finish().await?;
//! # Ok(()) }
//! ```
//!
//! Use one recorder per process and one client per controller. Each controller is then a separate actor in the recording, here
//! `shop-operator/checkout`. Build the client from the re-exported [`kube`], so that its types match the layer's.
//!
//! # Guarantees
//!
//! *At run time* the recorder does not block, slow down or break the operator:
//!
//! - Requests and responses pass through unchanged. Nothing is buffered or delayed; the recorder keeps references to the same memory.
//! - A call costs a few microseconds. The writer has a thread, the only one that the recorder starts.
//! - It installs no signal handler, no `tracing` subscriber and no panic hook. If the recorder itself panics, recording stops and the
//!   operator goes on. In a forked child the recorder is off.
//! - Secrets do not reach the file: `data` of Secrets, tokens, private keys and the values that you select with
//!   [`RecorderBuilder::redact`] and [`RecorderBuilder::secret`] are replaced by keyed hashes.
//! - After a crash of the process the file opens, and lacks at most the last moments before the crash.
//!
//! *At build time* it enables no feature that changes the code of other crates (`serde_json/preserve_order`,
//! `serde_json/arbitrary_precision`), and it chooses no Kubernetes version: enable a feature of `k8s-openapi` yourself.
//!
//! # Which reconcile made a call
//!
//! There are two ways, and they are best used together:
//!
//! - [`Actor::wrap`] around the reconciler is exact. A task-local carries the reconcile, and the result is recorded too. Use
//!   [`Actor::wrap_with`] for dynamic types and [`Actor::reconcile`] for runtimes other than kube's.
//! - [`Recorder::tracing_layer`] in the program's `tracing` subscriber reads kube-runtime's spans, without a change to the reconciler.
//!   The spans also have the reason why each reconcile runs.
//!
//! Calls in a task that the reconciler spawns belong to the reconcile if the task is spawned `.in_current_span()`. Otherwise they are
//! recorded without one. Retries inside kube's client are part of one call: the layer is outside of them.
//!
//! [`Recorder::log_layer`] and [`Actor::log`] record log lines beside the calls.
//!
//! # Settings
//!
//! [`RecorderBuilder`] sets names, limits and redaction. [`Recorder::disable`] and [`Recorder::enable`] pause recording.
//!
//! | setting | default |
//! |---|---|
//! | [`process`](RecorderBuilder::process), the name of the process | `operator` |
//! | [`session`](RecorderBuilder::session), the name of the session | process and start time |
//! | [`operations`](RecorderBuilder::operations) in a session | 1,000,000 |
//! | [`queue_bytes`](RecorderBuilder::queue_bytes), memory of the queue to the writer | 64 MiB |
//! | [`limits`](RecorderBuilder::limits): object size, incomplete responses, concurrent calls | 8 MiB, 64 MiB, 65,536 |
//!
//! # Loss
//!
//! What does not fit into the queue, exceeds a limit or cannot be written is left out, counted in [`Stats::lost`], and recorded as a gap
//! at the place where it is missing. The first loss also logs a warning through `tracing`. [`Recorder::finish`] returns the first error
//! of the writer.

mod actor;
mod builder;
mod call_sender;
mod layer;
mod log_layer;
mod queue;
mod reconcile;
mod recorder;
mod requeue;
mod shared;
mod span_layer;
mod traffic_port;
mod writer;

pub use actor::{Actor, object_of};
pub use builder::RecorderBuilder;
pub use kuberewind_capture::{Limits, SpanObject};
pub use kuberewind_model::redact::{Looks, PathRule};
pub use kuberewind_model::{Clock, Duration, Error, ErrorKind, LogStream, Result, SystemClock, Timestamp};
pub use layer::{RecordedBody, RecordedCall, RecorderLayer, RecorderService};
pub use reconcile::{Reconcile, Verdict};
pub use recorder::{Recorder, Stats};

/// The `kube` that the recorder was built with. Build the client from it, so that its types match the layer's.
pub use kube;
