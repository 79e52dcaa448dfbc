//! Finds values in a recording that look like secrets and are not replaced.

use kuberewind_file::{Recording, TextPlace};
use kuberewind_model::Result;
use kuberewind_model::redact::{BodyInfo, Redactor, SessionKey};
use kuberewind_text::{counted, printable};

/// A text that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanHit {
    /// The place, as a person finds it.
    pub place: String,
    /// The JSON pointer in a body; '' elsewhere.
    pub path: String,
}

/// The result of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// The first places, in the order of the file.
    pub hits: Vec<ScanHit>,
    /// How many places there are.
    pub count: u64,
    /// Texts that were searched.
    pub texts: u64,
}

/// Places of one body.
const MAX_IN_BODY: usize = 16;

/// Searches every text and body of a recording with the rules of redaction. Lists at most `limit` places.
///
/// # Errors
/// The recording cannot be read.
pub fn scan(recording: &Recording, limit: usize) -> Result<ScanReport> {
    // What is replaced already stays, whichever the key; new replacements are only counted.
    let mut redactor = Redactor::new(SessionKey::new([0; 32]), Vec::new());
    let mut report = ScanReport::default();
    recording.visit_texts(&mut |place, text| {
        report.texts += 1;
        for path in paths(&mut redactor, &place, text) {
            report.count += 1;
            if report.hits.len() < limit {
                report.hits.push(ScanHit { place: place_text(&place), path });
            }
        }
        true
    })?;
    Ok(report)
}

/// The places that a scan found, and its result in a sentence.
#[must_use]
pub fn scan_text(report: &ScanReport) -> String {
    let mut out = String::new();
    for hit in &report.hits {
        out.push_str(&format!("{} {}\n", printable(&hit.place), printable(&hit.path)));
    }
    let listed = u64::try_from(report.hits.len()).unwrap_or(u64::MAX);
    if report.count > listed {
        out.push_str(&format!("and {} more\n", report.count - listed));
    }
    let searched = format!("searched {} texts", report.texts);
    out.push_str(&match report.count {
        0 => format!("nothing looks like a secret: {searched}\n"),
        count => format!("{} may be secrets: {searched}\n", counted(count, "value")),
    });
    out
}

fn paths(redactor: &mut Redactor, place: &TextPlace, text: &str) -> Vec<String> {
    let found = match place {
        TextPlace::Body { resource, kind, group, .. } => {
            let info = BodyInfo { group, resource, kind, ..BodyInfo::default() };
            return redactor.places(&info, text, MAX_IN_BODY);
        }
        TextPlace::Log { .. } => redactor.text(text) != text,
        TextPlace::Column { table, column, .. } if table == "detail" && column == "uri" => {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            redactor.uri(path, query) != text
        }
        TextPlace::Column { .. } => redactor.name(text) != text,
    };
    if found { vec![String::new()] } else { Vec::new() }
}

fn place_text(place: &TextPlace) -> String {
    match place {
        TextPlace::Body { session, seq, resource, .. } => format!("session {} #{seq} body ({resource})", session.0),
        TextPlace::Log { session, after } => format!("session {} log line after #{after}", session.0),
        TextPlace::Column { table, column, row } => format!("{table}.{column} of row {row}"),
    }
}
