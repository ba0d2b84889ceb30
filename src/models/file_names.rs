//! Cleans file names: removes paths and control characters, and limits the length.

use unicode_segmentation::UnicodeSegmentation;

/// Maximum length of a file name, in bytes. Most file systems have this limit.
pub const MAX_BYTES: usize = 255;
/// Maximum length of an extension with its dot, in bytes. A longer text after the last dot is no extension.
const MAX_EXTENSION_BYTES: usize = 32;
/// Name that replaces an empty or unusable name.
const UNNAMED: &str = "file";

/// Returns the last part of a path without control characters, shortened to the maximum length. Returns `file` if the
/// part is empty or consists only of dots and spaces.
#[must_use]
pub fn from_path(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).collect();
    if clean.chars().all(|c| c == '.' || c.is_whitespace()) {
        return UNNAMED.to_owned();
    }
    shortened(clean.trim())
}

/// Shortens a name to the maximum length. Keeps the extension, and never splits a grapheme cluster, such as an emoji of
/// several characters.
#[must_use]
pub fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split_extension(name);
    let ends = stem.grapheme_indices(true).map(|(start, cluster)| start + cluster.len());
    let end = ends.take_while(|end| end + extension.len() <= MAX_BYTES).last().unwrap_or_default();
    let stem = match stem[..end].trim_end() {
        "" => UNNAMED,
        stem => stem,
    };
    format!("{stem}{extension}")
}

/// Splits a name before the dot of its extension. The extension may be empty.
fn split_extension(name: &str) -> (&str, &str) {
    let dot = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= MAX_EXTENSION_BYTES);
    name.split_at(dot.unwrap_or(name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_path_keeps_the_last_part_without_control_characters() {
        let table = [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\photo.png", "photo.png"),
            ("a\r\nSet-Cookie: b\0.png", "aSet-Cookie: b.png"),
            (".gitignore", ".gitignore"),
            (" notes of Ada Inc. ", "notes of Ada Inc."),
            ("..", "file"),
            (". .", "file"),
            ("  ", "file"),
            ("", "file"),
        ];
        for (path, expected) in table {
            assert_eq!(from_path(path), expected, "{path:?}");
        }
    }

    #[test]
    fn shortened_keeps_the_extension_and_whole_grapheme_clusters() {
        let cjk = "\u{6587}";
        // Emoji of a family of four: seven code points with 25 bytes that are displayed as one character.
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}";
        let e_acute = "e\u{301}";
        let table = [
            (format!("{}.txt", cjk.repeat(83)), format!("{}.txt", cjk.repeat(83))),
            (format!("{}.txt", cjk.repeat(90)), format!("{}.txt", cjk.repeat(83))),
            (cjk.repeat(90), cjk.repeat(85)),
            (format!("{}.png", family.repeat(11)), format!("{}.png", family.repeat(10))),
            (format!("x{}.jpeg", e_acute.repeat(100)), format!("x{}.jpeg", e_acute.repeat(83))),
            (format!("{} {}.txt", "n".repeat(250), "n".repeat(50)), format!("{}.txt", "n".repeat(250))),
            (format!("{}.{}", "n".repeat(250), "x".repeat(60)), format!("{}.xxxx", "n".repeat(250))),
            (format!(".{}", "n".repeat(300)), format!(".{}", "n".repeat(254))),
            (format!("a{}.txt", "\u{301}".repeat(200)), "file.txt".to_owned()),
        ];
        for (name, expected) in table {
            assert_eq!(shortened(&name), expected, "{name}");
            assert!(expected.len() <= MAX_BYTES, "{expected}");
        }
    }
}
