//! Bodies: at most two frames away, the last ones remembered.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};

use kuberewind_model::{BodyId, Result};

use super::super::codec::{Codec, Decoder};
use super::super::maps::Map;
use super::super::schema::{Step, damaged};
use super::ranges::runs;

const STEP: &str = "cannot read a body";
/// Bytes of texts remembered.
const REMEMBERED: usize = 16 << 20;

/// Reads bodies.
pub(crate) struct Bodies {
    decoder: Decoder,
    texts: Map<i64, Arc<str>>,
    order: VecDeque<i64>,
    bytes: usize,
}

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies { decoder: Decoder::new(), texts: Map::default(), order: VecDeque::new(), bytes: 0 }
    }
}

/// A body as it is stored.
struct Frame<D> {
    codec: Codec,
    bytes: u64,
    keyframe: Option<i64>,
    data: D,
}

impl Frame<&[u8]> {
    fn owned(self) -> Frame<Vec<u8>> {
        Frame { codec: self.codec, bytes: self.bytes, keyframe: self.keyframe, data: self.data.to_vec() }
    }
}

impl Bodies {
    /// The text of a body, if there is such a body.
    pub(crate) fn text(&mut self, db: &Connection, body: i64) -> Result<Option<Arc<str>>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Some(Arc::clone(text)));
        }
        let Some(frame) = frame(db, body)? else { return Ok(None) };
        self.decode(db, body, &frame).map(Some)
    }

    /// The texts of those bodies that there are, in the order of their rows. Neighbours are read in one go.
    pub(crate) fn texts(&mut self, db: &Connection, bodies: &[BodyId]) -> Result<Vec<(BodyId, Arc<str>)>> {
        let mut ids: Vec<i64> = bodies.iter().map(|body| body.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut texts = Vec::with_capacity(ids.len());
        let mut query =
            db.prepare_cached("SELECT id, codec, bytes, keyframe, data FROM body WHERE id BETWEEN ? AND ?").step(STEP)?;
        for run in runs(&ids) {
            let mut rows = query.query([run[0], run[run.len() - 1]]).step(STEP)?;
            while let Some(row) = rows.next().step(STEP)? {
                let id = row.get(0).step(STEP)?;
                if run.binary_search(&id).is_err() {
                    continue;
                }
                let text = match self.texts.get(&id) {
                    Some(text) => Arc::clone(text),
                    None => self.decode(db, id, &frame_of(row, 1).step(STEP)?)?,
                };
                texts.push((BodyId(id), text));
            }
        }
        Ok(texts)
    }

    fn decode<D: AsRef<[u8]>>(&mut self, db: &Connection, body: i64, frame: &Frame<D>) -> Result<Arc<str>> {
        let (codec, data) = (frame.codec, frame.data.as_ref());
        let text = match codec {
            Codec::Delta => {
                let keyframe = frame.keyframe.filter(|keyframe| *keyframe < body);
                let base = keyframe.ok_or_else(|| damaged("a body has no keyframe"))?;
                let base = self.keyframe(db, base)?;
                self.decoder.decode(codec, data, base.as_bytes(), frame.bytes)?
            }
            _ => self.decoder.decode(codec, data, b"", frame.bytes)?,
        };
        let text = as_text(&text)?;
        self.remember(body, Arc::clone(&text));
        Ok(text)
    }

    /// A keyframe stands alone: it is never a difference itself.
    fn keyframe(&mut self, db: &Connection, body: i64) -> Result<Arc<str>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Arc::clone(text));
        }
        let frame = frame(db, body)?.filter(|frame| frame.codec != Codec::Delta);
        let frame = frame.ok_or_else(|| damaged("a body's keyframe is missing"))?;
        self.decode(db, body, &frame)
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

/// Texts are UTF-8; what is not is damage.
fn as_text(bytes: &[u8]) -> Result<Arc<str>> {
    std::str::from_utf8(bytes).map(Arc::from).map_err(|_| damaged("a body is no text"))
}

fn frame(db: &Connection, body: i64) -> Result<Option<Frame<Vec<u8>>>> {
    db.prepare_cached("SELECT codec, bytes, keyframe, data FROM body WHERE id = ?")
        .and_then(|mut query| query.query_row([body], |row| frame_of(row, 0).map(Frame::owned)).optional())
        .step(STEP)
}

/// The frame in a row whose columns begin at `first`.
fn frame_of<'a>(row: &'a Row<'_>, first: usize) -> rusqlite::Result<Frame<&'a [u8]>> {
    let code = row.get(first)?;
    let codec = Codec::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(first, code))?;
    let data = row.get_ref(first + 3)?.as_bytes_or_null()?.unwrap_or_default();
    Ok(Frame { codec, bytes: row.get(first + 1)?, keyframe: row.get(first + 2)?, data })
}
