//! The Kubernetes API in memory: what a controller and `kubectl` need of an API server, with a real one's semantics.
//!
//! A [`Cluster`] is a cheap handle to one store of objects. [`ClusterService`] answers HTTP requests from it in-process,
//! so that `kube::Client::new(cluster.service(), "default")` is a client like any other; [`http`] serves the same on
//! loopback. Time and seed are passed in: on a current-thread runtime two runs give the same answers.
//!
//! # What is here
//! Get, list (selectors, consistent pages, exact revisions), watch (from a revision, bookmarks, initial events, 410,
//! transitions of selectors), create with `generateName`, replace with optimistic concurrency, JSON, merge, strategic
//! merge and apply patches, managed fields, the status, scale and finalize subresources, generations, finalizers,
//! preconditions, deletecollection, owner garbage collection (background, foreground, orphan), namespaces,
//! CustomResourceDefinitions (pruning, defaults, validation), dry run, tables, metadata-only views, discovery, a
//! minimal OpenAPI.
//!
//! # What is not
//! - Defaults and validation of built-in kinds: they are stored as sent.
//! - Controllers of built-in kinds: a Deployment makes no ReplicaSets; a Pod never runs, and is gone at once when it is
//!   deleted (grace period 0); `exec`, `log`, `eviction`, `binding` and reviews are not served.
//! - Admission, authorization (beyond the token of [`http`]), priority and fairness, quotas.
//! - Protobuf answers, and protobuf bodies beyond what `kubectl create` makes of namespaces, config maps, secrets, service
//!   accounts, services, deployments and jobs: answered with 415. `kubectl create -f` and `kubectl apply` send JSON.
//! - Conversion between versions of a custom kind beyond the change of name; CEL rules; `fieldValidation=Warn` drops in
//!   silence.
//! - Core `events` and `events.k8s.io` are two tables here, one in a real server.

mod age;
mod answer;
mod body;
mod call;
mod cluster_handle;
mod custom;
mod discovery;
mod encode;
mod garbage;
pub mod http;
mod kubeconfig;
mod list;
mod managed_fields;
mod manifests;
mod meta;
mod openapi;
mod options;
mod owners;
mod patch;
mod protobuf;
mod random;
mod registry;
mod resource_type;
mod schema;
mod scope;
mod service;
mod shared;
mod storage;
mod strategic;
mod table;
mod typing;
mod view;
mod watch;
mod world;
mod write;

pub use body::ClusterBody;
pub use cluster_handle::Cluster;
pub use kubeconfig::kubeconfig;
pub use options::{ClusterOptions, GarbageCollection, UnknownNamespaces};
pub use service::ClusterService;
