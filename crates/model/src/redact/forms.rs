//! The forms in which a value may be quoted somewhere else: encoded, escaped, or inside a longer base64 text.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter values would be found by chance.
pub(super) const SHORTEST: usize = 8;

/// A value of this length is not found by chance, even if it is made of ordinary words.
const LONG: usize = 16;

/// Everything that a browser's `encodeURIComponent` leaves.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What Go's `url.QueryEscape` leaves; it writes `+` for a space.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b' ');

/// True if a value is so unlike other texts that an equal text elsewhere is a quote of it. Words, host names and numbers are not.
pub(super) fn is_distinctive(value: &[u8]) -> bool {
    if value.len() < SHORTEST || value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let other = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'/' | b' ');
    let classes = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit), has(other)];
    value.len() >= LONG || classes.into_iter().filter(|present| *present).count() >= 2
}

/// The value itself and its other forms, each once.
pub(super) fn of(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![value.to_vec()];
    for engine in [&STANDARD, &URL_SAFE] {
        forms.push(engine.encode(value).into_bytes());
        forms.extend((0..3).map(|shift| inside_base64(engine, value, shift)));
    }
    // Base64 twice, as Helm stores its releases.
    let twice = STANDARD.encode(value);
    forms.extend((0..3).map(|shift| inside_base64(&STANDARD, twice.as_bytes(), shift)));
    for digits in ["0123456789abcdef", "0123456789ABCDEF"] {
        forms.push(hex(value, digits.as_bytes()));
    }
    if let Ok(text) = std::str::from_utf8(value) {
        forms.extend(escaped(text));
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// The characters of a base64 text that a value decides if it begins `shift` bytes after a multiple of three.
fn inside_base64<E: base64::Engine>(engine: &E, value: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(value);
    let text = engine.encode(&padded);
    let (first, last) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
    text.as_bytes().get(first..last).unwrap_or_default().to_vec()
}

fn hex(value: &[u8], digits: &[u8]) -> Vec<u8> {
    value.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]).collect()
}

/// Escaped for URLs, JSON, YAML and shells.
fn escaped(text: &str) -> Vec<Vec<u8>> {
    let json = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
    };
    let once = json(text);
    let go = ["<", ">", "&"]
        .into_iter()
        .zip(["\\u003c", "\\u003e", "\\u0026"])
        .fold(once.clone(), |text, (from, to)| text.replace(from, to));
    let percent = |set| utf8_percent_encode(text, set).to_string();
    let unicode = |digits: fn(u16) -> String| text.encode_utf16().map(digits).collect::<String>();
    let mut forms = vec![
        json(&once),
        json(&go),
        once,
        go,
        percent(NON_ALPHANUMERIC),
        percent(NON_ALPHANUMERIC).to_ascii_lowercase(),
        percent(COMPONENT),
        percent(QUERY).replace(' ', "+"),
        unicode(|unit| format!("\\u{unit:04x}")),
        unicode(|unit| format!("\\u{unit:04X}")),
        text.replace('\'', "''"),
        text.replace('\n', "\\n"),
    ];
    let lower: Vec<String> = [COMPONENT, QUERY].into_iter().map(|set| lower_escapes(&percent(set))).collect();
    forms.extend(lower);
    forms.into_iter().map(String::into_bytes).collect()
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = 0;
    for character in text.chars() {
        out.push(if digits > 0 { character.to_ascii_lowercase() } else { character });
        digits = if character == '%' { 2 } else { digits.max(1) - 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn words_and_numbers_are_not_distinctive() {
        for value in ["postgres", "hunter2", "kube-system", "1234567890", "database-host", ""] {
            assert!(!is_distinctive(value.as_bytes()), "{value}");
        }
        for value in ["hunter22", "correct horse battery", "S3cr3t-Value", "pa$$word"] {
            assert!(is_distinctive(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn a_value_is_found_in_every_encoding() {
        let value = "S3cr3t/\"<&>' Välue\n";
        let forms = of(value.as_bytes());
        let holds = |text: &str| forms.iter().any(|form| memchr::memmem::find(text.as_bytes(), form).is_some());
        let json = serde_json::Value::from(value).to_string();
        for text in [
            value.to_owned(),
            STANDARD.encode(value),
            STANDARD.encode(format!("u:{value}")),
            STANDARD.encode(format!("user:{value}@host")),
            URL_SAFE_NO_PAD.encode(format!("uu{value}")),
            STANDARD.encode(STANDARD.encode(value)),
            serde_json::Value::from(json.clone()).to_string(),
            json,
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
            value.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ] {
            assert!(holds(&text), "{text}");
        }
        assert!(!holds("S3cr3t"));
    }
}
