//! Splits a watch in protobuf into its frames, and writes each as the line that a watch in JSON has.

use bytes::{Bytes, BytesMut};

use super::binary::LIMITS;
use super::line_splitter::Line;
use kuberewind_kinds::protobuf::watch;

/// Bytes of a frame's length.
const PREFIX: usize = 4;

/// Holds the beginning of at most one frame, up to a limit.
#[derive(Debug)]
pub(super) struct FrameSplitter {
    limit: usize,
    beginning: BytesMut,
    /// True once the frames' boundaries are unknown: bytes were lost, or a frame is longer than the limit.
    broken: bool,
}

impl FrameSplitter {
    pub(super) fn new(limit: usize) -> FrameSplitter {
        FrameSplitter { limit, beginning: BytesMut::new(), broken: false }
    }

    /// Bytes are missing. A length cannot be distinguished from other bytes, so the rest cannot be read. Returns the number of discarded bytes.
    pub(super) fn lost(&mut self) -> u64 {
        self.broken = true;
        std::mem::take(&mut self.beginning).len() as u64
    }

    pub(super) fn held(&self) -> usize {
        self.beginning.len()
    }

    /// Reads a chunk and appends the events of the frames that end in it to `out`. A frame that cannot be read is a line too long.
    pub(super) fn push(&mut self, chunk: &Bytes, out: &mut Vec<Line>) {
        if self.broken {
            return out.push(Line::TooLong(chunk.len() as u64));
        }
        self.beginning.extend_from_slice(chunk);
        while let Some(prefix) = self.beginning.first_chunk::<PREFIX>() {
            let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
            if length > self.limit {
                return out.push(Line::TooLong(self.lost()));
            }
            if self.beginning.len() < PREFIX + length {
                return;
            }
            let frame = self.beginning.split_to(PREFIX + length);
            out.push(match watch::decode(&frame[PREFIX..], &LIMITS) {
                Ok(event) => {
                    let word = serde_json::Value::from(event.event_type);
                    Line::Whole(format!("{{\"type\":{word},\"object\":{}}}", event.object.text).into())
                }
                Err(_) => Line::TooLong(length as u64),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kuberewind_kinds::protobuf::watch;

    use super::{FrameSplitter, Line};

    fn frame(kind: &str, name: &str) -> Vec<u8> {
        let object = serde_json::json!({"metadata": {"name": name}});
        watch::encode_frame(kind, "v1", "ConfigMap", &object).expect("a frame").bytes
    }

    #[test]
    fn frames_become_lines_wherever_they_are_split() {
        let stream = [frame("ADDED", "a"), frame("DELETED", "b")].concat();
        for size in [1, 3, 7, stream.len()] {
            let mut splitter = FrameSplitter::new(1000);
            let mut lines = Vec::new();
            stream.chunks(size).for_each(|chunk| splitter.push(&Bytes::copy_from_slice(chunk), &mut lines));
            let line = |kind, name| {
                let object = format!("{{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":\"{name}\"}}}}");
                Line::Whole(format!("{{\"type\":\"{kind}\",\"object\":{object}}}").into())
            };
            assert_eq!(lines, [line("ADDED", "a"), line("DELETED", "b")], "{size}");
            assert_eq!(splitter.held(), 0);
        }
    }

    #[test]
    fn nothing_is_read_after_a_loss_or_a_frame_that_is_too_long() {
        let mut splitter = FrameSplitter::new(10);
        let mut lines = Vec::new();
        splitter.push(&Bytes::from(frame("ADDED", "a")), &mut lines);
        splitter.push(&Bytes::from_static(b"more"), &mut lines);
        assert!(matches!(lines[..], [Line::TooLong(_), Line::TooLong(4)]), "{lines:?}");
    }
}
