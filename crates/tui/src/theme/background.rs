//! The brightness of the terminal's background.

/// The brightness of the terminal's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

impl Background {
    /// The background of a colour in a terminal's reply, such as `rgb:1e1e/1e1e/2e2e` or `rgba:ff/ff/ff/ff`: one to four hexadecimal
    /// digits for each component (XParseColor).
    #[must_use]
    pub fn of_color(text: &str) -> Option<Background> {
        let components = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
        let parsed: Option<Vec<f64>> = components.split('/').map(component).collect();
        let [red, green, blue, ..] = *parsed? else { return None };
        // Luma of ITU-R BT.601: green looks brightest.
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        Some(if luma > 0.5 { Background::Light } else { Background::Dark })
    }
}

/// A component from 0 to 1.
fn component(digits: &str) -> Option<f64> {
    let most = match digits.len() {
        1 => 0xf,
        2 => 0xff,
        3 => 0xfff,
        4 => 0xffff,
        _ => return None,
    };
    u16::from_str_radix(digits, 16).ok().map(|value| f64::from(value) / f64::from(most))
}

#[cfg(test)]
mod tests {
    use super::Background;

    #[test]
    fn colors_are_dark_or_light() {
        let of = Background::of_color;
        assert_eq!(of("rgb:1e1e/1e1e/2e2e"), Some(Background::Dark));
        assert_eq!(of("rgb:ffff/ffff/ffff"), Some(Background::Light));
        assert_eq!(of("rgb:fd/f6/e3"), Some(Background::Light));
        assert_eq!(of("rgba:00/2b/36/ff"), Some(Background::Dark));
        assert_eq!(of("rgb:0/f/0"), Some(Background::Light), "green is bright");
        assert_eq!(of("rgb:0/0/f"), Some(Background::Dark), "blue is dark");
        for nonsense in ["", "rgb:", "rgb:1/2", "rgb:12345/0/0", "rgb:x/y/z", "#ffffff"] {
            assert_eq!(of(nonsense), None, "{nonsense}");
        }
    }
}
