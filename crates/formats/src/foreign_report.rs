//! The report on a file of another format.

/// The report on a file of another format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignReport {
    /// Errors of the file: the name of the check and a sentence.
    pub findings: Vec<(&'static str, String)>,
    /// Missing and unreadable parts of the file.
    pub gaps: Vec<String>,
    /// Changes by the conversion.
    pub changes: Vec<String>,
}

impl ForeignReport {
    pub(super) fn finding(&mut self, check: &'static str, sentence: String) {
        self.findings.push((check, sentence));
    }
}
