//! The actor that the new process replaces.

use kuberewind_model::k8s::actor_name::process_of;

/// The actor that the new process replaces: a controller, or a process with all its controllers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    actor: String,
}

impl Replacement {
    #[must_use]
    pub fn of(actor: &str) -> Replacement {
        Replacement { actor: actor.to_owned() }
    }

    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// True for a call of this actor. The calls of a process without a controller's name may be the controller's.
    #[must_use]
    pub fn includes(&self, actor: &str) -> bool {
        actor == self.actor || process_of(actor) == self.actor || actor == process_of(&self.actor)
    }
}

#[cfg(test)]
mod tests {
    use super::Replacement;

    #[test]
    fn a_process_includes_its_controllers() {
        assert!(Replacement::of("shop").includes("shop/checkout"));
        assert!(Replacement::of("shop/checkout").includes("shop/checkout"));
        assert!(Replacement::of("shop/checkout").includes("shop"), "informers belong to the process");
        assert!(!Replacement::of("shop/checkout").includes("shop/ledger"));
    }
}
