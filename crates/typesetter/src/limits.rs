//! Limits on a document. Beyond them it is rejected, or parts of it are simplified.
//!
//! Measurements show that the layout takes linear time within the limits. A document within all of them
//! takes seconds and less than 1 GB of memory.

/// Bytes of Markdown.
pub const MARKDOWN_BYTES: usize = 1024 * 1024;
/// Bytes of the title. A longer title is truncated.
pub const TITLE_BYTES: usize = 500;
/// Bytes of the title in the running head. A longer title is truncated there.
pub const RUNNING_HEAD_BYTES: usize = 90;
/// Events of the Markdown parser: starts, ends and pieces of text. A book of 100 pages has 11,000.
pub const ELEMENTS: usize = 100_000;
/// Paragraphs, headings, rules, quotes and list items.
pub const BLOCKS: usize = 20_000;
/// Levels of nested elements of any kind.
pub const NESTING: usize = 36;
/// Visible levels of quotes and lists, and of emphasis and links. Deeper levels are flattened into the
/// last visible one, because Typst fails at 32 nested lists.
pub const NESTING_SHOWN: usize = 12;

/// Weight of a paragraph in bytes beyond which it is split, because the line breaker takes quadratic time.
pub const PARAGRAPH_BYTES: usize = 16 * 1024;
/// Weight of a paragraph in bytes beyond which its lines are broken one by one.
pub const PARAGRAPH_LONG_BYTES: usize = 3 * 1024;
/// Weight in bytes of an emphasis, a link or another inline element within a paragraph.
pub const INLINE_WEIGHT: usize = 48;
/// Bytes of one grapheme cluster with all its accents and joiners. The rest is dropped.
pub const CLUSTER_BYTES: usize = 64;
/// Characters without a space before a break is permitted. Narrow columns permit fewer.
pub const RUN_CHARS: usize = 80;
/// Characters of a word of code beyond which its paragraph is not justified.
pub const RAGGED_CHARS: usize = 30;

/// Lines of code and of literal HTML.
pub const CODE_LINES: usize = 20_000;
/// Lines of one code element. Longer blocks become several elements without a gap.
pub const CODE_CHUNK_LINES: usize = 500;
/// Bytes of highlighted code in a document. The highlighter processes 100 KB/s.
pub const HIGHLIGHT_BYTES: usize = 64 * 1024;
/// Bytes of highlighted code in one block.
pub const HIGHLIGHT_BLOCK_BYTES: usize = 32 * 1024;
/// Bytes of one line in a highlighted block.
pub const HIGHLIGHT_LINE_BYTES: usize = 1000;

/// Cells of all tables together.
pub const TABLE_CELLS: usize = 10_000;
/// Columns of one table.
pub const TABLE_COLUMNS: usize = 64;
/// References to footnotes.
pub const FOOTNOTE_REFERENCES: usize = 1000;
/// Bytes of a link's URL. A link with a longer URL becomes plain text.
pub const LINK_BYTES: usize = 2000;

/// References to images.
pub const IMAGES: usize = 50;
/// Bytes of one image file. A larger image becomes a note.
pub const IMAGE_BYTES: usize = 10 * 1024 * 1024;
/// Pixels of one image. A larger image is not decoded and becomes a note.
pub const IMAGE_PIXELS: u64 = 24_000_000;
/// Pixels of all images together.
pub const IMAGES_PIXELS: u64 = 64_000_000;
/// Bytes of all image files together.
pub const IMAGES_BYTES: usize = 64 * 1024 * 1024;

/// Pages of the PDF.
pub const PAGES: usize = 1000;
/// Bytes of the PDF.
pub const PDF_BYTES: usize = 50 * 1024 * 1024;
