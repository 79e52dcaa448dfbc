//! Field blame as text: the field, its value, its writer and the certainty of that, one field per line.

use kuberewind_analysis::queries::blame::{Blame, Field};
use kuberewind_model::Certainty;
use kuberewind_model::json::{pointer, scalar};
use kuberewind_text::printable;

use super::table::Table;

/// The longest value in a table, in characters.
const MAX_VALUE: usize = 60;

/// Formats the last write of each field. A certainty that is not exact comes with its evidence.
#[must_use]
pub fn blame_text(blame: &Blame) -> String {
    let version = &blame.version;
    let mut out =
        format!("{}, version {} of {}\n", printable(&blame.object), printable(&version.resource_version), version.first_observed);
    for remark in &blame.remarks {
        out.push_str(&format!("note: {}\n", printable(remark)));
    }
    out.push('\n');
    let mut table = Table::new(&["FIELD", "VALUE", "SET BY", "AT", "TIME", "CERTAINTY"]);
    for field in &blame.fields {
        table.row(row(field));
    }
    out.push_str(&table.text());
    out
}

fn row(field: &Field) -> Vec<String> {
    let author = &field.author;
    let certainty = match author.certainty {
        Certainty::Exact => "exact".to_owned(),
        certainty => format!("{}: {}", certainty.as_str(), author.evidence),
    };
    vec![
        pointer::dotted(&field.path),
        short(&scalar::inline(&field.value)),
        author.actor.clone().unwrap_or_else(|| "?".to_owned()),
        author.operation.map_or_else(|| format!("{}…{}", author.between.0, author.between.1), |seq| seq.to_string()),
        author.time.map_or_else(String::new, |time| time.rfc3339(3)),
        certainty,
    ]
}

/// Truncates a value to [`MAX_VALUE`] characters and an ellipsis.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
