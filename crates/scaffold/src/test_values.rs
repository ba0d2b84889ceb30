//! Valid and invalid values for generated tests and OpenAPI examples.

use base64::{Engine, engine::general_purpose::STANDARD};
use loco_gen::column::ScalarType;
use serde_json::{Value, json};

use crate::names::pascal_case;

/// Invalid values of a field: each value as a Rust expression, with the error code of the violated rule.
type InvalidValues = Vec<(&'static str, &'static str)>;

/// Two valid values of a column, and the invalid values of the column.
type ColumnValues = (Value, Value, InvalidValues);

/// Test values of one field.
pub struct TestValues {
    pub first: Value,
    pub second: Value,
    invalid: InvalidValues,
    /// Whether the field is a reference. The value of a reference exists only at run time.
    is_reference: bool,
}

impl TestValues {
    /// Returns the test values of a reference.
    pub fn for_reference() -> Self {
        let invalid = vec![("json!(7)", "type"), ("json!(uuid::Uuid::now_v7())", "unknown")];
        Self { first: json!("[id]"), second: json!("[id]"), invalid, is_reference: true }
    }

    /// Returns the test values of a scalar column.
    pub fn for_scalar(name: &str, scalar: &ScalarType) -> Self {
        let (first, second, invalid) = match scalar {
            ScalarType::String => string_values(name),
            ScalarType::Text => text_values(name),
            ScalarType::DecimalLen { precision, scale } => decimal_values(*precision, *scale),
            ScalarType::Blob | ScalarType::VarBinary { .. } | ScalarType::BinaryLen { .. } => binary_values(scalar),
            ScalarType::Enum { values } => {
                (json!(values.first()), json!(values.last()), vec![("json!(7)", "type"), ("json!(\"-\")", "type")])
            }
            other => scalar_values(other),
        };
        Self { first, second, invalid, is_reference: false }
    }

    /// Returns the invalid values as Rust expressions, each with the expected error as `field:code`.
    ///
    /// The invalid values include `null` if the field is not `nullable`.
    pub fn invalid(&self, name: &str, nullable: bool) -> Vec<(String, String)> {
        let null = (!nullable).then_some(("json!(null)", if self.is_json() { "required" } else { "type" }));
        let all = self.invalid.iter().chain(null.as_ref());
        all.map(|(value, code)| ((*value).to_owned(), format!("{name}:{code}"))).collect()
    }

    /// Returns the first value in the syntax of `#[schema(example = …)]`.
    pub fn example(&self) -> String {
        if self.is_json() { format!("json!({})", self.first) } else { self.first.to_string() }
    }

    fn is_json(&self) -> bool {
        self.first.is_object()
    }

    /// Returns a value of a request body in the syntax of `json!`.
    ///
    /// For a reference, returns an expression that reads the ID of a row in the table `target` at run time.
    pub fn request_value(&self, value: &Value, target: Option<&str>) -> String {
        match target {
            Some(target) if self.is_reference => format!("crate::requests::{target}::some(app, user).await[\"id\"]"),
            _ => value.to_string(),
        }
    }
}

fn string_values(name: &str) -> ColumnValues {
    let label = pascal_case(name);
    let invalid = vec![
        ("json!(7)", "type"),
        ("json!(\" \")", "length"),
        ("json!(\"two\\nlines\")", "characters"),
        ("json!(\"x\".repeat(256))", "length"),
    ];
    (json!(format!("{label} one")), json!(format!("{label} two")), invalid)
}

fn text_values(name: &str) -> ColumnValues {
    let invalid = vec![
        ("json!(7)", "type"),
        ("json!(\"nul\\0\")", "characters"),
        ("json!(\"x\".repeat(64 * 1024 + 1))", "max_length"),
    ];
    (json!(format!("{}\nof two lines.", pascal_case(name))), json!(""), invalid)
}

fn scalar_values(scalar: &ScalarType) -> ColumnValues {
    const TEXT: (&str, &str) = ("json!(\"x\")", "type");
    const NUMBER: (&str, &str) = ("json!(7)", "type");
    match scalar {
        ScalarType::Uuid => (
            json!("01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d"),
            json!("01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3e"),
            vec![NUMBER, TEXT],
        ),
        ScalarType::SmallInt => (json!(7), json!(-8), vec![TEXT, ("json!(40_000)", "type")]),
        ScalarType::SmallUnsigned => (json!(7), json!(8), vec![TEXT, ("json!(40_000)", "type"), ("json!(-1)", "min")]),
        ScalarType::Unsigned | ScalarType::BigUnsigned => (json!(7), json!(8), vec![TEXT, ("json!(-1)", "min")]),
        ScalarType::Int | ScalarType::BigInt => (json!(7), json!(-8), vec![TEXT, ("json!(7.5)", "type")]),
        ScalarType::Float => (json!(1.5), json!(-2.25), vec![TEXT, ("json!(1e39)", "range")]),
        ScalarType::Double => (json!(1.5), json!(-2.25), vec![TEXT]),
        ScalarType::Bool => (json!(true), json!(false), vec![NUMBER]),
        ScalarType::Date => {
            (json!("2026-01-31"), json!("2026-02-28"), vec![NUMBER, TEXT, ("json!(\"0000-01-31\")", "range")])
        }
        ScalarType::Time => {
            (json!("12:00:00"), json!("23:59:59.500"), vec![NUMBER, TEXT, ("json!(\"23:59:60\")", "range")])
        }
        ScalarType::DateTime | ScalarType::DateTimeTz => (
            json!("2026-01-31T12:00:00Z"),
            json!("2026-02-28T23:59:59.500Z"),
            vec![NUMBER, TEXT, ("json!(\"0000-12-31T12:00:00Z\")", "range")],
        ),
        ScalarType::Json | ScalarType::Jsonb => {
            (json!({ "a": [1, "b"] }), json!([]), vec![("json!([\"nul\\0\"])", "characters")])
        }
        _ => {
            (json!("12.5"), json!("-7"), vec![TEXT, ("json!(12.5)", "type"), ("json!(\"1234567890123456\")", "digits")])
        }
    }
}

fn decimal_values(precision: u32, scale: u32) -> ColumnValues {
    let (first, second) = match (precision - scale, scale) {
        (0, 1) => ("0.1", "0.2"),
        (0, _) => ("0.1", "0.25"),
        (_, 0) => ("1", "2"),
        _ => ("1.5", "2.5"),
    };
    let invalid = vec![("json!(\"x\")", "type"), ("json!(1)", "type"), ("json!(\"12345678901234567890\")", "digits")];
    (json!(first), json!(second), invalid)
}

fn binary_values(scalar: &ScalarType) -> ColumnValues {
    let length = match scalar {
        ScalarType::BinaryLen { len } => *len as usize,
        ScalarType::VarBinary { len } => (*len as usize).min(3),
        _ => 3,
    };
    let repeated = |byte: u8| json!(STANDARD.encode(vec![byte; length]));
    (repeated(1), repeated(2), vec![("json!(7)", "type"), ("json!(\"%\")", "type")])
}
