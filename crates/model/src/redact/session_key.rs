//! The replacement of a secret value: a hash under a key that is drawn per session and never stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The key of a session. Without it, guesses cannot be tested against the hashes in a recording.
pub struct SessionKey {
    key: [u8; 32],
    id: String,
}

impl SessionKey {
    /// `key` must be random.
    #[must_use]
    pub fn new(key: [u8; 32]) -> SessionKey {
        let id = blake3::derive_key("kuberewind 2026 id of a redaction key", &key);
        SessionKey { key, id: hex(&id[..8]) }
    }

    /// An id that may be stored. Replacements under keys with different ids cannot be compared.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `redacted:` and 64 bits of the keyed hash: equal values have equal replacements.
    #[must_use]
    pub fn replace(&self, value: &[u8]) -> String {
        format!("redacted:{}", hex(&blake3::keyed_hash(&self.key, value).as_bytes()[..8]))
    }

    /// True for a replacement, plain or in base64, of whichever key: it is not replaced again.
    #[must_use]
    pub fn is_replacement(text: &str) -> bool {
        let plain = |text: &str| {
            let hash = text.strip_prefix("redacted:");
            hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let decoded = || STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        plain(text) || (text.starts_with("cmVkYWN0ZWQ6") && decoded().is_some_and(|text| plain(&text)))
    }

    /// The replacement of a number: 48 bits of the keyed hash.
    #[must_use]
    pub fn replace_number(&self, value: &[u8]) -> u64 {
        blake3::keyed_hash(&self.key, value).as_bytes()[..6].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Base64 of the decoded value's replacement, and the decoded value. A value has the same replacement whether it was sent
    /// in `data` or in `stringData`. Text that is no base64 counts as decoded.
    #[must_use]
    pub fn replace_base64(&self, value: &str) -> (String, Vec<u8>) {
        let plain = STANDARD.decode(value.trim()).unwrap_or_else(|_| value.as_bytes().to_vec());
        (STANDARD.encode(self.replace(&plain)), plain)
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_value_shows_and_the_key_does_not() {
        let (one, other) = (SessionKey::new([1; 32]), SessionKey::new([2; 32]));
        assert_eq!(one.replace(b"hunter2"), one.replace(b"hunter2"));
        assert_ne!(one.replace(b"hunter2"), one.replace(b"hunter3"));
        assert_ne!(one.replace(b"hunter2"), other.replace(b"hunter2"));
        assert_ne!(one.id(), other.id());
        let (text, plain) = one.replace_base64("aHVudGVyMg==");
        assert_eq!(
            (STANDARD.decode(text).unwrap(), plain.as_slice()),
            (one.replace(b"hunter2").into_bytes(), b"hunter2".as_slice())
        );
        assert!(!format!("{one:?}").contains("1, 1"));
    }
}
