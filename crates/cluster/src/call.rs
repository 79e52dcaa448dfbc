//! One API call: the kind, the object, the subresource and the caller.

use std::sync::Arc;

use super::resource_type::ResourceType;
use super::storage::Name;

/// The subresource through which a call writes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subresource {
    Main,
    /// Only the status.
    Status,
    /// The scale, as an `autoscaling/v1` object.
    Scale,
    /// The finalizers of a namespace.
    Finalize,
}

impl Subresource {
    /// The name in URLs and in `managedFields`, '' for the object itself.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Subresource::Main => "",
            Subresource::Status => "status",
            Subresource::Scale => "scale",
            Subresource::Finalize => "finalize",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) resource: Arc<ResourceType>,
    pub(super) name: Name,
    pub(super) subresource: Subresource,
    /// The field manager: `fieldManager`, or the program name in the user agent.
    pub(super) manager: String,
    /// The time of the call in RFC 3339, as objects carry it.
    pub(super) now: String,
    pub(super) dry_run: bool,
    pub(super) validation: FieldValidation,
}

/// How a write handles fields that the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// `Ignore` and `Warn`: drop them. No warning is sent.
    Drop,
    /// `Strict`: refuse the write.
    Strict,
}

impl Call {
    /// The same caller and time for another object.
    pub(super) fn about(&self, resource: &Arc<ResourceType>, name: Name) -> Call {
        Call { resource: resource.clone(), name, subresource: Subresource::Main, ..self.clone() }
    }

    /// A call by one of the control plane's controllers.
    pub(super) fn of_controller(resource: Arc<ResourceType>, name: Name, now: String) -> Call {
        let manager = "kube-controller-manager".to_owned();
        Call { resource, name, subresource: Subresource::Main, manager, now, dry_run: false, validation: FieldValidation::Drop }
    }
}
