//! The documents, one for each kind, and their options.

use std::ops::{Index, IndexMut};

use crate::view::DocKind;

use super::authors::Authors;
use super::detail::Detail;
use super::doc_options::DocOptions;
use super::sql::SqlQuery;

#[derive(Debug, Clone, Default)]
pub struct Details {
    by_kind: [Detail; DocKind::ALL.len()],
    pub options: DocOptions,
    pub authors: Authors,
    pub sql: SqlQuery,
}

impl Details {
    /// Marks all documents as outdated. Each is requested again when it is visible.
    pub fn invalidate(&mut self) {
        self.by_kind.iter_mut().for_each(|detail| detail.asked = None);
    }

    /// Removes all documents, but keeps the options.
    pub fn clear(&mut self) {
        self.by_kind = Default::default();
    }
}

impl Index<DocKind> for Details {
    type Output = Detail;

    fn index(&self, kind: DocKind) -> &Detail {
        &self.by_kind[kind.index()]
    }
}

impl IndexMut<DocKind> for Details {
    fn index_mut(&mut self, kind: DocKind) -> &mut Detail {
        &mut self.by_kind[kind.index()]
    }
}
