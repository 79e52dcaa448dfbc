//! Writes: create, replace, patch and delete. Each is complete or refused.

pub(super) mod apply;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod kinds;
pub(super) mod scale;
pub(super) mod update;
