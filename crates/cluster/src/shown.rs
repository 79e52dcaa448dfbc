//! A version in the form of a response.

use std::borrow::Cow;

use serde_json::Value;

use super::convert::{converts, in_version};
use super::json_text::write;
use super::meta;
use super::resource_type::ResourceType;
use super::version::Version;
use super::view::metadata_only;

/// A version as a response shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) object: &'a Version,
    /// The resourceVersion in place of the object's own.
    pub(super) revision: Option<u64>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(object: &'a Version) -> Shown<'a> {
        Shown { object, revision: None }
    }

    /// The object in the version of the URL.
    pub(super) fn value(self, resource: &ResourceType) -> Value {
        let mut object = self.object.to_value();
        if let Some(revision) = self.revision {
            meta::set(&mut object, "resourceVersion", revision.to_string());
        }
        match in_version(resource, &object) {
            Cow::Owned(converted) => converted,
            Cow::Borrowed(_) => object,
        }
    }

    /// Appends the JSON text in the version of the URL.
    pub(super) fn write(self, resource: &ResourceType, out: &mut Vec<u8>) {
        let text = self.object.text();
        let written = match self.revision {
            _ if converts(resource) && !is_in_version(self.object, resource) => false,
            Some(revision) => is_in_version(self.object, resource) && text.write_at_revision(out, revision),
            None if is_in_version(self.object, resource) => {
                out.extend_from_slice(&text.whole());
                true
            }
            None => text.write_in_version(out, &resource.api_version()),
        };
        if !written {
            write(out, &self.value(resource));
        }
    }

    /// Appends the text of its `PartialObjectMetadata`.
    pub(super) fn write_metadata(self, resource: &ResourceType, out: &mut Vec<u8>) {
        let text = self.object.text();
        let metadata =
            text.metadata().filter(|_| self.revision.is_none() && (!converts(resource) || is_in_version(self.object, resource)));
        let Some(metadata) = metadata else { return write(out, &metadata_only(&self.value(resource))) };
        out.extend_from_slice(b"{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
        out.extend_from_slice(metadata);
        out.push(b'}');
    }

    /// Appends an item of a list. Items of built-in lists carry no `apiVersion` and `kind`.
    pub(super) fn write_item(self, resource: &ResourceType, out: &mut Vec<u8>) {
        if resource.custom.is_some() {
            return self.write(resource, out);
        }
        if (!converts(resource) || is_in_version(self.object, resource)) && self.object.text().write_item(out) {
            return;
        }
        let mut object = self.value(resource);
        if let Some(map) = object.as_object_mut() {
            map.shift_remove("apiVersion");
            map.shift_remove("kind");
        }
        write(out, &object);
    }
}

pub(super) fn is_in_version(object: &Version, resource: &ResourceType) -> bool {
    object["apiVersion"].as_str().is_some_and(|version| resource.is_api_version(version))
}
