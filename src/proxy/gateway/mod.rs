//! The proxy itself: from the client's connection to the API server's, byte for byte, with a copy for the recording.

pub mod accept;
pub mod answer;
pub mod body;
pub mod control;
pub mod counters;
pub mod decode;
pub mod exchange;
pub mod forward;
pub mod headers;
pub mod server;
pub mod tls;
pub mod token;
pub mod upgrade;
pub mod upstream;
