//! Splits a file by its form.

use super::form::{self, Form};
use super::record::Take;
use super::{csv, document, lines, yaml};
use crate::input::ReadAt;
use kuberewind_model::Result;

/// Passes the records of a file to `take`. `is_entry` recognises the elements by which a large document is split.
pub(crate) fn for_each(content: &dyn ReadAt, is_entry: &dyn Fn(&[u8]) -> bool, take: &mut Take<'_>) -> Result<()> {
    match form::form(content, is_entry)? {
        Form::Lines { start } => lines::lines(content, start, take),
        Form::Document { start, path, before } => document::document(content, start, (path, &before), take),
        Form::Table { start, separator } => csv::rows(content, start, separator, take),
        Form::Yaml { start } => yaml::documents(content, start, take),
    }
}
