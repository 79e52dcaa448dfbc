//! No recursion over input: nested JSON must not be able to exhaust the stack.
//!
//! The check is textual and errs on the side of asking: a function whose body names itself in call position, as
//! `name(` or `Self::name(`; a method, as `self.name(` or `Self::name(` (a plain `name(` in it is a free function that it
//! leads to). A method of another type with the same name (`inner.poll(…)`) is none.

use super::source;

/// The functions of a file: name, line of the signature, body.
fn functions<'a>(lines: &[(usize, &'a str)]) -> Vec<(String, usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        let Some(name) = signature_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let body = lines[index + 1..].iter().map(|(_, line)| *line).take_while(|line| *line != end).collect();
        let one_line = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        found.push((name, *number, if one_line { Vec::new() } else { body }));
    }
    found
}

fn signature_name(line: &str) -> Option<String> {
    let rest = line.trim_start();
    let at = if let Some(rest) = rest.strip_prefix("fn ") {
        rest
    } else if rest.starts_with("pub") || rest.starts_with("async fn") || rest.starts_with("const fn") {
        rest.split_once("fn ")?.1
    } else {
        return None;
    };
    Some(at.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

fn calls_itself(name: &str, line: &str, is_method: bool) -> bool {
    let call = format!("{name}(");
    line.match_indices(&call).any(|(at, _)| {
        let before = &line[..at];
        if is_method {
            return before.ends_with("self.") || before.ends_with("Self::");
        }
        before.ends_with("Self::") || !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '"' | '`'))
    })
}

/// The signature that begins on a line, up to its body.
fn signature(lines: &[(usize, &str)], number: usize) -> String {
    let from = lines.iter().skip_while(|(at, _)| *at < number).map(|(_, line)| *line);
    let mut text = String::new();
    for line in from {
        text.push_str(line);
        if line.contains('{') || line.contains(';') {
            break;
        }
    }
    text
}

#[test]
fn no_function_calls_itself() {
    let mut wrong = Vec::new();
    for file in source::files() {
        let lines: Vec<_> = file.code_lines().collect();
        for (name, number, body) in functions(&lines) {
            // A nested item of the same name, or a trait method that forwards to an inherent one, would be seen here too: name them apart.
            let is_method = signature(&lines, number).contains("self");
            if body.iter().any(|line| calls_itself(&name, line, is_method) && signature_name(line).is_none()) {
                wrong.push(format!("{}:{number}: `{name}` calls itself", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "recursive functions:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_can_tell() {
    assert!(calls_itself("walk", "    walk(child)?;", false));
    assert!(calls_itself("walk", "    self.walk(child)", true));
    assert!(!calls_itself("put", "    put(world, object)", true));
    assert!(!calls_itself("poll", "    self.inner.poll(cx)", true));
    assert!(!calls_itself("walk", "    sidewalk(child)", false));
}
