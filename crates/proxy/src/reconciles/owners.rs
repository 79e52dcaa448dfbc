//! Reads the owners of an object from its body.

use std::sync::Arc;

/// Larger bodies are not searched.
const MAX_BODY: usize = 256 * 1024;
/// Owners of one object.
const MAX_OWNERS: usize = 16;

/// An owner reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: Arc<str>,
    pub(super) group: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) name: Arc<str>,
    /// True for the owner that controls the object. An object has at most one.
    pub(super) controls: bool,
}

/// The owners in an object's JSON. A body that is not valid JSON names none.
pub(super) fn owners(body: &[u8]) -> Vec<Owner> {
    #[derive(serde::Deserialize)]
    struct Outline {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Metadata {
        #[serde(default)]
        owner_references: Vec<Reference>,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Reference {
        uid: String,
        api_version: String,
        kind: String,
        name: String,
        controller: bool,
    }
    if body.len() > MAX_BODY || memchr::memmem::find(body, b"\"ownerReferences\"").is_none() {
        return Vec::new();
    }
    let owner = |found: Reference| {
        let (group, version) = found.api_version.rsplit_once('/').unwrap_or(("", &found.api_version));
        let (group, version) = (group.into(), version.into());
        let (kind, name) = (found.kind.into(), found.name.into());
        Owner { uid: found.uid.into(), group, version, kind, name, controls: found.controller }
    };
    serde_json::from_slice::<Outline>(body)
        .map(|outline| outline.metadata.owner_references.into_iter().take(MAX_OWNERS).map(owner).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::owners;

    #[test]
    fn reads_the_controlling_owner() {
        let body = br#"{"metadata":{"name":"a","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u","controller":true}]}}"#;
        let found = owners(body);
        assert_eq!(
            (found.len(), &*found[0].group, &*found[0].version, &*found[0].kind, found[0].controls),
            (1, "apps", "v1", "ReplicaSet", true)
        );
        assert!(owners(b"{\"ownerReferences\":7}").is_empty());
    }
}
