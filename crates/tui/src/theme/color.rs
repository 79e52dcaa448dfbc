//! Colours, and their nearest match on terminals with fewer colours.

use ratatui::style::Color;
use serde::Deserialize;

use kuberewind_model::{Error, ErrorKind, Result};

/// The number of colours that the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Depth {
    /// Attributes only.
    #[serde(rename = "none")]
    None,
    /// The sixteen colours of the terminal's palette.
    #[serde(rename = "16")]
    Sixteen,
    /// The 256 of xterm.
    #[serde(rename = "256")]
    Indexed,
    /// 24 bits.
    #[serde(rename = "truecolor")]
    True,
}

/// Parses `#rrggbb`, an ANSI name or a number from 0 to 255, and returns the nearest colour that the terminal shows.
pub(super) fn parse(text: &str, depth: Depth) -> Result<Option<Color>> {
    let wrong = || {
        Error::new(ErrorKind::Invalid, format!("{text:?} is not a colour")).hint("write #rrggbb, a name such as red, or 0 to 255")
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
        (Color::Indexed(index @ 16..), Depth::Sixteen) => sixteen(of_index(index)),
        (color, _) => Some(color),
    })
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// The levels of the colour cube.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Returns xterm's colour for an index from 16: the colour cube up to 231, then greys.
fn of_index(index: u8) -> [u8; 3] {
    match index {
        ..=231 => {
            let at = |step: u8| LEVELS[usize::from(index.saturating_sub(16) / step % 6)];
            [at(36), at(6), at(1)]
        }
        grey => [8 + (grey - 232) * 10; 3],
    }
}

/// Returns the levels of a colour; of the first sixteen, those of xterm. `None` for the terminal's own colours.
pub(super) fn rgb(color: Color) -> Option<[u8; 3]> {
    Some(match color {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(index @ 16..) => of_index(index),
        Color::Black | Color::Indexed(0) => [0, 0, 0],
        Color::Red | Color::Indexed(1) => [205, 0, 0],
        Color::Green | Color::Indexed(2) => [0, 205, 0],
        Color::Yellow | Color::Indexed(3) => [205, 205, 0],
        Color::Blue | Color::Indexed(4) => [0, 0, 238],
        Color::Magenta | Color::Indexed(5) => [205, 0, 205],
        Color::Cyan | Color::Indexed(6) => [0, 205, 205],
        Color::Gray | Color::Indexed(7) => [229, 229, 229],
        Color::DarkGray | Color::Indexed(8) => [127, 127, 127],
        Color::LightRed | Color::Indexed(9) => [255, 0, 0],
        Color::LightGreen | Color::Indexed(10) => [0, 255, 0],
        Color::LightYellow | Color::Indexed(11) => [255, 255, 0],
        Color::LightBlue | Color::Indexed(12) => [92, 92, 255],
        Color::LightMagenta | Color::Indexed(13) => [255, 0, 255],
        Color::LightCyan | Color::Indexed(14) => [0, 255, 255],
        Color::White | Color::Indexed(15) => [255, 255, 255],
        Color::Reset => return None,
    })
}

/// Returns the nearest index from 16. The first sixteen colours differ between terminals.
pub(super) fn indexed(rgb: [u8; 3]) -> u8 {
    (16..=255u8).min_by_key(|index| distance(of_index(*index), rgb)).unwrap_or(7)
}

/// Returns the nearest of the sixteen colours by hue: by RGB distance, a pale red would become yellow. Returns `None`, the
/// terminal's default, for a colour near black or white, which could be invisible on the background.
fn sixteen([r, g, b]: [u8; 3]) -> Option<Color> {
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    if max - min < 48 {
        return (48..=200).contains(&max).then_some(Color::DarkGray);
    }
    let [dark, bright] = match hue([r, g, b]) {
        20..75 => [Color::Yellow, Color::LightYellow],
        75..165 => [Color::Green, Color::LightGreen],
        165..200 => [Color::Cyan, Color::LightCyan],
        200..260 => [Color::Blue, Color::LightBlue],
        260..330 => [Color::Magenta, Color::LightMagenta],
        _ => [Color::Red, Color::LightRed],
    };
    match max {
        ..64 => None,
        64..200 => Some(dark),
        200.. => Some(bright),
    }
}

/// Returns the hue in degrees: 0 is red, 120 green, 240 blue.
fn hue([r, g, b]: [u8; 3]) -> i32 {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let max = r.max(g).max(b);
    let range = (max - r.min(g).min(b)).max(1);
    let degrees = if max == r {
        60 * (g - b) / range
    } else if max == g {
        120 + 60 * (b - r) / range
    } else {
        240 + 60 * (r - g) / range
    };
    degrees.rem_euclid(360)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_reduced_to_the_depth_of_the_terminal() {
        assert_eq!(parse("#ff0000", Depth::True).unwrap(), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(parse("#ff0000", Depth::Indexed).unwrap(), Some(Color::Indexed(196)));
        assert_eq!(parse("#fe0203", Depth::Sixteen).unwrap(), Some(Color::LightRed));
        assert_eq!(parse("#ff0000", Depth::None).unwrap(), None);
        assert_eq!(parse("#808080", Depth::Indexed).unwrap(), Some(Color::Indexed(244)));
        assert_eq!(parse("yellow", Depth::Sixteen).unwrap(), Some(Color::Yellow));
        assert_eq!(parse("196", Depth::Sixteen).unwrap(), Some(Color::LightRed));
        assert!(parse("#12345", Depth::True).is_err());
    }

    #[test]
    fn sixteen_colours_are_matched_by_hue() {
        for (hex, is) in [
            ("#ffa198", Some(Color::LightRed)),
            ("#7ee787", Some(Color::LightGreen)),
            ("#e3b341", Some(Color::LightYellow)),
            ("#79c0ff", Some(Color::LightBlue)),
            ("#d2a8ff", Some(Color::LightMagenta)),
            ("#116329", Some(Color::Green)),
            ("#0550ae", Some(Color::Blue)),
            ("#8b949e", Some(Color::DarkGray)),
            // Near the colour of a dark or a light background.
            ("#c9d1d9", None),
            ("#12261e", None),
        ] {
            assert_eq!(parse(hex, Depth::Sixteen).unwrap(), is, "{hex}");
        }
    }
}
