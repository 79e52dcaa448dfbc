//! Tables with aligned columns.

use kuberewind_text::{printable, width};

/// A table in the style of kubectl: a heading, then rows, with three spaces between columns and no lines.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub fn new(headings: &[&str]) -> Table {
        Table { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Adds a row. Characters that a terminal would interpret are escaped.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell).into_owned()).collect());
    }

    /// Returns the table as text. Each row ends with a line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest =
            |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, column_width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(column_width - width(cell) + 3));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}
