//! Records any operator, in any language, without touching its code: a reverse proxy to the API server and the child that uses it.

pub mod gateway;
