//! Tokenizer for Rust source: code, comments and literals.

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use regex::Regex;

/// Kind of a part of a Rust source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Code,
    Comment,
    Literal,
}

/// Returns the root folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the path of every file below a folder, relative to the project root. Skips build output.
pub fn files(folder: &str) -> Vec<String> {
    const SKIPPED: [&str; 3] = [".git", "node_modules", "target"];
    let (mut files, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            let is_skipped = path.file_name().is_some_and(|name| SKIPPED.iter().any(|skipped| name == *skipped));
            if !path.is_dir() {
                files.push(relative(&path));
            } else if !is_skipped {
                folders.push(path);
            }
        }
    }
    files.sort();
    files
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Returns whether a path has this extension. The comparison is case-sensitive.
pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Returns the text of every Rust file below a folder. Each map key is a path relative to the project root.
pub fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let paths = files(folder).into_iter().filter(|path| has_extension(path, "rs"));
    paths.map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap())).collect()
}

/// Splits a source file into code, comments and literals, in the order of the file.
pub fn parts(source: &str) -> Vec<(Part, &str)> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        let comment = r"//[^\n]*|/\*.*?\*/";
        let string = r###"b?r##".*?"##|b?r#".*?"#|b?r"[^"]*"|b?"(?:\\.|[^"\\])*""###;
        let char = r"b?'(?:\\[^\n]{1,10}?|[^'\\\n])'";
        Regex::new(&format!("(?s){comment}|{string}|{char}")).unwrap()
    });
    let (mut parts, mut end) = (Vec::new(), 0);
    for token in TOKEN.find_iter(source) {
        parts.push((Part::Code, &source[end..token.start()]));
        let is_comment = token.as_str().starts_with("//") || token.as_str().starts_with("/*");
        parts.push((if is_comment { Part::Comment } else { Part::Literal }, token.as_str()));
        end = token.end();
    }
    parts.push((Part::Code, &source[end..]));
    parts
}
