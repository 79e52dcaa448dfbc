//! Questions asked of recordings that were written through the real store.

mod blame;
mod causality;
mod properties;
mod real;
mod search;
mod stale;
mod tape;
mod text;
mod versions;
mod why;
