//! Template variables of a resource.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    field::{self, Field},
    names::Names,
    test_bodies,
};

/// Maximum number of `bool` fields that `clippy::struct_excessive_bools` permits in a struct.
const MAX_BOOLS: usize = 3;

/// Returns all template variables. The variables `name`, `ts`, `columns` and `references` have the same names as in
/// Loco's own templates.
pub fn template_variables(names: &Names, fields: &[Field], crate_name: &str, now: DateTime<Utc>) -> Value {
    let (references, scalars): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| field.target.is_some());
    let has_references = !references.is_empty();
    json!({
        "name": names.plural,
        "ts": now,
        "columns": scalars.iter().map(|field| (&field.name, &field.loco_type)).collect::<Vec<_>>(),
        "references": references.iter().map(|field| field.loco_reference()).collect::<Vec<_>>(),
        "pkg_name": crate_name,
        "plural": names.plural,
        "singular": names.singular,
        "type_name": names.type_name,
        "type_plural": names.type_plural,
        "label": names.label,
        "label_plural": names.label_plural,
        "title_plural": names.title_plural,
        "fields": fields.iter().map(Field::context).collect::<Vec<_>>(),
        "large_fields": field_names(fields, |field| field.large),
        "unique_fields": field_names(fields, |field| field.unique),
        "views": views(names, fields),
        "targets": targets(fields),
        "enum_types": fields.iter().filter_map(|field| field.enum_type.as_deref()).collect::<Vec<_>>(),
        "has_float": fields.iter().any(Field::is_float),
        "has_many_bools": fields.iter().filter(|field| field.is_bool() && !field.nullable).count() > MAX_BOOLS,
        "imports": field::imports(fields),
        "max_request_kib": fields.iter().map(Field::max_request_bytes).sum::<u64>().div_ceil(64 * 1024) * 64,
        "test_values": test_bodies::context(fields),
        "first_body": body_call("first_body", "ada", has_references),
        "second_body": body_call("second_body", "ada", has_references),
        "first_body_of_eve": body_call("first_body", "eve", has_references),
        "second_body_of_eve": body_call("second_body", "eve", has_references),
        "reference_redactions": reference_redactions(&references, ""),
        "item_reference_redactions": reference_redactions(&references, ".items[]"),
    })
}

fn field_names(fields: &[Field], includes: impl Fn(&Field) -> bool) -> Vec<&str> {
    fields.iter().filter(|field| includes(field)).map(|field| field.name.as_str()).collect()
}

/// Returns the view of a row. If a column may be large, also returns the view of a list item.
fn views(names: &Names, fields: &[Field]) -> Value {
    let view = |suffix: &str, row: &str, fields: &mut dyn Iterator<Item = &Field>| {
        let fields: Vec<_> = fields.map(Field::context).collect();
        json!({ "type": format!("{}{suffix}", names.type_name), "row": row, "fields": fields })
    };
    let mut views = vec![view("View", "Model", &mut fields.iter())];
    if fields.iter().any(|field| field.large) {
        views.push(view("Summary", "Summary", &mut fields.iter().filter(|field| !field.large)));
    }
    json!(views)
}

/// Returns a Rust call of `function`, which builds a request body in the generated tests.
///
/// If the resource has references, `function` is asynchronous, because it creates the referenced rows.
fn body_call(function: &str, user: &str, has_references: bool) -> String {
    if has_references { format!("{function}(&app, &{user}).await") } else { format!("{function}()") }
}

/// Returns Rust code that redacts the IDs of referenced rows in `assert_json_snapshot!`.
///
/// `parent` is the path of the row in the JSON response: `.items[]` in a list, otherwise empty.
fn reference_redactions(references: &[&Field], parent: &str) -> String {
    let entries: Vec<_> =
        references.iter().map(|field| format!(", \"{parent}.{}\" => redactions::id()", field.name)).collect();
    entries.concat()
}

/// Returns the referenced tables, sorted and without duplicates.
fn targets(fields: &[Field]) -> Vec<&str> {
    let mut targets: Vec<_> = fields.iter().filter_map(|field| field.target.as_deref()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}
