//! Values for the tests and the description: two that are taken, and those that are refused.

use loco_gen::column::ScalarType;
use serde_json::{Map, Value, json};

use super::{field::Field, names::pascal};

/// Values of one field.
pub struct Sample {
    pub first: Value,
    pub second: Value,
    /// What is refused, as an expression of Rust, and the rule that it breaks.
    refused: Vec<(&'static str, &'static str)>,
    /// Whether it names another resource, whose id is known at run time alone.
    link: bool,
}

/// Of a field that refers to another resource.
pub fn of_reference() -> Sample {
    let refused = vec![("json!(7)", "type"), ("json!(uuid::Uuid::now_v7())", "unknown")];
    Sample { first: json!("[id]"), second: json!("[id]"), refused, link: true }
}

/// Of any other.
pub fn of_scalar(name: &str, scalar: &ScalarType) -> Sample {
    let (first, second, refused) = match scalar {
        ScalarType::DecimalLen { precision, scale } => decimals(*precision, *scale),
        ScalarType::Blob | ScalarType::VarBinary { .. } | ScalarType::BinaryLen { .. } => bytes(scalar),
        ScalarType::Enum { values } => {
            (json!(values.first()), json!(values.last()), vec![("json!(7)", "type"), ("json!(\"-\")", "type")])
        }
        ScalarType::String | ScalarType::Text => words(name, scalar),
        other => values(other),
    };
    Sample { first, second, refused, link: false }
}

type Values = (Value, Value, Vec<(&'static str, &'static str)>);

fn words(name: &str, scalar: &ScalarType) -> Values {
    let label = pascal(name);
    if *scalar == ScalarType::Text {
        let refused = vec![
            ("json!(7)", "type"),
            ("json!(\"nul\\0\")", "characters"),
            ("json!(\"x\".repeat(64 * 1024 + 1))", "max_length"),
        ];
        return (json!(format!("{label}\nof two lines.")), json!(""), refused);
    }
    let refused = vec![
        ("json!(7)", "type"),
        ("json!(\" \")", "length"),
        ("json!(\"two\\nlines\")", "characters"),
        ("json!(\"x\".repeat(256))", "length"),
    ];
    (json!(format!("{label} one")), json!(format!("{label} two")), refused)
}

fn values(scalar: &ScalarType) -> Values {
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

fn decimals(precision: u32, scale: u32) -> Values {
    let (first, second) = match (precision - scale, scale) {
        (0, 1) => ("0.1", "0.2"),
        (0, _) => ("0.1", "0.25"),
        (_, 0) => ("1", "2"),
        _ => ("1.5", "2.5"),
    };
    let refused = vec![("json!(\"x\")", "type"), ("json!(1)", "type"), ("json!(\"12345678901234567890\")", "digits")];
    (json!(first), json!(second), refused)
}

fn bytes(scalar: &ScalarType) -> Values {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let count = match scalar {
        ScalarType::BinaryLen { len } => *len as usize,
        ScalarType::VarBinary { len } => (*len as usize).min(3),
        _ => 3,
    };
    let of = |byte: u8| json!(STANDARD.encode(vec![byte; count]));
    (of(1), of(2), vec![("json!(7)", "type"), ("json!(\"%\")", "type")])
}

impl Sample {
    /// What is refused of this field: expressions of Rust with the rule that each breaks.
    pub fn wrong(&self, name: &str, nullable: bool) -> Vec<(String, String)> {
        let required = (!nullable).then_some(("json!(null)", if self.is_json() { "required" } else { "type" }));
        let all = self.refused.iter().chain(required.as_ref());
        all.map(|(value, rule)| ((*value).to_owned(), format!("{name}:{rule}"))).collect()
    }

    /// The first one as a description's attribute takes it.
    pub fn example(&self) -> String {
        if self.is_json() { format!("json!({})", self.first) } else { self.first.to_string() }
    }

    fn is_json(&self) -> bool {
        self.first.is_object()
    }

    /// What a request holds: a value as JSON, or the id of what is referred to.
    fn sent(&self, value: &Value, target: Option<&str>) -> String {
        match target {
            Some(target) if self.link => format!("crate::requests::{target}::some(app, who).await[\"id\"]"),
            _ => value.to_string(),
        }
    }
}

/// Two bodies of requests as the inside of `json!`, and what the answers to them show.
pub fn of(fields: &[Field]) -> Value {
    let sent = |second: bool| -> Vec<Value> {
        // What may be left out is left out of the second one.
        let given = fields.iter().filter(|field| !(second && field.nullable && field.target.is_none()));
        given
            .map(|field| {
                let value = if second { &field.sample.second } else { &field.sample.first };
                json!({ "name": field.name, "value": field.sample.sent(value, field.target.as_deref()) })
            })
            .collect()
    };
    let shown = |second: bool, in_list: bool| -> Value {
        let shown = fields.iter().filter(|field| !(in_list && field.large)).map(|field| {
            let value = match (second, field.nullable && field.target.is_none()) {
                (false, _) => field.sample.first.clone(),
                (true, true) => Value::Null,
                (true, false) => field.sample.second.clone(),
            };
            (field.name.clone(), value)
        });
        let own = [("id", "[id]"), ("created_at", "[time]"), ("updated_at", "[time]")];
        let own = own.map(|(name, value)| (name.to_owned(), json!(value)));
        Value::Object(shown.chain(own).collect::<Map<_, _>>())
    };
    json!({
        "first": sent(false),
        "second": sent(true),
        "first_shown": indented(&shown(false, false)),
        "second_shown": indented(&shown(true, false)),
        "list_shown": indented(&json!({
            "items": [shown(true, true), shown(false, true)], "page": 1, "page_size": 20, "total_items": 2, "total_pages": 1,
        })),
        "required": fields.iter().filter(|field| !field.nullable).map(|field| &field.name).collect::<Vec<_>>(),
    })
}

/// As an inline snapshot holds it.
fn indented(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("    {}\n", text.replace('\n', "\n    "))
}
