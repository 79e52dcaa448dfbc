//! Jumps from a line to the write that set its field.

use std::sync::Arc;

use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::FieldAuthors;
use crate::state::State;

impl State {
    /// Jumps to the write that set the field at the selected line, at once or when the authors are known.
    pub(super) fn jump_to_author(&mut self) {
        let near = self.near_detail();
        match self.details[near].here().map(|line| line.line.path.clone()).filter(|path| !path.is_empty()) {
            Some(path) => {
                self.details.authors.jump = Some(path);
                if self.details.authors.found.as_ref().is_some_and(|found| found.at == self.cursor) {
                    self.jump_if_known();
                }
            }
            None => self.say(Tone::Muted, "there is no field at this line"),
        }
    }

    pub(super) fn take_authors(&mut self, generation: u64, found: Arc<FieldAuthors>) -> Vec<Effect> {
        if generation > self.details.authors.generation {
            self.details.authors.generation = generation;
            self.details.authors.found = Some(found);
        }
        if self.details.authors.jump.is_some() && self.details.authors.found.as_ref().is_some_and(|found| found.at == self.cursor)
        {
            self.jump_if_known();
        }
        Vec::new()
    }

    fn jump_if_known(&mut self) {
        let (Some(path), Some(found)) = (self.details.authors.jump.take(), self.details.authors.found.clone()) else { return };
        let near = self.near_detail();
        let line = self.details[near].here().filter(|line| line.line.path == path).map(|line| line.line.clone());
        let Some(author) = line.and_then(|line| found.of(&line).cloned()) else {
            return self.say(Tone::Muted, "this line is not a single value; open it to see the authors");
        };
        match author.operation {
            Some(to) if to == self.cursor => self.say(Tone::Muted, format!("this very operation set it: {}", author.evidence)),
            Some(to) => {
                self.say(Tone::Plain, format!("set here, {}: {}", author.certainty.as_str(), author.evidence));
                self.jump(to);
            }
            None => self.say(Tone::Notice, author.evidence),
        }
    }
}
