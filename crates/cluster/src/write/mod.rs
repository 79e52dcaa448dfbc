//! Writes: create, replace, patch and delete. Each is complete or refused.

pub(super) mod apply;
pub(super) mod binding;
pub(super) mod create;
pub(super) mod definitions;
pub(super) mod delete;
pub(super) mod eviction;
pub(super) mod front;
pub(super) mod kinds;
pub(super) mod scale;
pub(super) mod token;
pub(super) mod update;
