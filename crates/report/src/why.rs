//! Chains of causes and trees of effects as text.

use kuberewind_analysis::queries::why::{Chain, Effects, Link, LinkKind};
use kuberewind_text::printable;

/// Formats a chain of causes. Each cause is below its effect.
///
/// ```text
/// #9 checkout update Deployment/shop/checkout rv 14
///     last saw Deployment/shop/checkout at rv 13 (#8)
/// ← reconcile …   exact: the call was made within it
/// ```
#[must_use]
pub fn why_text(chain: &Chain) -> String {
    let mut out = String::new();
    for (at, link) in chain.links.iter().enumerate() {
        out.push_str(&line(if at == 0 { "" } else { "← " }, link));
    }
    if !chain.end.is_empty() {
        out.push_str(&format!("■ {}\n", printable(&chain.end)));
    }
    out
}

/// Formats the effects of an operation. Each effect is below its cause and indented.
///
/// ```text
/// #9 checkout update Deployment/shop/checkout rv 14
///   → #10 hpa MODIFIED Deployment/shop/checkout rv 14   exact: the same uid and resourceVersion 14
///     → hpa reconcile …   exact: …
/// ```
#[must_use]
pub fn effects_text(effects: &Effects) -> String {
    let mut out = line("", &effects.of);
    for effect in &effects.effects {
        let indent = "  ".repeat(usize::from(effect.depth.min(16)));
        let text = line("→ ", &effect.link);
        text.lines().for_each(|line| out.push_str(&format!("{indent}{line}\n")));
    }
    if !effects.end.is_empty() {
        out.push_str(&format!("■ {}\n", printable(&effects.end)));
    }
    out
}

fn line(arrow: &str, link: &Link) -> String {
    let number = link.operation.map_or_else(String::new, |seq| format!("{seq} "));
    let again = if link.kind == LinkKind::Requeue { "requeued by " } else { "" };
    let mut out = format!("{arrow}{again}{number}{}", printable(&link.text));
    if !link.evidence.is_empty() {
        out.push_str(&format!("   {}: {}", link.certainty.as_str(), printable(&link.evidence)));
    }
    out.push('\n');
    for seen in &link.seen {
        out.push_str(&format!("    last saw {}\n", printable(&seen.to_string())));
    }
    if !link.coalesced.is_empty() {
        let numbers: Vec<String> = link.coalesced.iter().map(ToString::to_string).collect();
        out.push_str(&format!("    coalesced with {}\n", numbers.join(", ")));
    }
    out
}
