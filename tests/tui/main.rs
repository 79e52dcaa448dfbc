//! The debugger's screen: keys in, screen out, over real recordings.

mod pty;
mod recording;
mod serializer;

mod keys;
mod moments;
mod properties;
mod snapshots;
mod stories;
