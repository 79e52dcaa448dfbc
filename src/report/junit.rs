//! Findings as JUnit XML, which CI systems display: a test case for each kind of finding. It fails if there is a finding of
//! severity warning or error.
//!
//! Not written with the crate `quick-junit`: it brings six crates for these forty lines.

use crate::text::printable;
use kuberewind_analysis::analysis::Analysis;
use kuberewind_analysis::detectors::kinds_of_findings;
use kuberewind_analysis::finding::Finding;

/// Formats an analysis as one test suite.
#[must_use]
pub fn junit(analysis: &Analysis) -> String {
    let serious = |name: &str| {
        let found = analysis.findings.iter().filter(|finding| finding.detector == name && !finding.is_remark());
        found.collect::<Vec<&Finding>>()
    };
    let tests = kinds_of_findings().count();
    let failures = kinds_of_findings().filter(|(name, ..)| !serious(name).is_empty()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"kuberewind\" tests=\"{tests}\" failures=\"{failures}\">\n"));
    out.push_str(&format!(
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\">\n",
        escaped(&analysis.session_id)
    ));
    for (name, class, _) in kinds_of_findings() {
        let found = serious(name);
        let head = format!("    <testcase classname=\"kuberewind.{}\" name=\"{name}\"", class.as_str());
        let Some(first) = found.first() else {
            out.push_str(&format!("{head}/>\n"));
            continue;
        };
        out.push_str(&format!(
            "{head}>\n      <failure type=\"{}\" message=\"{}\">",
            first.severity.as_str(),
            escaped(&first.sentence)
        ));
        for finding in &found {
            let operations: Vec<String> = finding.operations.iter().map(|seq| format!("#{seq}")).collect();
            out.push_str(&format!("{}\n{}\n", escaped(&finding.sentence), operations.join(" ")));
        }
        out.push_str("</failure>\n    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Escapes characters that a terminal or an XML parser would interpret.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML 1.0, even as references.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::junit;
    use kuberewind_analysis::detectors::kinds_of_findings;

    #[test]
    fn there_is_a_case_for_each_kind_and_a_failure_for_each_serious_one() {
        let xml = junit(&super::super::findings::tests::sample());
        assert_eq!(xml.matches("<testcase ").count(), kinds_of_findings().count());
        assert_eq!(xml.matches("<failure ").count(), 1, "findings of severity info do not fail");
        assert!(xml.contains("message=\"a&amp;b and c fight over &lt;\\x1b[2J&gt;\""), "{xml}");
        assert!(xml.contains("#3 #9") && !xml.contains('\u{1b}') && !xml.contains('\u{7}'));
    }
}
