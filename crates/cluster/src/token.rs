//! The tokens with which clients ask for the next page of a list.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, general_purpose};
use serde_json::{Value, json};

use super::storage::Name;

/// Where a list goes on. Its text is that of a real server: JSON in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// `None` for the present, because the revision of the list is gone.
    pub(super) revision: Option<u64>,
    pub(super) after: Name,
}

/// Unpadded, and as lenient about the last bits as Go is.
const BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, general_purpose::NO_PAD.with_decode_allow_trailing_bits(true));

/// The version of the format.
const VERSION: &str = "meta.k8s.io/v1";

impl Token {
    /// The text for a list of a namespace, or of all if it is ''.
    pub(super) fn text(&self, namespace: &str) -> String {
        let Name { namespace: own, name } = &self.after;
        let start = if namespace.is_empty() && !own.is_empty() { format!("{own}/{name}\0") } else { format!("{name}\0") };
        let revision = self.revision.map_or(json!(-1), |revision| json!(revision));
        BASE64.encode(json!({"v": VERSION, "rv": revision, "start": start}).to_string())
    }

    /// Reads the token of a list of this namespace, or says why it is none.
    pub(super) fn read(text: &str, namespace: Arc<str>) -> Result<Token, String> {
        let invalid = |why: String| format!("continue key is not valid: {why}");
        let json = BASE64.decode(text).map_err(|error| {
            let at = match error {
                base64::DecodeError::InvalidByte(at, _) => at,
                _ => text.len(),
            };
            invalid(format!("illegal base64 data at input byte {at}"))
        })?;
        let token: Value = serde_json::from_slice(&json).map_err(|_| match json.first() {
            Some(byte) if *byte != b'{' => {
                invalid(format!("invalid character '{}' looking for beginning of value", char::from(*byte)))
            }
            _ => invalid("unexpected end of JSON input".to_owned()),
        })?;
        if token["v"] != VERSION {
            return Err(invalid(format!("server does not recognize this encoded version {}", token["v"])));
        }
        let start = token["start"].as_str().unwrap_or_default();
        let place = start.strip_suffix('\0').unwrap_or(start);
        if place.is_empty() {
            return Err(invalid(format!("encoded start key is empty (version {VERSION})")));
        }
        let after = match place.split_once('/') {
            Some((namespace, name)) => Name::new(namespace, name),
            None => Name { namespace, name: place.into() },
        };
        Ok(Token { revision: token["rv"].as_u64(), after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_the_journey() {
        for (namespace, after) in
            [("", Name::new("shop", "check.out")), ("shop", Name::new("shop", "a")), ("", Name::new("", "node"))]
        {
            for revision in [Some(12), None] {
                let token = Token { revision, after: after.clone() };
                assert_eq!(Token::read(&token.text(namespace), namespace.into()), Ok(token));
            }
        }
        for bad in ["", "x", "xyz", "!!", "e30", "eyJ2Ijoi", "1.61.62", "bnVsbA"] {
            assert!(Token::read(bad, "".into()).is_err(), "{bad}");
        }
        let why = "continue key is not valid: invalid character 'Ç' looking for beginning of value";
        assert_eq!(Token::read("xyz", "".into()), Err(why.to_owned()));
    }
}
