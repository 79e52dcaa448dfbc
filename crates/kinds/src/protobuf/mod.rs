//! Request and response bodies of `application/vnd.kubernetes.protobuf`.
//!
//! [`decode`] returns the JSON text that the API server prints for the same object: fields in the order of the Go structs,
//! with Go's escapes, without what `omitempty` leaves out. [`encode`] writes the bytes that client-go writes.
//!
//! ```
//! use kuberewind_kinds::protobuf;
//! let object = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}});
//! let body = protobuf::encode("v1", "ConfigMap", &object).unwrap().bytes;
//! let text = protobuf::decode(&body).unwrap().text;
//! assert_eq!(text, r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"a":"b"}}"#);
//! ```
//!
//! A body is the four bytes `k8s\0` and a message `runtime.Unknown`, which names apiVersion and kind and has the object's
//! message inside. Where Go's decoder changes a value, so does this one: a repeated field that is not a list is merged or
//! its last value counts, an empty list is the same as none. Quantities are the exception: they stay as they are written.

mod buffer;
mod decode;
mod encode;
mod envelope;
mod error;
mod limits;
mod raw;
mod text;
mod time;
pub mod watch;
mod wire;

pub use decode::{Decoded, decode, decode_as, decode_with};
pub use encode::{Encoded, encode, encode_as};
pub use envelope::{Envelope, MAGIC, envelope};
pub use error::{Error, Reason, UnknownField};
pub use limits::Limits;
