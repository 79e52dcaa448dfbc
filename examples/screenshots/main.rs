//! Generates the pictures in `screenshots/`: `cargo run --example screenshots`.
//!
//! Each picture is a screen of the debugger after a script, on a new recording of the demo. The pictures are reproducible, and
//! `tests/tui/pictures.rs` compares them with the files.

use std::path::Path;

mod pictures;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder)?;
    for (name, svg) in pictures::all()? {
        std::fs::write(folder.join(&name), svg)?;
        println!("screenshots/{name}");
    }
    Ok(())
}
