//! Front matter: keys and values in YAML at the start of a document, between two lines `---`.

/// Front matter of a document. Empty if the document has no front matter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FrontMatter {
    /// Keys and values in the order of the document. The value of a list is one text with commas between the items.
    pub entries: Vec<(String, String)>,
}

impl FrontMatter {
    /// Returns the front matter of a document.
    #[must_use]
    pub fn of(markdown: &str) -> Self {
        split(markdown).0
    }

    /// Returns the value of a key, or `None` if the key is missing or has no value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        entry.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Returns the front matter and the text after the front matter. Ignores a byte order mark.
pub(super) fn split(markdown: &str) -> (FrontMatter, &str) {
    let text = markdown.strip_prefix('\u{FEFF}').unwrap_or(markdown);
    read(text).unwrap_or_else(|| (FrontMatter::default(), text))
}

/// Reads the front matter. Returns `None` if the text starts with other Markdown, for example with a horizontal rule.
fn read(text: &str) -> Option<(FrontMatter, &str)> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut length = first.len();
    for line in lines {
        length += line.len();
        match line.trim_end() {
            "---" | "..." => {
                let entries: Vec<_> =
                    entries.into_iter().map(|entry| (entry.key, entry.parts.join(entry.separator))).collect();
                return (!entries.is_empty()).then_some((FrontMatter { entries }, &text[length..]));
            }
            "" => {}
            line if line.starts_with('#') => {}
            line if line.starts_with([' ', '\t']) || line == "-" || line.starts_with("- ") => {
                entries.last_mut()?.extend(line.trim());
            }
            line => entries.push(Entry::new(line)?),
        }
    }
    None
}

/// Key and the parts of its value.
struct Entry {
    key: String,
    parts: Vec<String>,
    separator: &'static str,
}

impl Entry {
    /// Reads the line `key: value`. Returns `None` for any other line.
    fn new(line: &str) -> Option<Self> {
        let (key, value) = line.split_once(':')?;
        let is_valid = !key.trim().is_empty() && (value.is_empty() || value.starts_with([' ', '\t']));
        let list = value.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        let (parts, separator) = match list {
            Some(list) => (list.split(',').map(unquote).collect(), ", "),
            None => (vec![unquote(value)], " "),
        };
        let parts = parts.into_iter().filter(|part: &String| !is_indicator(part)).collect();
        is_valid.then(|| Self { key: unquote(key), parts, separator })
    }

    /// Adds a further line of the value: an item of a list, or text.
    fn extend(&mut self, line: &str) {
        let item = line.strip_prefix('-').filter(|item| item.is_empty() || item.starts_with(' '));
        if item.is_some() {
            self.separator = ", ";
        }
        self.parts.push(unquote(item.unwrap_or(line)));
    }
}

/// Returns whether a value is empty or a YAML block indicator such as `|` or `>-`. The text is then on the next lines.
fn is_indicator(value: &str) -> bool {
    value.is_empty() || (value.starts_with(['|', '>']) && value.len() <= 3)
}

/// Removes white space and quotation marks around a value, and a comment after a value.
fn unquote(value: &str) -> String {
    let value = value.trim();
    let uncommented = value.split(" #").next().unwrap_or_default().trim_end();
    quoted(value).or_else(|| quoted(uncommented)).unwrap_or_else(|| uncommented.to_owned())
}

/// Returns the text between quotation marks, or `None` if the value has no quotation marks.
fn quoted(value: &str) -> Option<String> {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let double = inner('"').map(|text| text.replace("\\\"", "\""));
    double.or_else(|| inner('\'').map(|text| text.replace("''", "'")))
}
