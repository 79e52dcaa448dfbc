use crate::recording::{fight, stage};
#[test]
fn dump() {
    let (_folder, file) = fight(6);
    for size in [(80, 24), (120, 40)] {
        let mut stage = stage(&file, size, "dark");
        for keys in std::env::var("DUMP").unwrap_or("g g|1 2 G|alt-3|alt-4".into()).split('|') {
            stage.keys(keys).unwrap();
            println!("=== {keys}\n{}", stage.glyphs().unwrap());
        }
    }
}
