//! Content as YAML.

use crate::doc::{Doc, LineKind};
use kuberewind_render::document::Line;
use kuberewind_render::yaml;
use kuberewind_text::clean;

use super::content::Content;
use super::{json, redacted};

/// Returns the object of a State pane, and everything else with the keys of the JSON format.
pub(super) fn yaml(content: &Content, redacted: usize) -> String {
    let mut text = match content {
        Content::Doc { pane: "State", doc } => state(doc),
        _ => lines(&yaml::render(&json::value(content, redacted)).lines),
    };
    text.push_str(&redacted::remark(redacted));
    text
}

/// Returns the lines of a State pane, which are YAML already. Remarks become comments.
fn state(doc: &Doc) -> String {
    let mut text = String::new();
    for line in &doc.lines {
        match line.kind {
            LineKind::Tree => text.push_str(&lines(std::slice::from_ref(&line.line))),
            _ => text.push_str(&format!("# {}\n", clean(&line.line.text))),
        }
    }
    text
}

fn lines(lines: &[Line]) -> String {
    lines.iter().filter(|line| !line.elision).fold(String::new(), |mut text, line| {
        text.push_str(&"  ".repeat(usize::from(line.depth)));
        text.push_str(&clean(&line.text));
        text.push('\n');
        text
    })
}
