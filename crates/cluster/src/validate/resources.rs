//! Requests and limits of containers.

use std::borrow::Cow;
use std::fmt::Display;

use serde_json::Value;

use super::causes::Causes;
use super::formats;
use super::quantity::nanos;

pub(super) fn check(resources: &Value, path: &dyn Display, causes: &mut Causes) {
    for list in ["limits", "requests"] {
        for (name, amount) in resources[list].as_object().into_iter().flatten() {
            let at = format_args!("{path}.{list}[{name}]");
            known(name, &at, causes);
            let text = text_of(amount);
            if nanos(&text).is_some_and(|amount| amount < 0.0) {
                causes.invalid(at, &Value::from(&*text), formats::NOT_NEGATIVE);
            }
            let limit = text_of(&resources["limits"][name]);
            let above = list == "requests" && nanos(&text).zip(nanos(&limit)).is_some_and(|(request, limit)| request > limit);
            if above {
                let why = format!("must be less than or equal to {name} limit of {limit}");
                causes.invalid(format_args!("{path}.requests"), &Value::from(text), &why);
            }
        }
    }
}

fn text_of(amount: &Value) -> Cow<'_, str> {
    match amount {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// A resource without a domain must be one that a kubelet knows.
fn known(name: &str, at: &dyn Display, causes: &mut Causes) {
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    if name.contains('/') || standard {
        causes.format(at, name, formats::qualified(name));
        return;
    }
    for why in ["must be a standard resource type or fully qualified", "must be a standard resource for containers"] {
        causes.invalid(at, &Value::from(name), why);
    }
}
