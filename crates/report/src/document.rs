//! Rendered documents as plain text.

use kuberewind_render::document::{Document, Sign};
use kuberewind_text::printable;

/// Appends a document. With `signs`, each line begins with its sign and closed folds are left out.
pub(super) fn push_document(out: &mut String, document: &Document, signs: bool) {
    let mut folded_until = 0;
    for (at, line) in document.lines.iter().enumerate() {
        if at < folded_until {
            continue;
        }
        if signs && line.closed {
            folded_until = at + 1 + line.fold as usize;
        }
        if signs {
            out.push_str(match line.sign {
                Sign::Same => "  ",
                Sign::Added => "+ ",
                Sign::Removed => "- ",
                Sign::Changed => "~ ",
            });
        }
        out.push_str(&"  ".repeat(usize::from(line.depth)));
        out.push_str(&printable(&line.text));
        out.push('\n');
    }
    if document.left_out > 0 {
        out.push_str(&format!("# and {} more lines\n", document.left_out));
    }
}
