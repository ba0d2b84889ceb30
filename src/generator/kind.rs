//! What each type of column is in each place: its row, its request, its answer, its rule.

use loco_gen::column::ScalarType;

/// A value on its way from one type to another: as it stands, and inside an `Option`.
pub type Turn = (&'static str, &'static str);

/// As it is.
const SAME: Turn = ("{}", "{}");

/// A type of column in each place.
pub struct Kind {
    /// In the row.
    pub row: &'static str,
    /// What tells `SeaORM` the column's type, where the row's does not.
    pub column: Option<String>,
    /// In what a person gives, as the model takes it.
    pub given: &'static str,
    /// In the request and in the answer.
    pub wire: &'static str,
    /// In the description, where it is not what `wire` says.
    pub described: Option<&'static str>,
    /// What its values must keep to: a rule, and what it is called with behind the value.
    pub rule: Option<(&'static str, String)>,
    /// From the request to what the model takes.
    pub take: Turn,
    /// From there into the row.
    pub store: Turn,
    /// From the row into the answer.
    pub show: Turn,
    /// Bytes of it in a request at most.
    pub bytes: u64,
}

fn plain(rust: &'static str) -> Kind {
    Kind {
        row: rust,
        column: None,
        given: rust,
        wire: rust,
        described: None,
        rule: None,
        take: SAME,
        store: SAME,
        show: SAME,
        bytes: 64,
    }
}

fn ruled(rust: &'static str, rule: &'static str) -> Kind {
    Kind { rule: Some((rule, String::new())), ..plain(rust) }
}

fn decimal(column: &str, rule: (&'static str, String)) -> Kind {
    Kind {
        column: Some(column.to_owned()),
        described: Some("String"),
        wire: "Exact",
        rule: Some(rule),
        take: ("{}.0", "{}.map(|exact| exact.0)"),
        show: ("Exact({}.normalize())", "{}.map(|value| Exact(value.normalize()))"),
        ..plain("Decimal")
    }
}

fn json(column: &str) -> Kind {
    Kind { column: Some(column.to_owned()), wire: "Value", bytes: 64 * 1024, ..ruled("Json", "json") }
}

fn bytes(rule: Option<(&'static str, String)>, most: u64) -> Kind {
    Kind {
        row: "Vec<u8>",
        given: "Vec<u8>",
        wire: "Base64",
        described: Some("String"),
        rule,
        take: ("{}.0", "{}.map(|bytes| bytes.0)"),
        show: ("Base64({})", "{}.map(Base64)"),
        bytes: most * 4 / 3 + 64,
        ..plain("Vec<u8>")
    }
}

/// To the microsecond, as every database keeps it.
const WHOLE: Turn = ("{}.trunc_subsecs(6)", "{}.map(|time| time.trunc_subsecs(6))");

fn moment(row: &'static str, store: Turn, show: Turn) -> Kind {
    Kind {
        row,
        given: "DateTime<Utc>",
        wire: "DateTime<Utc>",
        rule: Some(("moment", String::new())),
        take: WHOLE,
        store,
        show,
        ..plain(row)
    }
}

/// What a scalar is in each place. An enum's own type is put in by whoever knows its name.
pub fn of(scalar: &ScalarType) -> Kind {
    match scalar {
        ScalarType::String => Kind {
            take: ("{}.trim().to_owned()", "{}.map(|line| line.trim().to_owned())"),
            // A character is six bytes in JSON at most, twice where it takes two units of UTF-16.
            bytes: 255 * 12,
            ..ruled("String", "line")
        },
        ScalarType::Text => Kind { column: Some("Text".to_owned()), bytes: 64 * 1024 * 6, ..ruled("String", "text") },
        ScalarType::Uuid => plain("Uuid"),
        ScalarType::SmallInt => plain("i16"),
        ScalarType::Int | ScalarType::BigInt => plain("i64"),
        ScalarType::SmallUnsigned => ruled("i16", "not_negative"),
        ScalarType::Unsigned | ScalarType::BigUnsigned => ruled("i64", "not_negative"),
        ScalarType::Float => Kind { column: Some("Float".to_owned()), ..ruled("f32", "finite") },
        ScalarType::Double => Kind { column: Some("Double".to_owned()), ..ruled("f64", "finite") },
        ScalarType::Decimal | ScalarType::Money => decimal("Decimal(None)", ("decimal", String::new())),
        ScalarType::DecimalLen { precision, scale } => {
            decimal(&format!("Decimal(Some(({precision}, {scale})))"), ("decimal_of", format!("{precision}, {scale}")))
        }
        ScalarType::Bool => plain("bool"),
        ScalarType::Date => Kind { row: "Date", ..ruled("NaiveDate", "day") },
        ScalarType::Time => Kind { row: "Time", take: WHOLE, ..ruled("NaiveTime", "time") },
        ScalarType::DateTime => moment(
            "DateTime",
            ("{}.naive_utc()", "{}.map(|time| time.naive_utc())"),
            ("{}.and_utc()", "{}.map(|time| time.and_utc())"),
        ),
        ScalarType::DateTimeTz => {
            moment("DateTimeWithTimeZone", ("{}.into()", "{}.map(Into::into)"), ("{}.into()", "{}.map(Into::into)"))
        }
        ScalarType::Json => json("Json"),
        ScalarType::Jsonb => json("JsonBinary"),
        ScalarType::Blob => {
            Kind { column: Some("Blob".to_owned()), ..bytes(Some(("bytes_up_to", "65_536".to_owned())), 65_536) }
        }
        ScalarType::VarBinary { len } => Kind {
            column: Some(format!("VarBinary(StringLen::N({len}))")),
            ..bytes(Some(("bytes_up_to", len.to_string())), u64::from(*len))
        },
        ScalarType::BinaryLen { len } => Kind {
            column: Some(format!("Binary({len})")),
            ..bytes(Some(("bytes_of", len.to_string())), u64::from(*len))
        },
        ScalarType::Enum { .. } => Kind {
            row: "String",
            store: ("{}.name().to_owned()", "{}.map(|value| value.name().to_owned())"),
            ..plain("String")
        },
    }
}
