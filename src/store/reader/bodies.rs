//! Bodies: at most two frames away, the last ones remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use crate::model::Result;

use super::super::codec::{Codec, Decoder};
use super::super::schema::{Step, damaged};

/// Bytes of texts remembered.
const REMEMBERED: usize = 16 << 20;

/// Reads bodies.
pub(crate) struct Bodies {
    decoder: Decoder,
    texts: HashMap<i64, Arc<[u8]>>,
    order: VecDeque<i64>,
    bytes: usize,
}

impl Default for Bodies {
    fn default() -> Bodies {
        Bodies { decoder: Decoder::new(), texts: HashMap::new(), order: VecDeque::new(), bytes: 0 }
    }
}

struct Frame {
    codec: Codec,
    bytes: u64,
    keyframe: Option<i64>,
    data: Vec<u8>,
}

impl Bodies {
    /// The bytes of a body.
    pub(crate) fn bytes(&mut self, db: &Connection, body: i64) -> Result<Option<Arc<[u8]>>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Some(text.clone()));
        }
        let Some(frame) = frame(db, body)? else { return Ok(None) };
        let text = match frame.codec {
            Codec::Delta => {
                let keyframe = frame.keyframe.filter(|keyframe| *keyframe < body);
                let base = keyframe.ok_or_else(|| damaged("a body has no keyframe"))?;
                let base = self.keyframe(db, base)?;
                self.decoder.decode(frame.codec, &frame.data, &base, frame.bytes)?
            }
            _ => self.decoder.decode(frame.codec, &frame.data, b"", frame.bytes)?,
        };
        let text: Arc<[u8]> = text.into();
        self.remember(body, text.clone());
        Ok(Some(text))
    }

    /// A keyframe stands alone: it is never a difference itself.
    fn keyframe(&mut self, db: &Connection, body: i64) -> Result<Arc<[u8]>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(text.clone());
        }
        let frame = frame(db, body)?.filter(|frame| frame.codec != Codec::Delta);
        let frame = frame.ok_or_else(|| damaged("a body's keyframe is missing"))?;
        let text: Arc<[u8]> = self.decoder.decode(frame.codec, &frame.data, b"", frame.bytes)?.into();
        self.remember(body, text.clone());
        Ok(text)
    }

    fn remember(&mut self, body: i64, text: Arc<[u8]>) {
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
