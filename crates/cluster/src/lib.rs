//! A Kubernetes API server in memory, for tests of controllers.
//!
//! A [`Cluster`] is a cheap handle to one store of objects. [`ClusterService`] serves HTTP requests from it in-process, so
//! `kube::Client::new(cluster.service(), "default")` is a client like any other; [`http`] serves the same on loopback. The clock and the
//! seed are passed in: on a current-thread runtime, two runs give the same responses.
//!
//! ```
//! # use std::sync::Arc;
//! # use kuberewind_cluster::{Cluster, ClusterOptions};
//! # use kuberewind_model::SystemClock;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()), 1));
//! cluster.put(serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}))?;
//! assert!(cluster.get("", "configmaps", "default", "settings").is_some());
//! # Ok(()) }
//! ```
//!
//! # Like a real server
//! Get, list (selectors, consistent pages, exact revisions), watch (from a revision, bookmarks, initial events, 410, selector
//! transitions), create with `generateName`, replace with optimistic concurrency, JSON, merge, strategic merge and apply patches, managed
//! fields, subresources (status, scale, finalize, eviction, binding, token, approval, resize, ephemeralcontainers), reviews, generations, finalizers, preconditions, deletecollection, owner garbage collection
//! (background, foreground, orphan), namespaces, CustomResourceDefinitions (pruning, defaults, validation), dry run, tables, metadata-only
//! objects, protobuf in both directions for built-in kinds, field validation, discovery, OpenAPI (structure only).
//!
//! # Unlike a real server
//! - Built-in kinds are stored as sent, without defaults and validation, unless [`ClusterOptions::fidelity`] is [`Fidelity::Real`]. Then
//!   the common kinds get their defaults, and what operators trip over most is validated.
//! - There are no controllers of built-in kinds: a Deployment creates no ReplicaSets, a Pod never runs and is removed at once (grace period
//!   0). `exec`, `attach`, `portforward`, `proxy` and `log` get 405.
//! - There is no admission, no authorization beyond the token of [`http`]: reviews are answered with yes. No priority and fairness, no quota.
//! - Clients that accept JSON beside protobuf get JSON.
//! - Server-side apply keeps the managed fields of `events.k8s.io` and `autoscaling/v1` under the stored version.
//! - Versions of a custom kind differ in name only. CEL rules do not run.

mod age;
mod answer;
mod body;
mod call;
mod cluster_handle;
mod convert;
mod custom;
mod decode;
mod defaults;
mod discovery;
mod encode;
mod fields;
mod garbage;
pub mod http;
mod kubeconfig;
mod list;
mod list_options;
mod managed_fields;
mod manifests;
mod meta;
mod openapi;
mod options;
mod owners;
mod patch;
mod random;
mod registry;
mod resource_type;
mod respond;
mod reviews;
mod schema;
mod scope;
mod selectable;
mod selector_text;
mod service;
mod shared;
mod storage;
mod strategic;
mod table;
mod typing;
mod validate;
mod view;
mod watch;
mod world;
mod write;

pub use body::ClusterBody;
pub use cluster_handle::Cluster;
pub use kubeconfig::kubeconfig;
pub use options::{ClusterOptions, Fidelity, GarbageCollection, UnknownNamespaces};
pub use service::ClusterService;
