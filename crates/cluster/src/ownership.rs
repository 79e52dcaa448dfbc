//! The uid of an object and those of its owners, read without the rest of its text.

use serde::Deserialize;

use super::version::Version;

/// What the garbage collector's index needs of an object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ownership {
    pub(super) uid: String,
    #[serde(rename = "ownerReferences")]
    owners: Option<Vec<Owner>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Owner {
    uid: String,
}

impl Ownership {
    /// Reads the metadata of an object, and leaves the rest of its text unread.
    pub(super) fn of(object: &Version) -> Ownership {
        object.text().metadata().and_then(|metadata| serde_json::from_slice(metadata).ok()).unwrap_or_default()
    }

    /// The uids of the owners.
    pub(super) fn owners(&self) -> impl Iterator<Item = &str> {
        self.owners.iter().flatten().map(|owner| owner.uid.as_str())
    }
}
