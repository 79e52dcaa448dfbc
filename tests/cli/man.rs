//! Man pages.

use std::process::{Command, Stdio};

use super::program::Sandbox;

#[test]
fn every_command_has_a_man_page() {
    let sandbox = Sandbox::new();
    let out = sandbox.run(&["man", "--out-dir", "man"]).ok().out;
    let mut pages: Vec<String> = std::fs::read_dir(sandbox.path("man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    pages.sort();
    assert_eq!(out, format!("wrote {} pages to man\n", pages.len()));
    for page in ["kuberewind.1", "kuberewind-timeline.1", "kuberewind-bookmark-add.1", "kuberewind-analyze-causality.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} is not among {pages:?}");
    }
    assert!(!pages.iter().any(|name| name.contains("exec-tied") || name.contains("krew")), "{pages:?}");
    for page in &pages {
        let text = std::fs::read_to_string(sandbox.path("man").join(page)).unwrap();
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}");
        let rendered = Command::new("man")
            .arg("-l")
            .arg(sandbox.path("man").join(page))
            .env("MANPAGER", "cat")
            .stdin(Stdio::null())
            .output();
        match rendered {
            Ok(rendered) if rendered.status.success() => assert!(!rendered.stdout.is_empty(), "{page}"),
            _ => eprintln!("skipped: man(1) is not installed"),
        }
    }
    let page = sandbox.run(&["man", "bookmark", "add"]).ok().out;
    assert_eq!(page, std::fs::read_to_string(sandbox.path("man/kuberewind-bookmark-add.1")).unwrap());
    assert!(sandbox.run(&["man"]).ok().out.contains(".TH"));
    sandbox.run(&["man", "frobnicate"]).code(2);
}
