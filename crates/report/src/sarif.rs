//! Findings as SARIF 2.1.0 (OASIS, 2020), the format in which code hosts import results of static analysis.
//!
//! A recording has no source lines. Therefore the recording is the artifact, and objects and fields are logical locations.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use kuberewind_analysis::Analysis;
use kuberewind_analysis::detectors::kinds_of_findings;
use kuberewind_analysis::finding::{Finding, Severity};
use kuberewind_text::printable;

/// Characters that RFC 3986 allows in the path of a URI reference, without the colon, which could end a scheme.
const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// Formats an analysis as one SARIF log. `file` is the path of the recording, as given on the command line.
#[must_use]
pub fn sarif(analysis: &Analysis, file: &str) -> Value {
    let rules: Vec<Value> = kinds_of_findings()
        .map(
            |(name, class, doc)| json!({"id": name, "shortDescription": {"text": doc}, "properties": {"tags": [class.as_str()]}}),
        )
        .collect();
    let results: Vec<Value> = analysis.findings.iter().map(|finding| result(finding, file)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "kuberewind", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "automationDetails": {"id": printable(&analysis.session_id)},
            "results": results,
        }],
    })
}

fn result(finding: &Finding, file: &str) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let logical = |name: String, kind: &str| json!({"fullyQualifiedName": name, "kind": kind});
    let mut locations = Vec::new();
    if !finding.object.is_empty() {
        locations.push(logical(printable(&finding.object).into_owned(), "object"));
    }
    locations.extend(
        finding.fields.iter().map(|field| logical(format!("{}#{}", printable(&finding.object), printable(field)), "member")),
    );
    json!({
        "ruleId": finding.detector,
        "level": level,
        "message": {"text": printable(&finding.sentence)},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": utf8_percent_encode(file, NOT_IN_PATHS).to_string()}},
            "logicalLocations": locations,
        }],
        "partialFingerprints": {"detectorObject/v1": format!("{}:{}", finding.detector, printable(&finding.object))},
        "properties": {
            "operations": finding.operations,
            "actors": finding.actors.iter().map(|actor| printable(actor)).collect::<Vec<_>>(),
            "first": finding.first,
            "last": finding.last,
            "certainty": finding.certainty.as_str(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::sarif;
    use kuberewind_analysis::detectors::kinds_of_findings;

    #[test]
    fn results_refer_to_rules_and_locations() {
        let log = sarif(&super::super::findings::tests::sample(), "my runs/a#b.db");
        let run = &log["runs"][0];
        assert_eq!((log["version"].as_str(), run["results"].as_array().map(Vec::len)), (Some("2.1.0"), Some(2)));
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(kinds_of_findings().count()));
        let first = &run["results"][0];
        assert_eq!((first["ruleId"].as_str(), first["level"].as_str()), (Some("two-writers"), Some("error")));
        assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "my%20runs/a%23b.db");
        assert_eq!(first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "Deployment/shop/check\\x1bout");
        assert!(!log.to_string().contains("\\u001b"), "control characters are escaped");
    }
}
