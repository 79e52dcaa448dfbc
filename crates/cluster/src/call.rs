//! One API call: the kind, the object, the subresource and the caller.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::name::Name;
use super::options::Fidelity;
use super::resource_type::ResourceType;

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
    /// The ephemeral containers of a pod.
    EphemeralContainers,
    /// The resources of a pod's containers.
    Resize,
    /// The conditions of a certificate signing request.
    Approval,
    /// A pod's eviction: a create deletes the pod.
    Eviction,
    /// A pod's binding: a create assigns the pod to a node.
    Binding,
    /// A service account's token: a create issues one.
    Token,
    /// Logs and connections, which need a kubelet.
    Kubelet,
}

impl Subresource {
    /// The subresource of a kind by its name in URLs, '' for the object itself.
    pub(super) fn of(resource: &ResourceType, name: &str) -> Option<Subresource> {
        match name {
            "" => return Some(Subresource::Main),
            "status" => return resource.has_status.then_some(Subresource::Status),
            "scale" => return resource.scale.is_some().then_some(Subresource::Scale),
            _ => {}
        }
        // `proxy` can have a path behind it.
        let first = name.split('/').next().unwrap_or_default();
        let known = resource.builtin()?.resource()?.subresources().iter().any(|one| one.name() == first);
        let subresource = match first {
            "finalize" => Subresource::Finalize,
            "ephemeralcontainers" => Subresource::EphemeralContainers,
            "resize" => Subresource::Resize,
            "approval" => Subresource::Approval,
            "eviction" => Subresource::Eviction,
            "binding" => Subresource::Binding,
            "token" => Subresource::Token,
            "log" | "exec" | "attach" | "portforward" | "proxy" => Subresource::Kubelet,
            _ => return None,
        };
        known.then_some(subresource)
    }

    /// The name in URLs and in `managedFields`, '' for the object itself.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Subresource::Main => "",
            Subresource::Status => "status",
            Subresource::Scale => "scale",
            Subresource::Finalize => "finalize",
            Subresource::EphemeralContainers => "ephemeralcontainers",
            Subresource::Resize => "resize",
            Subresource::Approval => "approval",
            Subresource::Eviction => "eviction",
            Subresource::Binding => "binding",
            Subresource::Token => "token",
            Subresource::Kubelet => "kubelet",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The kind and version in which the object is stored.
    pub(super) resource: Arc<ResourceType>,
    /// The kind and version of the request and its response.
    pub(super) shown: Arc<ResourceType>,
    pub(super) name: Name,
    pub(super) subresource: Subresource,
    /// The field manager: `fieldManager`, or the program name in the user agent.
    pub(super) manager: String,
    /// The time of the call in RFC 3339, as objects carry it.
    pub(super) now: String,
    pub(super) dry_run: bool,
    pub(super) validation: FieldValidation,
    /// [`Fidelity::AsSent`] for writes of the server itself.
    pub(super) fidelity: Fidelity,
    pub(super) warnings: Warnings,
}

/// The warnings of one request. Clones add to the same list.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings(Rc<RefCell<Vec<String>>>);

impl Warnings {
    pub(super) fn add(&self, warning: String) {
        self.0.borrow_mut().push(warning);
    }

    pub(super) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// How a write reports fields that its kind does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldValidation {
    /// Not at all.
    Ignore,
    /// With `Warning` headers.
    Warn,
    /// Refuse the write.
    Strict,
}

impl Call {
    /// The same caller and time for another object.
    pub(super) fn about(&self, resource: &Arc<ResourceType>, name: Name) -> Call {
        Call { resource: resource.clone(), shown: resource.clone(), name, subresource: Subresource::Main, ..self.clone() }
    }

    /// A call by one of the control plane's controllers.
    pub(super) fn of_controller(resource: Arc<ResourceType>, name: Name, now: String) -> Call {
        Call {
            shown: resource.clone(),
            resource,
            name,
            subresource: Subresource::Main,
            manager: "kube-controller-manager".to_owned(),
            now,
            dry_run: false,
            validation: FieldValidation::Ignore,
            fidelity: Fidelity::AsSent,
            warnings: Warnings::default(),
        }
    }
}
