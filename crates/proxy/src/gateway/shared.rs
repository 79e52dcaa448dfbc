//! State that all connections share.

use std::sync::Arc;

use super::counters::Counters;
use super::recorded_call::RequestRecorder;
use super::token::Token;
use super::upstream::Upstream;
use crate::actors::ActorNaming;
use crate::client_programs::ClientPrograms;
use crate::notices::Notices;

pub struct Shared {
    pub upstream: Upstream,
    pub token: Token,
    pub recorder: Arc<RequestRecorder>,
    pub naming: ActorNaming,
    pub programs: ClientPrograms,
    pub counters: Counters,
    pub notices: Notices,
}
