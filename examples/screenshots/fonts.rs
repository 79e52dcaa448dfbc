//! The fonts of the pictures: Hack, free (MIT, and the Bitstream Vera licence), legible when small, and with nearly all of
//! the signs that the debugger draws; what it lacks is Noto Emoji's (OFL 1.1). Both come with a crate; nothing of them is
//! kept here but the outlines in the pictures.

use epaint_default_fonts::{HACK_REGULAR, NOTO_EMOJI_REGULAR};
use kuberewind::tui::picture::{ADVANCE, Outlines};
use kuberewind_model::{Error, ErrorKind, Result};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// What a sign fills of its cell's width.
const FILLED: f32 = 0.85;

/// The fonts.
#[derive(Debug)]
pub struct Fonts {
    /// For nearly everything; all characters are as wide as each other.
    letters: Face<'static>,
    /// For what the letters' font lacks.
    signs: Face<'static>,
}

/// Reads the fonts. They stay until the program ends.
///
/// # Errors
/// Where one of them is no font.
pub fn fonts() -> Result<&'static Fonts> {
    let read = |font| {
        Face::parse(font, 0).map_err(|error| Error::new(ErrorKind::Invalid, "the pictures' font cannot be read").because(error))
    };
    Ok(Box::leak(Box::new(Fonts { letters: read(HACK_REGULAR)?, signs: read(NOTO_EMOJI_REGULAR)? })))
}

impl Outlines for Fonts {
    fn outline(&self, character: char) -> Option<String> {
        let cell = f32::from(ADVANCE);
        if let Some(glyph) = self.letters.glyph_index(character) {
            let scale = cell / f32::from(self.letters.glyph_hor_advance(glyph)?);
            return outline(&self.letters, glyph, scale, 0.0);
        }
        // A pencil is a pencil, whichever way it points.
        let glyph = self.signs.glyph_index(if character == '✎' { '✏' } else { character })?;
        let bounds = self.signs.glyph_bounding_box(glyph)?;
        let scale = cell * FILLED / f32::from(bounds.width());
        // In the middle of its cell.
        outline(&self.signs, glyph, scale, cell * (1.0 - FILLED) / 2.0 - f32::from(bounds.x_min) * scale)
    }
}

fn outline(face: &Face<'_>, glyph: GlyphId, scale: f32, left: f32) -> Option<String> {
    let mut path = Path { data: String::new(), scale, left, at: (0.0, 0.0) };
    face.outline_glyph(glyph, &mut path)?;
    Some(path.data)
}

/// Path data in whole units, each step told from where the one before it ended: that is shorter, and as each end is
/// rounded for itself, nothing adds up.
struct Path {
    data: String,
    scale: f32,
    left: f32,
    at: (f32, f32),
}

impl Path {
    /// A point of the font, whose y goes upwards.
    fn point(&self, (x, y): (f32, f32)) -> (f32, f32) {
        ((self.left + x * self.scale).round(), (-y * self.scale).round())
    }

    fn step(&mut self, command: char, points: &[(f32, f32)]) {
        let from = if command == 'M' { (0.0, 0.0) } else { self.at };
        self.data.push(command);
        for (count, point) in points.iter().enumerate() {
            let point = self.point(*point);
            self.number(point.0 - from.0, count > 0);
            self.number(point.1 - from.1, true);
            self.at = point;
        }
    }

    /// A number; one that follows another needs something between them.
    fn number(&mut self, number: f32, follows: bool) {
        if follows && number >= 0.0 {
            self.data.push(' ');
        }
        // Not `-0`.
        self.data.push_str(&(number + 0.0).to_string());
    }
}

impl OutlineBuilder for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step('l', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step('q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step('c', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.data.push('z');
    }
}
