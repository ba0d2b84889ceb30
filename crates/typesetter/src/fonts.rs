//! Fonts that are built into the binary and loaded once per process.

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Font files: a serif font for text and a monospace font for code. The folder `fonts` contains the licences.
const FILES: [&[u8]; 6] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../fonts/LibertinusSerif-BoldItalic.otf"),
    include_bytes!("../fonts/DejaVuSansMono.ttf"),
    include_bytes!("../fonts/DejaVuSansMono-Bold.ttf"),
];

/// Parsed fonts, and the index in which Typst searches for a font.
pub struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    faces: Vec<Font>,
}

impl Fonts {
    /// Parses the built-in fonts. Reads no file.
    #[must_use]
    pub fn new() -> Self {
        let faces: Vec<Font> = FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect();
        Self { book: LazyHash::new(FontBook::from_fonts(&faces)), faces }
    }

    /// Returns the number of font faces.
    #[must_use]
    pub fn count(&self) -> usize {
        self.faces.len()
    }

    /// Returns the font face at `index` in the font book, or `None` if the font book has no such index.
    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }
}

impl Default for Fonts {
    fn default() -> Self {
        Self::new()
    }
}
