//! The pictures in the README match the drawing code.

#[path = "../../examples/screenshots/pictures.rs"]
mod made;

#[test]
fn the_pictures_are_what_the_drawing_code_draws() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let made = made::all().unwrap();
    let mut names: Vec<String> = made.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        for (name, svg) in &made {
            std::fs::write(folder.join(name), svg).unwrap();
        }
    }
    let mut kept: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    kept.retain(|name| name.ends_with(".svg"));
    kept.sort();
    assert_eq!(kept, names, "the folder holds these pictures and no others");
    for (name, svg) in &made {
        // A character that the font lacks would be rendered with a font of the viewer.
        let written = svg.lines().find(|line| line.starts_with("<text"));
        assert_eq!(written, None, "{name} has a character that its font has not");
        let kept = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(kept == *svg, "{name} is another picture now; `cargo run --example screenshots` makes it anew");
    }
}
