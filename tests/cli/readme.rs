//! Every command in the README and in `docs/` runs, and the outputs shown there are the real ones.
//!
//! A `console` block has commands after `$ ` (a comment may follow after four blanks), each followed by its output. A line `…` ends an
//! output that is cut. `KUBEREWIND_UPDATE_DOCS=1 cargo test --test cli readme` writes the outputs anew; `… 4` replaces four lines.

use std::path::{Path, PathBuf};

use super::program::Sandbox;

/// The pages, the README first.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.sort();
    pages.insert(0, root.join("README.md"));
    pages
}

/// A folder with the files that the pages name: two demos, a bookmark and an audit log.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (scenario, name) in [("tug-of-war", "run.db"), ("conflict-storm", "storm.db")] {
        let file = sandbox.demo(scenario);
        std::fs::rename(sandbox.path(&file), sandbox.path(name)).unwrap();
    }
    let audited = serde_json::json!({"auditID": "a", "stage": "ResponseComplete", "verb": "get", "requestURI": "/api/v1/pods",
        "user": {"username": "admin"}, "stageTimestamp": "2026-03-01T10:00:00Z"});
    std::fs::write(sandbox.path("audit.log"), format!("{audited}\n")).unwrap();
    sandbox
}

/// Runs a documented command and returns its output.
fn run(sandbox: &Sandbox, command: &str) -> String {
    let arguments = shlex::split(command).unwrap();
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let ran = sandbox.run(&arguments);
    let expected: &[i32] = match arguments.as_slice() {
        // A difference, and findings under --fail-on, are the answer that was asked for.
        ["diff", ..] => &[1],
        [.., "--fail-on", _, "--format", "sarif"] => &[1],
        _ => &[0],
    };
    assert!(ran.code.is_some_and(|code| expected.contains(&code)), "{command}: {:?}\n{}{}", ran.code, ran.out, ran.err);
    let silent = matches!(arguments.as_slice(), ["copy", ..]) || arguments.contains(&"-i");
    assert!(!ran.out.is_empty() || silent, "{command} prints something");
    ran.out
}

#[test]
fn the_commands_in_tables_run() {
    let sandbox = sandbox();
    sandbox.run(&["bookmark", "add", "first", "run.db", "--at", "5"]).ok();
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains("`kuberewind "));
        for command in rows.filter_map(|row| row.split('`').nth(1)) {
            run(&sandbox, command);
            count += 1;
        }
    }
    assert!(count >= 20, "{count} commands were found");
}

/// Replaces dates, which differ from run to run; demos run on a simulated clock from the moment at which they start.
fn undated(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("20") {
        let date: String = rest[at..].chars().take_while(|c| c.is_ascii_digit() || "-:.TZ".contains(*c)).collect();
        out.push_str(&rest[..at]);
        if date.len() >= 20 && date.as_bytes()[4] == b'-' && date.as_bytes()[10] == b'T' {
            out.push_str("DATE");
        } else {
            out.push_str(&date);
        }
        rest = &rest[at + date.len()..];
    }
    out + rest
}

/// A console block with the outputs of its commands: as many lines as are shown now, or as `… N` asks for.
fn with_outputs(sandbox: &Sandbox, block: &[&str]) -> Vec<String> {
    let mut lines = block.iter().peekable();
    let mut made = Vec::new();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("an output without a command: {line}"));
        made.push((*line).to_owned());
        let mut shown: Vec<&str> = Vec::new();
        while let Some(next) = lines.next_if(|next| !next.starts_with("$ ")) {
            shown.push(next);
        }
        let whole = run(sandbox, command.split("    #").next().unwrap().trim());
        let cut = shown.last().filter(|last| last.starts_with('…'));
        let asked = cut.and_then(|line| line.trim_start_matches('…').trim().parse::<usize>().ok());
        let limit = match (cut, asked) {
            (_, Some(count)) => count,
            (Some(_), None) => shown.len() - 1,
            (None, None) => usize::MAX,
        };
        made.extend(whole.lines().filter(|line| !line.is_empty()).take(limit).map(|line| line.trim_end().to_owned()));
        if whole.lines().filter(|line| !line.is_empty()).count() > limit {
            made.push("…".to_owned());
        }
    }
    made
}

#[test]
fn the_outputs_in_the_pages_are_real() {
    let sandbox = sandbox();
    let update = std::env::var_os("KUBEREWIND_UPDATE_DOCS").is_some();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut made: Vec<String> = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            made.push(lines[at].to_owned());
            at += 1;
            if lines[at - 1] == "```console" {
                let end = at + lines[at..].iter().position(|line| *line == "```").expect("a block ends");
                made.extend(with_outputs(&sandbox, &lines[at..end]));
                at = end;
            }
        }
        if update {
            std::fs::write(&page, made.join("\n") + "\n").unwrap();
            continue;
        }
        for (shown, real) in lines.iter().zip(&made) {
            assert_eq!(undated(shown), undated(real), "{}: KUBEREWIND_UPDATE_DOCS=1 writes the outputs anew", page.display());
        }
        assert_eq!(lines.len(), made.len(), "{}", page.display());
    }
}

#[test]
fn the_readme_is_short_and_its_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        if page.ends_with("README.md") {
            assert!(text.lines().count() <= 150, "{} lines", text.lines().count());
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let target = page.parent().unwrap_or(root).join(link);
            assert!(link.is_empty() || link.starts_with("http") || target.exists(), "{}: {link}", page.display());
        }
    }
}

#[test]
fn the_first_commands_are_those_of_a_fresh_clone() {
    let readme = include_str!("../../README.md");
    let first: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).take(2).collect();
    assert_eq!(first, ["cargo run --release -- demo", "cargo test"]);
}

#[test]
fn every_subcommand_has_help() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(&["--help"]).ok().out;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.len() >= 15, "{names:?}");
    for name in names {
        assert!(sandbox.run(&[name, "--help"]).ok().out.contains("Usage:"), "{name}");
    }
}

#[test]
fn every_format_that_is_read_is_documented() {
    let page = include_str!("../../docs/formats.md");
    for importer in kuberewind_formats::IMPORTERS {
        let row = format!("| `{}` | {} |", importer.name, importer.doc);
        assert!(page.lines().any(|line| line == row), "{row}");
    }
}
