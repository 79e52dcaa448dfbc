//! Rows of versions as values of the model.

use std::sync::Arc;

use rusqlite::Row;

use kuberewind_model::{BodyId, ObjectId, Rank, Shape, Version, VersionId};

use super::columns::{id, text, word};
use super::schema::split_op_id;

/// The columns of [`version`].
pub(crate) const VERSION: &str = "SELECT v.id, v.object, v.op, v.rank_number, v.rank_arrival, v.rv, v.gone, v.shape, t.value,
  v.generation, v.body, b.bytes FROM version v LEFT JOIN text t ON t.id = v.api_version LEFT JOIN body b ON b.id = v.body ";

/// The columns of [`version_of`]: the caller looks up the text of the apiVersion.
pub(crate) const BARE_VERSION: &str = "SELECT v.id, v.object, v.op, v.rank_number, v.rank_arrival, v.rv, v.gone, v.shape,
  v.api_version, v.generation, v.body, b.bytes FROM version v LEFT JOIN body b ON b.id = v.body ";
/// The column of the apiVersion's id.
pub(crate) const API_VERSION: usize = 8;

pub(crate) fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let api_version = text(row, API_VERSION)?;
    version_of(row, api_version)
}

/// Reads a version with this apiVersion.
pub(crate) fn version_of(row: &Row<'_>, api_version: Arc<str>) -> rusqlite::Result<Version> {
    let (session, first_observed) = split_op_id(row.get(2)?);
    let rank = Rank { number: row.get(3)?, arrival: row.get(4)? };
    let resource_version = match row.get::<_, Option<Arc<str>>>(5)? {
        Some(text) => text,
        None if rank.arrival == 0 => itoa::Buffer::new().format(rank.number).into(),
        None => Arc::default(),
    };
    Ok(Version {
        id: VersionId(row.get(0)?),
        object: ObjectId(row.get(1)?),
        resource_version,
        rank,
        gone: row.get(6)?,
        shape: word(row, 7, Shape::from_code)?,
        api_version,
        generation: row.get(9)?,
        body: id(row, 10, BodyId)?,
        bytes: row.get::<_, Option<u64>>(11)?.unwrap_or(0),
        session,
        first_observed,
    })
}
