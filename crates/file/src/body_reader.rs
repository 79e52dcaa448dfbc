//! Reading bodies. A body takes at most two decompressions beside that of a dictionary; the last ones are cached.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{BodyId, Result};

use super::id_runs::runs;
use crate::codec::{Codec, Decoder};
use crate::dictionary;
use crate::error::{Context, damaged};
use crate::maps::Map;

const CONTEXT: &str = "cannot read a body";
/// The most bytes of cached texts. The cache is first-in first-out: scans read each body once, and an `lru` would join the
/// dependencies of every operator that links the recorder.
const REMEMBERED: usize = 16 << 20;
/// The most cached dictionaries. A full cache is cleared.
const DICTIONARIES: usize = 64;

pub(crate) struct BodyReader {
    decoder: Decoder,
    texts: Map<i64, Arc<str>>,
    order: VecDeque<i64>,
    bytes: usize,
    dictionaries: Map<i64, Vec<u8>>,
}

impl Default for BodyReader {
    fn default() -> BodyReader {
        BodyReader {
            decoder: Decoder::new(),
            texts: Map::default(),
            order: VecDeque::new(),
            bytes: 0,
            dictionaries: Map::default(),
        }
    }
}

/// A stored body.
struct BodyRow<D> {
    codec: Codec,
    bytes: u64,
    keyframe: Option<i64>,
    data: D,
}

impl BodyRow<&[u8]> {
    fn owned(self) -> BodyRow<Vec<u8>> {
        BodyRow { codec: self.codec, bytes: self.bytes, keyframe: self.keyframe, data: self.data.to_vec() }
    }
}

impl BodyReader {
    /// Returns the text of a body, or `None` if it does not exist.
    pub(crate) fn text(&mut self, db: &Connection, body: i64) -> Result<Option<Arc<str>>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Some(Arc::clone(text)));
        }
        let Some(row_of_body) = read_row(db, body)? else { return Ok(None) };
        self.decode(db, body, &row_of_body).map(Some)
    }

    /// Returns the texts of the bodies that exist, in the order of their rows. One query reads neighbouring rows.
    pub(crate) fn texts(&mut self, db: &Connection, bodies: &[BodyId]) -> Result<Vec<(BodyId, Arc<str>)>> {
        let mut ids: Vec<i64> = bodies.iter().map(|body| body.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut texts = Vec::with_capacity(ids.len());
        let mut query =
            db.prepare_cached("SELECT id, codec, bytes, keyframe, data FROM body WHERE id BETWEEN ? AND ?").context(CONTEXT)?;
        for run in runs(&ids) {
            let mut rows = query.query([run[0], run[run.len() - 1]]).context(CONTEXT)?;
            while let Some(row) = rows.next().context(CONTEXT)? {
                let id = row.get(0).context(CONTEXT)?;
                if run.binary_search(&id).is_err() {
                    continue;
                }
                let text = match self.texts.get(&id) {
                    Some(text) => Arc::clone(text),
                    None => self.decode(db, id, &body_row(row, 1).context(CONTEXT)?)?,
                };
                texts.push((BodyId(id), text));
            }
        }
        Ok(texts)
    }

    fn decode<D: AsRef<[u8]>>(&mut self, db: &Connection, body: i64, row_of_body: &BodyRow<D>) -> Result<Arc<str>> {
        let (codec, data) = (row_of_body.codec, row_of_body.data.as_ref());
        let text = match codec {
            Codec::Delta => {
                let keyframe = row_of_body.keyframe.filter(|keyframe| *keyframe < body);
                let base = keyframe.ok_or_else(|| damaged("a body has no keyframe"))?;
                let base = self.keyframe(db, base)?;
                self.decoder.decode(codec, data, base.as_bytes(), row_of_body.bytes)?
            }
            Codec::Dictionary => {
                let id = row_of_body.keyframe.ok_or_else(|| damaged("a body has no dictionary"))?;
                if !self.dictionaries.contains_key(&id) {
                    let content = dictionary::read(db, id)?;
                    if self.dictionaries.len() >= DICTIONARIES {
                        self.dictionaries.clear();
                    }
                    self.dictionaries.insert(id, content);
                }
                let content = self.dictionaries.get(&id).map(Vec::as_slice).unwrap_or_default();
                self.decoder.decode(codec, data, content, row_of_body.bytes)?
            }
            Codec::Plain | Codec::Zstd => self.decoder.decode(codec, data, b"", row_of_body.bytes)?,
        };
        let text = as_text(&text)?;
        self.remember(body, Arc::clone(&text));
        Ok(text)
    }

    /// Returns the text of a keyframe, which is never itself a difference.
    fn keyframe(&mut self, db: &Connection, body: i64) -> Result<Arc<str>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Arc::clone(text));
        }
        let row_of_body = read_row(db, body)?.filter(|row_of_body| row_of_body.codec != Codec::Delta);
        let row_of_body = row_of_body.ok_or_else(|| damaged("a body's keyframe is missing"))?;
        self.decode(db, body, &row_of_body)
    }

    fn remember(&mut self, body: i64, text: Arc<str>) {
        if text.len() > REMEMBERED / 4 {
            return;
        }
        self.bytes += text.len();
        if self.texts.insert(body, text).is_none() {
            self.order.push_back(body);
        }
        while self.bytes > REMEMBERED {
            let Some(oldest) = self.order.pop_front().and_then(|oldest| self.texts.remove(&oldest)) else { break };
            self.bytes = self.bytes.saturating_sub(oldest.len());
        }
    }
}

/// Bodies are UTF-8; anything else is damage.
fn as_text(bytes: &[u8]) -> Result<Arc<str>> {
    std::str::from_utf8(bytes).map(Arc::from).map_err(|_| damaged("a body is not UTF-8"))
}

fn read_row(db: &Connection, body: i64) -> Result<Option<BodyRow<Vec<u8>>>> {
    db.prepare_cached("SELECT codec, bytes, keyframe, data FROM body WHERE id = ?")
        .and_then(|mut query| query.query_row([body], |row| body_row(row, 0).map(BodyRow::owned)).optional())
        .context(CONTEXT)
}

/// Reads the columns of a body, which begin at column `first`.
fn body_row<'a>(row: &'a Row<'_>, first: usize) -> rusqlite::Result<BodyRow<&'a [u8]>> {
    let code = row.get(first)?;
    let codec = Codec::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(first, code))?;
    let data = row.get_ref(first + 3)?.as_bytes_or_null()?.unwrap_or_default();
    Ok(BodyRow { codec, bytes: row.get(first + 1)?, keyframe: row.get(first + 2)?, data })
}
