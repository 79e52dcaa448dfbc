//! Secrets in a text that are recognised by the shape that their issuer gives them.

/// A prefix, and how many of which characters follow it.
struct Shape {
    prefix: &'static str,
    least: usize,
    most: usize,
    upper: bool,
}

const fn shape(prefix: &'static str, least: usize) -> Shape {
    Shape { prefix, least, most: 512, upper: false }
}

const SHAPES: &[Shape] = &[
    // AWS access keys.
    Shape { prefix: "AKIA", least: 16, most: 16, upper: true },
    Shape { prefix: "ASIA", least: 16, most: 16, upper: true },
    // GitHub, GitLab.
    shape("ghp_", 30),
    shape("gho_", 30),
    shape("ghu_", 30),
    shape("ghs_", 30),
    shape("ghr_", 30),
    shape("github_pat_", 30),
    shape("glpat-", 20),
    // Slack.
    shape("xoxb-", 10),
    shape("xoxp-", 10),
    shape("xoxa-", 10),
    shape("xoxr-", 10),
    shape("xoxs-", 10),
    shape("xapp-", 10),
    // Google.
    shape("AIza", 35),
    shape("ya29.", 20),
    shape("GOCSPX-", 20),
    // Stripe, npm.
    shape("sk_live_", 16),
    shape("npm_", 36),
];

/// Lengths of a bootstrap token `ID.SECRET`.
const BOOTSTRAP: (usize, usize) = (6, 16);

/// True if there may be the token of an issuer.
pub(super) fn may_have(bytes: &[u8]) -> bool {
    SHAPES.iter().any(|shape| memchr::memmem::find(bytes, shape.prefix.as_bytes()).is_some())
}

/// Finds the first token at or after an offset.
pub(super) fn find(text: &str, from: usize) -> Option<(usize, usize)> {
    let issued = SHAPES.iter().filter_map(|shape| find_shape(text, from, shape));
    issued.chain(bootstrap(text, from)).min()
}

fn find_shape(text: &str, mut from: usize, shape: &Shape) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    while let Some(at) = memchr::memmem::find(bytes.get(from..)?, shape.prefix.as_bytes()) {
        let start = from + at;
        let body = start + shape.prefix.len();
        let takes = |byte: &u8| {
            if shape.upper {
                byte.is_ascii_uppercase() || byte.is_ascii_digit()
            } else {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
            }
        };
        let length = bytes.get(body..)?.iter().take_while(|byte| takes(byte)).count();
        if (shape.least..=shape.most).contains(&length) && !within_word(bytes, start) {
            return Some((start, body + length));
        }
        from = body;
    }
    None
}

/// True if a letter or digit is directly before an offset.
fn within_word(bytes: &[u8], start: usize) -> bool {
    start.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric)
}

fn is_bootstrap(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// True if there is a bootstrap token.
pub(super) fn has_bootstrap_dot(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'.', bytes).any(|dot| bootstrap_at(bytes, dot).is_some())
}

fn bootstrap(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'.', bytes.get(from..)?)
        .find_map(|dot| bootstrap_at(bytes, from + dot))
        .filter(|(start, _)| *start >= from)
}

/// The secret of a bootstrap token whose dot is at an offset. The id is not secret. Words are no secrets: there must be a digit.
fn bootstrap_at(bytes: &[u8], dot: usize) -> Option<(usize, usize)> {
    let before = bytes.get(..dot)?.iter().rev().take_while(|byte| is_bootstrap(byte)).count();
    let secret = bytes.get(dot + 1..)?;
    let after = secret.iter().take_while(|byte| is_bootstrap(byte)).count();
    let ends = |at: Option<&u8>| at.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'-' | b'_'));
    let start = dot.checked_sub(before)?;
    let alone = ends(start.checked_sub(1).and_then(|at| bytes.get(at))) && ends(secret.get(after));
    let digits = secret.get(..after)?.iter().filter(|byte| byte.is_ascii_digit()).count();
    (alone && (before, after) == BOOTSTRAP && digits >= 2).then_some((dot + 1, dot + 1 + after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_by_their_shape() {
        for (text, secret) in [
            ("key AKIAIOSFODNN7EXAMPLE here".to_owned(), "AKIAIOSFODNN7EXAMPLE".to_owned()),
            (format!("x=ghp_{}", "a1B2".repeat(9)), format!("ghp_{}", "a1B2".repeat(9))),
            (format!("xoxb-{}", "1".repeat(12)), format!("xoxb-{}", "1".repeat(12))),
            (format!("\"AIza{}\"", "x".repeat(35)), format!("AIza{}", "x".repeat(35))),
            ("kubeadm join --token abcdef.0123456789abcdef".to_owned(), "0123456789abcdef".to_owned()),
        ] {
            let found = find(&text, 0).map(|(start, end)| &text[start..end]);
            assert_eq!(found, Some(secret.as_str()), "{text}");
            assert!(may_have(text.as_bytes()) || has_bootstrap_dot(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "AKIA",
            "xAKIAIOSFODNN7EXAMPLE",
            "secret.objectreferences",
            "widget.examplecompany12.com",
            "config.kubernetes",
            "v1.2",
        ] {
            assert_eq!(find(text, 0), None, "{text}");
        }
    }
}
