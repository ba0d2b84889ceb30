//! The fonts built into the program, loaded once per process.

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Serif for text, mono for code. Licences lie beside the files.
const FILES: [&[u8]; 6] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../fonts/LibertinusSerif-BoldItalic.otf"),
    include_bytes!("../fonts/DejaVuSansMono.ttf"),
    include_bytes!("../fonts/DejaVuSansMono-Bold.ttf"),
];

/// Parsed fonts and the index by which the engine chooses among them.
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

    /// How many faces there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.faces.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        self.faces.get(index).cloned()
    }
}

impl Default for Fonts {
    fn default() -> Self {
        Self::new()
    }
}
