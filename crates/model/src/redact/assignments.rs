//! Secrets in a text after their names: `--password=x`, `DB_PASSWORD=x`, and the lines `password: x` of a configuration file.

use super::looks::{is_secret_key, is_value};

/// A word of this length in a message is no word of a language.
const RANDOM: usize = 16;

/// Finds the first value at or after an offset: its start and end.
pub(super) fn find(text: &str, mut from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    while let Some(at) = memchr::memchr2(b'=', b':', bytes.get(from..)?) {
        let separator = from + at;
        from = separator + 1;
        let (name_start, name) = name_before(text, separator);
        if !is_secret_key(name.rsplit('.').next().unwrap_or_default()) {
            continue;
        }
        let Some((start, end)) = value_at(text, separator, name_start) else { continue };
        if text.get(start..end).is_some_and(is_value) {
            return Some((start, end));
        }
    }
    None
}

/// The name that ends at an offset, without quotes, and its start. `.` separates the keys of a properties file.
fn name_before(text: &str, end: usize) -> (usize, &str) {
    let before = text.get(..end).unwrap_or_default().trim_end_matches(['"', '\'', '\\', ' ']);
    let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).map_or(0, |at| at + 1);
    // A character before the name may have several bytes.
    let start = (start..=before.len()).find(|at| before.is_char_boundary(*at)).unwrap_or(before.len());
    // `\n` is the end of a line in an escaped text.
    let escaped = before.get(..start).is_some_and(|text| text.ends_with('\\'))
        && before.get(start..).is_some_and(|name| name.starts_with(['n', 't', 'r']));
    let start = start + usize::from(escaped);
    (start, before.get(start..).unwrap_or_default())
}

/// The value after the separator of a name. After a colon, either the value is in quotes, or it is one word to the end of a line that
/// begins with the name, as in YAML: in a sentence (`cannot get a token: not found`) nothing is secret.
fn value_at(text: &str, separator: usize, name_start: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let colon = bytes.get(separator) == Some(&b':');
    let mut start = separator + 1;
    while bytes.get(start).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\\')) {
        start += 1;
    }
    let quote = bytes.get(start).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    if colon && quote.is_none() {
        return line_value(text, separator, start, name_start);
    }
    // `==` and `:=` assign nothing secret.
    if matches!(bytes.get(start), Some(b'=' | b'{' | b'[' | b'|' | b'>' | b'&' | b'*')) {
        return None;
    }
    start += usize::from(quote.is_some());
    let rest = bytes.get(start..)?;
    let length = match quote {
        Some(quote) => rest.iter().take_while(|byte| **byte != quote && !matches!(byte, b'\\' | b'\n')).count(),
        None => rest
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'\\' | b'&' | b';' | b',' | b'}'))
            .count(),
    };
    (length > 0).then_some((start, start + length))
}

/// The value of `name: value` without quotes: one word to the end of a line that begins with the name, or to the end of a string that does.
/// The line may be in an escaped text.
fn line_value(text: &str, separator: usize, start: usize, name_start: usize) -> Option<(usize, usize)> {
    let before = text.get(..name_start)?;
    let escaped = before.rfind("\\n").map(|at| at + 2);
    let line_start = before.rfind('\n').map(|at| at + 1).max(escaped).unwrap_or_default();
    let begins = before.bytes().skip(line_start).all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'"' | b'\'' | b'\\'));
    let in_string = before.ends_with(['"', '\'']);
    let ends = |byte: &u8| match byte {
        b'\n' | b'\r' => true,
        b'"' | b'\\' => in_string || escaped.is_some(),
        _ => false,
    };
    let length = text.as_bytes().get(start..)?.iter().take_while(|byte| !ends(byte)).count();
    let word = text.get(start..start + length)?.trim_end();
    let one = !word.is_empty() && !word.contains(char::is_whitespace) && !word.starts_with(['{', '[', '|', '>', '&', '*']);
    // In a message (`"token: expired"`) the word is no secret.
    let random = word.len() >= RANDOM || word.bytes().any(|byte| byte.is_ascii_digit());
    ((begins || (in_string && random)) && start > separator + 1 && one).then_some((start, start + word.len()))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn values_after_names_of_secrets_are_found() {
        for (text, secret) in [
            ("--password=hunter2 --verbose", "hunter2"),
            ("export DB_PASSWORD='a b'; run", "a b"),
            ("host: db\npassword: hunter2\n", "hunter2"),
            ("spring.datasource.password=hunter2", "hunter2"),
            (r#"{"apiKey": "abc"}"#, "abc"),
            (r#"{\"apiKey\":\"abc\"}"#, "abc"),
            ("Server=db;Pwd=x1;Database=y", "x1"),
            ("GET /login?user=a&token=xyz&x=1", "xyz"),
            (r#"{"a":"kind: Config\nuser:\n    token: abc\n    x: y"}"#, "abc"),
            (r#"{"a":"kind: Config\ntoken: abc"}"#, "abc"),
            (r#"{\"a\":\"x: y\\npassword: abc\\n\"}"#, "abc"),
            (r#"{"msg":"sasToken: abc1"}"#, "abc1"),
        ] {
            let found = find(text, 0).map(|(start, end)| &text[start..end]);
            assert_eq!(found, Some(secret), "{text}");
        }
        for text in [
            "",
            "password",
            "password:",
            "the token: ",
            "passwordSecretRef: db",
            "password=$(DB)",
            "a=b",
            "token:latest",
            "token == x",
            "cannot get a token: not found",
            "cannot get a token: refused",
            r#"{"msg":"token: expired"}"#,
            r#"{"msg":"cannot get a token: 1 attempt"}"#,
        ] {
            assert_eq!(find(text, 0), None, "{text}");
        }
    }
}
