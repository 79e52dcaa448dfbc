//! What the parser says of a mistake, in words for whoever made it.
//!
//! The parser was made by ANTLR, which tells in five forms what it met and what it would have taken: [its default error
//! listener](https://www.antlr.org/api/Java/org/antlr/v4/runtime/DefaultErrorStrategy.html).

/// The parser's sentence in other words; as it is where it is of no known form.
pub(super) fn plain(said: &str) -> String {
    let said = said.strip_prefix("Syntax error: ").unwrap_or(said);
    if let Some(met) = said.strip_prefix("token recognition error at: ") {
        return unreadable(unquoted(met));
    }
    if let Some((wanted, _)) = said.strip_prefix("missing ").and_then(|rest| rest.split_once(" at ")) {
        return format!("{} is missing here", named(wanted));
    }
    let unexpected = ["mismatched input ", "extraneous input ", "no viable alternative at input "];
    let Some(rest) = unexpected.iter().find_map(|form| said.strip_prefix(form)) else { return said.to_owned() };
    let (met, wanted) = rest.split_once(" expecting ").unwrap_or((rest, "{}"));
    let met = match unquoted(met) {
        "<EOF>" => "it ends too early".to_owned(),
        met => format!("`{met}` cannot stand here"),
    };
    // A list of everything that could stand there says nothing.
    if wanted.starts_with('{') { met } else { format!("{met}; {} is expected", named(wanted)) }
}

/// What begins no word of the language.
fn unreadable(met: &str) -> String {
    let met = met.trim_end();
    match met.chars().next() {
        Some('=') => "`=` is no operator; write `==`".to_owned(),
        Some('&') => "`&` is no operator; write `&&`".to_owned(),
        Some('|') => "`|` is no operator; write `||`".to_owned(),
        Some('\'' | '"') => "the text that begins here does not end".to_owned(),
        _ => format!("`{met}` cannot stand here"),
    }
}

/// `')'` is shown as it is written, `IDENTIFIER` is the parser's name for a sort of word.
fn named(token: &str) -> String {
    match unquoted(token) {
        "<EOF>" => "the end".to_owned(),
        "IDENTIFIER" => "a name".to_owned(),
        token => format!("`{token}`"),
    }
}

fn unquoted(token: &str) -> &str {
    token.strip_prefix('\'').and_then(|token| token.strip_suffix('\'')).unwrap_or(token)
}
