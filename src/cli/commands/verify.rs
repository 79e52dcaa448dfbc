//! `kuberewind verify`

use serde_json::{Value, json};

use crate::cli::args::{Format, VerifyArgs};
use crate::cli::{Exit, Target, opening, output};
use crate::report::json_text;
use crate::text::printable;
use kuberewind_file::{self, VerifyReport};
use kuberewind_model::Result;

/// Checks a recording. What is wrong gives 1.
pub fn run(args: &VerifyArgs) -> Result<Exit> {
    let target = Target::resolve(&args.recording)?;
    let report = kuberewind_file::verify(&opening::recording_of(&target.path)?, &opening::options()?, args.strict)?;
    match args.format.format {
        Format::Text => output::print(&text(&report))?,
        Format::Json => output::print(&json_text(&as_json(&report)))?,
    }
    Ok(if report.is_fine() { Exit::Done } else { Exit::Negative })
}

fn text(report: &VerifyReport) -> String {
    let mut out = String::new();
    for remark in &report.remarks {
        out.push_str(&format!("{}\n", printable(remark)));
    }
    for finding in &report.findings {
        out.push_str(&format!("{}: {}\n", finding.check, printable(&finding.sentence)));
    }
    if report.total > report.findings.len() {
        out.push_str(&format!("and {} more\n", report.total - report.findings.len()));
    }
    let looked = format!("{} operations and {} bodies looked at", report.operations, report.bodies);
    out.push_str(&match report.total {
        0 => format!("sound: {looked}\n"),
        1 => format!("1 thing is wrong: {looked}\n"),
        many => format!("{many} things are wrong: {looked}\n"),
    });
    out
}

fn as_json(report: &VerifyReport) -> Value {
    let findings: Vec<Value> =
        report.findings.iter().map(|finding| json!({"check": finding.check, "sentence": finding.sentence})).collect();
    json!({
        "sound": report.is_fine(),
        "total": report.total,
        "findings": findings,
        "remarks": report.remarks,
        "operations": report.operations,
        "bodies": report.bodies,
    })
}
