//! A time-travel debugger for Kubernetes operators, and the recorder that feeds it.
//!
//! The parts, lowest layer first; a part imports only from layers below its own (`tests/architecture` keeps it so):
//!
//! | layer | parts |
//! |---|---|
//! | 0 | [`model`]: the words and the ports |
//! | 1 | [`json`], [`k8s`], [`redact`], [`text`] · [`expr`]: expressions and filters |
//! | 2 | [`store`]: the file · [`analysis`]: questions and findings · [`capture`]: exchanges → operations · [`cluster`]: the Kubernetes API in memory |
//! | 3 | [`recorder`]: what an operator links · [`exchange`]: other formats |
//! | 4 | [`session`]: an open recording · [`demo`]: scenarios with real controllers |
//! | 5 | [`tui`]: the debugger's screen · [`report`]: text and JSON |
//! | 6 | [`cli`]: the command line |
//!
//! An operator author needs [`recorder`] only, with `default-features = false`.

pub mod model;

#[cfg(feature = "cli")]
pub mod expr;
pub mod json;
pub mod k8s;
pub mod redact;
pub mod text;

#[cfg(feature = "cli")]
pub mod analysis;
pub mod capture;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod store;

#[cfg(feature = "cli")]
pub mod exchange;
#[cfg(feature = "cli")]
pub mod proxy;
pub mod recorder;

#[cfg(feature = "cli")]
pub mod demo;
#[cfg(feature = "cli")]
pub mod session;

#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod tui;

#[cfg(feature = "cli")]
pub mod cli;

/// The `kube` that this crate was built with: build the client from this one, so that the layer fits.
pub use kube;
