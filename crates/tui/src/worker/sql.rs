//! The result of a SQL query as a table.

use std::time::Duration;

use crate::doc::{Doc, DocLine, LineKind, Tone};
use kuberewind_file::sql::{self, Limit, Value};
use kuberewind_model::{Error, ErrorKind, Result, Seq};
use kuberewind_text::{counted_len, fit, printable, width};

use super::Worker;
use super::error_text::error_text;

/// The time limit of a query.
const LIMIT: Duration = Duration::from_secs(10);
/// The most rows.
const MAX_ROWS: usize = 10_000;
/// The widest column, in cells.
const MAX_WIDTH: usize = 60;
/// The longest cell, in bytes.
const MAX_CELL: usize = 4_000;
/// The largest result, in bytes.
const MAX_TEXT: usize = 32 << 20;

#[derive(Default)]
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    more: bool,
}

impl Worker {
    /// Runs a query. An error becomes part of the document.
    pub(super) fn query(&self, query: &str, generation: u64) -> Doc {
        let mut doc = Doc::new(Seq(generation), printable(query).into_owned());
        match self.table(query) {
            Ok(table) => show(&mut doc, &table),
            Err(error) => {
                doc.say(Tone::Bad, error_text(&error));
                doc.say(Tone::Muted, "the tables are operations and reconcile_spans; body(body_id) returns the text of a body");
            }
        }
        doc
    }

    fn table(&self, query: &str) -> Result<Table> {
        let nowhere = || Error::new(ErrorKind::Invalid, "this recording cannot be queried with SQL");
        let location = self.location.as_ref().ok_or_else(nowhere)?;
        let mut table = Table::default();
        let (mut names, mut text) = (Vec::new(), 0);
        let columns = |columns: &[&str]| {
            names = columns.iter().map(|name| (*name).to_owned()).collect();
            Ok(())
        };
        let limit = Limit { time: LIMIT, stopped: self.stopped.clone() };
        sql::query(&location.path, &location.options, query, &limit, columns, |row| {
            let cells: Vec<String> = row.iter().map(cell).collect();
            text += cells.iter().map(String::len).sum::<usize>();
            table.more = table.rows.len() >= MAX_ROWS || text > MAX_TEXT;
            if !table.more {
                table.rows.push(cells);
            }
            Ok(!table.more)
        })?;
        table.names = names;
        Ok(table)
    }
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => {
            let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_CELL).last().unwrap_or(0);
            if text.len() > MAX_CELL { text[..end].to_owned() } else { text.clone() }
        }
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    printable(&text).into_owned()
}

fn show(doc: &mut Doc, table: &Table) {
    let count = table.rows.len();
    let more = if table.more { ", more are not shown" } else { "" };
    doc.about = format!("{}{more}", counted_len(count, "row"));
    if count == 0 {
        doc.say(Tone::Notice, "no row");
        return;
    }
    let widest = |column: usize, name: &String| {
        let cells = table.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
        cells.chain([width(name)]).max().unwrap_or(0).min(MAX_WIDTH)
    };
    let widths: Vec<usize> = table.names.iter().enumerate().map(|(column, name)| widest(column, name)).collect();
    let line = |cells: &[String]| {
        let parts: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| fit(cell, *width)).collect();
        parts.join("  ").trim_end().to_owned()
    };
    doc.say(Tone::Heading, line(&table.names));
    if let Some(head) = doc.lines.last_mut() {
        head.line.fold = u32::try_from(count).unwrap_or(u32::MAX);
    }
    let column = |wanted: &str| table.names.iter().position(|name| name == wanted);
    let (numbers, sessions) = (column("sequence_number"), column("session_id"));
    for row in &table.rows {
        doc.say(Tone::Plain, line(row));
        let seq = numbers.and_then(|column| row.get(column)).and_then(|cell| cell.parse().ok());
        if let (Some(last), Some(seq)) = (doc.lines.last_mut(), seq) {
            *last = DocLine { kind: LineKind::Row(Seq(seq)), ..std::mem::take(last) };
            last.line.path = sessions.and_then(|column| row.get(column)).map_or("", String::as_str).into();
        }
    }
    doc.initial_line = Some(1);
}
