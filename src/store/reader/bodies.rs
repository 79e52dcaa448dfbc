//! Bodies: at most two frames away, the last ones remembered.

use std::collections::VecDeque;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use crate::model::Result;

use super::super::codec::{Codec, Decoder};
use super::super::maps::Map;
use super::super::schema::{Step, damaged};

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

struct Frame {
    codec: Codec,
    bytes: u64,
    keyframe: Option<i64>,
    data: Vec<u8>,
}

impl Bodies {
    /// The text of a body, if there is such a body.
    pub(crate) fn text(&mut self, db: &Connection, body: i64) -> Result<Option<Arc<str>>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Some(Arc::clone(text)));
        }
        let Some(frame) = frame(db, body)? else { return Ok(None) };
        let text = match frame.codec {
            Codec::Delta => {
                let keyframe = frame.keyframe.filter(|keyframe| *keyframe < body);
                let base = keyframe.ok_or_else(|| damaged("a body has no keyframe"))?;
                let base = self.keyframe(db, base)?;
                self.decoder.decode(frame.codec, &frame.data, base.as_bytes(), frame.bytes)?
            }
            _ => self.decoder.decode(frame.codec, &frame.data, b"", frame.bytes)?,
        };
        let text = as_text(&text)?;
        self.remember(body, Arc::clone(&text));
        Ok(Some(text))
    }

    /// A keyframe stands alone: it is never a difference itself.
    fn keyframe(&mut self, db: &Connection, body: i64) -> Result<Arc<str>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Arc::clone(text));
        }
        let frame = frame(db, body)?.filter(|frame| frame.codec != Codec::Delta);
        let frame = frame.ok_or_else(|| damaged("a body's keyframe is missing"))?;
        let text = as_text(&self.decoder.decode(frame.codec, &frame.data, b"", frame.bytes)?)?;
        self.remember(body, Arc::clone(&text));
        Ok(text)
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

fn frame(db: &Connection, body: i64) -> Result<Option<Frame>> {
    let found = db
        .prepare_cached("SELECT codec, bytes, keyframe, data FROM body WHERE id = ?")
        .and_then(|mut query| {
            query
                .query_row([body], |row| {
                    let code = row.get(0)?;
                    let codec = Codec::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, code))?;
                    let data = row.get_ref(3)?;
                    let data = data.as_bytes_or_null()?.unwrap_or_default().to_vec();
                    Ok(Frame { codec, bytes: row.get(1)?, keyframe: row.get(2)?, data })
                })
                .optional()
        })
        .step("cannot read a body")?;
    Ok(found)
}
