//! Export formats.

use std::path::Path;

use kuberewind_model::{Error, ErrorKind, Result};

/// An export format, chosen by the extension of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Yaml,
    Csv,
    Svg,
    Html,
}

const EXTENSIONS: &[(&str, Format)] = &[
    ("txt", Format::Text),
    ("json", Format::Json),
    ("yaml", Format::Yaml),
    ("yml", Format::Yaml),
    ("csv", Format::Csv),
    ("svg", Format::Svg),
    ("html", Format::Html),
];

impl Format {
    /// Returns true for a format that shows the whole screen.
    #[must_use]
    pub fn is_picture(self) -> bool {
        matches!(self, Format::Svg | Format::Html)
    }

    /// Returns the format of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for an unknown extension.
    pub fn of(path: &Path) -> Result<Format> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
        EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, format)| *format).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, format!("cannot export to {}: unknown file extension", path.display()))
                .hint("the extensions are .txt, .json, .yaml, .csv, .svg and .html")
        })
    }
}
