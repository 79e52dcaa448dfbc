//! Terminal colours as RGB values.

use ratatui::style::Color;

pub(crate) fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The sixteen named colours: xterm's with less saturation.
const NAMED: [(u8, u8, u8); 16] = [
    (0x1c, 0x1f, 0x26),
    (0xd0, 0x5b, 0x5b),
    (0x6f, 0xa8, 0x6a),
    (0xc9, 0xa2, 0x4d),
    (0x5b, 0x8f, 0xd0),
    (0xa9, 0x75, 0xc4),
    (0x54, 0xa9, 0xad),
    (0xb4, 0xb8, 0xc0),
    (0x6b, 0x70, 0x7a),
    (0xec, 0x7f, 0x7f),
    (0x93, 0xcb, 0x8d),
    (0xe6, 0xc4, 0x75),
    (0x85, 0xb2, 0xec),
    (0xcb, 0x9a, 0xe2),
    (0x7d, 0xcc, 0xd0),
    (0xee, 0xf0, 0xf3),
];

/// Returns the RGB values of a colour.
pub(crate) fn rgb(color: Color, default: (u8, u8, u8)) -> (u8, u8, u8) {
    let named = match color {
        Color::Reset => return default,
        Color::Rgb(red, green, blue) => return (red, green, blue),
        Color::Indexed(index) => return indexed(index),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    NAMED[named]
}

/// Returns one of xterm's 256 colours: the named ones, a cube of six levels, 24 greys.
fn indexed(index: u8) -> (u8, u8, u8) {
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        grey => {
            let value = 8 + (grey - 232) * 10;
            (value, value, value)
        }
    }
}
