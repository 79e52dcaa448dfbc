//! The pictures in `screenshots/` match the drawing code.

#[path = "../../examples/screenshots/pictures.rs"]
mod generated;

#[test]
fn the_pictures_match_the_drawing_code() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let pictures = generated::all().unwrap();
    let mut names: Vec<String> = pictures.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        for (name, svg) in &pictures {
            std::fs::write(folder.join(name), svg).unwrap();
        }
    }
    let mut files: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|name| name.ends_with(".svg"));
    files.sort();
    assert_eq!(files, names, "the folder has these pictures and no others");
    for (name, svg) in &pictures {
        // A character that the font does not have would depend on the fonts of the viewer.
        let text = svg.lines().find(|line| line.starts_with("<text"));
        assert_eq!(text, None, "{name} has a character that the font does not have");
    }
    let changed = |pictures: Vec<(String, String)>| -> Vec<String> {
        let differs = |name: &str, svg: &str| std::fs::read_to_string(folder.join(name)).unwrap() != svg;
        pictures.into_iter().filter(|(name, svg)| differs(name, svg)).map(|(name, _)| name).collect()
    };
    let mut wrong = changed(pictures);
    // Now and then a run of the demo `rollout` takes two waiting ReplicaSets in the other order. A changed drawing differs in all runs.
    for _ in 0..2 {
        if wrong.is_empty() {
            break;
        }
        let again = changed(generated::all().unwrap());
        wrong.retain(|name| again.contains(name));
    }
    assert!(wrong.is_empty(), "{wrong:?} have changed; run `cargo run --example screenshots` to generate them");
}
