//! Addresses: path and query as they may be stored.

use super::Redactor;

/// Parameters whose values are secret by their name.
const SECRET: &[&str] = &["token", "access_token", "id_token", "password", "client_secret"];

/// Path and query in one way of writing, without secrets. Of a command line (`exec?command=sh&command=-c&…`) only the
/// program stays.
pub(super) fn clean(redactor: &Redactor, path: &str, query: &str) -> String {
    let mut out = redactor.text(path).into_owned();
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
        if argument || SECRET.contains(&name.to_ascii_lowercase().as_str()) {
            out.push_str(&redactor.key.replace(plain.as_bytes()));
        } else {
            let cleaned = redactor.text(&plain);
            if cleaned == plain { out.push_str(value) } else { out.push_str(&encoded(&cleaned)) }
        }
    }
    out
}

/// `-c`, `--dry-run`: the name of a flag and nothing that could be its value.
fn is_flag(argument: &str) -> bool {
    match argument.strip_prefix("--") {
        Some(name) => name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
        None => argument.len() == 2 && argument.starts_with('-'),
    }
}

fn decoded(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent-encodes all but what never needs it.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::redact::{Redactor, SessionKey};

    #[test]
    fn addresses_are_written_in_one_way_and_without_secrets() {
        let redactor = Redactor::new(SessionKey::new([5; 32]), Vec::new());
        assert_eq!(redactor.uri("/api/v1/pods", "&limit=500"), "/api/v1/pods?limit=500");
        assert_eq!(redactor.uri("/api/v1/pods", "labelSelector=app%3Dweb&watch"), "/api/v1/pods?labelSelector=app%3Dweb&watch");
        assert_eq!(redactor.uri("/api/v1/pods", ""), "/api/v1/pods");
        let exec = redactor.uri("/api/v1/namespaces/a/pods/b/exec", "command=sh&command=-c&command=login+hunter2&tty=true");
        assert!(
            exec.contains("command=sh&command=-c&command=redacted:") && exec.ends_with("&tty=true") && !exec.contains("hunter2")
        );
        assert!(!redactor.uri("/x", "token=hunter2").contains("hunter2"));
    }
}
