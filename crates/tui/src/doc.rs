//! Documents of the detail panes. The worker builds the lines; they may contain control characters.

use kuberewind_model::{Certainty, Seq, SessionNo};
use kuberewind_render::document::Line;

/// The importance of a line or a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    #[default]
    Plain,
    /// Secondary information.
    Muted,
    Heading,
    /// Information that needs attention.
    Notice,
    /// An error.
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineKind {
    /// A line of an object.
    #[default]
    Tree,
    /// Text.
    Words(Tone),
    /// A link to an operation, with its certainty: a cause, an effect or a finding.
    Link(Seq, Option<Certainty>),
    /// A log line: the last operation before it, and its severity.
    Log(Seq, Tone),
    /// A table row about an operation. The line's path is the name of the session, '' if the row does not name it.
    Row(Seq),
    /// A session. The line's path is its name.
    Session(SessionNo),
}

impl LineKind {
    /// The operation to which Enter jumps.
    #[must_use]
    pub fn target(self) -> Option<Seq> {
        match self {
            LineKind::Link(seq, _) | LineKind::Log(seq, _) | LineKind::Row(seq) => Some(seq),
            LineKind::Tree | LineKind::Words(_) | LineKind::Session(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocLine {
    pub line: Line,
    pub kind: LineKind,
    /// Text at the right edge.
    pub right: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doc {
    /// The moment that the document describes.
    pub at: Seq,
    /// The object: `Deployment shop/checkout`.
    pub title: String,
    /// The versions: `rv 48209 → 48213`.
    pub about: String,
    pub lines: Vec<DocLine>,
    /// The number of lines that were left out because the document is too long.
    pub left_out: usize,
    /// The number of visible changes.
    pub changes: usize,
    /// The number of changes that are hidden as noise.
    pub hidden: usize,
    /// The names of the fields with hidden changes.
    pub hidden_names: String,
    /// The initially selected line; `None` selects the first change.
    pub initial_line: Option<usize>,
    /// The parent of each line.
    parents: Vec<Option<u32>>,
}

impl Doc {
    #[must_use]
    pub fn new(at: Seq, title: impl Into<String>) -> Doc {
        Doc { at, title: title.into(), ..Doc::default() }
    }

    /// Appends a line of text.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let line = Line { text: text.into(), ..Line::default() };
        self.lines.push(DocLine { line, kind: LineKind::Words(tone), right: String::new() });
    }

    /// The parent of a line.
    #[must_use]
    pub fn parent(&self, line: usize) -> Option<usize> {
        self.parents.get(line).copied().flatten().and_then(|parent| usize::try_from(parent).ok())
    }

    /// Computes the parents of all lines. Call it after the last line.
    #[must_use]
    pub fn done(mut self) -> Doc {
        let mut open: Vec<(usize, usize)> = Vec::new();
        self.parents = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            while open.pop_if(|(_, end)| *end < at).is_some() {}
            self.parents.push(open.last().and_then(|(head, _)| u32::try_from(*head).ok()));
            if line.line.fold > 0 {
                open.push((at, at + usize::try_from(line.line.fold).unwrap_or(usize::MAX)));
            }
        }
        self
    }

    /// Appends the lines of an object.
    pub fn tree(&mut self, lines: Vec<Line>) {
        self.lines.extend(lines.into_iter().map(|line| DocLine { line, ..DocLine::default() }));
    }
}
