//! Forms of a resource's name, and validation of names.

use cruet::Inflector;

/// Reserved words of Rust, including reserved words of later editions.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Columns that the generator adds to every table.
const GENERATED_COLUMNS: [&str; 5] = ["id", "pid", "user_id", "created_at", "updated_at"];
/// Maximum length of a name in bytes. Index names contain two names and have at most 63 bytes in PostgreSQL.
const MAX_LENGTH: usize = 26;

/// Forms of a resource's name.
pub struct Names {
    /// Name of the table, the modules and the URL path: `line_items`.
    pub plural: String,
    /// Name of variables and operation IDs: `line_item`.
    pub singular: String,
    /// Name of the types of one resource: `LineItem`.
    pub type_name: String,
    /// Name of the entity in the prelude: `LineItems`.
    pub type_plural: String,
    /// Plural inside a sentence: `line items`.
    pub label_plural: String,
    /// Plural at the start of a sentence: `Line items`.
    pub title_plural: String,
    /// Singular inside a sentence: `line item`.
    pub label: String,
}

impl Names {
    /// Derives all forms of a name. Accepts a singular or plural name in snake case or camel case.
    ///
    /// # Errors
    /// Returns the reason if the plural or the singular is invalid.
    pub fn parse(name: &str) -> Result<Self, String> {
        let snake = snake_case(name);
        let (plural, singular) = (snake.to_plural(), snake.to_singular());
        validate(&plural)?;
        validate(&singular)?;
        let label_plural = plural.replace('_', " ");
        Ok(Self {
            type_name: pascal_case(&singular),
            type_plural: pascal_case(&plural),
            title_plural: capitalize(&label_plural),
            label: singular.replace('_', " "),
            label_plural,
            plural,
            singular,
        })
    }
}

/// Converts a name to snake case: `InProgress` becomes `in_progress`.
///
/// Returns a name unchanged if it contains characters other than ASCII letters and digits. The validation can then
/// reject the invalid characters.
pub fn snake_case(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric()) { name.to_snake_case() } else { name.to_owned() }
}

/// Converts `in_progress` to `InProgress`.
pub fn pascal_case(snake: &str) -> String {
    snake.split('_').map(capitalize).collect()
}

/// Converts the first character to upper case.
pub fn capitalize(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Checks that a name is valid for a module, table, column and variable.
///
/// # Errors
/// Returns the reason why the name is invalid.
pub fn validate(name: &str) -> Result<(), String> {
    validate_identifier(name)?;
    if name.len() > MAX_LENGTH {
        return Err(format!("{name}: a name must have at most {MAX_LENGTH} characters"));
    }
    Ok(())
}

/// Checks that a name is valid for a module and a function.
///
/// # Errors
/// Returns the reason why the name is invalid.
pub fn validate_identifier(name: &str) -> Result<(), String> {
    validate_characters(name)?;
    if KEYWORDS.contains(&name) {
        return Err(format!("{name}: is a reserved word of Rust; use another name"));
    }
    Ok(())
}

/// Checks that a name consists of lowercase words.
///
/// # Errors
/// Returns the reason why the name is invalid.
pub fn validate_characters(name: &str) -> Result<(), String> {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('_').all(is_word) {
        return Ok(());
    }
    Err(format!("{name}: a name must be lowercase words of characters and digits, separated by `_`"))
}

/// Checks that field names are valid, unique and different from the names of generated columns.
///
/// # Errors
/// Returns the reason why the first invalid name is invalid.
pub fn validate_fields(fields: &[(String, String)]) -> Result<(), String> {
    for (index, (name, _)) in fields.iter().enumerate() {
        validate(name)?;
        if GENERATED_COLUMNS.contains(&name.as_str()) {
            return Err(format!("{name}: every resource has this column already; omit the field"));
        }
        if fields[..index].iter().any(|(other, _)| other == name) {
            return Err(format!("{name}: is a duplicate field name"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_when_parsed_from_any_form() {
        for name in ["line_items", "line_item", "LineItem", "LineItems"] {
            let names = Names::parse(name).unwrap();
            assert_eq!((names.plural.as_str(), names.singular.as_str()), ("line_items", "line_item"), "{name}");
            assert_eq!((names.type_name.as_str(), names.title_plural.as_str()), ("LineItem", "Line items"), "{name}");
        }
    }
}
