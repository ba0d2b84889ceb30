//! Everything about an object that does not fit, where a parser stops at the first: each fault found is
//! mended in a copy, and the copy is read again.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use validator::Validate;

use super::json::invalid;
use crate::errors::Detail;

/// So many are looked for: each costs a reading of the whole.
const MOST: usize = 32;

/// What else is wrong with a body of JSON, its first fault known: further fields that do not fit and, where
/// all could be mended, the rules that the others break.
pub fn all<T: DeserializeOwned + Validate>(text: &str, first: Detail) -> Vec<Detail> {
    let mut details = vec![first];
    let mut value = serde_json::from_str(text).unwrap_or_default();
    for _ in 0..MOST {
        match read::<T>(&value) {
            Ok(mended) => {
                let rules = mended.validate().err().map(|errors| invalid(&errors)).unwrap_or_default();
                add(&mut details, rules);
                break;
            }
            Err(fault) if mend::<T>(&mut value, &fault) => add(&mut details, [fault]),
            Err(fault) => {
                add(&mut details, [fault]);
                break;
            }
        }
    }
    details.sort_by(|a, b| (&a.field, &a.code).cmp(&(&b.field, &b.code)));
    details
}

/// What a fault says of a field is enough: the value in its place is ours.
fn add(details: &mut Vec<Detail>, more: impl IntoIterator<Item = Detail>) {
    for detail in more {
        if !details.iter().any(|known| known.field == detail.field) {
            details.push(detail);
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Detail> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| misfit(&error.path().to_string(), &error.inner().to_string()))
}

/// Takes away a field that is too much, and gives one that does not fit a value that does. Whether it could:
/// of what is nested or takes none of these values the first fault is all that is told.
fn mend<T: DeserializeOwned>(value: &mut Value, fault: &Detail) -> bool {
    let Some(fields) = value.as_object_mut() else { return false };
    if fault.code == "unknown_field" {
        return fields.remove(&fault.field).is_some();
    }
    [json!(""), json!(0), json!(false), json!([]), json!({}), json!(uuid::Uuid::nil()), Value::Null].into_iter().any(
        |sample| {
            value[&fault.field] = sample;
            read::<T>(value).err().is_none_or(|next| next.field != fault.field)
        },
    )
}

/// The library's words name the field, but may also repeat the value: only the name is taken.
pub fn misfit(path: &str, words: &str) -> Detail {
    let named = words.split('`').nth(1).unwrap_or_default();
    let (field, code, message) = if words.starts_with("unknown field") {
        (named, "unknown_field", "is not a field of this request")
    } else if words.starts_with("missing field") {
        (named, "required", "is missing")
    } else if words.starts_with("duplicate field") {
        (named, "duplicate", "stands twice")
    } else {
        (if path == "." { "body" } else { path }, "type", "is of the wrong type")
    };
    Detail { field: field.into(), code: code.into(), message: message.into() }
}
