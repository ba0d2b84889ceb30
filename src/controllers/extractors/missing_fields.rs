//! Deserializes an object and collects all missing fields, because a derived `Deserialize` stops at the first one.
//!
//! A required field that is missing gets a placeholder after the last field of the body. The other fields can therefore
//! be validated in one pass, and the body is not copied.

use std::{cell::RefCell, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor,
        value::{MapDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

type Names = RefCell<Vec<&'static str>>;

/// Fields of an object that were sent, and required fields that are missing.
#[derive(Debug, Default)]
pub struct Fields {
    sent: Names,
    missing: Names,
}

impl Fields {
    /// Deserializes a struct. Missing fields get placeholders.
    ///
    /// # Errors
    /// Returns an error for the first field that is unknown, repeated or of the wrong type. Also returns an error if
    /// the type of a missing field has no placeholder. [`Fields::into_missing`] then returns this field.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(&self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Complete { inner: deserializer, fields: self })
    }

    /// Returns the names of all missing required fields. If deserialization stopped at another error, all fields after
    /// the error count as missing.
    pub fn into_missing<T: for<'de> Deserialize<'de>>(self) -> Vec<&'static str> {
        // Repeats the deserialization, because an attempt ends at the first type without a placeholder.
        loop {
            let known = self.missing.borrow().len();
            if known == 0 {
                break;
            }
            let nothing = MapDeserializer::<_, serde::de::value::Error>::new(std::iter::empty::<(&str, &str)>());
            let _ = self.deserialize::<T, _>(nothing);
            if self.missing.borrow().len() == known {
                break;
            }
        }
        self.missing.into_inner()
    }

    /// Returns whether a required field is missing.
    #[must_use]
    pub fn lacks_any(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    fn next_absent(&self, all: &'static [&'static str], tried: &mut usize) -> Option<&'static str> {
        let (sent, missing) = (self.sent.borrow(), self.missing.borrow());
        let absent =
            all.iter().enumerate().skip(*tried).find(|(_, name)| !sent.contains(name) && !missing.contains(name));
        *tried = absent.map_or(all.len(), |(index, _)| index + 1);
        absent.map(|(_, name)| *name)
    }
}

/// Deserializer that adds placeholders for missing fields to the top-level struct.
struct Complete<'a, D> {
    inner: D,
    fields: &'a Fields,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Complete<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        all: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_struct(name, all, Completing { visitor, all, fields: self.fields })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Completing<'a, V> {
    visitor: V,
    all: &'static [&'static str],
    fields: &'a Fields,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Completing<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Completed { map, all: self.all, fields: self.fields, tried: 0, absent: None })
    }
}

/// Map of the sent fields, followed by the missing fields.
struct Completed<'a, A> {
    map: A,
    all: &'static [&'static str],
    fields: &'a Fields,
    tried: usize,
    absent: Option<&'static str>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Completed<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let sent = if self.tried == 0 { self.map.next_key::<String>()? } else { None };
        if let Some(name) = sent {
            self.fields.sent.borrow_mut().extend(self.all.iter().filter(|field| **field == name));
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        self.absent = self.fields.next_absent(self.all, &mut self.tried);
        self.absent.map(|name| seed.deserialize(name.into_deserializer())).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.absent {
            Some(name) => seed.deserialize(Absent { name, missing: &self.fields.missing, error: PhantomData }),
            None => self.map.next_value_seed(seed),
        }
    }
}

/// Value of a missing field: `None` if the field is optional, otherwise a placeholder.
struct Absent<'a, E> {
    name: &'static str,
    missing: &'a Names,
    error: PhantomData<E>,
}

impl<E> Absent<'_, E> {
    fn record(&self) {
        self.missing.borrow_mut().push(self.name);
    }
}

macro_rules! placeholders {
    ($($method:ident => $visit:ident($($value:expr)?)),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            self.record();
            visitor.$visit($($value)?)
        })+
    };
}

impl<'de, E: Error> Deserializer<'de> for Absent<'_, E> {
    type Error = E;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        self.record();
        visitor.visit_enum(StrDeserializer::new(variants.first().copied().unwrap_or_default()))
    }

    placeholders! {
        deserialize_any => visit_unit(),
        deserialize_bool => visit_bool(false),
        deserialize_i16 => visit_i64(0),
        deserialize_i32 => visit_i64(0),
        deserialize_i64 => visit_i64(0),
        deserialize_f32 => visit_f64(0.0),
        deserialize_f64 => visit_f64(0.0),
        deserialize_str => visit_str(""),
        deserialize_string => visit_str(""),
    }

    forward_to_deserialize_any! {
        i8 i128 u8 u16 u32 u64 u128 char bytes byte_buf unit unit_struct newtype_struct seq tuple tuple_struct
        map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only deserialized")]
    struct Params {
        name: String,
        day: NaiveDate,
        note: Option<String>,
        count: i64,
        owner: Uuid,
        kind: Kind,
        paid: bool,
        any: serde_json::Value,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        First,
    }

    fn missing(text: &str) -> Vec<&'static str> {
        let fields = Fields::default();
        let _ = fields.deserialize::<Params, _>(&mut serde_json::Deserializer::from_str(text));
        fields.into_missing::<Params>()
    }

    #[test]
    fn missing_fields_are_all_returned_for_any_type() {
        assert_eq!(missing("{}"), ["name", "day", "count", "owner", "kind", "paid", "any"]);
        assert_eq!(missing(r#"{"name":"a","count":1,"paid":true,"kind":"First"}"#), ["day", "owner", "any"]);
    }

    #[test]
    fn complete_object_is_deserialized_unchanged() {
        let text = r#"{"name":"a","day":"2026-01-01","count":1,"paid":true,"kind":"First","any":[1],
            "owner":"00000000-0000-0000-0000-000000000000"}"#;
        let fields = Fields::default();
        let params: Params = fields.deserialize(&mut serde_json::Deserializer::from_str(text)).unwrap();
        assert_eq!((params.name.as_str(), params.note, params.count), ("a", None, 1));
        assert!(!fields.lacks_any());
    }

    #[test]
    fn first_unknown_repeated_or_mistyped_field_is_an_error() {
        for text in [r#"{"names":1}"#, r#"{"name":"a","name":"b"}"#, r#"{"name":1}"#] {
            let fields = Fields::default();
            let read = fields.deserialize::<Params, _>(&mut serde_json::Deserializer::from_str(text));
            assert!(read.is_err() && !fields.lacks_any(), "{text}");
        }
    }
}
