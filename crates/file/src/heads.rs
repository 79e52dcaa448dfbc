//! Heads: the current version of each object, at the start of a segment and from there at any moment.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use kuberewind_model::{Lineage, Result, Seq, SessionRange};

use super::varint::{pull, push};
use crate::error::{Context, damaged};
use crate::schema::op_id;
use crate::version_ids;

/// Object → version.
pub(crate) type Heads = BTreeMap<i64, i64>;

/// The viewer id of the world in checkpoints.
pub(crate) const WORLD: i64 = 0;
/// The viewer id, in checkpoints, of objects that were deleted recently. Later rows may still refer to their versions.
pub(crate) const GONE: i64 = -1;

/// The most bytes of a decompressed checkpoint.
const MAX_CHECKPOINT: usize = 256 << 20;

/// Encodes pairs of (distance from the previous object, version), compressed.
pub(crate) fn encode<'a>(heads: impl IntoIterator<Item = (&'a i64, &'a i64)>) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    let mut before = 0;
    for (object, version) in heads {
        push(&mut plain, u64::try_from(object - before).unwrap_or(0));
        push(&mut plain, u64::try_from(*version).unwrap_or(0));
        before = *object;
    }
    zstd::bulk::compress(&plain, 1)
}

fn decode(bytes: &[u8]) -> Result<Heads> {
    let broken = || damaged("a checkpoint of heads cannot be read");
    let claimed = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().ok_or_else(broken)?;
    let size = usize::try_from(claimed).ok().filter(|size| *size <= MAX_CHECKPOINT).ok_or_else(broken)?;
    let plain = zstd::bulk::decompress(bytes, size).map_err(|_| broken())?;
    let mut rest = plain.as_slice();
    let mut heads = Heads::new();
    let mut object = 0i64;
    while !rest.is_empty() {
        let step = pull(&mut rest).and_then(|step| i64::try_from(step).ok());
        let version = pull(&mut rest).and_then(|version| i64::try_from(version).ok());
        let (Some(step), Some(version)) = (step, version) else { return Err(broken()) };
        object = object.checked_add(step).ok_or_else(broken)?;
        heads.insert(object, version);
    }
    Ok(heads)
}

/// Returns the first operation and the first version of the segment that contains the end of `range`, and the heads of a view
/// or of the world ([`WORLD`]) at its start.
fn checkpoint(db: &Connection, range: SessionRange, viewer: i64) -> Result<Option<(i64, i64, Heads)>> {
    let context = "cannot read a checkpoint";
    let (from, to) = (op_id(range.session, Seq(0)), op_id(range.session, range.to));
    let segment: Option<(i64, i64)> = db
        .prepare_cached(
            "SELECT first_op, first_version FROM segment WHERE first_op BETWEEN ? AND ? ORDER BY first_op DESC LIMIT 1",
        )
        .and_then(|mut query| query.query_row(params![from, to], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .context(context)?;
    let Some((first_op, first_version)) = segment else { return Ok(None) };
    let blob: Option<Vec<u8>> = db
        .prepare_cached("SELECT heads FROM checkpoint WHERE segment = ? AND viewer = ?")
        .and_then(|mut query| query.query_row(params![first_op, viewer], |row| row.get(0)).optional())
        .context(context)?;
    let heads = blob.map_or_else(|| Ok(Heads::new()), |blob| decode(&blob))?;
    Ok(Some((first_op, first_version, heads)))
}

/// Returns the number of objects in the world at the start of the segment of a moment.
pub(crate) fn size_of_world(db: &Connection, lineage: &Lineage, at: Seq) -> Result<i64> {
    for range in lineage.back_from(at) {
        let (from, to) = (op_id(range.session, Seq(0)), op_id(range.session, range.to));
        let found = db
            .prepare_cached(
                "SELECT c.count FROM segment s JOIN checkpoint c ON c.segment = s.first_op AND c.viewer = 0
                 WHERE s.first_op BETWEEN ? AND ? ORDER BY s.first_op DESC LIMIT 1",
            )
            .and_then(|mut query| query.query_row(params![from, to], |row| row.get(0)).optional())
            .context("cannot read a checkpoint")?;
        if let Some(count) = found {
            return Ok(count);
        }
    }
    Ok(0)
}

/// Returns all versions of a segment's checkpoint.
pub(crate) fn all_of_checkpoint(db: &Connection, first_op: i64) -> Result<HashSet<i64>> {
    let context = "cannot read a checkpoint";
    let mut query = db.prepare_cached("SELECT heads FROM checkpoint WHERE segment = ?").context(context)?;
    let mut versions = HashSet::new();
    for blob in query.query_map([first_op], |row| row.get::<_, Vec<u8>>(0)).context(context)? {
        versions.extend(decode(&blob.context(context)?)?.into_values());
    }
    Ok(versions)
}

/// Returns the heads of the world at `at`: the checkpoint of the segment, plus the heads written since. Deleted objects are
/// left out.
pub(crate) fn world(db: &Connection, lineage: &Lineage, at: Seq) -> Result<Heads> {
    for range in lineage.back_from(at) {
        let Some((_, first_version, mut heads)) = checkpoint(db, range, WORLD)? else { continue };
        let mut query = db
            .prepare_cached(
                "SELECT object, id, gone FROM version NOT INDEXED WHERE id >= ? AND id < ? AND op <= ? AND op >= ? AND head = 1 ORDER BY id",
            )
            .context("cannot read the heads")?;
        let to = op_id(range.session, range.to);
        let limits = params![first_version, version_ids::first_after(db, to)?, to, op_id(range.session, Seq(0))];
        let mut rows = query.query(limits).context("cannot read the heads")?;
        while let Some(row) = rows.next().context("cannot read the heads")? {
            let row: (i64, i64, bool) = row.try_into().context("cannot read the heads")?;
            if row.2 {
                heads.remove(&row.0)
            } else {
                heads.insert(row.0, row.1)
            };
        }
        return Ok(heads);
    }
    Ok(Heads::new())
}

/// Returns the heads of a view at the end of `range`: the checkpoint of the segment, plus what the viewer observed since.
pub(crate) fn view(db: &Connection, range: SessionRange, viewer: i64) -> Result<Heads> {
    let context = "cannot read the view";
    let Some((first_op, _, mut heads)) = checkpoint(db, range, viewer)? else { return Ok(Heads::new()) };
    let mut query = db
        .prepare_cached(
            "SELECT object, version, id AS at FROM op WHERE id BETWEEN ?1 AND ?2 AND viewer = ?3 AND version IS NOT NULL
             UNION ALL SELECT object, version, op FROM showing WHERE op BETWEEN ?1 AND ?2 AND viewer = ?3
             ORDER BY at",
        )
        .context(context)?;
    let mut gone = db.prepare_cached("SELECT gone FROM version WHERE id = ?").context(context)?;
    let limits = params![first_op, op_id(range.session, range.to), viewer];
    let mut rows = query.query(limits).context(context)?;
    while let Some(row) = rows.next().context(context)? {
        let row: (i64, Option<i64>) = (row.get(0).context(context)?, row.get(1).context(context)?);
        match row.1 {
            Some(version) => heads.insert(row.0, version),
            None => heads.remove(&row.0),
        };
    }
    let mut absent = Vec::new();
    for (object, version) in &heads {
        if gone.query_row([version], |row| row.get(0)).optional().context(context)?.unwrap_or(true) {
            absent.push(*object);
        }
    }
    for object in absent {
        heads.remove(&object);
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode, encode};

    proptest! {
        #[test]
        fn heads_come_back(heads in proptest::collection::btree_map(0..i64::MAX, 0..i64::MAX, 0..60)) {
            prop_assert_eq!(decode(&encode(&heads).unwrap()).unwrap(), heads);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _maybe = decode(&bytes);
        }
    }
}
