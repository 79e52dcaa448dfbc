//! Opens inputs: finds the files in folders and archives, and uncompresses them.

mod expand;
mod folder;
mod members;
mod packing;
mod source;
mod utf16;

pub(super) use expand::{Inputs, expand};
pub(super) use folder::files_in;
pub(super) use source::{ReadAt, Reading, SAMPLE, Source, SourceReader, read_up_to};
