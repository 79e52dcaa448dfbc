//! Path and query of a URL as they may be stored.

use std::borrow::Cow;

use super::looks::is_secret_key;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Query parameters whose values are secret, besides those with the names of secrets' keys.
const SECRET: &[&str] = &["sig", "signature", "code", "key", "jwt", "assertion"];

/// The characters of a redacted value that are encoded: all but those that never need it.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':');

/// Path and query without secrets and empty pairs. Of a command line (`exec?command=sh&command=-c&…`) only the program and the names
/// of flags stay. `redact` cleans a text that may hold secrets, `replace` gives the replacement of a secret value.
pub(super) fn clean(
    path: &str,
    query: &str,
    redact: impl for<'t> Fn(&'t str) -> Cow<'t, str>,
    replace: impl Fn(&str) -> String,
) -> String {
    let mut out = redact(path).into_owned();
    let mut commands = 0;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let argument = name == "command" && commands > 0 && !is_flag(&decoded(value));
        commands += usize::from(name == "command");
        out.push_str(name);
        if !pair.contains('=') {
            continue;
        }
        out.push('=');
        let plain = decoded(value);
        if argument || SECRET.contains(&name.to_ascii_lowercase().as_str()) || is_secret_key(name) {
            out.push_str(&replace(&plain));
            continue;
        }
        match redact(&plain) {
            Cow::Owned(cleaned) if cleaned != plain => out.extend(utf8_percent_encode(&cleaned, ENCODED)),
            _ => out.push_str(value),
        }
    }
    out
}

/// True for `-c` and `--dry-run`: the name of a flag without a value.
fn is_flag(argument: &str) -> bool {
    match argument.strip_prefix("--") {
        Some(name) => name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
        None => argument.len() == 2 && argument.starts_with('-'),
    }
}

/// Decodes a query value.
fn decoded(value: &str) -> String {
    percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}
