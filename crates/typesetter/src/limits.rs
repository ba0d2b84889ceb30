//! How large a document may be before it is refused or its parts are simplified.
//!
//! Each number was chosen by measuring where the layout stops being linear: a document that
//! keeps within all of them takes seconds, never minutes, and less than 1 GB.

/// Bytes of Markdown.
pub const MARKDOWN_BYTES: usize = 1024 * 1024;
/// Bytes of the title that are kept; the rest is cut off.
pub const TITLE_BYTES: usize = 500;
/// Bytes of the title that fit into the running head.
pub const HEAD_BYTES: usize = 90;
/// Elements the parser finds: starts, ends and pieces of text. A 100-page book has 11,000.
pub const ELEMENTS: usize = 100_000;
/// Paragraphs, headings, rules, quotes and list items.
pub const BLOCKS: usize = 20_000;
/// Levels of anything within anything.
pub const NESTING: usize = 36;
/// Levels of quotes and lists, and of emphasis and links, that are shown; deeper ones are
/// flattened into the last. The engine gives up at 32 lists.
pub const NESTING_SHOWN: usize = 12;

/// Bytes after which a paragraph is split: the line breaker is quadratic in its length.
pub const PARAGRAPH_BYTES: usize = 16 * 1024;
/// Bytes from which a paragraph is broken line by line and not as a whole.
pub const PARAGRAPH_LONG_BYTES: usize = 3 * 1024;
/// Bytes that an emphasis, link or other element counts within a paragraph.
pub const INLINE_WEIGHT: usize = 48;
/// Bytes of one character with all its accents and joiners; the rest is dropped.
pub const CLUSTER_BYTES: usize = 64;
/// Characters without a space before a break is allowed within them; fewer in a narrow column.
pub const RUN_CHARS: usize = 80;
/// Characters of a word of code that would tear a justified line apart.
pub const RAGGED_CHARS: usize = 30;

/// Lines of code and of literal HTML.
pub const CODE_LINES: usize = 20_000;
/// Lines of one code element; longer blocks are set as several without a gap.
pub const CODE_CHUNK_LINES: usize = 500;
/// Bytes of code that are coloured, in a document. The highlighter does 100 KB/s.
pub const HIGHLIGHT_BYTES: usize = 64 * 1024;
/// Bytes of code that are coloured, in one block.
pub const HIGHLIGHT_BLOCK_BYTES: usize = 32 * 1024;
/// Bytes of a line in a block that is coloured.
pub const HIGHLIGHT_LINE_BYTES: usize = 1000;

/// Cells of all tables together.
pub const TABLE_CELLS: usize = 10_000;
/// Columns of one table.
pub const TABLE_COLUMNS: usize = 64;
/// References to footnotes.
pub const FOOTNOTE_REFERENCES: usize = 1000;
/// Bytes of a link's address; a longer one becomes plain text.
pub const LINK_BYTES: usize = 2000;

/// Places where an image stands.
pub const IMAGES: usize = 50;
/// Bytes of one image file; a larger one becomes a note.
pub const IMAGE_BYTES: usize = 10 * 1024 * 1024;
/// Pixels of one image; a larger one becomes a note, before it is decoded.
pub const IMAGE_PIXELS: u64 = 24_000_000;
/// Pixels of all images together.
pub const IMAGES_PIXELS: u64 = 64_000_000;
/// Bytes of all image files together.
pub const IMAGES_BYTES: usize = 64 * 1024 * 1024;

/// Pages of the result.
pub const PAGES: usize = 1000;
/// Bytes of the result.
pub const PDF_BYTES: usize = 50 * 1024 * 1024;
