//! Bookmarks: set, listed, pointed at, removed.

use super::program::Place;

#[test]
fn a_bookmark_is_a_moment_by_name() {
    let place = Place::new();
    let file = place.demo("tug-of-war");
    place.run(&["bookmark", "add", "first-fight", &file, "--at", "12", "--note", "here it begins"]).ok();
    let json = place.run(&["bookmark", "list", &file, "--format", "json"]).ok().json();
    assert_eq!(
        (&json[0]["name"], &json[0]["at"], &json[0]["note"]),
        (&"first-fight".into(), &12.into(), &"here it begins".into())
    );
    let by_name = place.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", "first-fight"]).ok().out;
    let by_number = place.run(&["show", "deploy/checkout", "-n", "shop", "-d", &file, "--at", "12"]).ok().out;
    assert_eq!(by_name, by_number);
    place.run(&["bookmark", "remove", "first-fight", &file]).ok();
    place.run(&["bookmark", "remove", "first-fight", &file]).code(1);
    place.run(&["verify", &file]).ok();
}

#[test]
fn a_name_that_reads_as_another_moment_is_refused() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    for name in ["412", "end", "50%", "+2s", "a b", "12:00:00", "rv:7", ""] {
        let ran = place.run(&["bookmark", "add", name, &file]);
        assert_eq!(ran.code, Some(2), "{name:?}: {}{}", ran.out, ran.err);
    }
}
