//! Rolling updates: new pods up within `maxSurge`, old pods down within `maxUnavailable`.

use super::limits::{max_surge, max_unavailable};
use super::rollout::{Rollout, Set};

impl Rollout<'_> {
    /// Takes one step: scales the new ReplicaSet, or else the old ones.
    pub(super) fn roll(&mut self) {
        let Some(new) = self.new else { return };
        let (size, wanted) = (self.sets[new].wanted(), self.replicas());
        let scaled = if size > wanted {
            self.scale(new, wanted)
        } else {
            let next = self.new_size(new);
            size != wanted && size != next && self.scale(new, next)
        };
        if !scaled && !self.shrink_old(new) {
            self.clean_up_if_complete();
        }
    }

    /// The size that the new ReplicaSet may have now.
    pub(super) fn new_size(&self, new: usize) -> i64 {
        let (size, wanted) = (self.sets[new].wanted(), self.replicas());
        if super::super::value::text(self.before, "/spec/strategy/type") == "Recreate" {
            return wanted;
        }
        let room = wanted.saturating_add(max_surge(self.before)).saturating_sub(self.total(Set::wanted));
        if room <= 0 { size } else { size.saturating_add(room.min(wanted.saturating_sub(size))) }
    }

    /// Scales old ReplicaSets down: first the pods that are not available, then as many others as `maxUnavailable` allows.
    fn shrink_old(&mut self, new: usize) -> bool {
        let old: Vec<usize> = self.old().into_iter().filter(|at| self.sets[*at].wanted() > 0).collect();
        let least = self.replicas().saturating_sub(max_unavailable(self.before));
        let starting = self.sets[new].wanted().saturating_sub(self.sets[new].has("availableReplicas"));
        let budget = self.total(Set::wanted).saturating_sub(least).saturating_sub(starting);
        if old.is_empty() || budget <= 0 {
            return false;
        }
        let mut rest = budget;
        for at in &old {
            let broken = self.sets[*at].wanted().saturating_sub(self.sets[*at].has("availableReplicas"));
            rest = rest.saturating_sub(self.shrink(*at, broken.min(rest)));
        }
        let mut rest_of_available = self.total(|set| set.has("availableReplicas")).saturating_sub(least);
        let mut available = 0_i64;
        for at in old {
            let down = self.shrink(at, rest_of_available);
            rest_of_available = rest_of_available.saturating_sub(down);
            available = available.saturating_add(down);
        }
        rest != budget || available > 0
    }

    /// Scales a ReplicaSet down by at most `by`, and returns by how many.
    fn shrink(&mut self, at: usize, by: i64) -> i64 {
        let by = by.min(self.sets[at].wanted());
        if by <= 0 {
            return 0;
        }
        let size = self.sets[at].wanted().saturating_sub(by);
        self.scale(at, size);
        by
    }

    /// Stops all old ReplicaSets. Returns true if one was still running.
    pub(super) fn stop_old(&mut self) -> bool {
        let running: Vec<usize> = self.old().into_iter().filter(|at| self.sets[*at].wanted() > 0).collect();
        for at in &running {
            self.scale(*at, 0);
        }
        !running.is_empty()
    }

    /// Scales the new ReplicaSet to the wanted number.
    pub(super) fn start_new(&mut self) {
        let wanted = self.replicas();
        if let Some(new) = self.new.filter(|new| self.sets[*new].wanted() != wanted) {
            self.scale(new, wanted);
        }
    }
}
