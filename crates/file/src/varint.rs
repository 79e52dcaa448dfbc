//! Ascending numbers as distances in LEB128.

/// Appends one number.
pub(crate) fn push(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or(0));
}

/// Removes one number from the front. Returns `None` at the end, and if the number exceeds 64 bits.
pub(crate) fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Encodes ascending ids. Negative ids do not occur and are skipped.
pub(crate) fn encode_ids(ids: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = 0u64;
    for id in ids.into_iter().filter_map(|id| u64::try_from(id).ok()) {
        push(&mut out, id.saturating_sub(before));
        before = id;
    }
    out
}

/// Decodes at most `limit` ascending ids. Stops at invalid bytes.
pub(crate) fn decode_ids(mut bytes: &[u8], limit: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut before = 0u64;
    while ids.len() < limit {
        let Some(id) = pull(&mut bytes).and_then(|step| before.checked_add(step)) else { break };
        let Ok(row) = i64::try_from(id) else { break };
        ids.push(row);
        before = id;
    }
    ids
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode_ids, encode_ids, pull, push};

    proptest! {
        #[test]
        fn numbers_come_back(numbers in proptest::collection::vec(any::<u64>(), 0..50)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|number| push(&mut bytes, *number));
            let mut rest = bytes.as_slice();
            let back: Vec<u64> = std::iter::from_fn(|| pull(&mut rest)).collect();
            prop_assert_eq!(back, numbers);
        }

        #[test]
        fn ids_come_back(ids in proptest::collection::btree_set(0..i64::MAX, 0..50)) {
            let bytes = encode_ids(ids.iter().copied());
            prop_assert_eq!(decode_ids(&bytes, usize::MAX), ids.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode_ids(&bytes, 64).len() <= 64);
        }
    }
}
