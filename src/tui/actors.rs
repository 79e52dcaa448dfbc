//! Actors by short names: `checkout` of `shop-operator/checkout`, as long as that says who it is.

use std::collections::BTreeSet;

use kuberewind_model::{Actor, ActorId};

/// What stands before the names of a cluster's own users.
const SYSTEM: &str = "system:";

/// The actors of a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorNames {
    acting: usize,
    /// Last parts of a name that several actors have.
    shared: BTreeSet<String>,
}

impl ActorNames {
    /// From all that the recording names.
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

    /// How many make calls themselves: those that are only the whole of others are not counted.
    #[must_use]
    pub fn acting(&self) -> usize {
        self.acting
    }

    /// An actor's name where there is little room: its last part, and where several have that, all of it.
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
    fn a_short_name_says_who_it_is() {
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
