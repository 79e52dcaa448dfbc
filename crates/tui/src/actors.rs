//! Short names of actors: `checkout` for `shop-operator/checkout`, as long as that is unambiguous.

use std::collections::BTreeSet;

use kuberewind_model::{Actor, ActorId};

/// The prefix of users that belong to the cluster itself.
const SYSTEM: &str = "system:";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorNames {
    acting: usize,
    /// The last parts of names that several actors share.
    shared: BTreeSet<String>,
}

impl ActorNames {
    #[must_use]
    pub fn of(actors: &[Actor]) -> ActorNames {
        let wholes: BTreeSet<ActorId> = actors.iter().filter_map(|actor| actor.parent).collect();
        let (mut acting, mut seen, mut shared) = (0, BTreeSet::new(), BTreeSet::new());
        for actor in actors.iter().filter(|actor| !wholes.contains(&actor.id)) {
            acting += 1;
            if !seen.insert(last(&actor.name)) {
                shared.insert(last(&actor.name).to_owned());
            }
        }
        ActorNames { acting, shared }
    }

    /// Sets the number of actors that make calls in the open session.
    #[must_use]
    pub fn with_acting(self, acting: usize) -> ActorNames {
        ActorNames { acting, ..self }
    }

    /// The number of actors that make calls, without the parents of other actors.
    #[must_use]
    pub fn acting(&self) -> usize {
        self.acting
    }

    /// The short name of an actor: the last part, or the whole name if several actors share that part.
    #[must_use]
    pub fn short<'a>(&self, name: &'a str) -> &'a str {
        let last = last(name);
        if self.shared.contains(last) { name.strip_prefix(SYSTEM).unwrap_or(name) } else { last }
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::ActorNames;
    use kuberewind_model::{Actor, ActorId};

    fn actors(names: &[(&str, Option<i64>)]) -> Vec<Actor> {
        let actor = |(id, (name, parent)): (i64, &(&str, Option<i64>))| Actor {
            id: ActorId(id),
            name: (*name).into(),
            parent: parent.map(ActorId),
        };
        (0..).zip(names).map(actor).collect()
    }

    #[test]
    fn short_names_are_unambiguous() {
        let names = ActorNames::of(&actors(&[
            ("shop-operator", None),
            ("shop-operator/checkout", Some(0)),
            ("autoscaler/hpa", None),
            ("system:kube-scheduler/leader-election", None),
            ("system:kube-controller-manager/leader-election", None),
        ]));
        assert_eq!(names.acting(), 4);
        assert_eq!(names.short("shop-operator/checkout"), "checkout");
        assert_eq!(names.short("autoscaler/hpa"), "hpa");
        assert_eq!(names.short("system:kube-scheduler/leader-election"), "kube-scheduler/leader-election");
        assert_eq!(names.short("kubectl"), "kubectl");
    }
}
