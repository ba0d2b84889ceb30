//! Finds all missing fields of an object, because a derived `Deserialize` stops at the first missing field.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, value::MapDeserializer};
use serde_json::{Result, value::RawValue};

/// JSON values for missing fields, so that the other fields can be validated. Every supported type of a required field
/// accepts at least one of these values.
const PLACEHOLDERS: [&str; 9] = [
    r#""""#,
    "0",
    "false",
    "[]",
    r#""0""#,
    r#""2000-01-01""#,
    r#""00:00:00""#,
    r#""2000-01-01T00:00:00Z""#,
    r#""00000000-0000-0000-0000-000000000000""#,
];

/// Deserializes an object that lacks fields, with a placeholder for each missing field. Returns the object and the
/// names of the missing fields. If deserialization fails with every placeholder for a field, returns `None` and the
/// names that were found so far.
///
/// # Errors
/// Returns an error if the text is not valid JSON.
pub fn fill<T: DeserializeOwned>(text: &str) -> Result<(Option<T>, Vec<String>)> {
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    let (mut missing, mut rejected) = (Vec::new(), 0);
    loop {
        let entries = fields.iter().map(|(name, value)| (name.as_str(), *value));
        let error = match T::deserialize(MapDeserializer::<_, serde_json::Error>::new(entries)) {
            Ok(value) => return Ok((Some(value), missing)),
            Err(error) => error.to_string(),
        };
        match name(&error) {
            Some(field) => {
                missing.push(field.to_owned());
                rejected = 0;
            }
            None => rejected += 1,
        }
        let (Some(field), Some(placeholder)) = (missing.last(), PLACEHOLDERS.get(rejected)) else {
            return Ok((None, missing));
        };
        fields.insert(field.clone(), serde_json::from_str(placeholder)?);
    }
}

/// Returns the field name in serde's message about a missing field. Returns `None` for any other message.
pub fn name(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;
    use crate::views::{base64::Base64, decimal_string::DecimalString};

    /// Contains one field of each type that the generators support.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only deserialized")]
    struct Params {
        name: String,
        note: Option<String>,
        small: i16,
        count: i64,
        weight: f64,
        price: DecimalString,
        paid: bool,
        day: NaiveDate,
        time: NaiveTime,
        moment: DateTime<Utc>,
        owner: Uuid,
        bytes: Base64,
        tags: Vec<String>,
        any: serde_json::Value,
    }

    #[test]
    fn all_missing_fields_are_found_for_any_type() {
        let (value, missing) = fill::<Params>(r#"{"name":"Ada","count":7}"#).unwrap();
        let value = value.unwrap();
        assert_eq!((value.name.as_str(), value.note, value.count), ("Ada", None, 7));
        let all = ["small", "weight", "price", "paid", "day", "time", "moment", "owner", "bytes", "tags", "any"];
        assert_eq!(missing, all);
        assert!(fill::<Params>(r#"{"name":"Ada"} x"#).is_err());
    }

    #[test]
    fn field_without_a_placeholder_is_missing() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "only deserialized")]
        struct Address {
            ip: std::net::IpAddr,
        }
        let (value, missing) = fill::<Address>("{}").unwrap();
        assert!(value.is_none() && missing == ["ip"]);
    }
}
