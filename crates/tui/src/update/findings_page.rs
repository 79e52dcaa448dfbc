//! The page of findings, bookmarks and marks.

use std::sync::Arc;

use crate::action::Action;
use crate::doc::{Doc, DocLine, LineKind, Tone};
use crate::order::Order;
use crate::protocol::FindingEvidence;
use crate::state::State;
use crate::view::{DocKind, Pane};
use kuberewind_analysis::finding::{Class, Severity};
use kuberewind_model::Seq;
use kuberewind_model::json::pointer;
use kuberewind_render::document::Line;
use kuberewind_text::{counted, counted_len};

impl State {
    /// Builds the page.
    #[must_use]
    pub fn findings_page(&self) -> Doc {
        let until = self.findings.until;
        let mut doc = Doc::new(until.unwrap_or_default(), "findings");
        let serious = self.findings.found.iter().filter(|found| !found.finding.is_info()).count();
        let moments = self.marked_moments();
        let many = |count: usize, what| counted(u64::try_from(count).unwrap_or(u64::MAX), what);
        doc.about = match until {
            None => "looking".to_owned(),
            Some(_) => format!("{}, {}", many(serious, "finding"), many(moments.len(), "mark")),
        };
        match until {
            None => doc.say(Tone::Muted, "the detectors are running"),
            Some(_) if self.findings.found.is_empty() => doc.say(Tone::Muted, "no findings"),
            Some(_) => {}
        }
        let order = self.order_of(Pane::Detail(DocKind::Findings));
        for found in ordered(&self.findings.found, order) {
            card(&mut doc, found);
        }
        doc.say(Tone::Heading, "bookmarks, notes and marks");
        if moments.is_empty() {
            let sets = [(Action::Bookmark, "sets a bookmark"), (Action::Note, "writes a note"), (Action::SetMark, "sets a mark")];
            doc.say(Tone::Muted, format!("  none yet: {}", self.hints(&sets)));
        }
        for moment in moments {
            let elsewhere = if moment.elsewhere.is_some() { " (another session)" } else { "" };
            let text = format!("{} {}{elsewhere}  {}", moment.at, moment.name, moment.note);
            let kind = if moment.elsewhere.is_some() { LineKind::Words(Tone::Plain) } else { LineKind::Link(moment.at, None) };
            doc.lines.push(DocLine { line: Line { depth: 1, text, ..Line::default() }, kind, right: String::new() });
        }
        doc.done()
    }
}

/// Sorts the findings; they arrive most severe first.
fn ordered(found: &[FindingEvidence], order: Order) -> Vec<&FindingEvidence> {
    let mut all: Vec<&FindingEvidence> = found.iter().collect();
    match order {
        Order::Time => all.sort_by_key(|found| found.finding.first),
        Order::Object => all.sort_by(|one, other| one.finding.object.cmp(&other.finding.object)),
        Order::Detector => all.sort_by(|one, other| one.finding.detector.cmp(&other.finding.detector)),
        _ => {}
    }
    all
}

/// Writes a finding: sentence, facts, and the cited operations in a fold.
fn card(doc: &mut Doc, found: &FindingEvidence) {
    let finding = &found.finding;
    let sign = match (finding.class, finding.severity) {
        (_, Severity::Info) => "·",
        (Class::Loops, _) => "L",
        (Class::Races, _) => "R",
        (Class::Errors, _) => "!",
        (Class::Slow, _) => "S",
        (Class::Access | Class::Invariants, _) => "I",
    };
    let path: Arc<str> = Arc::from(format!("/{}/{}/{}", finding.detector, finding.object, finding.first));
    let head = doc.lines.len();
    let text = format!("{sign} {}", finding.sentence);
    let line = Line { text, path: path.clone(), ..Line::default() };
    let kind = LineKind::Link(Seq(finding.first), Some(finding.certainty));
    doc.lines.push(DocLine { line, kind, right: finding.certainty.as_str().to_owned() });
    let mut facts = vec![format!("{} {}", finding.detector, finding.severity.as_str())];
    if let Some(period) = finding.period_ms {
        facts.push(if period >= 1_000.0 {
            format!("period {:.1} s", period / 1_000.0)
        } else {
            format!("period {period:.0} ms")
        });
    }
    if !finding.fields.is_empty() {
        facts.push(finding.fields.iter().take(4).map(|field| pointer::dotted(field)).collect::<Vec<_>>().join(" "));
    }
    if !finding.actors.is_empty() {
        facts.push(finding.actors.join(", "));
    }
    facts.push(format!("#{} to #{}", finding.first, finding.last));
    under(doc, Tone::Muted, facts.join("   "));
    let list = doc.lines.len();
    under(doc, Tone::Muted, counted_len(finding.operations.len(), "operation"));
    for (seq, text) in &found.evidence {
        let line = Line { depth: 2, text: format!("{seq} {text}"), ..Line::default() };
        doc.lines.push(DocLine { line, kind: LineKind::Link(*seq, None), right: String::new() });
    }
    fold(doc, list, Arc::from(format!("{path}/operations")), true);
    fold(doc, head, path, false);
}

fn under(doc: &mut Doc, tone: Tone, text: String) {
    let line = Line { depth: 1, text, ..Line::default() };
    doc.lines.push(DocLine { line, kind: LineKind::Words(tone), right: String::new() });
}

/// Folds all lines after `head` under it.
fn fold(doc: &mut Doc, head: usize, path: Arc<str>, closed: bool) {
    let under = doc.lines.len().saturating_sub(head + 1);
    if let Some(line) = doc.lines.get_mut(head) {
        line.line.fold = u32::try_from(under).unwrap_or(u32::MAX);
        line.line.closed = closed;
        line.line.path = path;
    }
}
