//! Facts about the built-in kinds of Kubernetes as data, and the conversion between their protobuf and JSON forms.
//!
//! [`table`] returns what the Go types, OpenAPI and discovery documents of one Kubernetes release say: messages with their
//! fields, kinds with their resources. The module [`protobuf`] uses it to turn request and response bodies of
//! `application/vnd.kubernetes.protobuf` into the JSON that the API server prints, and back.
//!
//! ```
//! let deployment = kuberewind_kinds::table().kind("apps", "v1", "Deployment").unwrap();
//! assert_eq!(deployment.resource().unwrap().short_names(), ["deploy"]);
//! let ports = deployment.message().walk("/spec/template/spec/containers/0/ports").unwrap();
//! assert_eq!(ports.field().unwrap().list_keys(), ["containerPort", "protocol"]);
//! ```
//!
//! The crate does not panic, does not recurse over its input, and bounds depth, counts and sizes: it runs inside operators.

mod builtin;
mod kind;
mod message;
mod parse;
mod place;
pub mod protobuf;
mod table;

pub use builtin::table;
pub use kind::{Kind, Resource, Subresource};
pub use message::{Field, ListType, MapType, Message, MessageId, Shape, Type};
pub use place::Place;
pub use table::Table;
