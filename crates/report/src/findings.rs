//! Findings as text.

use std::fmt::Write;

use kuberewind_analysis::Analysis;
use kuberewind_analysis::finding::{Finding, Severity};
use kuberewind_model::Certainty;
use kuberewind_text::{counted, printable};

/// Formats an analysis: a heading, and the findings in the order of what they cost, each cause followed by its symptoms. A last
/// line counts them. Findings of severity info are printed only with `remarks`.
#[must_use]
pub fn text(analysis: &Analysis, remarks: bool) -> String {
    let mut out = heading(analysis);
    let mut class = None;
    for finding in analysis.findings.iter().filter(|finding| remarks || !finding.is_info()) {
        if !finding.is_head() {
            line(&mut out, format_args!("      └ {}", one_line(finding)));
            continue;
        }
        if class != Some(finding.class) {
            line(&mut out, format_args!("\n{}", finding.class.as_str()));
            class = Some(finding.class);
        }
        line(&mut out, format_args!("  {}{}", one_line(finding), cost(finding)));
    }
    line(&mut out, format_args!("\n{}", totals(analysis, remarks)));
    out
}

/// The session and the number of its operations, with a line feed.
#[must_use]
pub fn heading(analysis: &Analysis) -> String {
    format!("{}: {}\n", printable(&analysis.session_id), counted(analysis.total_operations, "operation"))
}

/// Counts findings, slow operations and errors: `1 finding, and 2 remarks; 0 slow, 276 failed`. With `remarks`, those are not counted
/// apart.
#[must_use]
pub fn totals(analysis: &Analysis, remarks: bool) -> String {
    let heads = || analysis.findings.iter().filter(|finding| finding.is_head());
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let serious = heads().filter(|finding| !finding.is_info()).count();
    let hidden = heads().count() - serious;
    let verdict = if serious == 0 { "no findings".to_owned() } else { counted(count(serious), "finding") };
    let more = if hidden == 0 || remarks { String::new() } else { format!(", and {}", counted(count(hidden), "remark")) };
    format!("{verdict}{more}; {} slow, {} failed", analysis.slow_operations.len(), analysis.errors.total)
}

/// The share of all operations, if it is one percent or more.
fn cost(finding: &Finding) -> String {
    match &finding.cost {
        Some(cost) if cost.share >= 0.01 && !finding.is_info() => format!(" [{:.0} % of operations]", cost.share * 100.0),
        _ => String::new(),
    }
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

    pub(crate) fn sample() -> Analysis {
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
    fn findings_are_ranked_and_escaped() {
        assert_eq!(
            text(&sample(), false),
            "run \\x071: 12 operations\n\nloops\n  ✖ two-writers      a&b and c fight over <\\x1b[2J> (likely)\n\n1 finding, and 1 remark; 0 slow, 0 failed\n"
        );
        assert!(text(&sample(), true).contains("· periodic"));
    }
}
