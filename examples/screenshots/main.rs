//! Makes the pictures in `screenshots/`: `cargo run --example screenshots`.
//!
//! They come from the debugger's own drawing code, on recordings of the demo that are made on the spot; two runs make the
//! same pictures, and `tests/tui/pictures.rs` compares them. What is pressed for each is a script of the debugger's own.

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
