//! What is shown, as a file: text, JSON, YAML, CSV of the focused pane; SVG and HTML of the whole screen.

mod content;
mod html;
mod structured;

use std::path::Path;

use ratatui::buffer::Buffer;

use kuberewind_model::{Error, ErrorKind, Result};

use super::clipboard::write_private;
use super::picture::{Paper, svg};
use super::screenshot::screenshot;
use super::state::State;
use super::theme::Theme;

pub(super) use content::row_text;
pub use content::{Content, sign};

/// The forms, by the ending of the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines of text.
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// Comma-separated values, a line each.
    Csv,
    /// The screen as a picture.
    Svg,
    /// The screen as a page.
    Html,
}

/// The endings that there are.
const ENDINGS: &[(&str, Form)] = &[
    ("txt", Form::Text),
    ("json", Form::Json),
    ("yaml", Form::Yaml),
    ("yml", Form::Yaml),
    ("csv", Form::Csv),
    ("svg", Form::Svg),
    ("html", Form::Html),
];

impl Form {
    /// Whether it is the screen as it looks.
    #[must_use]
    pub fn is_picture(self) -> bool {
        matches!(self, Form::Svg | Form::Html)
    }

    /// What a file's name asks for.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for an ending that says none of them.
    pub fn of(path: &Path) -> Result<Form> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, form)| *form).ok_or_else(|| {
            let step = format!("{} does not say by its ending how to write it", path.display());
            Error::new(ErrorKind::Invalid, step).hint("the endings are .txt, .json, .yaml, .csv, .svg and .html")
        })
    }
}

/// Writes `content`, or else what is shown, into a new file of mode 0600, and says what was written. Values that the
/// recorder replaced are counted and said, in the file and here.
///
/// # Errors
/// Where the ending says no form, the file is there already, or it cannot be written; [`ErrorKind::Busy`] where the view
/// still shows another moment.
pub fn to_file(state: &State, theme: &Theme, path: &Path, content: Option<&Content>) -> Result<String> {
    let form = Form::of(path)?;
    if path.exists() {
        return Err(Error::new(ErrorKind::Invalid, format!("{} is there already", path.display())).hint("name another file"));
    }
    let unread = || Error::new(ErrorKind::Busy, "the view is still being read").hint("try again");
    let is_range = content.is_some();
    let content = content.cloned().or_else(|| Content::of(state)).ok_or_else(unread)?;
    let (text, redacted) = written(state, theme, form, &content)?;
    write_private(path, text.as_bytes(), true)?;
    let told = match redacted {
        0 => "nothing in it was redacted".to_owned(),
        1 => "1 value in it was redacted when it was recorded".to_owned(),
        many => format!("{many} values in it were redacted when they were recorded"),
    };
    // How many rows are on the screen is seen.
    let is_seen = form.is_picture() || (matches!(content, Content::Rows { .. }) && !is_range);
    let remark = if is_seen { String::new() } else { content.remark() };
    let what = if remark.is_empty() { remark } else { format!(", {remark}") };
    Ok(format!("{} written, {} bytes{what}; {told}", path.display(), text.len()))
}

/// A content in a form, and how many redacted values it holds.
fn written(state: &State, theme: &Theme, form: Form, content: &Content) -> Result<(String, usize)> {
    let redacted = content.redacted();
    Ok(match form {
        Form::Text => (content.text(redacted), redacted),
        Form::Json => (structured::json(content, redacted), redacted),
        Form::Yaml => (structured::yaml(content, redacted), redacted),
        Form::Csv => (structured::csv(content), redacted),
        Form::Svg | Form::Html => {
            let screen = screenshot(state, theme)?;
            let redacted = content::count_redacted(&glyphs(&screen));
            let paper = if theme.is_light() { Paper::LIGHT } else { Paper::DARK };
            let text = if form == Form::Svg { svg(&screen, paper) } else { html::page(&screen, paper, &state.title, redacted) };
            (text, redacted)
        }
    })
}

/// The characters of a screen, a line per row, without blanks at the ends.
#[must_use]
pub fn glyphs(screen: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..screen.area.height {
        let row: String = (0..screen.area.width).filter_map(|x| screen.cell((x, y))).map(ratatui::buffer::Cell::symbol).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
