//! The names of a resource in each of their forms, and which names can be taken.

use cruet::Inflector;

/// Words that Rust keeps for itself; those of later editions too.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Columns that every resource has.
const OWN: [&str; 5] = ["id", "pid", "user_id", "created_at", "updated_at"];
/// Characters of a name at most: PostgreSQL's names of indexes hold two of them and some more.
const MAX_LENGTH: usize = 26;

/// The forms of a resource's name.
pub struct Names {
    /// `line_items`: the table, the modules, the path.
    pub plural: String,
    /// `line_item`.
    pub singular: String,
    /// `LineItem`.
    pub type_name: String,
    /// `LineItems`.
    pub type_plural: String,
    /// `line items`.
    pub things: String,
    /// `Line items`.
    pub things_title: String,
    /// `line item`.
    pub thing: String,
}

impl Names {
    /// The forms of a name that may be given in any of them.
    pub fn of(name: &str) -> Result<Self, String> {
        let snake = if name.contains('_') { name.to_owned() } else { name.to_snake_case() };
        let (plural, singular) = (snake.to_plural(), snake.to_singular());
        check(&plural)?;
        check(&singular)?;
        let things = plural.replace('_', " ");
        Ok(Self {
            type_name: pascal(&singular),
            type_plural: pascal(&plural),
            things_title: title(&things),
            thing: singular.replace('_', " "),
            things,
            plural,
            singular,
        })
    }
}

/// `in_progress` as `InProgress`.
pub fn pascal(snake: &str) -> String {
    snake.split('_').map(title).collect()
}

fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Holds a name to what a module, a table, a column and a variant can be called.
///
/// # Errors
/// What is wrong with it.
pub fn check(name: &str) -> Result<(), String> {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.split('_').all(plain) {
        return Err(format!("{name}: a name has small letters and digits, with single `_` between words"));
    }
    if name.len() > MAX_LENGTH {
        return Err(format!("{name}: a name has at most {MAX_LENGTH} characters"));
    }
    if KEYWORDS.contains(&name) {
        return Err(format!("{name}: is a word of Rust"));
    }
    Ok(())
}

/// Holds fields' names to the same, and each to another.
pub fn check_fields(fields: &[(String, String)]) -> Result<(), String> {
    for (at, (name, _)) in fields.iter().enumerate() {
        check(name)?;
        if OWN.contains(&name.as_str()) {
            return Err(format!("{name}: is written by itself"));
        }
        if fields[..at].iter().any(|(other, _)| other == name) {
            return Err(format!("{name}: stands twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_forms_in_whichever_it_is_given() {
        for name in ["line_items", "line_item", "LineItem", "LineItems"] {
            let names = Names::of(name).unwrap();
            assert_eq!((names.plural.as_str(), names.singular.as_str()), ("line_items", "line_item"), "{name}");
            assert_eq!((names.type_name.as_str(), names.things_title.as_str()), ("LineItem", "Line items"), "{name}");
        }
    }
}
