//! Export to a file.

use std::path::Path;

use kuberewind_model::{Error, ErrorKind, Result};

use crate::clipboard::write_private;
use crate::picture::{Paper, svg};
use crate::screenshot::screenshot;
use crate::state::State;
use crate::theme::Theme;

use super::content::Content;
use super::format::Format;
use super::{csv, html, json, redacted, text, yaml};

/// Writes `content`, or else the focused pane, to a new file with mode 0600. Returns a message with the path, the size and the
/// number of redacted values.
///
/// # Errors
/// For an unknown extension, an existing file, and write errors. [`ErrorKind::Busy`] if the pane still shows another moment.
pub fn to_file(state: &State, theme: &Theme, path: &Path, content: Option<&Content>) -> Result<String> {
    let format = Format::of(path)?;
    if path.exists() {
        return Err(Error::new(ErrorKind::Invalid, format!("{} already exists", path.display())).hint("name another file"));
    }
    let busy = || Error::new(ErrorKind::Busy, "the view is still loading").hint("try again");
    let is_range = content.is_some();
    let content = content.cloned().or_else(|| Content::of(state)).ok_or_else(busy)?;
    let (text, redacted) = written(state, theme, format, &content)?;
    write_private(path, text.as_bytes(), true)?;
    let redactions = match redacted {
        0 => "no redacted values".to_owned(),
        1 => "1 value was redacted during recording".to_owned(),
        many => format!("{many} values were redacted during recording"),
    };
    // The number of rows on the screen needs no remark.
    let is_visible = format.is_picture() || (matches!(content, Content::Rows { .. }) && !is_range);
    let remark = if is_visible { String::new() } else { content.remark() };
    let remark = if remark.is_empty() { remark } else { format!(", {remark}") };
    Ok(format!("{} written, {} bytes{remark}; {redactions}", path.display(), text.len()))
}

/// Returns the text of the file and the number of redacted values in it.
fn written(state: &State, theme: &Theme, format: Format, content: &Content) -> Result<(String, usize)> {
    let redacted = content.redacted();
    Ok(match format {
        Format::Text => (content.text(redacted), redacted),
        Format::Json => (json::json(content, redacted), redacted),
        Format::Yaml => (yaml::yaml(content, redacted), redacted),
        Format::Csv => (csv::csv(content), redacted),
        Format::Svg | Format::Html => {
            let screen = screenshot(state, theme)?;
            let redacted = redacted::count(&text::glyphs(&screen));
            let paper = if theme.is_light() { Paper::LIGHT } else { Paper::DARK };
            let text =
                if format == Format::Svg { svg(&screen, paper) } else { html::page(&screen, paper, &state.title, redacted) };
            (text, redacted)
        }
    })
}
