//! Column types: Rust, JSON and OpenAPI types of each Loco column type, and the conversions between these types.

use loco_gen::column::ScalarType;

/// Two Rust expressions: the conversion of a required value, and the conversion of an `Option`. `{}` represents the
/// value or the `Option`.
pub type Conversion = (&'static str, &'static str);

const IDENTITY: Conversion = ("{}", "{}");

/// Rust types, validation rule and conversions of a column.
pub struct ColumnType {
    /// Rust type in the database row.
    pub row_type: &'static str,
    /// `SeaORM` column type, or `None` if the row type determines the column type.
    pub sea_orm_type: Option<String>,
    /// Rust type in the `Content` of the model.
    pub model_type: &'static str,
    /// Rust type in the request and in the view.
    pub json_type: &'static str,
    /// Type in the OpenAPI schema, or `None` if the type is `json_type`.
    pub schema_type: Option<&'static str>,
    /// Name of the validation rule, and the Rust code of its arguments after the value.
    pub rule: Option<(&'static str, String)>,
    /// Converts `json_type` to `model_type`.
    pub from_request: Conversion,
    /// Converts `model_type` to `row_type`.
    pub to_row: Conversion,
    /// Converts `row_type` to `json_type`.
    pub to_view: Conversion,
    /// Maximum size of the field in a request, in bytes.
    pub max_request_bytes: u64,
}

/// Returns a column type with one Rust type for rows, models and JSON, and without a validation rule.
fn plain(rust_type: &'static str) -> ColumnType {
    ColumnType {
        row_type: rust_type,
        sea_orm_type: None,
        model_type: rust_type,
        json_type: rust_type,
        schema_type: None,
        rule: None,
        from_request: IDENTITY,
        to_row: IDENTITY,
        to_view: IDENTITY,
        max_request_bytes: 64,
    }
}

/// Returns a plain column type with the validation rule `rule`.
fn validated(rust_type: &'static str, rule: &'static str) -> ColumnType {
    ColumnType { rule: Some((rule, String::new())), ..plain(rust_type) }
}

fn decimal(sea_orm_type: &str, rule: (&'static str, String)) -> ColumnType {
    ColumnType {
        sea_orm_type: Some(sea_orm_type.to_owned()),
        schema_type: Some("String"),
        json_type: "DecimalString",
        rule: Some(rule),
        from_request: ("{}.0", "{}.map(|decimal| decimal.0)"),
        to_view: ("DecimalString({}.normalize())", "{}.map(|value| DecimalString(value.normalize()))"),
        ..plain("Decimal")
    }
}

fn json(sea_orm_type: &str) -> ColumnType {
    ColumnType {
        sea_orm_type: Some(sea_orm_type.to_owned()),
        json_type: "Value",
        max_request_bytes: 64 * 1024,
        ..validated("Json", "json")
    }
}

fn binary(sea_orm_type: String, rule: (&'static str, String), max_bytes: u64) -> ColumnType {
    ColumnType {
        sea_orm_type: Some(sea_orm_type),
        json_type: "Base64",
        schema_type: Some("String"),
        rule: Some(rule),
        from_request: ("{}.0", "{}.map(|bytes| bytes.0)"),
        to_view: ("Base64({})", "{}.map(Base64)"),
        max_request_bytes: max_bytes * 4 / 3 + 64,
        ..plain("Vec<u8>")
    }
}

/// Truncates a time to microseconds, because PostgreSQL stores times in microseconds.
const TRUNCATED: Conversion = ("{}.trunc_subsecs(6)", "{}.map(|time| time.trunc_subsecs(6))");

fn timestamp(row_type: &'static str, to_row: Conversion, to_view: Conversion) -> ColumnType {
    ColumnType {
        model_type: "DateTime<Utc>",
        json_type: "DateTime<Utc>",
        from_request: TRUNCATED,
        to_row,
        to_view,
        ..validated(row_type, "moment")
    }
}

impl ColumnType {
    /// Returns the column type of a scalar. For an enum, all types are `String`. `Field::context` replaces the types
    /// of the model and of the request, because the Rust type of an enum depends on the resource.
    pub fn of(scalar: &ScalarType) -> Self {
        match scalar {
            ScalarType::String => Self {
                from_request: ("{}.trim().to_owned()", "{}.map(|line| line.trim().to_owned())"),
                // JSON escapes each UTF-16 unit in up to six bytes, and a character has up to two units (RFC 8259,
                // section 7).
                max_request_bytes: 255 * 12,
                ..validated("String", "line")
            },
            ScalarType::Text => Self {
                sea_orm_type: Some("Text".to_owned()),
                max_request_bytes: 64 * 1024 * 6,
                ..validated("String", "text")
            },
            ScalarType::Uuid => plain("Uuid"),
            ScalarType::SmallInt => plain("i16"),
            ScalarType::Int | ScalarType::BigInt => plain("i64"),
            ScalarType::SmallUnsigned => validated("i16", "not_negative"),
            ScalarType::Unsigned | ScalarType::BigUnsigned => validated("i64", "not_negative"),
            ScalarType::Float => Self { sea_orm_type: Some("Float".to_owned()), ..validated("f32", "finite") },
            ScalarType::Double => Self { sea_orm_type: Some("Double".to_owned()), ..validated("f64", "finite") },
            ScalarType::Decimal | ScalarType::Money => decimal("Decimal(None)", ("decimal", String::new())),
            ScalarType::DecimalLen { precision, scale } => decimal(
                &format!("Decimal(Some(({precision}, {scale})))"),
                ("decimal_of", format!("{precision}, {scale}")),
            ),
            ScalarType::Bool => plain("bool"),
            ScalarType::Date => Self { row_type: "Date", ..validated("NaiveDate", "day") },
            ScalarType::Time => Self { row_type: "Time", from_request: TRUNCATED, ..validated("NaiveTime", "time") },
            ScalarType::DateTime => timestamp(
                "DateTime",
                ("{}.naive_utc()", "{}.map(|time| time.naive_utc())"),
                ("{}.and_utc()", "{}.map(|time| time.and_utc())"),
            ),
            ScalarType::DateTimeTz => timestamp(
                "DateTimeWithTimeZone",
                ("{}.into()", "{}.map(Into::into)"),
                ("{}.into()", "{}.map(Into::into)"),
            ),
            ScalarType::Json => json("Json"),
            ScalarType::Jsonb => json("JsonBinary"),
            ScalarType::Blob => binary("Blob".to_owned(), ("bytes_up_to", "65_536".to_owned()), 65_536),
            ScalarType::VarBinary { len } => {
                let sea_orm_type = format!("VarBinary(StringLen::N({len}))");
                binary(sea_orm_type, ("bytes_up_to", len.to_string()), u64::from(*len))
            }
            ScalarType::BinaryLen { len } => {
                binary(format!("Binary({len})"), ("bytes_of", len.to_string()), u64::from(*len))
            }
            ScalarType::Enum { .. } => {
                Self { to_row: ("{}.name().to_owned()", "{}.map(|value| value.name().to_owned())"), ..plain("String") }
            }
        }
    }
}
