//! Findings as SARIF 2.1.0 (OASIS, 2020), the form in which code hosts take results of analyses.
//!
//! A recording has no source lines: the recording is the artifact, and objects and operations are logical locations.

use serde_json::{Value, json};

use crate::text::printable;
use kuberewind_analysis::Analysis;
use kuberewind_analysis::detectors::kinds_of_findings;
use kuberewind_analysis::finding::{Finding, Severity};

/// An analysis as one SARIF log. `file` is the recording's path as it was named.
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
    let mut places = Vec::new();
    if !finding.object.is_empty() {
        places.push(logical(printable(&finding.object).into_owned(), "object"));
    }
    places.extend(
        finding.fields.iter().map(|field| logical(format!("{}#{}", printable(&finding.object), printable(field)), "member")),
    );
    json!({
        "ruleId": finding.detector,
        "level": level,
        "message": {"text": printable(&finding.sentence)},
        "locations": [{
            "physicalLocation": {"artifactLocation": {"uri": uri(file)}},
            "logicalLocations": places,
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

/// A path as a URI reference: what RFC 3986 does not allow is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::sarif;
    use kuberewind_analysis::detectors::kinds_of_findings;

    #[test]
    fn results_name_their_rules() {
        let log = sarif(&super::super::findings::tests::sample(), "my runs/a#b.db");
        let run = &log["runs"][0];
        assert_eq!((log["version"].as_str(), run["results"].as_array().map(Vec::len)), (Some("2.1.0"), Some(2)));
        assert_eq!(run["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(kinds_of_findings().count()));
        let first = &run["results"][0];
        assert_eq!((first["ruleId"].as_str(), first["level"].as_str()), (Some("two-writers"), Some("error")));
        assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "my%20runs/a%23b.db");
        assert_eq!(first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "Deployment/shop/check\\x1bout");
        assert!(!log.to_string().contains("\\u001b"), "escaped, not passed on");
    }
}
