//! Prints operations, with the log lines between them.

use std::iter::Peekable;

use super::range::LogLines;
use crate::cli::format::Format;
use crate::cli::output::ListPrinter;
use kuberewind_model::{Operation, Result, Seq};
use kuberewind_report::{LogText, OperationLine, log_json, operation_json};

pub(super) struct OperationPrinter<'a> {
    line: OperationLine<'a>,
    logs: Option<Peekable<LogLines<'a>>>,
    list: ListPrinter,
    format: Format,
    /// The id of the last log line that was printed.
    last_log_line: Option<i64>,
}

impl<'a> OperationPrinter<'a> {
    pub(super) fn new(
        line: OperationLine<'a>,
        logs: Option<Peekable<LogLines<'a>>>,
        (list, format): (ListPrinter, Format),
    ) -> OperationPrinter<'a> {
        OperationPrinter { line, logs, list, format, last_log_line: None }
    }

    /// Prints operations, and the log lines between and after them. Returns the number of operations.
    pub(super) fn print(&mut self, operations: impl Iterator<Item = Result<Operation>>) -> Result<u64> {
        let mut count = 0;
        for operation in operations {
            let operation = operation?;
            count += 1;
            self.print_logs_before(operation.seq)?;
            match self.format {
                Format::Text => self.list.text(&format!("{}\n", self.line.text(&operation)))?,
                Format::Json => self.list.json(&operation_json(self.line.names, &operation))?,
            }
        }
        self.print_logs_before(Seq(u64::MAX))?;
        Ok(count)
    }

    pub(super) fn last_log_line(&self) -> Option<i64> {
        self.last_log_line
    }

    pub(super) fn finish(self) -> Result<()> {
        self.list.finish()
    }

    fn print_logs_before(&mut self, seq: Seq) -> Result<()> {
        let start = self.line.start;
        let Some(logs) = &mut self.logs else { return Ok(()) };
        while let Some(line) = logs.next_if(|line| line.as_ref().map_or(true, |line| line.after < seq)) {
            let line = line?;
            self.last_log_line = Some(line.id);
            match self.format {
                Format::Text => self.list.text(&LogText { start }.line(&line))?,
                Format::Json => self.list.json(&log_json(&line))?,
            }
        }
        Ok(())
    }
}
