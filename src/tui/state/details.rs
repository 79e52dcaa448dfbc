//! The documents, one for each kind.

use std::ops::{Index, IndexMut};

use crate::tui::view::DocKind;

use super::Detail;

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Details([Detail; DocKind::ALL.len()]);

impl Details {
    /// What they show may be another thing now: each is asked for anew where it is shown.
    pub fn ask_again(&mut self) {
        self.0.iter_mut().for_each(|detail| detail.asked = None);
    }
}

impl Index<DocKind> for Details {
    type Output = Detail;

    fn index(&self, kind: DocKind) -> &Detail {
        &self.0[kind.index()]
    }
}

impl IndexMut<DocKind> for Details {
    fn index_mut(&mut self, kind: DocKind) -> &mut Detail {
        &mut self.0[kind.index()]
    }
}
