//! The history of jumps, with back and forward as in a browser.

use kuberewind_model::Seq;

/// The most positions in the history.
const MAX: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jumps {
    positions: Vec<Seq>,
    /// The number of positions before the current one.
    behind: usize,
    last: Option<Seq>,
}

impl Jumps {
    /// Adds the position before a jump and drops the positions ahead.
    pub fn leave(&mut self, from: Seq) {
        self.positions.truncate(self.behind);
        if self.positions.last() != Some(&from) {
            self.positions.push(from);
        }
        if self.positions.len() > MAX {
            self.positions.remove(0);
        }
        self.behind = self.positions.len();
        self.last = Some(from);
    }

    pub fn back(&mut self, here: Seq) -> Option<Seq> {
        let to = *self.positions.get(self.behind.checked_sub(1)?)?;
        if self.behind == self.positions.len() {
            self.positions.push(here);
        }
        self.behind -= 1;
        self.last = Some(here);
        Some(to)
    }

    pub fn forward(&mut self, here: Seq) -> Option<Seq> {
        let to = *self.positions.get(self.behind + 1)?;
        self.behind += 1;
        self.last = Some(here);
        Some(to)
    }

    /// All positions, oldest first; the flag marks the current one.
    #[must_use]
    pub fn list(&self, here: Seq) -> Vec<(Seq, bool)> {
        let mut positions: Vec<(Seq, bool)> =
            self.positions.iter().enumerate().map(|(at, position)| (*position, at == self.behind)).collect();
        if self.behind == self.positions.len() {
            positions.push((here, true));
        }
        positions
    }

    /// The position before the last jump. It becomes the current one, and `here` the previous one.
    pub fn swap(&mut self, here: Seq) -> Option<Seq> {
        self.last.replace(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forward_and_a_new_branch() {
        let mut jumps = Jumps::default();
        jumps.leave(Seq(1));
        jumps.leave(Seq(5));
        assert_eq!((jumps.back(Seq(9)), jumps.back(Seq(5)), jumps.back(Seq(1))), (Some(Seq(5)), Some(Seq(1)), None));
        assert_eq!((jumps.forward(Seq(1)), jumps.forward(Seq(5)), jumps.forward(Seq(9))), (Some(Seq(5)), Some(Seq(9)), None));
        jumps.back(Seq(9));
        jumps.leave(Seq(5));
        assert_eq!(jumps.forward(Seq(7)), None);
        assert_eq!(jumps.swap(Seq(7)), Some(Seq(5)));
    }
}
