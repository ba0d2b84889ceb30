//! Checks whether a text is valid JSON, including escapes and numbers, without building a value.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// Returns whether a text is exactly one JSON value. Only the longest string is held in memory.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<Scanned>(text).is_ok()
}

struct Scanned;

impl<'de> Deserialize<'de> for Scanned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scan)
    }
}

struct Scan;

impl<'de> Visitor<'de> for Scan {
    type Value = Scanned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_str<E>(self, _: &str) -> Result<Scanned, E> {
        Ok(Scanned)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scanned, A::Error> {
        while items.next_element::<Scanned>()?.is_some() {}
        Ok(Scanned)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scanned, A::Error> {
        while members.next_entry::<Scanned, Scanned>()?.is_some() {}
        Ok(Scanned)
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn text_is_json_only_if_every_escape_and_number_is_valid() {
        for text in ["{}", r#"[1,-2.5e3,"a\u00e9",null,true,{"a":[]}]"#, "7"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "{", r#""\ud800""#, "[1e999]", "{} x", "{1:2}"] {
            assert!(!is_json(text), "{text}");
        }
    }
}
