//! Colours, and what becomes of them on terminals that have fewer.

use ratatui::style::Color;

use crate::model::{Error, ErrorKind, Result};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: attributes only.
    None,
    /// The sixteen of the terminal's own palette.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

/// The terminal's sixteen as xterm has them.
const ANSI: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// `#rrggbb`, an ANSI name, or a number of the 256; the nearest there is.
pub(super) fn parse(text: &str, depth: Depth) -> Result<Option<Color>> {
    let wrong = || {
        Error::new(ErrorKind::Invalid, format!("{text:?} is no colour")).hint("write #rrggbb, a name such as red, or 0 to 255")
    };
    let color = match text.strip_prefix('#') {
        Some(hex) if hex.len() == 6 => {
            let number = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
            let [_, r, g, b] = number.to_be_bytes();
            Color::Rgb(r, g, b)
        }
        Some(_) => return Err(wrong()),
        None => text.parse::<Color>().map_err(|_| wrong())?,
    };
    Ok(match (color, depth) {
        (_, Depth::None) => None,
        (Color::Rgb(r, g, b), Depth::Indexed) => Some(Color::Indexed(indexed([r, g, b]))),
        (Color::Rgb(r, g, b), Depth::Sixteen) => sixteen([r, g, b]),
        (Color::Indexed(16..), Depth::Sixteen) => None,
        (color, _) => Some(color),
    })
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The nearest of the colour cube (16 to 231) and the greys (232 to 255).
fn indexed(rgb: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let cube = (16..=231u8).map(|index| {
        let at = |step: u8| LEVELS[usize::from((index - 16) / step % 6)];
        (index, [at(36), at(6), at(1)])
    });
    let greys = (232..=255u8).map(|index| (index, [8 + (index - 232) * 10; 3]));
    cube.chain(greys).min_by_key(|(_, color)| distance(*color, rgb)).map_or(7, |(index, _)| index)
}

/// The nearest of the sixteen. A nearly black or white one stays the terminal's own: on its background it would vanish.
fn sixteen(rgb: [u8; 3]) -> Option<Color> {
    let nearest = ANSI.iter().min_by_key(|(_, color)| distance(*color, rgb)).map(|(color, _)| *color);
    nearest.filter(|color| !matches!(color, Color::Black | Color::White | Color::Gray))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_come_down_to_what_the_terminal_has() {
        assert_eq!(parse("#ff0000", Depth::True).unwrap(), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(parse("#ff0000", Depth::Indexed).unwrap(), Some(Color::Indexed(196)));
        assert_eq!(parse("#fe0203", Depth::Sixteen).unwrap(), Some(Color::LightRed));
        assert_eq!(parse("#ff0000", Depth::None).unwrap(), None);
        assert_eq!(parse("#808080", Depth::Indexed).unwrap(), Some(Color::Indexed(244)));
        assert_eq!(parse("yellow", Depth::Sixteen).unwrap(), Some(Color::Yellow));
        assert!(parse("#12345", Depth::True).is_err());
    }
}
