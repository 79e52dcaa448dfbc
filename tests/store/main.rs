//! The store: what is written is read, at every moment, whatever happened to the file.

mod events;
mod kubestep;
mod story;
