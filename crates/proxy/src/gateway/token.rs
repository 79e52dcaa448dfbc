//! The random token of the child's kubeconfig. Requests without it are refused.

use http::HeaderMap;
use http::header::AUTHORIZATION;

use kuberewind_model::{Error, ErrorKind, Result};

/// 256 random bits as text.
pub struct Token {
    text: String,
    hash: blake3::Hash,
}

impl Token {
    /// Generates a token.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub fn generate() -> Result<Token> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| Error::new(ErrorKind::Io, "cannot generate the proxy's token").because(error.to_string()))?;
        let text = blake3::Hash::from_bytes(bytes).to_hex().to_string();
        Ok(Token { hash: blake3::hash(text.as_bytes()), text })
    }

    /// The text, for the kubeconfig only.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if a request carries the token. Compares hashes in constant time.
    pub fn matches(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes).unwrap_or_default();
        match value.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => blake3::hash(token.trim_ascii()) == self.hash,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderValue};

    use super::Token;

    #[test]
    fn only_the_whole_token_matches() {
        let token = Token::generate().expect("randomness");
        let shows = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(text).expect("text"));
            token.matches(&headers)
        };
        assert!(shows(&format!("Bearer {}", token.text())));
        assert!(shows(&format!("bearer {}", token.text())));
        assert!(!shows(&format!("Bearer {}", &token.text()[1..])));
        assert!(!shows(token.text()));
        assert!(!shows("Bearer "));
        assert!(!token.matches(&HeaderMap::new()));
    }
}
