//! A buffer that is filled from its end, as lengths come before what they measure.

/// Bytes that grow at the front.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Where the content begins.
    start: usize,
}

impl Buffer {
    pub(super) fn with_capacity(capacity: usize) -> Buffer {
        Buffer { bytes: vec![0; capacity], start: capacity }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(super) fn prepend(&mut self, part: &[u8]) {
        if self.start < part.len() {
            self.grow(part.len());
        }
        let start = self.start - part.len();
        if let Some(place) = self.bytes.get_mut(start..self.start) {
            place.copy_from_slice(part);
            self.start = start;
        }
    }

    /// Makes room for `more` bytes in front.
    fn grow(&mut self, more: usize) {
        let length = self.len();
        let mut bytes = vec![0; (self.bytes.len() * 2).max(length + more).max(64)];
        let start = bytes.len() - length;
        if let (Some(place), Some(content)) = (bytes.get_mut(start..), self.bytes.get(self.start..)) {
            place.copy_from_slice(content);
        }
        self.bytes = bytes;
        self.start = start;
    }

    pub(super) fn varint(&mut self, mut number: u64) {
        // Most tags, lengths and numbers are one byte.
        if let Ok(byte @ ..0x80) = u8::try_from(number)
            && let Some(start) = self.start.checked_sub(1)
            && let Some(place) = self.bytes.get_mut(start)
        {
            *place = byte;
            self.start = start;
            return;
        }
        let mut bytes = [0_u8; 10];
        let mut length = 0;
        for byte in &mut bytes {
            length += 1;
            *byte = u8::try_from(number & 0x7f).unwrap_or_default();
            number >>= 7;
            if number == 0 {
                break;
            }
            *byte |= 0x80;
        }
        self.prepend(bytes.get(..length).unwrap_or_default());
    }

    pub(super) fn tag(&mut self, number: u32, wire_type: u8) {
        self.varint(u64::from(number) << 3 | u64::from(wire_type));
    }

    /// Puts tag and length in front of what was written since the buffer had `end` bytes.
    pub(super) fn close(&mut self, number: u32, end: usize) {
        let length = self.len().saturating_sub(end);
        self.varint(u64::try_from(length).unwrap_or_default());
        self.tag(number, super::wire::BYTES);
    }

    /// Writes a field of bytes.
    pub(super) fn bytes(&mut self, number: u32, value: &[u8]) {
        let end = self.len();
        self.prepend(value);
        self.close(number, end);
    }

    /// Writes a field of a varint.
    pub(super) fn number(&mut self, number: u32, value: u64) {
        self.varint(value);
        self.tag(number, super::wire::VARINT);
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.drain(..self.start);
        self.bytes
    }
}
