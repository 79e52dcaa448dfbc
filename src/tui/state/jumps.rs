//! Where the cursor was: back and forward as in a browser.

use kuberewind_model::Seq;

/// The most places that are remembered.
const MAX: usize = 200;

/// The list of jumps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jumps {
    places: Vec<Seq>,
    /// How many of them lie behind; what is beyond can be gone forward to.
    behind: usize,
    last: Option<Seq>,
}

impl Jumps {
    /// The cursor leaves `from` by a jump: what lay ahead is gone.
    pub fn leave(&mut self, from: Seq) {
        self.places.truncate(self.behind);
        if self.places.last() != Some(&from) {
            self.places.push(from);
        }
        if self.places.len() > MAX {
            self.places.remove(0);
        }
        self.behind = self.places.len();
        self.last = Some(from);
    }

    /// One back from `here`.
    pub fn back(&mut self, here: Seq) -> Option<Seq> {
        let to = *self.places.get(self.behind.checked_sub(1)?)?;
        if self.behind == self.places.len() {
            self.places.push(here);
        }
        self.behind -= 1;
        self.last = Some(here);
        Some(to)
    }

    /// One forward.
    pub fn forward(&mut self, here: Seq) -> Option<Seq> {
        let to = *self.places.get(self.behind + 1)?;
        self.behind += 1;
        self.last = Some(here);
        Some(to)
    }

    /// All places, the oldest first, and whether each is where one is now.
    #[must_use]
    pub fn list(&self, here: Seq) -> Vec<(Seq, bool)> {
        let mut places: Vec<(Seq, bool)> =
            self.places.iter().enumerate().map(|(at, place)| (*place, at == self.behind)).collect();
        if self.behind == self.places.len() {
            places.push((here, true));
        }
        places
    }

    /// The position before the last jump; then that is where one came from.
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
