//! Objects and names to choose from, and jumps that need the analysis.

use std::ops::ControlFlow;
use std::sync::Arc;

use kuberewind_analysis::queries::change::change;
use kuberewind_analysis::queries::find::{SearchProgress, find};
use kuberewind_model::json::parse::parse;
use kuberewind_model::{
    Direction, ErrorKind, Object, ObjectId, ObjectKey, ObjectQuery, Perspective, Presence, Result, Seq, StepTarget,
};
use kuberewind_query::cel::Expression;
use kuberewind_render::yaml;

use super::Worker;
use super::error_text::error_text;
use crate::fuzzy;
use crate::protocol::{ObjectMatch, Reply, Vocabulary};

const MAX_OBJECTS: usize = 100_000;
/// The most listed matches.
const MAX_CHOICES: usize = 200;
/// The most incarnations of one object key.
const MAX_INCARNATIONS: usize = 1_000;
/// The most lines of a preview.
const MAX_PREVIEW: usize = 200;
/// The most objects whose names are offered for completion.
const MAX_WORDS: usize = 5_000;

impl Worker {
    pub(super) fn vocabulary(&self) -> Result<Vocabulary> {
        let source = self.recording.source();
        let mut found = Vocabulary {
            kinds: source.kinds()?.iter().map(|kind| Arc::from(kind.display_name())).collect(),
            actors: source.actors()?.into_iter().map(|actor| actor.name).collect(),
            ..Vocabulary::default()
        };
        for object in source.find_objects(&ObjectQuery::default(), MAX_WORDS)? {
            found.namespaces.push(object.key.namespace);
            found.names.push(object.key.name);
        }
        for words in [&mut found.kinds, &mut found.actors, &mut found.namespaces, &mut found.names] {
            words.retain(|word| !word.is_empty());
            words.sort_unstable();
            words.dedup();
        }
        Ok(found)
    }

    /// The objects whose path matches the text, best first, and the number of all matches.
    pub(super) fn objects(&mut self, pattern: &str, generation: u64) -> Result<Reply> {
        if self.choices.is_none() {
            self.choices = Some(self.all_objects()?);
        }
        let all = self.choices.as_deref().unwrap_or_default();
        let (best, total) = fuzzy::best(pattern, all.iter().map(|choice| &*choice.text), MAX_CHOICES);
        let found = best.into_iter().filter_map(|(at, marked)| Some(ObjectMatch { marked, ..all.get(at)?.clone() })).collect();
        Ok(Reply::Objects { generation, found, total })
    }

    fn all_objects(&self) -> Result<Vec<ObjectMatch>> {
        let mut found: Vec<ObjectMatch> = Vec::new();
        for object in self.recording.source().find_objects(&ObjectQuery::default(), MAX_OBJECTS)? {
            let text: Arc<str> = Arc::from(named(&object));
            // Incarnations of one name are adjacent, the newest last.
            match found.last_mut().filter(|last| last.text == text) {
                Some(last) => last.object = object.id,
                None => found.push(ObjectMatch { object: object.id, text, marked: Vec::new() }),
            }
        }
        Ok(found)
    }

    /// The first lines of an object as of a moment.
    pub(super) fn preview(&self, object: ObjectId, at: Seq) -> Result<Vec<String>> {
        let source = self.recording.source();
        let Some(known) = source.object(object)? else { return Ok(Vec::new()) };
        let object_at = source.key_at(self.recording.lineage(), at, Perspective::World, &known.key)?;
        let state = match object_at.presence {
            Presence::Present => "",
            Presence::Absent => "gone at this moment; its last state:",
            Presence::Unknown => "not known at this moment",
        };
        let mut lines: Vec<String> = if state.is_empty() { Vec::new() } else { vec![state.to_owned()] };
        let version = object_at.version.filter(|version| !version.gone).or(object_at.before);
        let body = version.and_then(|version| version.body).map_or(Ok(None), |body| source.body(body))?;
        if let Some(value) = body.as_deref().and_then(|text| parse(text).ok()) {
            let document = yaml::render(&value);
            let text =
                |line: &kuberewind_render::document::Line| format!("{}{}", "  ".repeat(usize::from(line.depth)), line.text);
            lines.extend(document.lines.iter().take(MAX_PREVIEW).map(text));
        }
        Ok(lines)
    }

    /// The nearest operation on an object: the last one up to a moment, else the next one.
    pub(super) fn nearest_of(&self, object: ObjectId, at: Seq) -> Result<Option<Seq>> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let step_target = StepTarget::Object(object);
        match source.step(lineage, at.next(), Direction::Backward, &step_target)? {
            Some(found) => Ok(Some(found)),
            None => source.step(lineage, at, Direction::Forward, &step_target),
        }
    }

    /// The next or previous operation on the object of operation `of`.
    pub(super) fn touching(&self, of: Seq, from: Seq, direction: Direction, count: u64) -> Result<Option<Seq>> {
        let Some(object) = self.operation(of)?.and_then(|operation| operation.object) else { return Ok(None) };
        self.step(from, direction, &StepTarget::Object(object), count)
    }

    /// The watch event that delivered a write, or the write that a watch event delivered.
    pub(super) fn echo(&self, at: Seq) -> Result<Option<Seq>> {
        let Some(operation) = self.operation(at)? else { return Ok(None) };
        if operation.verb.is_watch_event() {
            return Ok(self.write_behind(&operation)?.map(|link| link.to.seq));
        }
        Ok(self.echoes(&operation)?.first().map(|link| link.to.seq))
    }

    /// The next change of the object of operation `of`, or of one of its fields.
    pub(super) fn change_of(&self, of: Seq, from: Seq, direction: Direction, field: &str) -> Result<Option<Seq>> {
        let Some(objects) = self.incarnations(of)? else { return Ok(None) };
        let field = (!field.is_empty()).then_some(field);
        let found = change(self.recording.source(), self.recording.lineage(), &objects, from, direction, field)?;
        Ok(found.map(|change| change.at))
    }

    /// Finds the moment at which an expression over the object of operation `of` becomes true.
    pub(super) fn run_to(&mut self, source: &str, of: Seq, from: Seq, direction: Direction, generation: u64) -> Reply {
        let mut watch = self.progress.take();
        let answer = self.run_watched(source, of, from, direction, &mut |progress| {
            let done = u128::try_from(progress.done).unwrap_or(0) * 100;
            let percent = u8::try_from(done / u128::try_from(progress.total.max(1)).unwrap_or(1)).unwrap_or(100);
            watch.as_mut().map_or(ControlFlow::Continue(()), |watch| watch(generation, percent))
        });
        self.progress = watch;
        match answer {
            Ok((to, message)) => Reply::Ran { generation, to, message },
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                Reply::Ran { generation, to: None, message: "stopped".to_owned() }
            }
            Err(error) => Reply::Ran { generation, to: None, message: error_text(&error) },
        }
    }

    fn run_watched(
        &self,
        source: &str,
        of: Seq,
        from: Seq,
        direction: Direction,
        watch: &mut dyn FnMut(SearchProgress) -> ControlFlow<()>,
    ) -> Result<(Option<Seq>, String)> {
        let expression = Expression::compile(source)?;
        let Some(objects) = self.incarnations(of)? else {
            return Ok((None, "this operation has no object; go to one that has".to_owned()));
        };
        let history = self.recording.source();
        let found = find(history, self.recording.lineage(), &objects, &expression, (from, direction), watch)?;
        let side = if direction == Direction::Forward { "after" } else { "before" };
        let mut message = match found.at {
            Some(at) => format!("becomes true at {at}"),
            None => format!("becomes true nowhere {side} this in {} versions", found.versions),
        };
        if found.undecided > 0 {
            message.push_str(&format!("; {} versions cannot be evaluated: {}", found.undecided, found.remark));
        }
        Ok((found.at, message))
    }

    /// All incarnations of the object of an operation.
    fn incarnations(&self, of: Seq) -> Result<Option<Vec<ObjectId>>> {
        let Some(object) = self.operation(of)?.and_then(|operation| operation.object) else { return Ok(None) };
        let Some(object) = self.recording.source().object(object)? else { return Ok(None) };
        let ObjectKey { group, resource, namespace, name } = &object.key;
        let kind = if group.is_empty() { resource.to_string() } else { format!("{resource}.{group}") };
        let query = ObjectQuery { kind, namespace: Some(namespace.to_string()), name: Some(name.to_string()) };
        let found = self.recording.source().find_objects(&query, MAX_INCARNATIONS)?;
        Ok(Some(found.iter().filter(|other| other.key == object.key).map(|other| other.id).collect()))
    }
}

fn named(object: &Object) -> String {
    let parts: [&str; 3] = [&object.kind_name, &object.key.namespace, &object.key.name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
