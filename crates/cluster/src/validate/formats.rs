//! The formats of names, labels, addresses and the like, with the words of a real server for texts that do not have them.

use std::net::IpAddr;

pub(crate) const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and \
     end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

pub(crate) const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
     must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

pub(super) const DNS_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
     character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
     '[a-z]([-a-z0-9]*[a-z0-9])?')";

const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
     character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const QUALIFIED: &str = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
     alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
     and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  \
     or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for \
     validation is '[0-9]+%')";

pub(super) const PORT: &str = "must be between 1 and 65535, inclusive";
pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
const IP: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const VARIABLE: &str = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/// The error of a text; empty if it is valid.
pub(super) type Wrong = Vec<String>;

fn lower(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    text.starts_with(lower) && text.ends_with(lower) && text.chars().all(|letter| lower(letter) || letter == '-')
}

fn sized(text: &str, most: usize) -> Wrong {
    if text.len() > most { vec![format!("must be no more than {most} bytes")] } else { Vec::new() }
}

fn unless(good: bool, why: &str, mut wrong: Wrong) -> Wrong {
    if !good {
        wrong.push(why.to_owned());
    }
    wrong
}

pub(super) fn label(text: &str) -> Wrong {
    unless(is_label(text), LABEL, sized(text, 63))
}

pub(super) fn dns_label(text: &str) -> Wrong {
    unless(is_label(text) && text.starts_with(|letter: char| letter.is_ascii_lowercase()), DNS_LABEL, sized(text, 63))
}

pub(crate) fn subdomain(text: &str) -> Wrong {
    unless(text.split('.').all(is_label), SUBDOMAIN, sized(text, 253))
}

fn is_name(text: &str) -> bool {
    let end = |letter: char| letter.is_ascii_alphanumeric();
    text.starts_with(end) && text.ends_with(end) && text.chars().all(|letter| end(letter) || "-_.".contains(letter))
}

/// The name of a label, an annotation or a finalizer: `app`, `example.com/app`.
pub(super) fn qualified(text: &str) -> Wrong {
    let (prefix, name) = match text.split_once('/') {
        Some((_, rest)) if rest.contains('/') => {
            return vec![QUALIFIED.to_owned()];
        }
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let mut wrong = Vec::new();
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => wrong.extend(subdomain(prefix).into_iter().map(|why| format!("prefix part {why}"))),
        None => {}
    }
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_owned());
    }
    unless(is_name(name), NAME_PART, wrong)
}

pub(super) fn label_value(text: &str) -> Wrong {
    unless(text.is_empty() || is_name(text), LABEL_VALUE, sized(text, 63))
}

/// A key of a config map or a secret.
pub(super) fn config_key(text: &str) -> Wrong {
    let letters = !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    let mut wrong = unless(letters, CONFIG_KEY, sized(text, 253));
    match text {
        "." => wrong.push("must not be '.'".to_owned()),
        ".." => wrong.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => wrong.push("must not start with '..'".to_owned()),
        _ => {}
    }
    wrong
}

pub(super) fn variable(text: &str) -> Wrong {
    let printable = !text.is_empty() && text.bytes().all(|letter| (b' '..=b'~').contains(&letter) && letter != b'=');
    unless(printable, VARIABLE, Vec::new())
}

/// The name of a port.
pub(super) fn port_name(text: &str) -> Wrong {
    let letters = text.chars().all(|letter| lower(letter) || letter == '-');
    let mut wrong = Vec::new();
    if text.len() > 15 {
        wrong.push("must be no more than 15 characters".to_owned());
    }
    if !letters {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if letters && !text.chars().any(|letter| letter.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

pub(super) fn ip(text: &str) -> Wrong {
    unless(text.parse::<IpAddr>().is_ok(), IP, Vec::new())
}

pub(super) fn cidr(text: &str) -> Wrong {
    let good = text.split_once('/').is_some_and(|(address, length)| {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| length <= most)
    });
    unless(good, CIDR, Vec::new())
}

/// A percentage such as `25%`.
pub(super) fn percent(text: &str) -> Wrong {
    let digits = text.strip_suffix('%').unwrap_or_default();
    unless(!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()), PERCENT, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised() {
        type Format = fn(&str) -> Wrong;
        let cases: &[(Format, &[&str], &[&str])] = &[
            (label, &["a", "1-a"], &["", "-a", "a-", "A", "a.b", "a_b"]),
            (dns_label, &["a1"], &["1a", ""]),
            (subdomain, &["a.b-c.1"], &["a..b", ".a", "A", ""]),
            (qualified, &["App", "a.b/c_d"], &["", "a b", "/a", "a/", "a/b/c", "A/b"]),
            (label_value, &["", "A_b"], &["-", "a b"]),
            (config_key, &["a", ".b", "A_1"], &["", "a b", "..", "..x"]),
            (variable, &["A", "a b"], &["", "a=b", "é"]),
            (port_name, &["http", "a-1"], &["80", "a--b", "-a", "A", "abcdefghijklmnop"]),
            (ip, &["1.2.3.4", "::1"], &["", "1.2.3", "x"]),
            (cidr, &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33", "x/1"]),
            (percent, &["1%", "150%"], &["", "%", "a%", "-1%", "1"]),
        ];
        for (format, good, bad) in cases {
            good.iter().for_each(|text| assert_eq!(format(text), Vec::<String>::new(), "{text}"));
            bad.iter().for_each(|text| assert!(!format(text).is_empty(), "{text}"));
        }
    }
}
