//! The description of a body that cannot be read, and so cannot be redacted: its length, media type and keyed hash.

use bytes::Bytes;
use serde::Serialize;

use super::session_key::SessionKey;

/// The first bytes of Kubernetes' protobuf encoding.
const MAGIC: &[u8] = b"k8s\0";

/// A body that is not stored, in the order of the JSON keys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    redacted: &'a str,
    media_type: &'a str,
    bytes: u64,
    hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

/// The beginning of every description, and of no object: an object begins with another key, or has no text under this one.
const BEGINNING: &str = "{\"redacted\":\"";

/// True if a stored text describes a body that was not stored, instead of being one. Nothing may be concluded from such a text about
/// the fields of the body.
#[must_use]
pub fn is_opaque(text: &str) -> bool {
    text.starts_with(BEGINNING) && text.contains("\",\"mediaType\":\"") && text.contains(",\"hash\":\"redacted:")
}

/// Describes a body as compact JSON.
pub(super) fn describe(key: &SessionKey, why: &str, media_type: &str, bytes: &[u8], length: u64) -> Bytes {
    let (api_version, kind) = envelope(bytes).unzip();
    let description = Description { redacted: why, media_type, bytes: length, hash: key.replace(bytes), api_version, kind };
    // Strings and a number always serialize; `null` is a body without a description.
    serde_json::to_vec(&description).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// apiVersion and kind of a protobuf body: `runtime.Unknown{1: TypeMeta{1: apiVersion, 2: kind}, …}`.
pub(super) fn envelope(bytes: &[u8]) -> Option<(String, String)> {
    let (field, type_meta, _) = delimited(bytes.strip_prefix(MAGIC)?)?;
    if field != 1 {
        return None;
    }
    let (mut api_version, mut kind) = (String::new(), String::new());
    let mut rest = type_meta;
    while let Some((field, value, after)) = delimited(rest) {
        // Kinds and versions are short words; any other text is no envelope of Kubernetes.
        let word = std::str::from_utf8(value).ok().filter(|word| word.len() <= 128 && word.chars().all(is_name_character))?;
        match field {
            1 => word.clone_into(&mut api_version),
            2 => word.clone_into(&mut kind),
            _ => {}
        }
        rest = after;
    }
    Some((api_version, kind))
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '/')
}

/// Splits off a length-delimited field: its number, its bytes and the rest.
fn delimited(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 7 != 2 {
        return None;
    }
    let (mut length, mut shift, mut at) = (0_usize, 0_u32, 0);
    loop {
        let byte = *rest.get(at)?;
        length |= usize::from(byte & 0x7f).checked_shl(shift)?;
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
        if shift > 28 {
            return None;
        }
    }
    let end = at.checked_add(length)?;
    Some((tag >> 3, rest.get(at..end)?, rest.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_kind_is_read_from_an_envelope() {
        let mut body = b"k8s\0\x0a\x0c\x0a\x02v1\x12\x06Secret".to_vec();
        body.extend_from_slice(b"\x12\x09password1");
        assert_eq!(envelope(&body), Some(("v1".into(), "Secret".into())));
        let text = describe(&SessionKey::new([3; 32]), "protobuf", "application/vnd.kubernetes.protobuf", &body, 27);
        let text = std::str::from_utf8(&text).unwrap();
        assert!(text.contains("\"kind\":\"Secret\"") && !text.contains("password1"));
        assert!(is_opaque(text) && !is_opaque(r#"{"redacted":"x"}"#) && !is_opaque(r#"{"kind":"Pod"}"#));
        for end in 0..body.len() {
            let _read = envelope(&body[..end]);
        }
        assert_eq!(envelope(b"k8s\0\x0a\xff\xff\xff\xff\xff\xff"), None);
    }
}
