//! The first moment at which an expression holds, and the violations of an invariant, as text.

use kuberewind_analysis::queries::find::FindResult;
use kuberewind_analysis::queries::invariant::{InvariantReport, Violation};
use kuberewind_text::{counted_len, printable};

use super::history::author;

/// Formats `#412  rv 81231`, or that the expression is never true.
#[must_use]
pub fn find_text(found: &FindResult) -> String {
    let mut out = match found.at {
        Some(seq) if found.resource_version.is_empty() => format!("{seq}\n"),
        Some(seq) => format!("{seq}  rv {}\n", printable(&found.resource_version)),
        None => format!("never true over {} versions\n", found.versions),
    };
    out.push_str(&undecided(found.undecided, &found.remark));
    out
}

/// Formats the violations of an invariant: the range of versions, and the write that broke it.
#[must_use]
pub fn invariant_text(checked: &InvariantReport) -> String {
    let mut out = printable(&format!("{}: {}", checked.kind, checked.expression)).into_owned();
    let scope = format!("{}, {}", counted_len(checked.objects, "object"), counted_len(checked.versions, "version"));
    if checked.violations.is_empty() {
        out.push_str(&format!("\nholds over {scope}\n"));
    } else {
        out.push_str(&format!("\nbroken {} over {scope}\n\n", counted_len(checked.violations.len(), "time")));
        for violation in &checked.violations {
            out.push_str(&line(violation));
        }
    }
    out.push_str(&undecided(checked.undecided, &checked.remark));
    if checked.more {
        out.push_str("… not all objects were checked: the limit was reached\n");
    }
    out
}

fn line(violation: &Violation) -> String {
    let until = violation.mended.map_or_else(|| "never mended".to_owned(), |seq| format!("mended by {seq}"));
    let by = violation.author.as_ref().map_or_else(String::new, |by| format!("\n    by {}", author(by)));
    let object = printable(&violation.object);
    format!("{}  {object}  {}, {until}{by}\n", violation.first, counted_len(violation.versions, "version"))
}

fn undecided(count: usize, remark: &str) -> String {
    let remark = printable(remark);
    match count {
        0 => String::new(),
        1 => format!("1 version is undecided: {remark}\n"),
        _ => format!("{} are undecided: {remark}\n", counted_len(count, "version")),
    }
}
