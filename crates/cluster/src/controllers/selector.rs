//! Label selectors of objects.

use serde_json::Value;

use crate::selector_text::selector_text;
use kuberewind_model::k8s::selector::LabelSelector;

/// Reads `spec.selector`: a label selector, or a map of labels. `None` if it selects nothing: it is missing, empty or broken.
pub(super) fn read(object: &Value) -> Option<LabelSelector> {
    let selector = object["spec"].get("selector").filter(|selector| selector.is_object())?;
    let parsed = LabelSelector::parse(&text_of(selector)?).ok()?;
    (!parsed.is_empty()).then_some(parsed)
}

fn text_of(selector: &Value) -> Option<String> {
    // A selector with expressions alone has no `matchLabels`, which `selector_text` would read as labels.
    if selector.get("matchExpressions").is_some() && selector.get("matchLabels").is_none() {
        let mut whole = selector.clone();
        whole["matchLabels"] = serde_json::json!({});
        return selector_text(&whole);
    }
    selector_text(selector)
}
