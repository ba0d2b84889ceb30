//! Request bodies for the generated tests, and the expected responses.

use serde_json::{Map, Value, json};

use crate::field::Field;

/// Returns the template variables for two request bodies and for the expected responses.
pub fn context(fields: &[Field]) -> Value {
    let list = json!({
        "items": [response(fields, true, true), response(fields, false, true)],
        "page": 1,
        "page_size": 20,
        "total_items": 2,
        "total_pages": 1,
    });
    json!({
        "first_body": request_body(fields, false),
        "second_body": request_body(fields, true),
        "first_response": snapshot(&response(fields, false, false)),
        "second_response": snapshot(&response(fields, true, false)),
        "list_response": snapshot(&list),
        "required_fields": fields.iter().filter(|field| !field.nullable).map(|field| &field.name).collect::<Vec<_>>(),
    })
}

/// Returns the names and values of the fields of a request body. If `second`, uses the second test values and omits
/// optional fields.
fn request_body(fields: &[Field], second: bool) -> Vec<Value> {
    let present = fields.iter().filter(|field| !(second && is_optional(field)));
    present
        .map(|field| {
            let values = &field.test_values;
            let value = if second { &values.second } else { &values.first };
            json!({ "name": field.name, "value": values.request_value(value, field.target.as_deref()) })
        })
        .collect()
}

/// Returns the response that the generated test expects for the first or the second request body, with IDs and times
/// redacted. Omits large fields if `in_list`.
fn response(fields: &[Field], second: bool, in_list: bool) -> Value {
    let listed = fields.iter().filter(|field| !(in_list && field.large)).map(|field| {
        let value = match (second, is_optional(field)) {
            (false, _) => field.test_values.first.clone(),
            (true, true) => Value::Null,
            (true, false) => field.test_values.second.clone(),
        };
        (field.name.clone(), value)
    });
    let generated = [("id", "[id]"), ("created_at", "[time]"), ("updated_at", "[time]")];
    let generated = generated.map(|(name, value)| (name.to_owned(), json!(value)));
    Value::Object(listed.chain(generated).collect::<Map<_, _>>())
}

/// Returns whether the second request body omits the field. Both bodies contain every reference.
fn is_optional(field: &Field) -> bool {
    field.nullable && field.target.is_none()
}

/// Formats a value with the indentation of an inline snapshot.
fn snapshot(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("    {}\n", text.replace('\n', "\n    "))
}
