//! Bookmarks: add, list, use as a moment, remove.

use super::program::Sandbox;

#[test]
fn a_bookmark_names_a_moment() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    sandbox.run(&["bookmark", "add", "first-fight", &file, "--at", "12", "--note", "here it begins"]).ok();
    let json = sandbox.run(&["bookmark", "list", &file, "--format", "json"]).ok().json();
    assert_eq!(
        (&json[0]["name"], &json[0]["at"], &json[0]["note"]),
        (&"first-fight".into(), &12.into(), &"here it begins".into())
    );
    let by_name = sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", "first-fight"]).ok().out;
    let by_number = sandbox.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", "12"]).ok().out;
    assert_eq!(by_name, by_number);
    sandbox.run(&["bookmark", "remove", "first-fight", &file]).ok();
    sandbox.run(&["bookmark", "remove", "first-fight", &file]).code(1);
    sandbox.run(&["verify", &file]).ok();
}

#[test]
fn a_name_that_parses_as_another_moment_is_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    for name in ["412", "end", "50%", "+2s", "a b", "12:00:00", "rv:7", ""] {
        let ran = sandbox.run(&["bookmark", "add", name, &file]);
        assert_eq!(ran.code, Some(2), "{name:?}: {}{}", ran.out, ran.err);
    }
}
