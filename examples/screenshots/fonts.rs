//! The fonts of the pictures: Hack (MIT and Bitstream Vera licence), which has nearly all signs that the debugger draws, and Noto
//! Emoji (OFL 1.1) for the rest. Both come from a crate. This repository contains only their outlines in the pictures.

use epaint_default_fonts::{HACK_REGULAR, NOTO_EMOJI_REGULAR};
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_tui::picture::{ADVANCE, Outlines};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// The width of a sign, as a part of its cell.
const SIGN_WIDTH: f32 = 0.85;

#[derive(Debug)]
pub struct Fonts {
    /// Monospaced.
    letters: Face<'static>,
    /// For characters that `letters` does not have.
    signs: Face<'static>,
}

/// Loads the fonts. They are never freed.
///
/// # Errors
/// When a font cannot be parsed.
pub fn fonts() -> Result<&'static Fonts> {
    let read = |font| {
        Face::parse(font, 0).map_err(|error| Error::new(ErrorKind::Invalid, "cannot parse a font of the pictures").because(error))
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
        // Noto Emoji has only one of the two pencils.
        let glyph = self.signs.glyph_index(if character == '✎' { '✏' } else { character })?;
        let bounds = self.signs.glyph_bounding_box(glyph)?;
        let scale = cell * SIGN_WIDTH / f32::from(bounds.width());
        // Centred in its cell.
        outline(&self.signs, glyph, scale, cell * (1.0 - SIGN_WIDTH) / 2.0 - f32::from(bounds.x_min) * scale)
    }
}

fn outline(face: &Face<'_>, glyph: GlyphId, scale: f32, left: f32) -> Option<String> {
    let mut path = Path { data: String::new(), scale, left, at: (0.0, 0.0) };
    face.outline_glyph(glyph, &mut path)?;
    Some(path.data)
}

/// Path data with relative coordinates in whole units, which are shorter than absolute ones. Each absolute end point is rounded, so
/// rounding errors do not accumulate.
struct Path {
    data: String,
    scale: f32,
    left: f32,
    at: (f32, f32),
}

impl Path {
    /// Converts a point of the font, whose y axis points upwards.
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

    /// Appends a number, after a space if it follows another number and has no sign.
    fn number(&mut self, number: f32, follows: bool) {
        if follows && number >= 0.0 {
            self.data.push(' ');
        }
        // Adding zero turns `-0` into `0`.
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
