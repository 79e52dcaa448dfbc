//! Findings as JUnit XML, which CI systems display: a test case for each kind of finding. It fails if there is a finding of
//! severity warning or error.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use kuberewind_analysis::Analysis;
use kuberewind_analysis::detectors::kinds_of_findings;
use kuberewind_analysis::finding::Finding;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::printable;

/// Formats an analysis as one test suite.
///
/// # Errors
/// When the XML writer fails.
pub fn junit(analysis: &Analysis) -> Result<String> {
    let mut suite = TestSuite::new(printable(&analysis.session_id));
    for (name, class, _) in kinds_of_findings() {
        let is_serious = |finding: &&Finding| finding.detector == name && !finding.is_info();
        let mut case = TestCase::new(name, status(analysis.findings.iter().filter(is_serious)));
        case.set_classname(format!("kuberewind.{}", class.as_str()));
        suite.add_test_case(case);
    }
    let mut report = Report::new("kuberewind");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| Error::new(ErrorKind::Io, "cannot format the findings as XML").because(error))
}

/// Returns a failure with the sentences and operations of the findings, or success if there are none.
fn status<'a>(findings: impl Iterator<Item = &'a Finding>) -> TestCaseStatus {
    let mut findings = findings.peekable();
    let Some(first) = findings.peek() else { return TestCaseStatus::success() };
    let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failure.set_type(first.severity.as_str()).set_message(printable(&first.sentence));
    let descriptions: String = findings
        .map(|finding| {
            let operations: Vec<String> = finding.operations.iter().map(|seq| format!("#{seq}")).collect();
            format!("{}\n{}\n", printable(&finding.sentence), operations.join(" "))
        })
        .collect();
    failure.set_description(descriptions);
    failure
}

#[cfg(test)]
mod tests {
    use super::junit;
    use kuberewind_analysis::detectors::kinds_of_findings;

    #[test]
    fn there_is_a_case_for_each_kind_and_a_failure_for_each_serious_one() {
        let xml = junit(&super::super::findings::tests::sample()).unwrap();
        assert_eq!(xml.matches("<testcase ").count(), kinds_of_findings().count());
        assert_eq!(xml.matches("<failure ").count(), 1, "findings of severity info do not fail");
        assert!(xml.contains("message=\"a&amp;b and c fight over &lt;\\x1b[2J&gt;\""), "{xml}");
        assert!(xml.contains("#3 #9") && !xml.contains('\u{1b}') && !xml.contains('\u{7}'));
    }
}
