//! Findings as text.

use std::fmt::Write;

use crate::text::{counted, printable};
use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Class, Finding, Severity};
use kuberewind_model::Certainty;

/// Formats an analysis: a heading, the findings by class, most severe first, and a summary. Findings of severity info are
/// printed only with `remarks`.
#[must_use]
pub fn text(analysis: &Analysis, remarks: bool) -> String {
    let mut out = format!("{}: {} operations\n", printable(&analysis.session_id), analysis.total_operations);
    for class in Class::ALL {
        let shown = |finding: &&Finding| finding.class == class && (remarks || !finding.is_info());
        let mut findings = analysis.findings.iter().filter(shown).peekable();
        if findings.peek().is_some() {
            line(&mut out, format_args!("\n{}", class.as_str()));
        }
        findings.for_each(|finding| line(&mut out, format_args!("  {}", one_line(finding))));
    }
    let hidden = analysis.findings.iter().filter(|finding| finding.is_info()).count();
    let serious = analysis.findings.len() - hidden;
    let verdict = match serious {
        0 => "no findings".to_owned(),
        count => counted(u64::try_from(count).unwrap_or(u64::MAX), "finding"),
    };
    let more = if hidden == 0 || remarks {
        String::new()
    } else {
        format!(", and {}", counted(u64::try_from(hidden).unwrap_or(u64::MAX), "remark"))
    };
    line(&mut out, format_args!("\n{verdict}{more}; {} slow, {} failed", analysis.slow_operations.len(), analysis.errors.total));
    out
}

/// Formats a finding on one line: severity, detector and sentence, and the certainty if it is not exact.
#[must_use]
pub fn one_line(finding: &Finding) -> String {
    let sign = match finding.severity {
        Severity::Error => "✖",
        Severity::Warning => "▲",
        Severity::Info => "·",
    };
    let certainty = match finding.certainty {
        Certainty::Exact => String::new(),
        other => format!(" ({})", other.as_str()),
    };
    let rate = finding.rate_per_s.filter(|rate| *rate >= 1.0).map_or_else(String::new, |rate| format!(", {rate:.1}/s"));
    format!("{sign} {:<16} {}{rate}{certainty}", finding.detector, printable(&finding.sentence))
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    if writeln!(out, "{text}").is_err() {
        out.push('\n');
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::text;
    use kuberewind_analysis::finding::{Class, Finding, Severity};
    use kuberewind_analysis::{Analysis, ErrorCounts};
    use kuberewind_model::{Certainty, Seq};

    pub(in crate::report) fn sample() -> Analysis {
        let finding = |detector: &str, severity, sentence: &str| {
            let mut finding = Finding::new(Class::Loops, severity, Certainty::Likely, sentence.into())
                .object("Deployment/shop/check\u{1b}out")
                .actors(["a&b", "c"])
                .evidence([Seq(3), Seq(9)]);
            detector.clone_into(&mut finding.detector);
            finding
        };
        Analysis {
            session_id: "run \u{7}1".into(),
            total_operations: 12,
            slow_operations: Vec::new(),
            loops_detected: Vec::new(),
            races: Vec::new(),
            errors: ErrorCounts::default(),
            findings: vec![
                finding("two-writers", Severity::Error, "a&b and c fight over <\u{1b}[2J>"),
                finding("periodic", Severity::Info, "periodic: c does"),
            ],
        }
    }

    #[test]
    fn findings_are_grouped_by_class_and_escaped() {
        assert_eq!(
            text(&sample(), false),
            "run \\x071: 12 operations\n\nloops\n  ✖ two-writers      a&b and c fight over <\\x1b[2J> (likely)\n\n1 finding, and 1 remark; 0 slow, 0 failed\n"
        );
        assert!(text(&sample(), true).contains("· periodic"));
    }
}
