//! From a line to the write that set it.

use std::sync::Arc;

use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::worker::Blames;

impl State {
    /// Jumps to the write that set the field at the line, now or once it is known.
    pub(super) fn jump_to_writer(&mut self) {
        let near = self.near_detail();
        match self.details[near].here().map(|line| line.line.path.clone()).filter(|path| !path.is_empty()) {
            Some(path) => {
                self.blame.jump = Some(path);
                if self.blame.found.as_ref().is_some_and(|found| found.at == self.cursor) {
                    self.jump_if_known();
                }
            }
            None => self.say(Tone::Muted, "there is no field at this line"),
        }
    }

    /// The writers were found.
    pub(super) fn blamed(&mut self, generation: u64, found: Arc<Blames>) -> Vec<Effect> {
        if generation > self.blame.generation {
            self.blame.generation = generation;
            self.blame.found = Some(found);
        }
        if self.blame.jump.is_some() && self.blame.found.as_ref().is_some_and(|found| found.at == self.cursor) {
            self.jump_if_known();
        }
        Vec::new()
    }

    fn jump_if_known(&mut self) {
        let (Some(path), Some(found)) = (self.blame.jump.take(), self.blame.found.clone()) else { return };
        let near = self.near_detail();
        let line = self.details[near].here().filter(|line| line.line.path == path).map(|line| line.line.clone());
        let Some(blamed) = line.and_then(|line| found.of(&line).cloned()) else {
            return self.say(Tone::Muted, "this line is no single value; open it to see who wrote what");
        };
        match blamed.operation {
            Some(to) if to == self.cursor => self.say(Tone::Muted, format!("this very operation set it: {}", blamed.evidence)),
            Some(to) => {
                self.say(Tone::Plain, format!("set here, {}: {}", blamed.certainty.as_str(), blamed.evidence));
                self.jump(to);
            }
            None => self.say(Tone::Notice, blamed.evidence),
        }
    }
}
