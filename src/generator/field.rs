//! One field of a resource: its type in each place, and whether it can be generated at all.

use loco_gen::column::{Column, ColumnKind, ScalarType};
use serde_json::{Value, json};

use super::{
    kind::{self, Kind, Turn},
    names::{self, Names, pascal},
    samples::{self, Sample},
};

/// Bytes that an index of PostgreSQL holds with room to spare.
const INDEXABLE: u32 = 1024;
/// Bytes of a value that a list loads at most.
const LISTABLE: u32 = 1024;

/// One field.
pub struct Field {
    pub name: String,
    /// As Loco's migrations name it.
    pub column_type: String,
    pub nullable: bool,
    /// Among those of one owner: whether a stranger has the value is nobody's business.
    pub unique: bool,
    /// The resource that it refers to.
    pub target: Option<String>,
    /// What an enum may be.
    pub values: Vec<String>,
    pub sample: Sample,
    /// Whether its values may be large, so that lists do not load it.
    pub large: bool,
    /// The enum's type.
    pub enum_type: Option<String>,
    kind: Kind,
}

impl Field {
    /// The field of a column.
    ///
    /// # Errors
    /// Why there can be none.
    pub fn of(column: &Column, names: &Names) -> Result<Self, String> {
        match &column.kind {
            ColumnKind::Array(_) => {
                Err(format!("{}: SQLite has no arrays; use json, or a resource that refers to this one", column.name))
            }
            ColumnKind::Reference { target, fk_field } => Self::link(column, names, target, fk_field.as_deref()),
            ColumnKind::Scalar(scalar) => Self::scalar(column, names, scalar),
        }
    }

    fn link(column: &Column, names: &Names, target: &str, fk: Option<&str>) -> Result<Self, String> {
        let to = Names::of(target)?;
        if to.plural == "users" {
            return Err(format!("{target}: every resource has its owner already, and a person is nobody else's"));
        }
        if to.plural == names.plural {
            return Err(format!("{target}: a resource that refers to itself is beyond this generator"));
        }
        let name = fk.map_or_else(|| format!("{}_id", to.singular), str::to_owned);
        names::check(&name)?;
        Ok(Self {
            name,
            column_type: String::new(),
            nullable: column.nullable,
            unique: false,
            values: Vec::new(),
            sample: samples::of_reference(),
            large: false,
            kind: Kind { row: "i64", ..kind::of(&ScalarType::Uuid) },
            enum_type: None,
            target: Some(to.plural),
        })
    }

    fn scalar(column: &Column, names: &Names, scalar: &ScalarType) -> Result<Self, String> {
        sound(column, scalar)?;
        let enum_type =
            matches!(scalar, ScalarType::Enum { .. }).then(|| format!("{}{}", names.type_name, pascal(&column.name)));
        Ok(Self {
            name: column.name.clone(),
            column_type: column.col_type(),
            nullable: column.nullable,
            unique: column.unique,
            target: None,
            values: if let ScalarType::Enum { values } = scalar { values.clone() } else { Vec::new() },
            sample: samples::of_scalar(&column.name, scalar),
            large: is_large(scalar),
            kind: kind::of(scalar),
            enum_type,
        })
    }

    /// As Loco's migrations have a reference: what it refers to, and by which column.
    pub fn reference(&self) -> (String, &str) {
        let target = self.target.as_deref().unwrap_or_default();
        (format!("{target}{}", if self.nullable { "?" } else { "" }), &self.name)
    }

    pub fn is_bool(&self) -> bool {
        self.kind.row == "bool"
    }

    pub fn is_float(&self) -> bool {
        ["f32", "f64"].contains(&self.kind.row)
    }

    /// Bytes of it in a request at most, with its name.
    pub fn request_bytes(&self) -> u64 {
        self.kind.bytes
    }

    /// What the templates may name of it.
    pub fn context(&self, names: &Names) -> Value {
        let kind = &self.kind;
        let or_none = |rust: &str| if self.nullable { format!("Option<{rust}>") } else { rust.to_owned() };
        let turned = |turn: Turn, value: &str| (if self.nullable { turn.1 } else { turn.0 }).replace("{}", value);
        let own = self.enum_type.as_deref();
        let row = if self.target.is_some() { "linked" } else { "row" };
        json!({
            "name": self.name,
            "nullable": self.nullable,
            "large": self.large,
            "target": self.target,
            "target_type": self.target.as_deref().map(pascal),
            "related": self.target.as_deref().map(|_| pascal(self.name.trim_end_matches("_id"))),
            "row": or_none(kind.row),
            "column": kind.column,
            "given": or_none(own.unwrap_or(kind.given)),
            "wire": or_none(own.unwrap_or(kind.wire)),
            "shown": or_none(kind.wire),
            "described": own.or(kind.described).map(or_none),
            "request_described": kind.described.map(or_none),
            "rule": kind.rule.as_ref().map(|(rule, _)| rule),
            "rule_with": kind.rule.as_ref().filter(|(_, with)| !with.is_empty()).map(|(_, with)| with),
            "ruled": kind.wire,
            "take": turned(kind.take, &format!("params.{}", self.name)),
            "store": turned(kind.store, &format!("self.{}", self.name)),
            "show": turned(kind.show, &format!("{row}.{}", self.name)),
            "enum_type": self.enum_type,
            "values": self.values.iter().map(|value| json!({ "name": value, "variant": pascal(value) })).collect::<Vec<_>>(),
            "example": self.sample.example(),
            "wrong": self.sample.wrong(&self.name, self.nullable),
            "column_name": pascal(&self.name),
            "index": format!("uq_{}_{}", names.plural, self.name),
        })
    }
}

/// Returns whether a value may be so large that lists must not load it.
const fn is_large(scalar: &ScalarType) -> bool {
    match scalar {
        ScalarType::Text | ScalarType::Json | ScalarType::Jsonb | ScalarType::Blob => true,
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } => *len > LISTABLE,
        _ => false,
    }
}

/// What Loco's grammar takes and no resource of this project can have.
fn sound(column: &Column, scalar: &ScalarType) -> Result<(), String> {
    let name = &column.name;
    match scalar {
        ScalarType::Text | ScalarType::Blob | ScalarType::Jsonb if column.unique => {
            Err(format!("{name}: a value of any length cannot be unique; use string"))
        }
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } if column.unique && *len > INDEXABLE => {
            Err(format!("{name}: a value longer than {INDEXABLE} bytes cannot be unique"))
        }
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } if !(1..=1_048_576).contains(len) => {
            Err(format!("{name}: bytes are 1 to 1048576"))
        }
        ScalarType::DecimalLen { precision, scale } if !(1..=28).contains(precision) || scale > precision => {
            Err(format!("{name}: decimal_len has 1 to 28 digits, and not more of them behind the point"))
        }
        ScalarType::Enum { values } if column.unique && values.len() < 2 => {
            Err(format!("{name}: a unique enum needs two values"))
        }
        ScalarType::Enum { values } => values.iter().enumerate().try_for_each(|(at, value)| {
            if values[..at].contains(value) {
                return Err(format!("{name}: {value} stands twice"));
            }
            names::check(value).map_err(|error| format!("{name}: {error}"))
        }),
        _ => Ok(()),
    }
}

/// Which types of other crates the fields name, in the model, in the request and in the answer.
pub fn imports(fields: &[Field]) -> Value {
    let named = |rust: &str| fields.iter().any(|field| field.kind.wire == rust);
    let local =
        |fields: &[Field]| fields.iter().any(|field| field.kind.rule.as_ref().is_some_and(|rule| !rule.1.is_empty()));
    json!({
        "date": named("NaiveDate"),
        "time": named("NaiveTime"),
        "moment": named("DateTime<Utc>"),
        "exact": named("Exact"),
        "json": named("Value"),
        "bytes": named("Base64"),
        "subsec": named("NaiveTime") || named("DateTime<Utc>"),
        "rules": fields.iter().any(|field| field.kind.rule.is_some()),
        "local_rules": local(fields),
    })
}
