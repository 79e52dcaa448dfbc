//! `kuberewind compare`

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::compared_session;
use crate::cli::exit::Exit;
use crate::cli::format::{Format, FormatArgs};
use crate::cli::output;
use crate::cli::progress::Progress;
use kuberewind_analysis::compare::{Comparison, Side, StepKind, common_past, compare};
use kuberewind_model::{Result, Seq};
use kuberewind_report::{comparison_json, comparison_text, json_text};
use kuberewind_session::OpenRecording;
use kuberewind_text::{printable, shell_quote};

#[derive(Debug, Args)]
#[command(
    after_help = "Writes are aligned per actor and object, not by time. Timestamps, uids, random ends of names and redacted values do not count; leases and Events are left out. Sessions of one recording with a common past are compared after it.\n\nExit code: 0 if there is no difference, 1 if there is one."
)]
pub struct CompareArgs {
    /// The old session: FILE, or FILE:SESSION
    #[arg(value_name = "A")]
    old: String,
    /// The new session
    #[arg(value_name = "B")]
    new: String,
    #[command(flatten)]
    format: FormatArgs,
}

/// Exits with 1 if there is a difference.
pub fn run(args: &CompareArgs) -> Result<Exit> {
    let (old, new) = (compared_session::open(&args.old)?, compared_session::open(&args.new)?);
    let (before, after) = sides(&old, &new)?;
    let comparison = compared(&before, &after)?;
    match args.format.format {
        Format::Text => {
            let heading = format!("{} → {}{}", before.session_id, after.session_id, since(before.after));
            output::print(&format!("{}\n{}", printable(&heading), comparison_text(&comparison, &before, &after)?))?;
            output::print(&openings(&comparison, (&args.old, &before), (&args.new, &after)))?;
        }
        Format::Json => output::print(&json_text(&json(&comparison, &before, &after)?))?,
    }
    Ok(if comparison.is_same() { Exit::Done } else { Exit::Negative })
}

/// Returns both sessions from their common past on, or from their starts.
pub fn sides<'a>(old: &'a OpenRecording, new: &'a OpenRecording) -> Result<(Side<'a>, Side<'a>)> {
    let is_one_recording = old.source().recording()?.id == new.source().recording()?.id;
    let shared = if is_one_recording { common_past(old.lineage(), new.lineage()) } else { Seq::START };
    // A session that is compared with itself, or with its own beginning, has no end of its own.
    let after = if shared == old.lineage().last() && shared == new.lineage().last() { Seq::START } else { shared };
    Ok((side(old, after), side(new, after)))
}

fn side(recording: &OpenRecording, after: Seq) -> Side<'_> {
    let session_id = &recording.session().session_id;
    Side { history: recording.source(), lineage: recording.lineage(), after, session_id }
}

/// Compares with a progress bar.
pub fn compared(old: &Side<'_>, new: &Side<'_>) -> Result<Comparison> {
    let mut progress = Progress::start("comparing")?;
    let found = compare(old, new, &mut |at| progress.update(at.at.0, at.of.0));
    progress.mark_interrupted(found)
}

fn json(comparison: &Comparison, old: &Side<'_>, new: &Side<'_>) -> Result<Value> {
    let side = |side: &Side<'_>| json!({"session": side.session_id, "after": side.after.0});
    let mut all = Map::from_iter([("old".to_owned(), side(old)), ("new".to_owned(), side(new))]);
    all.extend(comparison_json(comparison, old, new, true)?);
    Ok(Value::Object(all))
}

fn since(after: Seq) -> String {
    if after == Seq::START { String::new() } else { format!(", after {after}") }
}

/// The commands that open both sessions at their first divergence. A session that lacks the write is opened at the last common write.
pub fn openings(comparison: &Comparison, (old_file, old): (&str, &Side<'_>), (new_file, new): (&str, &Side<'_>)) -> String {
    let Some(first) = &comparison.first_divergence else { return String::new() };
    let before: Vec<_> = comparison.steps.iter().take_while(|step| step.kind == StepKind::Same).collect();
    let last_old = before.iter().filter_map(|step| step.old).max().unwrap_or(old.after);
    let last_new = before.iter().filter_map(|step| step.new).max().unwrap_or(new.after);
    let open = |word: &str, side: &Side<'_>, at: Seq| {
        let file = word.strip_suffix(side.session_id).and_then(|file| file.strip_suffix(':')).unwrap_or(word);
        format!("  kuberewind {} --session {} --at {}\n", shell_quote(file), shell_quote(side.session_id), at.0)
    };
    let (old_at, new_at) = (first.step.old.unwrap_or(last_old), first.step.new.unwrap_or(last_new));
    format!("open both at the first divergence:\n{}{}", open(old_file, old, old_at), open(new_file, new, new_at))
}
