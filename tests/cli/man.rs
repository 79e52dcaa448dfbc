//! Man pages.

use std::process::{Command, Stdio};

use super::program::Place;

#[test]
fn every_command_has_a_page_that_renders() {
    let place = Place::new();
    let out = place.run(&["man", "--out-dir", "man"]).ok().out;
    let mut pages: Vec<String> = std::fs::read_dir(place.path("man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    pages.sort();
    assert_eq!(out, format!("{} pages are in man\n", pages.len()));
    for page in ["kuberewind.1", "kuberewind-timeline.1", "kuberewind-bookmark-add.1", "kuberewind-analyze-causality.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} is not among {pages:?}");
    }
    assert!(!pages.iter().any(|name| name.contains("exec-tied") || name.contains("krew")), "{pages:?}");
    for page in &pages {
        let text = std::fs::read_to_string(place.path("man").join(page)).unwrap();
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}");
        let rendered =
            Command::new("man").arg("-l").arg(place.path("man").join(page)).env("MANPAGER", "cat").stdin(Stdio::null()).output();
        match rendered {
            Ok(rendered) if rendered.status.success() => assert!(!rendered.stdout.is_empty(), "{page}"),
            _ => eprintln!("skipped: there is no man(1) to render it"),
        }
    }
    let page = place.run(&["man", "bookmark", "add"]).ok().out;
    assert_eq!(page, std::fs::read_to_string(place.path("man/kuberewind-bookmark-add.1")).unwrap());
    assert!(place.run(&["man"]).ok().out.contains(".TH"));
    place.run(&["man", "frobnicate"]).code(2);
}
