//! What a detail pane shows: lines made by the worker, not yet fit for a terminal.

use crate::render::document::Line;
use kuberewind_model::{Certainty, Seq, SessionNo};

/// How a line of words is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Beside the point.
    Muted,
    /// A heading.
    Heading,
    /// Something to know.
    Notice,
    /// Something that went wrong.
    Bad,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineKind {
    /// A part of a tree.
    #[default]
    Tree,
    /// Words.
    Words(Tone),
    /// A step in the chain of causes, or a finding: the operation it leads to, and how sure that is.
    Link(Seq, Option<Certainty>),
    /// A line of the log: the last operation known when it was printed, and how bad it is.
    Log(Seq, Tone),
    /// A row of a table that speaks of an operation.
    Row(Seq),
    /// A session; its name is the line's path.
    Session(SessionNo),
}

impl LineKind {
    /// The operation that Enter jumps to.
    #[must_use]
    pub fn target(self) -> Option<Seq> {
        match self {
            LineKind::Link(seq, _) | LineKind::Log(seq, _) | LineKind::Row(seq) => Some(seq),
            LineKind::Tree | LineKind::Words(_) | LineKind::Session(_) => None,
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocLine {
    /// The text, its depth, what can be folded.
    pub line: Line,
    /// What it is.
    pub kind: LineKind,
    /// What stands at the right edge.
    pub right: String,
}

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doc {
    /// The moment it speaks of.
    pub at: Seq,
    /// The object: `Deployment shop/checkout`.
    pub title: String,
    /// Which states of it: `rv 48209 → 48213`.
    pub about: String,
    /// The lines.
    pub lines: Vec<DocLine>,
    /// How many lines of it were left out because it has too many.
    pub left_out: usize,
    /// How many changes are shown.
    pub changes: usize,
    /// How many changes were left out as noise.
    pub hidden: usize,
    /// The fields that they were in.
    pub hidden_names: String,
    /// The line to stand on first; where none is named, the first change.
    pub place: Option<usize>,
    /// For every line the one under which it stands.
    parents: Vec<Option<u32>>,
}

impl Doc {
    /// An empty one.
    #[must_use]
    pub fn new(at: Seq, title: impl Into<String>) -> Doc {
        Doc { at, title: title.into(), ..Doc::default() }
    }

    /// Adds a line of words.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let line = Line { text: text.into(), ..Line::default() };
        self.lines.push(DocLine { line, kind: LineKind::Words(tone), right: String::new() });
    }

    /// The line under which a line stands.
    #[must_use]
    pub fn parent(&self, line: usize) -> Option<usize> {
        self.parents.get(line).copied().flatten().and_then(|parent| usize::try_from(parent).ok())
    }

    /// Works out what drawing looks up: who asks for a document makes it whole with this.
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

    /// Adds the lines of a tree.
    pub fn tree(&mut self, lines: Vec<Line>) {
        self.lines.extend(lines.into_iter().map(|line| DocLine { line, ..DocLine::default() }));
    }
}
