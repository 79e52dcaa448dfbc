//! The proxy: forwards between the client and the API server unchanged, with a copy for the recording.

pub mod accept;
pub mod client;
pub mod control;
pub mod counters;
pub mod decode;
pub mod discover;
pub mod forward;
pub mod headers;
pub mod identity;
pub mod observed_body;
pub mod recorded_call;
pub mod response;
pub mod server;
pub mod shared;
pub mod strangers;
pub mod token;
pub mod upgrade;
pub mod upstream;
