//! One call to the API, understood: the kind, the object, the subresource it goes through, who calls.

use std::sync::Arc;

use super::resource_type::ResourceType;
use super::storage::Name;

/// The subresource through which an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subresource {
    /// The object itself.
    Main,
    /// Its status, and nothing else.
    Status,
    /// Its scale, seen as an `autoscaling/v1` object.
    Scale,
    /// A namespace's own finalizers.
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

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) resource: Arc<ResourceType>,
    pub(super) name: Name,
    pub(super) subresource: Subresource,
    /// Who writes: `fieldManager`, or the program's name in the user agent.
    pub(super) manager: String,
    /// The time of the call, as objects carry it.
    pub(super) now: String,
    pub(super) dry_run: bool,
    pub(super) validation: FieldValidation,
}

/// What happens with fields that a schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// Dropped in silence (`Ignore`), or with a warning nobody reads (`Warn`).
    Drop,
    /// `Strict`: the write is refused.
    Strict,
}

impl Call {
    /// The same caller at the same time, about another object.
    pub(super) fn about(&self, resource: &Arc<ResourceType>, name: Name) -> Call {
        Call { resource: resource.clone(), name, subresource: Subresource::Main, ..self.clone() }
    }

    /// A call of the control plane's own controllers.
    pub(super) fn of_controller(resource: Arc<ResourceType>, name: Name, now: String) -> Call {
        let manager = "kube-controller-manager".to_owned();
        Call { resource, name, subresource: Subresource::Main, manager, now, dry_run: false, validation: FieldValidation::Drop }
    }
}
