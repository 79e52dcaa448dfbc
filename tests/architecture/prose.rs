//! The language of the comments: plain technical English, without the private words that an earlier version was full of.

use super::source;

/// Words of the private dialect. Each has a plain replacement: a log line *names* a reconcile, a response *contains* a field, an
/// *unrecorded writer*, and so on.
const WORDS: &[&str] = &[
    "told", "tell", "tells", "said", "say", "says", "stand", "stands", "stood", "whom", "whoever", "nobody", "somebody",
    "anybody",
];

/// Phrases of the private dialect, in lower case.
const PHRASES: &[&str] = &["what is ", "what was ", "of its own", "of their own", "goes by", "go by", "is no ", "and no more"];

/// First words of comments that describe a thing by a clause instead of a noun.
const OPENERS: &[&str] = &["What", "Whether", "Who", "Whose", "Whom"];

/// The most that the comments may contain, per 1,000 words.
const LIMIT: f64 = 2.0;

/// The text of a comment line, if the line is one or ends in one.
fn comment(line: &str) -> Option<&str> {
    let at = line.find("// ").or_else(|| line.find("/// ")).or_else(|| line.find("//! "))?;
    let before = &line[..at];
    let in_string = before.matches('"').count() % 2 == 1 || before.ends_with(':');
    (!in_string).then(|| line[at..].trim_start_matches(['/', '!']).trim())
}

fn hits(comment: &str, starts_block: bool) -> usize {
    let lower = comment.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| WORDS.contains(word)).count();
    let phrases: usize = PHRASES.iter().map(|phrase| lower.matches(phrase).count()).sum();
    let opener = comment.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| OPENERS.contains(&word));
    words + phrases + usize::from(opener && starts_block)
}

/// Words, hits, and the lines with hits of one text.
fn count(text: &str) -> (usize, usize, Vec<usize>) {
    let (mut words, mut total, mut lines, mut inside) = (0, 0, Vec::new(), false);
    for (at, line) in text.lines().enumerate() {
        let Some(comment) = comment(line) else {
            inside = false;
            continue;
        };
        words += comment.split_whitespace().count();
        let found = hits(comment, !inside);
        if found > 0 {
            lines.push(at + 1);
        }
        total += found;
        inside = true;
    }
    (words, total, lines)
}

#[test]
fn comments_are_plain() {
    let (mut words, mut total, mut places) = (0, 0, Vec::new());
    for folder in ["src", "crates", "tests", "benches", "examples"] {
        for file in source::rust_files(folder) {
            if file.path.ends_with("architecture/prose.rs") {
                continue;
            }
            let (more_words, more, lines) = count(&file.text);
            words += more_words;
            total += more;
            places.extend(lines.iter().map(|line| format!("{}:{line}", file.path.display())));
        }
    }
    assert!(words > 10_000, "the comments were found: {words} words");
    let rate = total as f64 * 1_000.0 / words as f64;
    assert!(rate < LIMIT, "{total} words of the private dialect in {words}, {rate:.1} per 1,000:\n{}", places.join("\n"));
}

#[test]
fn the_count_finds_the_dialect() {
    assert_eq!(count("/// Whether it stands.\nfn f() {} // told\n").1, 3);
    assert_eq!(count("let url = \"http://what is\";\n/// Returns the version that the actor observed last.\n").1, 0);
}
