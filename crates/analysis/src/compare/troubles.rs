//! The findings that are gone, still there, or new.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::names::ComparedName;
use super::result::{Trouble, Troubles};
use super::side::Side;
use crate::finding::{Finding, Severity};
use crate::run::{Progress, run};
use crate::settings::Settings;
use kuberewind_model::{ObjectKey, Result};

pub(super) fn of(old: &Side<'_>, new: &Side<'_>, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Troubles> {
    let mut found = |side: &Side<'_>| -> Result<Vec<Finding>> {
        let range = side.range();
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let analysis = run(side.history, &range, side.session_id, &Settings::default(), progress)?;
        Ok(analysis.findings.into_iter().filter(|finding| finding.severity >= Severity::Warning).collect())
    };
    Ok(compared(found(old)?, found(new)?))
}

fn compared(old: Vec<Finding>, new: Vec<Finding>) -> Troubles {
    let (before, after): (HashSet<_>, HashSet<_>) = (old.iter().map(identity).collect(), new.iter().map(identity).collect());
    let mut troubles = Troubles::default();
    let mut listed = HashSet::new();
    for finding in old.into_iter().filter(|finding| !after.contains(&identity(finding))) {
        if listed.insert(identity(&finding)) {
            troubles.gone.push(Trouble { finding });
        }
    }
    for finding in new {
        if listed.insert(identity(&finding)) {
            let list = if before.contains(&identity(&finding)) { &mut troubles.still } else { &mut troubles.new };
            list.push(Trouble { finding });
        }
    }
    troubles
}

/// Two findings with the same identity are the same trouble.
fn identity(finding: &Finding) -> (String, ComparedName) {
    let (kind, rest) = finding.object.split_once('/').unwrap_or(("", &finding.object));
    let (namespace, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let key = ObjectKey { group: "".into(), resource: kind.into(), namespace: namespace.into(), name: name.into() };
    (finding.detector.clone(), ComparedName::of(&key))
}

#[cfg(test)]
mod tests {
    use super::compared;
    use crate::finding::{Class, Finding, Severity};
    use kuberewind_model::Certainty;

    fn finding(detector: &str, object: &str) -> Finding {
        let mut finding = Finding::new(Class::Loops, Severity::Warning, Certainty::Exact, "again".into()).object(object);
        detector.clone_into(&mut finding.detector);
        finding
    }

    #[test]
    fn findings_are_the_same_by_detector_and_object() {
        let old = vec![
            finding("two-writers", "D/shop/a"),
            finding("two-writers", "Pod/shop/a-58dd6"),
            finding("hot-requeue", "D/shop/a"),
        ];
        let new = vec![
            finding("two-writers", "Pod/shop/a-slwpm"),
            finding("two-writers", "D/shop/b"),
            finding("hot-requeue", "D/shop/a"),
        ];
        let troubles = compared(old, new);
        let names = |list: &[super::Trouble]| {
            list.iter().map(|one| format!("{} {}", one.finding.detector, one.finding.object)).collect::<Vec<_>>()
        };
        assert_eq!(names(&troubles.gone), ["two-writers D/shop/a"]);
        assert_eq!(names(&troubles.still), ["two-writers Pod/shop/a-slwpm", "hot-requeue D/shop/a"]);
        assert_eq!(names(&troubles.new), ["two-writers D/shop/b"]);
    }
}
