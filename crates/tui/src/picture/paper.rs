//! The default colours and the font of a picture.

/// The width of a cell in the units of [`Outlines`], which are hundredths of SVG units.
pub const ADVANCE: u16 = 900;

/// A monospaced font.
pub trait Outlines: std::fmt::Debug + Sync {
    /// Returns a character's outline as SVG path data, [`ADVANCE`] wide, with the origin at the left end of the baseline and y
    /// downwards. Returns `None` if the font does not have the character.
    fn outline(&self, character: char) -> Option<String>;
}

/// The terminal's default colours and the font.
#[derive(Debug, Clone, Copy)]
pub struct Paper {
    /// Default text colour.
    pub ink: (u8, u8, u8),
    /// Default background.
    pub page: (u8, u8, u8),
    /// The font of the letters. Without a font, letters are text elements. So are characters that the font does not have.
    pub outlines: Option<&'static dyn Outlines>,
}

impl Paper {
    /// A dark terminal.
    pub const DARK: Paper = Paper { ink: (0xd4, 0xd7, 0xdd), page: (0x16, 0x19, 0x1f), outlines: None };
    /// A light terminal.
    pub const LIGHT: Paper = Paper { ink: (0x24, 0x29, 0x30), page: (0xfb, 0xfb, 0xf9), outlines: None };

    #[must_use]
    pub fn with_outlines(self, outlines: &'static dyn Outlines) -> Paper {
        Paper { outlines: Some(outlines), ..self }
    }
}
