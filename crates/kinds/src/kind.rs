//! Kinds and the resources that serve them.

use crate::message::{Message, MessageId};

/// A built-in kind.
#[derive(Debug)]
pub struct Kind {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) name: &'static str,
    pub(crate) message: MessageId,
    pub(crate) resource: Option<Resource>,
}

/// The resource of a kind that the API server serves. Lists, options and kinds of former releases have none.
#[derive(Debug)]
pub struct Resource {
    pub(crate) plural: &'static str,
    pub(crate) singular: &'static str,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<&'static str>,
    pub(crate) short_names: Vec<&'static str>,
    pub(crate) categories: Vec<&'static str>,
    pub(crate) subresources: Vec<Subresource>,
}

/// A subresource such as `status` or `scale`.
#[derive(Debug)]
pub struct Subresource {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) verbs: Vec<&'static str>,
}

impl Kind {
    /// The API group, empty for the core group.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// The version, such as `v1`.
    #[must_use]
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The name, such as `Pod`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The group and version as objects write them.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The type of its objects.
    #[must_use]
    pub fn message(&self) -> &'static Message {
        self.message.message()
    }

    /// The resource that serves it.
    #[must_use]
    pub fn resource(&self) -> Option<&Resource> {
        self.resource.as_ref()
    }
}

impl Resource {
    /// The name in paths, such as `pods`.
    #[must_use]
    pub fn plural(&self) -> &'static str {
        self.plural
    }

    /// The singular name, such as `pod`.
    #[must_use]
    pub fn singular(&self) -> &'static str {
        self.singular
    }

    /// True if its objects are in namespaces.
    #[must_use]
    pub fn is_namespaced(&self) -> bool {
        self.namespaced
    }

    /// The verbs that the server accepts, sorted.
    #[must_use]
    pub fn verbs(&self) -> &[&'static str] {
        &self.verbs
    }

    /// Short names, such as `po`.
    #[must_use]
    pub fn short_names(&self) -> &[&'static str] {
        &self.short_names
    }

    /// Categories, such as `all`.
    #[must_use]
    pub fn categories(&self) -> &[&'static str] {
        &self.categories
    }

    /// Subresources, such as `status`.
    #[must_use]
    pub fn subresources(&self) -> &[Subresource] {
        &self.subresources
    }
}

impl Subresource {
    /// The last segment of the path.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Group, version and kind of request and response bodies, such as `autoscaling`, `v1`, `Scale`.
    #[must_use]
    pub fn kind(&self) -> (&'static str, &'static str, &'static str) {
        (self.group, self.version, self.kind)
    }

    /// The verbs that the server accepts, sorted.
    #[must_use]
    pub fn verbs(&self) -> &[&'static str] {
        &self.verbs
    }
}
