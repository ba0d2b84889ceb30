//! Limits on a document. A document that exceeds a limit is rejected or simplified.
//!
//! Measurements show that the layout takes linear time for documents within the limits. Typesetting such a document
//! takes seconds and uses less than 1 GB of memory.

/// Maximum length of the Markdown text, in bytes.
pub const MARKDOWN_BYTES: usize = 1024 * 1024;
/// Maximum length of the title, in bytes. A longer title is truncated.
pub const TITLE_BYTES: usize = 500;
/// Maximum length of the title in the running head, in bytes. A longer title is truncated in the running head.
pub const RUNNING_HEAD_BYTES: usize = 90;
/// Maximum number of events of the Markdown parser: starts, ends and pieces of text. A book of 100 pages has 11,000
/// events.
pub const ELEMENTS: usize = 100_000;
/// Maximum number of blocks: paragraphs, headings, horizontal rules, quotes, code blocks and list items.
pub const BLOCKS: usize = 20_000;
/// Maximum number of levels of nested elements of any kind.
pub const NESTING: usize = 36;
/// Maximum number of visible levels of nesting. Blocks (quotes, lists) and inlines (styles, links) are counted
/// separately.
///
/// Deeper levels are shown at the last visible level, because Typst fails at 32 nested lists.
pub const NESTING_SHOWN: usize = 12;

/// Maximum weight of a paragraph, in bytes: the length of the text plus a weight for each inline element.
///
/// A heavier paragraph is split, because line breaking takes quadratic time.
pub const PARAGRAPH_BYTES: usize = 16 * 1024;
/// Maximum weight of a paragraph whose line breaks are optimized together, in bytes. In a heavier
/// paragraph, each line is broken separately.
pub const PARAGRAPH_LONG_BYTES: usize = 3 * 1024;
/// Number of bytes that each inline element, such as an emphasis or a link, adds to the weight of its paragraph.
pub const INLINE_WEIGHT: usize = 48;
/// Maximum length of one grapheme cluster with its accents and joiners, in bytes. Further bytes are dropped.
pub const CLUSTER_BYTES: usize = 64;
/// Maximum length of a word without a possible line break, in characters. The sanitizer adds possible line breaks to a
/// longer word. Narrow table columns have a lower maximum.
pub const RUN_CHARS: usize = 40;
/// Maximum length of a URL or of a word of inline code in a justified paragraph, in bytes. A paragraph with a longer
/// URL or a longer word of inline code is not justified.
pub const RAGGED_CHARS: usize = 30;

/// Maximum number of lines in all code blocks and HTML blocks together.
pub const CODE_LINES: usize = 20_000;
/// Maximum number of lines of one Typst code element. A longer code block becomes several code elements without a
/// visible gap.
pub const CODE_CHUNK_LINES: usize = 500;
/// Maximum length of all highlighted code of a document, in bytes. A block that would exceed this length is not
/// highlighted, because the highlighter processes only 100 KB/s.
pub const HIGHLIGHT_BYTES: usize = 64 * 1024;
/// Maximum length of a highlighted block of code, in bytes. A longer block is not highlighted.
pub const HIGHLIGHT_BLOCK_BYTES: usize = 32 * 1024;
/// Maximum length of a line in a highlighted block, in bytes. A block with a longer line is not highlighted.
pub const HIGHLIGHT_LINE_BYTES: usize = 1000;

/// Maximum number of cells of all tables together.
pub const TABLE_CELLS: usize = 10_000;
/// Maximum number of columns of one table.
pub const TABLE_COLUMNS: usize = 64;
/// Maximum number of references to footnotes.
pub const FOOTNOTE_REFERENCES: usize = 1000;
/// Maximum length of the URL of a link, in bytes. A link with a longer URL becomes plain text.
pub const LINK_BYTES: usize = 2000;

/// Maximum number of references to images.
pub const IMAGES: usize = 50;
/// Maximum size of one image file, in bytes. A note replaces a larger image.
pub const IMAGE_BYTES: usize = 10 * 1024 * 1024;
/// Maximum number of pixels of one image. A larger image is not decoded, and a note replaces the image.
pub const IMAGE_PIXELS: u64 = 24_000_000;
/// Maximum number of pixels of all images together.
pub const IMAGES_PIXELS: u64 = 64_000_000;
/// Maximum size of all image files together, in bytes.
pub const IMAGES_BYTES: usize = 64 * 1024 * 1024;

/// Maximum number of pages of the PDF.
pub const PAGES: usize = 1000;
/// Maximum size of the PDF, in bytes.
pub const PDF_BYTES: usize = 50 * 1024 * 1024;
