//! Turns bodies in the binary encodings of Kubernetes into the JSON that the API server shows for the same object.
//!
//! Go clients send built-in kinds as protobuf. Kinds that the table of built-in kinds does not have stay bytes.

use bytes::Bytes;

use super::cbor;
use kuberewind_kinds::protobuf::{self, Limits, Reason};

/// Bounds of a conversion; a body is at most [`Limits::object`](super::Limits) long.
pub(super) const LIMITS: Limits =
    Limits { input_bytes: 16 << 20, text_bytes: 32 << 20, depth: 120, pending_fields: 1 << 18, unknown_fields: 0 };

/// The encoding of a body, and its JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Binary {
    /// No binary encoding.
    No,
    /// The body as JSON text.
    Json(Bytes),
    /// It cannot be read, for this reason.
    Opaque(&'static str),
}

/// Decodes a whole body, if it has a binary encoding.
pub(super) fn decode(media_type: &str, bytes: &Bytes) -> Binary {
    if bytes.starts_with(protobuf::MAGIC) || (is_protobuf(media_type) && !bytes.is_empty()) {
        return match protobuf::decode_with(bytes, &LIMITS) {
            Ok(decoded) => Binary::Json(Bytes::from(decoded.text)),
            Err(error) if matches!(error.reason, Reason::UnknownKind { .. }) => Binary::Opaque("protobuf of an unknown kind"),
            Err(_) => Binary::Opaque("protobuf that is not readable"),
        };
    }
    if !is_cbor(media_type) && !bytes.starts_with(cbor::SELF_DESCRIBED) {
        return Binary::No;
    }
    match cbor::to_json(bytes, LIMITS.text_bytes) {
        Some(text) => Binary::Json(Bytes::from(text)),
        None => Binary::Opaque("CBOR that is not readable"),
    }
}

/// True for the media type of protobuf, watches included.
pub(super) fn is_protobuf(media_type: &str) -> bool {
    media_type.trim_start().starts_with("application/vnd.kubernetes.protobuf")
}

/// True for the media types of CBOR: objects, sequences and apply patches.
pub(super) fn is_cbor(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    matches!(media_type, "application/cbor" | "application/cbor-seq" | "application/apply-patch+cbor")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kuberewind_kinds::protobuf;

    use super::{Binary, decode};

    const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

    #[test]
    fn a_built_in_kind_is_decoded_and_another_kind_is_not() {
        let object = serde_json::json!({"metadata": {"name": "a"}, "data": {"k": "v"}});
        let body = Bytes::from(protobuf::encode("v1", "ConfigMap", &object).expect("a ConfigMap").bytes);
        let text = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"k":"v"}}"#;
        for media_type in [PROTOBUF, "", "application/json"] {
            assert_eq!(decode(media_type, &body), Binary::Json(Bytes::from(text)), "{media_type}");
        }
        let unknown = Bytes::from_static(b"k8s\0\x0a\x0b\x0a\x04x/v1\x12\x03Foo");
        assert_eq!(decode(PROTOBUF, &unknown), Binary::Opaque("protobuf of an unknown kind"));
        for end in 1..body.len() {
            assert_ne!(decode(PROTOBUF, &body.slice(..end)), Binary::No, "{end}");
        }
    }

    #[test]
    fn other_bodies_are_not_binary() {
        for (media_type, body) in [("application/json", "{}"), ("", ""), (PROTOBUF, ""), ("application/yaml", "a: b")] {
            assert_eq!(decode(media_type, &Bytes::from(body)), Binary::No, "{media_type}");
        }
    }
}
