//! `kuberewind sql`

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::exit::{self, Exit};
use crate::cli::format::{Format, FormatArgs};
use crate::cli::target::{DatabaseArgs, RecordingArgs};
use crate::cli::{output, source};
use kuberewind_file::sql::{self, Value};
use kuberewind_model::Result;
use kuberewind_report::json_line;
use kuberewind_text::printable;

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// Recording and query; with -d the query only
    #[arg(value_name = "[FILE] QUERY", required = true, num_args = 1..=2)]
    words: Vec<String>,
    /// Read this recording [default: recordings.db]
    #[arg(short = 'd', long, env = "REPLAY_DB_PATH", value_name = "FILE")]
    database: Option<PathBuf>,
    /// Stop the query after SECONDS, whatever it does
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
    #[command(flatten)]
    format: FormatArgs,
}

/// How long SQLite may take to stop after the time limit.
const GRACE: Duration = Duration::from_secs(1);
/// The most memory of SQLite.
const MEMORY: u64 = 512 << 20;

/// Prints each row as soon as SQLite returns it: tab-separated below a heading, or as a JSON array of objects.
pub fn run(args: &SqlArgs) -> Result<Exit> {
    let (path, query) = path_and_query(args)?;
    let limit = Duration::from_secs(args.timeout.max(1));
    let as_json = args.format.format == Format::Json;
    sql::limit_memory(MEMORY)?;
    let _running = end_after(limit);
    let names = RefCell::new(Vec::new());
    let first = Cell::new(true);
    let heading = |columns: &[&str]| {
        names.replace(columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        output::print(&if as_json { "[".to_owned() } else { line(columns.iter().map(|name| (*name).to_owned())) })
    };
    sql::query(&path, &source::open_options()?, &query, &limit.into(), heading, |row| {
        if as_json {
            let object: Map<String, Json> = names.borrow().iter().cloned().zip(row.iter().map(to_json)).collect();
            let before = if first.replace(false) { "\n" } else { ",\n" };
            output::print(&format!("{before}{}", json_line(&Json::Object(object))))?;
        } else {
            output::print(&line(row.iter().map(to_text)))?;
        }
        Ok(true)
    })?;
    if as_json {
        output::print("\n]\n")?;
    }
    Ok(Exit::Done)
}

/// Ends the program if the query has not stopped in time: SQLite does not look at the clock within a function, and one call of
/// `instr` can take hours. Dropping the sender stops the watch.
fn end_after(limit: Duration) -> Sender<()> {
    let (running, ended) = channel();
    thread::spawn(move || {
        if ended.recv_timeout(limit.saturating_add(GRACE)) == Err(RecvTimeoutError::Timeout) {
            // It prints the error.
            let _code = exit::finish(Err(sql::Limit::from(limit).reached()));
            std::process::exit(2);
        }
    });
    running
}

fn path_and_query(args: &SqlArgs) -> Result<(PathBuf, String)> {
    let (file, query) = match args.words.as_slice() {
        [file, query] => (Some(file.clone()), query.clone()),
        words => (None, words.join(" ")),
    };
    let recording = RecordingArgs { file, database: DatabaseArgs { database: args.database.clone(), session: None } };
    Ok((source::recording_path(&recording.target()?.path)?, query))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.map(|cell| printable(&cell).into_owned()).collect::<Vec<_>>().join("\t");
    line.push('\n');
    line
}

fn to_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => hex(bytes),
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
