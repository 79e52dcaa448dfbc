//! Decodes the protobuf bodies that `kubectl create` sends for built-in kinds.
//!
//! kubectl's typed commands (`create configmap`, `create deployment`, …) send nothing else and do not fall back to JSON. The table here
//! covers them. A kind or field outside of it makes the whole body unreadable, so that nothing is dropped silently. Field numbers are
//! those of k8s.io/api's `generated.proto` files.

use serde_json::{Map, Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The type of a field.
enum Kind {
    Text,
    /// A number; zero means absent.
    Number,
    /// A number that is a pointer in Go; zero is a value.
    Pointer,
    /// A bool; false means absent.
    Flag,
    TextMap,
    BytesMap,
    /// A time; only its absence can be read.
    NoTime,
    IntOrString,
    Message(&'static [Field]),
    Texts,
    Messages(&'static [Field]),
}

use Kind::{BytesMap, Flag, IntOrString, Message, Messages, NoTime, Number, Pointer, Text, TextMap, Texts};

/// Number, name and type.
type Field = (u64, &'static str, Kind);

const META: &[Field] = &[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (4, "selfLink", Text),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (7, "generation", Number),
    (8, "creationTimestamp", NoTime),
    (11, "labels", TextMap),
    (12, "annotations", TextMap),
    (14, "finalizers", Texts),
];
const CONFIG_MAP: &[Field] =
    &[(1, "metadata", Message(META)), (2, "data", TextMap), (3, "binaryData", BytesMap), (4, "immutable", Flag)];
const SECRET: &[Field] = &[
    (1, "metadata", Message(META)),
    (2, "data", BytesMap),
    (3, "type", Text),
    (4, "stringData", TextMap),
    (5, "immutable", Flag),
];
const NAMESPACE: &[Field] = &[
    (1, "metadata", Message(META)),
    (2, "spec", Message(&[(1, "finalizers", Texts)])),
    (3, "status", Message(&[(1, "phase", Text)])),
];
const SERVICE_ACCOUNT: &[Field] = &[(1, "metadata", Message(META))];
const SELECTOR: &[Field] = &[(1, "matchLabels", TextMap)];
const PORT: &[Field] =
    &[(1, "name", Text), (2, "hostPort", Number), (3, "containerPort", Number), (4, "protocol", Text), (5, "hostIP", Text)];
const CONTAINER: &[Field] = &[
    (1, "name", Text),
    (2, "image", Text),
    (3, "command", Texts),
    (4, "args", Texts),
    (5, "workingDir", Text),
    (6, "ports", Messages(PORT)),
    (7, "env", Messages(&[(1, "name", Text), (2, "value", Text)])),
    (8, "resources", Message(&[])),
    (13, "terminationMessagePath", Text),
    (14, "imagePullPolicy", Text),
    (16, "stdin", Flag),
    (17, "stdinOnce", Flag),
    (18, "tty", Flag),
    (20, "terminationMessagePolicy", Text),
];
const POD: &[Field] = &[
    (2, "containers", Messages(CONTAINER)),
    (3, "restartPolicy", Text),
    (6, "dnsPolicy", Text),
    (8, "serviceAccountName", Text),
    (9, "serviceAccount", Text),
    (10, "nodeName", Text),
    (11, "hostNetwork", Flag),
    (12, "hostPID", Flag),
    (13, "hostIPC", Flag),
    (16, "hostname", Text),
    (17, "subdomain", Text),
    (19, "schedulerName", Text),
    (20, "initContainers", Messages(CONTAINER)),
    (24, "priorityClassName", Text),
];
const TEMPLATE: &[Field] = &[(1, "metadata", Message(META)), (2, "spec", Message(POD))];
const DEPLOYMENT: &[Field] = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "replicas", Pointer),
            (2, "selector", Message(SELECTOR)),
            (3, "template", Message(TEMPLATE)),
            (4, "strategy", Message(&[(1, "type", Text)])),
            (5, "minReadySeconds", Number),
            (6, "revisionHistoryLimit", Pointer),
            (7, "paused", Flag),
            (9, "progressDeadlineSeconds", Pointer),
        ]),
    ),
    (3, "status", Message(COUNTS)),
];
/// A status whose counters are zero.
const COUNTS: &[Field] = &[
    (1, "observedGeneration", Number),
    (2, "replicas", Number),
    (3, "updatedReplicas", Number),
    (4, "availableReplicas", Number),
    (5, "unavailableReplicas", Number),
    (7, "readyReplicas", Number),
];
const JOB: &[Field] = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "parallelism", Pointer),
            (2, "completions", Pointer),
            (6, "template", Message(TEMPLATE)),
            (7, "backoffLimit", Pointer),
        ]),
    ),
    (
        3,
        "status",
        Message(&[(4, "active", Number), (5, "succeeded", Number), (6, "failed", Number), (7, "completedIndexes", Text)]),
    ),
];
const SERVICE_PORT: &[Field] =
    &[(1, "name", Text), (2, "protocol", Text), (3, "port", Number), (4, "targetPort", IntOrString), (5, "nodePort", Number)];
const SERVICE: &[Field] = &[
    (1, "metadata", Message(META)),
    (
        2,
        "spec",
        Message(&[
            (1, "ports", Messages(SERVICE_PORT)),
            (2, "selector", TextMap),
            (3, "clusterIP", Text),
            (4, "type", Text),
            (5, "externalIPs", Texts),
            (7, "sessionAffinity", Text),
            (8, "loadBalancerIP", Text),
            (10, "externalName", Text),
            (11, "externalTrafficPolicy", Text),
            (12, "healthCheckNodePort", Number),
            (13, "publishNotReadyAddresses", Flag),
        ]),
    ),
    (3, "status", Message(&[(1, "loadBalancer", Message(&[]))])),
];

/// The messages of the kinds.
const KINDS: &[(&str, &str, &[Field])] = &[
    ("v1", "ConfigMap", CONFIG_MAP),
    ("v1", "Secret", SECRET),
    ("v1", "Namespace", NAMESPACE),
    ("v1", "ServiceAccount", SERVICE_ACCOUNT),
    ("v1", "Service", SERVICE),
    ("apps/v1", "Deployment", DEPLOYMENT),
    ("batch/v1", "Job", JOB),
];

/// Decodes a body; `None` if it is no Kubernetes protobuf or contains a field outside of the table.
pub(super) fn decode(body: &[u8]) -> Option<Value> {
    let (mut api_version, mut kind, mut raw) = ("", "", &[][..]);
    let mut envelope = body.strip_prefix(b"k8s\0")?;
    while !envelope.is_empty() {
        match next(&mut envelope)? {
            (1, Wire::Bytes(mut meta)) => {
                while !meta.is_empty() {
                    match next(&mut meta)? {
                        (1, Wire::Bytes(text)) => api_version = std::str::from_utf8(text).ok()?,
                        (2, Wire::Bytes(text)) => kind = std::str::from_utf8(text).ok()?,
                        _ => return None,
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            (3 | 4, Wire::Bytes(_)) => {}
            _ => return None,
        }
    }
    let (_, _, fields) = KINDS.iter().find(|row| (row.0, row.1) == (api_version, kind))?;
    let mut object = Map::from_iter([("apiVersion".to_owned(), json!(api_version)), ("kind".to_owned(), json!(kind))]);
    object.extend(message(raw, fields)?);
    Some(Value::Object(object))
}

/// A message in progress, and its place in the parent.
struct Frame<'a> {
    rest: &'a [u8],
    fields: &'static [Field],
    object: Map<String, Value>,
    name: &'static str,
    in_list: bool,
}

/// Decodes a message and the messages inside it.
fn message(bytes: &[u8], fields: &'static [Field]) -> Option<Map<String, Value>> {
    let mut frames = Vec::new();
    let mut frame = Frame { rest: bytes, fields, object: Map::new(), name: "", in_list: false };
    loop {
        if frame.rest.is_empty() {
            let Some(mut around): Option<Frame<'_>> = frames.pop() else { return Some(frame.object) };
            if frame.in_list {
                push(&mut around.object, frame.name, Value::Object(frame.object));
            } else {
                around.object.insert(frame.name.to_owned(), Value::Object(frame.object));
            }
            frame = around;
            continue;
        }
        let (number, wire) = next(&mut frame.rest)?;
        let (_, name, kind) = frame.fields.iter().find(|field| field.0 == number)?;
        let inner = match kind {
            Message(fields) => Some((fields, false)),
            Messages(fields) => Some((fields, true)),
            _ => None,
        };
        match (inner, &wire) {
            (Some((fields, in_list)), Wire::Bytes(bytes)) => {
                frames.push(std::mem::replace(&mut frame, Frame { rest: bytes, fields, object: Map::new(), name, in_list }));
            }
            (Some(_), Wire::Number(_)) => return None,
            (None, _) => simple(&mut frame.object, name, kind, &wire)?,
        }
    }
}

/// Decodes a field that is not a message of the table.
fn simple(object: &mut Map<String, Value>, name: &str, kind: &Kind, wire: &Wire<'_>) -> Option<()> {
    match (kind, wire) {
        (Text, Wire::Bytes([])) | (NoTime, Wire::Bytes([])) | (Number | Flag, Wire::Number(0)) => {}
        (Text, Wire::Bytes(bytes)) => {
            object.insert(name.to_owned(), json!(std::str::from_utf8(bytes).ok()?));
        }
        (Number | Pointer, Wire::Number(number)) => {
            // Negative numbers are sent as 64 bits of two's complement.
            object.insert(name.to_owned(), json!(number.cast_signed()));
        }
        (Flag, Wire::Number(_)) => {
            object.insert(name.to_owned(), json!(true));
        }
        (Texts, Wire::Bytes(bytes)) => push(object, name, json!(std::str::from_utf8(bytes).ok()?)),
        (TextMap | BytesMap, Wire::Bytes(bytes)) => {
            let (key, value) = entry(bytes)?;
            let value =
                if matches!(kind, BytesMap) { STANDARD.encode(value) } else { std::str::from_utf8(value).ok()?.to_owned() };
            let map = object.entry(name).or_insert_with(|| json!({}));
            map.as_object_mut()?.insert(key.to_owned(), json!(value));
        }
        (IntOrString, Wire::Bytes(bytes)) => {
            object.insert(name.to_owned(), int_or_string(bytes)?);
        }
        _ => return None,
    }
    Some(())
}

fn push(object: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(list) = object.entry(name).or_insert_with(|| json!([])).as_array_mut() {
        list.push(value);
    }
}

fn entry(mut bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (mut key, mut value) = ("", &[][..]);
    while !bytes.is_empty() {
        match next(&mut bytes)? {
            (1, Wire::Bytes(text)) => key = std::str::from_utf8(text).ok()?,
            (2, Wire::Bytes(bytes)) => value = bytes,
            _ => return None,
        }
    }
    Some((key, value))
}

fn int_or_string(mut bytes: &[u8]) -> Option<Value> {
    let (mut is_text, mut number, mut text) = (false, 0, "");
    while !bytes.is_empty() {
        match next(&mut bytes)? {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(value)) => number = value,
            (3, Wire::Bytes(value)) => text = std::str::from_utf8(value).ok()?,
            _ => return None,
        }
    }
    Some(if is_text { json!(text) } else { json!(number.cast_signed()) })
}

/// A field on the wire; these messages use two of the wire types.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Takes the next field off the front and returns its number and value.
fn next<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Wire<'a>)> {
    let tag = varint(bytes)?;
    let wire = match tag & 7 {
        0 => Wire::Number(varint(bytes)?),
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            let (value, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Wire::Bytes(value)
        }
        _ => return None,
    };
    Some((tag >> 3, wire))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of `create configmap x --from-literal=a=b`.
    const BODY: &[u8] = b"k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x0f\n\x05\n\x01x\x12\x00\x12\x06\n\x01a\x12\x01b";

    #[test]
    fn a_config_map_is_read() {
        let wanted = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}});
        assert_eq!(decode(BODY), Some(wanted));
    }

    #[test]
    fn what_is_cut_or_unknown_is_refused() {
        for end in 0..BODY.len() {
            let cut = decode(&BODY[..end]);
            assert!(cut.is_none_or(|object| object["kind"] == "ConfigMap"), "{end}");
        }
        let unknown = [BODY, &b"\x7a\x00"[..]].concat();
        assert_eq!(decode(&unknown), None);
    }
}
