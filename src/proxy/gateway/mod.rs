//! The proxy itself: from the client's connection to the API server's, byte for byte, with a copy for the recording.

pub mod accept;
pub mod headers;
pub mod token;
pub mod upstream;
