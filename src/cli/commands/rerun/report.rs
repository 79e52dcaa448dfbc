//! What a rerun prints.

use serde_json::{Map, Value, json};

use super::super::compare::{compared, openings, sides};
use super::args::RerunArgs;
use super::prepared::Prepared;
use super::run::Finished;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::{output, source};
use kuberewind_analysis::compare::{Comparison, Side};
use kuberewind_model::Result;
use kuberewind_report::{comparison_json, comparison_text, json_text};
use kuberewind_rerun::Ending;
use kuberewind_session::OpenRecording;
use kuberewind_text::{counted, printable};

/// Compares the new session with the old one, and prints the result.
pub fn report(args: &RerunArgs, prepared: &Prepared, finished: &Finished) -> Result<Exit> {
    let open = |session: &str| OpenRecording::new(source::open_quietly(&prepared.file)?, Some(session));
    let (old, new) = (open(&prepared.recording.session().session_id)?, open(&prepared.session)?);
    let (before, mut after) = sides(&old, &new)?;
    // A session without an operation of its own ends where it began.
    after.after = prepared.at;
    let before = Side { after: prepared.at, ..before };
    let comparison = compared(&before, &after)?;
    match args.format.format {
        Format::Json => output::print(&json_text(&json(prepared, finished, &comparison, (&before, &after))?))?,
        Format::Text => {
            let file = prepared.file.display().to_string();
            let text = text(prepared, finished) + &comparison_text(&comparison, &before, &after)?;
            output::print(&(text + &openings(&comparison, (&file, &before), (&file, &after))))?;
        }
    }
    let findings = &comparison.findings;
    Ok(match finished.interrupted {
        true => Exit::INTERRUPTED,
        false if findings.still.is_empty() && findings.new.is_empty() => Exit::Done,
        false => Exit::Negative,
    })
}

fn text(prepared: &Prepared, finished: &Finished) -> String {
    let actor = printable(prepared.replaced.actor());
    let summary = &finished.summary;
    let how = match finished.ending {
        Ending::Settled => format!("{actor} settled after {:.1} s", finished.seconds),
        Ending::Limit | Ending::NoCall => format!("{actor} did not settle within {:.1} s", finished.seconds),
    };
    format!(
        "{}, a rerun of {} from {}: {how}\nothers: {} replayed; {} matched, {} dropped; {}\n",
        printable(&prepared.session),
        printable(&prepared.parent.session_id),
        prepared.at,
        counted(summary.replayed, "change"),
        counted(summary.reactions_matched, "reaction"),
        summary.reactions_dropped,
        counted(summary.conflicts, "conflict"),
    )
}

fn json(prepared: &Prepared, finished: &Finished, comparison: &Comparison, (old, new): (&Side<'_>, &Side<'_>)) -> Result<Value> {
    let summary = &finished.summary;
    let mut all = Map::from_iter(
        [
            ("parent", json!({"session": prepared.parent.session_id, "moment": prepared.at.0})),
            ("session", json!(prepared.session)),
            ("actor", json!(prepared.replaced.actor())),
            ("settled", json!(finished.ending == Ending::Settled)),
            ("seconds", json!((finished.seconds * 10.0).round() / 10.0)),
            (
                "others",
                json!({"replayed": summary.replayed, "reactions_matched": summary.reactions_matched,
                    "reactions_dropped": summary.reactions_dropped, "conflicts": summary.conflicts}),
            ),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    all.extend(comparison_json(comparison, old, new, false)?);
    Ok(Value::Object(all))
}
