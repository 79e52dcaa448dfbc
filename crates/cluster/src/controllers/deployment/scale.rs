//! Scaling of ReplicaSets, and what a change of the Deployment's replicas does to them.

use serde_json::json;

use super::limits::max_surge;
use super::revision::{desired_of, maximum_of, note_replicas};
use super::rollout::Rollout;

impl Rollout<'_> {
    /// True if the number of replicas was changed since the ReplicaSets were scaled.
    pub(super) fn is_scaling(&self) -> bool {
        let active = self.sets.iter().filter(|set| set.wanted() > 0);
        active.filter_map(|set| desired_of(&set.now)).any(|desired| desired != self.replicas())
    }

    /// Scales one ReplicaSet. Returns true if its size changed.
    pub(super) fn scale(&mut self, at: usize, size: i64) -> bool {
        let size = size.max(0);
        let before = self.sets[at].wanted();
        let deployment = self.before;
        note_replicas(&mut self.sets[at].now, deployment);
        if before == size {
            return false;
        }
        self.sets[at].now["spec"]["replicas"] = json!(size);
        let direction = if before < size { "up" } else { "down" };
        let name = self.sets[at].name().to_owned();
        self.say("ScalingReplicaSet", format!("Scaled {direction} replica set {name} from {before} to {size}"));
        true
    }

    /// Scales the only active ReplicaSet; or stops the old ones after a rollout; or spreads the change over all active ones.
    pub(super) fn scale_all(&mut self) {
        let active: Vec<usize> = (0..self.sets.len()).filter(|at| self.sets[*at].wanted() > 0).collect();
        let replicas = self.replicas();
        if let Some(only) = self.active_or_latest(&active) {
            if self.sets[only].wanted() != replicas {
                self.scale(only, replicas);
            }
            return;
        }
        let saturated = self.new.is_some_and(|at| {
            let set = &self.sets[at];
            set.wanted() == replicas && desired_of(&set.now) == Some(replicas) && set.has("availableReplicas") == replicas
        });
        if saturated {
            for at in self.old() {
                if self.sets[at].wanted() > 0 {
                    self.scale(at, 0);
                }
            }
        } else if super::super::value::text(self.before, "/spec/strategy/type") != "Recreate" {
            self.spread(active);
        }
    }

    fn active_or_latest(&self, active: &[usize]) -> Option<usize> {
        match active {
            [] => self.new.or_else(|| self.old().pop()),
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Spreads a change of the number of replicas over the active ReplicaSets, in proportion to their sizes.
    fn spread(&mut self, mut active: Vec<usize>) {
        let replicas = self.replicas();
        let allowed = if replicas > 0 { replicas.saturating_add(max_surge(self.before)) } else { 0 };
        let total: i64 = active.iter().map(|at| self.sets[*at].wanted()).sum();
        let missing = allowed.saturating_sub(total);
        // The largest first; among equals the newest when growing, the oldest when shrinking.
        if missing > 0 {
            active.reverse();
        }
        active.sort_by_key(|at| std::cmp::Reverse(self.sets[*at].wanted()));
        let mut added = 0_i64;
        let mut sizes = Vec::new();
        for at in &active {
            let part = self.proportion(*at, allowed, missing, added);
            added = added.saturating_add(part);
            sizes.push(self.sets[*at].wanted().saturating_add(part));
        }
        if let Some(first) = sizes.first_mut() {
            *first = first.saturating_add(missing.saturating_sub(added)).max(0);
        }
        for (at, size) in active.into_iter().zip(sizes) {
            self.scale(at, size);
        }
    }

    /// The share of one ReplicaSet in a change of the number of pods.
    fn proportion(&self, at: usize, allowed: i64, missing: i64, added: i64) -> i64 {
        let size = self.sets[at].wanted();
        if missing == 0 || missing == added {
            return 0;
        }
        let share = if self.replicas() == 0 {
            size.saturating_neg()
        } else {
            let before = maximum_of(&self.sets[at].now).filter(|maximum| *maximum > 0);
            let before = before.unwrap_or_else(|| super::super::value::count(self.before, "/status/replicas"));
            if before == 0 { 0 } else { rounded(size.saturating_mul(allowed), before).saturating_sub(size) }
        };
        let rest = missing.saturating_sub(added);
        if missing > 0 { share.min(rest) } else { share.max(rest) }
    }
}

/// `number / divisor`, rounded to the nearest integer. Both are positive.
fn rounded(number: i64, divisor: i64) -> i64 {
    number.saturating_mul(2).saturating_add(divisor) / divisor.saturating_mul(2)
}
