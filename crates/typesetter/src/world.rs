//! Environment of Typst: the template, the fonts and the values of one document. Gives Typst no file, package or time.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::fonts::Fonts;

/// Template: the only text that Typst parses.
///
/// The process creates only one `FileId`, because Typst never frees file IDs and panics at the 65,536th ID.
static TEMPLATE: LazyLock<Source> = LazyLock::new(|| {
    let Ok(path) = VirtualPath::new("main.typ") else { unreachable!("the path is a valid constant") };
    let id = FileId::new(RootedPath::new(VirtualRoot::Project, path));
    Source::new(id, include_str!("template.typ").to_owned())
});

/// Environment in which Typst compiles one document.
pub(crate) struct DocumentWorld<'a> {
    library: LazyHash<Library>,
    fonts: &'a Fonts,
}

impl<'a> DocumentWorld<'a> {
    /// Creates the environment of one document. The template reads `values` from `sys.inputs`.
    pub(crate) fn new(values: Dict, fonts: &'a Fonts) -> Self {
        let library = Library::builder().with_inputs(values).build();
        Self { library: LazyHash::new(library), fonts }
    }
}

impl World for DocumentWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        TEMPLATE.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == TEMPLATE.id() { Ok(TEMPLATE.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    // Returns no date, because equal inputs must give equal bytes.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
