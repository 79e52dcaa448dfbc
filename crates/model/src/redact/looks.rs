//! Values that count as secrets by their looks alone, wherever they are. Each group can be switched off.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Groups of texts that are replaced because they look like secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// Values under keys such as `password`, `apiKey` or `DB_TOKEN`: in objects, environment variables, arguments (`--password=x`), and in
    /// texts of configuration files.
    pub keys: bool,
    /// Passwords in URLs.
    pub urls: bool,
    /// Private keys in PEM.
    pub pem: bool,
    /// Bearer tokens and JSON web tokens.
    pub tokens: bool,
    /// Tokens of AWS, GitHub, GitLab, Slack, Google, and bootstrap tokens, by their shapes.
    pub shapes: bool,
    /// Compressed texts in base64, such as Helm's releases and `objectset.rio.cattle.io/applied`.
    pub archives: bool,
}

impl Looks {
    /// Every group.
    pub const ALL: Looks = Looks { keys: true, urls: true, pem: true, tokens: true, shapes: true, archives: true };

    /// No group.
    pub const NONE: Looks = Looks { keys: false, urls: false, pem: false, tokens: false, shapes: false, archives: false };

    /// The names of the groups.
    pub const NAMES: [&'static str; 6] = ["keys", "urls", "pem", "tokens", "shapes", "archives"];

    /// Parses a list of groups, `all` or `none`. Returns the unknown word as an error.
    ///
    /// # Errors
    /// A word is not in [`Looks::NAMES`].
    pub fn parse(list: &str) -> Result<Looks, String> {
        let mut looks = Looks::NONE;
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "all" => looks = Looks::ALL,
                "none" => looks = Looks::NONE,
                "keys" => looks.keys = true,
                "urls" => looks.urls = true,
                "pem" => looks.pem = true,
                "tokens" => looks.tokens = true,
                "shapes" => looks.shapes = true,
                "archives" => looks.archives = true,
                _ => return Err(word.to_owned()),
            }
        }
        Ok(looks)
    }
}

impl Default for Looks {
    fn default() -> Looks {
        Looks::ALL
    }
}

/// Names that a key of a secret ends with, without punctuation and in lower case.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secretkey",
    "secretaccesskey",
    "apikey",
    "clientsecret",
    "privatekey",
    "sastoken",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "refreshtoken",
    "idtoken",
    "apitoken",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "connectionstring",
    "webhooksecret",
    "clientkeydata",
    "token",
];

/// Names that are a secret's key as a whole, but no ending of one.
const WHOLE: &[&str] = &["pass", "authorization"];

/// Names that end like a secret's key and are none.
const HARMLESS: &[&str] =
    &["continuetoken", "nextpagetoken", "pagetoken", "synctoken", "automountserviceaccounttoken", "nexttoken"];

/// True if a value under this key is a secret.
pub(super) fn is_secret_key(key: &str) -> bool {
    if !(3..=128).contains(&key.len()) {
        return false;
    }
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if HARMLESS.contains(&plain.as_str()) {
        return false;
    }
    WHOLE.contains(&plain.as_str()) || ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// True for the `auth` of a Docker configuration: the base64 of `user:password`.
pub(super) fn is_docker_auth(key: &str, value: &str) -> bool {
    let pair = || STANDARD.decode(value.trim()).ok().filter(|pair| pair.is_ascii() && pair.contains(&b':'));
    key == "auth" && pair().is_some()
}

/// True if a value under a secret's key is the secret itself: not empty, not a reference to one, and not a switch.
pub(super) fn is_value(text: &str) -> bool {
    let text = text.trim();
    let reference = text.starts_with("$(") || text.starts_with("${") || text.starts_with("{{") || text.starts_with("redacted:");
    let switch = ["true", "false", "null", "none", "nil", "yes", "no"].iter().any(|word| text.eq_ignore_ascii_case(word));
    !text.is_empty() && !reference && !switch && !text.starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::needles;

    #[test]
    fn keys_of_secrets_are_recognised_in_every_spelling() {
        for key in [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "secretKey",
            "api-key",
            "APIKEY",
            "clientSecret",
            "private_key",
            "sasToken",
            "pwd",
            "token",
            "GITHUB_TOKEN",
            "aws_secret_access_key",
        ] {
            assert!(is_secret_key(key), "{key}");
            assert_eq!(needles::groups_in(format!("{{\"{key}\":1}}").as_bytes(), 0) & needles::KEY, needles::KEY, "{key}");
        }
        for key in [
            "secretName",
            "passwordSecretRef",
            "tokenSecretName",
            "continueToken",
            "automountServiceAccountToken",
            "key",
            "publicKey",
            "name",
            "monkey",
            "tokens",
            "secret",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn the_auth_of_a_docker_configuration_is_one() {
        assert!(is_docker_auth("auth", &STANDARD.encode("me:pass")));
        assert!(!is_docker_auth("auth", "enabled") && !is_docker_auth("author", &STANDARD.encode("me:pass")));
    }

    #[test]
    fn groups_can_be_chosen() {
        assert_eq!(Looks::parse("all"), Ok(Looks::ALL));
        assert_eq!(Looks::parse("urls, pem"), Ok(Looks { urls: true, pem: true, ..Looks::NONE }));
        assert_eq!(Looks::parse("url"), Err("url".to_owned()));
        assert_eq!(Looks::parse(&Looks::NAMES.join(",")), Ok(Looks::ALL));
    }
}
