//! Text that can be read on the tint of a row: a contrast of at least 4.5:1, as WCAG 2 asks for.

use ratatui::style::{Color, Modifier, Style};

use super::color::{indexed, rgb};

/// The least contrast of text and its background.
const LEAST: f64 = 4.5;
/// Steps of a colour on its way to black or white.
const STEPS: u8 = 20;

const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];

/// Returns a style that can be read. A colour that is too close to its background moves towards black or white. A reversed
/// row has the terminal's own two colours only, because the others may be as dark as its background. `text` is the colour of
/// text without one.
#[must_use]
pub fn readable(style: Style, text: Option<Color>) -> Style {
    if style.add_modifier.contains(Modifier::REVERSED) {
        return Style { fg: Some(Color::Reset), bg: Some(Color::Reset), ..style }.remove_modifier(Modifier::DIM);
    }
    let Some((bg, back)) = style.bg.and_then(|bg| Some((bg, rgb(bg)?))) else { return style };
    let own = style.fg.filter(|fg| *fg != Color::Reset);
    let front = own.or(text).and_then(rgb);
    if front.is_some_and(|front| contrast(front, back) >= LEAST) {
        return style.remove_modifier(Modifier::DIM);
    }
    let end = if contrast(BLACK, back) > contrast(WHITE, back) { BLACK } else { WHITE };
    let mut shades = (1..=STEPS).map(|step| front.map_or(end, |front| mix(front, end, step)));
    let fg = match bg {
        Color::Rgb(..) => {
            let [r, g, b] = shades.find(|shade| contrast(*shade, back) >= LEAST).unwrap_or(end);
            Color::Rgb(r, g, b)
        }
        Color::Indexed(16..) => {
            let mut near = shades.map(|shade| Color::Indexed(indexed(shade)));
            let found = near.find(|shade| rgb(*shade).is_some_and(|shade| contrast(shade, back) >= LEAST));
            found.unwrap_or(Color::Indexed(indexed(end)))
        }
        _ if end == BLACK => Color::Black,
        _ => Color::White,
    };
    style.fg(fg).remove_modifier(Modifier::DIM)
}

/// Moves a colour `step` of [`STEPS`] towards another one.
fn mix(from: [u8; 3], to: [u8; 3], step: u8) -> [u8; 3] {
    let part = |from: u8, to: u8| {
        let sum = u16::from(from) * u16::from(STEPS - step) + u16::from(to) * u16::from(step);
        u8::try_from(sum / u16::from(STEPS)).unwrap_or(to)
    };
    [part(from[0], to[0]), part(from[1], to[1]), part(from[2], to[2])]
}

/// Returns the contrast of two colours, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|level| {
        let level = f64::from(level) / 255.0;
        if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use kuberewind_themes::BUILT_IN;

    use super::super::color::Depth;
    use super::super::roles::Role;
    use super::super::styles::Theme;
    use super::*;

    #[test]
    fn each_role_can_be_read_on_the_selected_row_of_each_theme() {
        let mut measured = 0;
        for (name, _) in BUILT_IN {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
                let theme = Theme::load(name, depth).unwrap();
                let text = theme.style(Role::Text);
                for (role, word, _) in Role::ALL {
                    for row in [Role::Selection, Role::Resting] {
                        let style = readable(text.patch(theme.style(row)).patch(theme.style(*role)), text.fg);
                        let case = format!("{word} on {row:?} of {name} at {depth:?}: {style:?}");
                        if style.add_modifier.contains(Modifier::REVERSED) {
                            assert_eq!((style.fg, style.bg), (Some(Color::Reset), Some(Color::Reset)), "{case}");
                            assert!(!style.add_modifier.contains(Modifier::DIM), "{case}");
                        } else if let Some(back) = style.bg.and_then(rgb) {
                            let front = style.fg.or(text.fg).and_then(rgb).unwrap();
                            assert!(contrast(front, back) >= LEAST, "{case}: {}", contrast(front, back));
                            measured += 1;
                        } else {
                            assert_eq!(row, Role::Resting, "{case}: the selected row has neither colour nor reversal");
                        }
                    }
                }
            }
        }
        assert!(measured > 300, "{measured}");
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 1e-9);
        assert!((contrast([0x77, 0x77, 0x77], WHITE) - 4.48).abs() < 0.01);
        // Text that can be read keeps its colour.
        let style = Style::default().fg(Color::Rgb(0xc9, 0xd1, 0xd9)).bg(Color::Rgb(0x2a, 0x34, 0x41));
        assert_eq!(readable(style, None).fg, style.fg);
    }
}
