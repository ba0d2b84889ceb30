//! Field of a resource: validation of the column type, and template variables of the field.

use loco_gen::column::{Column, ColumnKind, ScalarType};
use serde_json::{Value, json};

use crate::{
    column_types::{ColumnType, Conversion},
    names::{self, Names, pascal_case},
    test_values::TestValues,
};

/// Maximum size of a unique binary column in bytes, because PostgreSQL limits index rows to about 2,700 bytes.
const MAX_UNIQUE_BYTES: u32 = 1024;
/// Maximum size of a binary column that lists load, in bytes. Lists omit a larger column.
const MAX_LISTED_BYTES: u32 = 1024;
/// Maximum size of a binary column, in bytes.
const MAX_BINARY_BYTES: u32 = 1_048_576;
/// Maximum number of digits of a decimal, because `rust_decimal` stores at most 28 digits.
const MAX_DECIMAL_DIGITS: u32 = 28;

/// Field of a resource.
pub struct Field {
    pub name: String,
    /// Column type in Loco's migrations. Empty if the field is a reference.
    pub loco_type: String,
    pub nullable: bool,
    /// Whether values are unique per owner. A global unique index would reveal values of other owners.
    pub unique: bool,
    /// Table of the referenced resource, or `None` if the field is no reference.
    pub target: Option<String>,
    /// Values of an enum. Empty if the field is no enum.
    pub enum_values: Vec<String>,
    /// Rust type of an enum, or `None` if the field is no enum.
    pub enum_type: Option<String>,
    pub test_values: TestValues,
    /// Whether values may be large. Lists do not load large columns.
    pub large: bool,
    column_type: ColumnType,
}

impl Field {
    /// Creates the field of a column.
    ///
    /// # Errors
    /// Returns the reason why the generator does not support the column.
    pub fn from_column(column: &Column, names: &Names) -> Result<Self, String> {
        match &column.kind {
            ColumnKind::Array(_) => {
                Err(format!("{}: SQLite has no arrays; use json or a second resource with a reference", column.name))
            }
            ColumnKind::Reference { target, fk_field } => Self::reference(column, names, target, fk_field.as_deref()),
            ColumnKind::Scalar(scalar) => Self::scalar(column, names, scalar),
        }
    }

    fn reference(column: &Column, names: &Names, target: &str, foreign_key: Option<&str>) -> Result<Self, String> {
        let target_names = Names::parse(target)?;
        if target_names.plural == "users" {
            return Err(format!("{target}: every resource references its owner already; omit the field"));
        }
        if target_names.plural == names.plural {
            return Err(format!("{target}: a reference from a resource to itself is not supported"));
        }
        let name = foreign_key.map_or_else(|| format!("{}_id", target_names.singular), str::to_owned);
        names::validate(&name)?;
        Ok(Self {
            name,
            loco_type: String::new(),
            nullable: column.nullable,
            unique: false,
            target: Some(target_names.plural),
            enum_values: Vec::new(),
            enum_type: None,
            test_values: TestValues::for_reference(),
            large: false,
            column_type: ColumnType { row_type: "i64", ..ColumnType::of(&ScalarType::Uuid) },
        })
    }

    fn scalar(column: &Column, names: &Names, scalar: &ScalarType) -> Result<Self, String> {
        validate_scalar(column, scalar)?;
        let enum_type = matches!(scalar, ScalarType::Enum { .. })
            .then(|| format!("{}{}", names.type_name, pascal_case(&column.name)));
        Ok(Self {
            name: column.name.clone(),
            loco_type: column.col_type(),
            nullable: column.nullable,
            unique: column.unique,
            target: None,
            enum_values: if let ScalarType::Enum { values } = scalar { values.clone() } else { Vec::new() },
            enum_type,
            test_values: TestValues::for_scalar(&column.name, scalar),
            large: is_large(scalar),
            column_type: ColumnType::of(scalar),
        })
    }

    /// Returns the referenced table and the foreign key in the format of Loco's migrations.
    pub fn loco_reference(&self) -> (String, &str) {
        let target = self.target.as_deref().unwrap_or_default();
        (format!("{target}{}", if self.nullable { "?" } else { "" }), &self.name)
    }

    pub fn is_bool(&self) -> bool {
        self.column_type.row_type == "bool"
    }

    pub fn is_float(&self) -> bool {
        ["f32", "f64"].contains(&self.column_type.row_type)
    }

    /// Returns the maximum size of the field in a request, in bytes.
    pub fn max_request_bytes(&self) -> u64 {
        self.column_type.max_request_bytes
    }

    /// Returns the template variables of the field.
    pub fn context(&self) -> Value {
        let column = &self.column_type;
        let optional = |rust: &str| if self.nullable { format!("Option<{rust}>") } else { rust.to_owned() };
        let convert = |conversion: Conversion, value: &str| {
            (if self.nullable { conversion.1 } else { conversion.0 }).replace("{}", value)
        };
        let enum_type = self.enum_type.as_deref();
        // Reads the public IDs of references from `Linked`, because a row contains only internal IDs.
        let view_source = if self.target.is_some() { "linked" } else { "row" };
        let arguments = column.rule.as_ref().map(|(_, arguments)| arguments);
        let rule_arguments = arguments.filter(|arguments| !arguments.is_empty());
        let enum_values = self.enum_values.iter().map(|value| json!({ "name": value, "variant": pascal_case(value) }));
        json!({
            "name": self.name,
            "nullable": self.nullable,
            "large": self.large,
            "target": self.target,
            "relation": self.target.as_ref().map(|_| pascal_case(self.name.trim_end_matches("_id"))),
            "row_type": optional(column.row_type),
            "sea_orm_type": column.sea_orm_type,
            "model_type": optional(enum_type.unwrap_or(column.model_type)),
            "json_type": optional(enum_type.unwrap_or(column.json_type)),
            "view_type": optional(column.json_type),
            "request_schema_type": column.schema_type.map(optional),
            "view_schema_type": enum_type.or(column.schema_type).map(optional),
            "rule": column.rule.as_ref().map(|(rule, _)| rule),
            "rule_arguments": rule_arguments,
            "validated_type": column.json_type,
            "from_request": convert(column.from_request, &format!("params.{}", self.name)),
            "to_row": convert(column.to_row, &format!("self.{}", self.name)),
            "to_view": convert(column.to_view, &format!("{view_source}.{}", self.name)),
            "enum_type": self.enum_type,
            "enum_values": enum_values.collect::<Vec<_>>(),
            "example": self.test_values.example(),
            "invalid_values": self.test_values.invalid(&self.name, self.nullable),
            "column_variant": pascal_case(&self.name),
        })
    }
}

/// Returns whether values may be so large that lists must not load the column.
const fn is_large(scalar: &ScalarType) -> bool {
    match scalar {
        ScalarType::Text | ScalarType::Json | ScalarType::Jsonb | ScalarType::Blob => true,
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } => *len > MAX_LISTED_BYTES,
        _ => false,
    }
}

/// Rejects a column that Loco's grammar accepts, but that a resource cannot have.
fn validate_scalar(column: &Column, scalar: &ScalarType) -> Result<(), String> {
    let name = &column.name;
    match scalar {
        ScalarType::Text | ScalarType::Blob | ScalarType::Jsonb if column.unique => {
            Err(format!("{name}: a column without a length limit cannot be unique; use string"))
        }
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } if column.unique && *len > MAX_UNIQUE_BYTES => {
            Err(format!("{name}: a unique binary column must have at most {MAX_UNIQUE_BYTES} bytes"))
        }
        ScalarType::VarBinary { len } | ScalarType::BinaryLen { len } if !(1..=MAX_BINARY_BYTES).contains(len) => {
            Err(format!("{name}: a binary column must have 1 to {MAX_BINARY_BYTES} bytes"))
        }
        ScalarType::DecimalLen { precision, scale }
            if !(1..=MAX_DECIMAL_DIGITS).contains(precision) || scale > precision =>
        {
            Err(format!(
                "{name}: decimal_len must have 1 to {MAX_DECIMAL_DIGITS} digits, and at most as many decimal places"
            ))
        }
        ScalarType::Enum { values } if column.unique && values.len() < 2 => {
            Err(format!("{name}: a unique enum must have at least two values"))
        }
        ScalarType::Enum { values } => values.iter().enumerate().try_for_each(|(index, value)| {
            if values[..index].contains(value) {
                return Err(format!("{name}: {value} is a duplicate value"));
            }
            names::validate(value).map_err(|error| format!("{name}: {error}"))
        }),
        _ => Ok(()),
    }
}

/// Returns flags for the imports that the types of the fields require.
pub fn imports(fields: &[Field]) -> Value {
    let uses = |rust: &str| fields.iter().any(|field| field.column_type.json_type == rust);
    let rules: Vec<_> = fields.iter().filter_map(|field| field.column_type.rule.as_ref()).collect();
    json!({
        "date": uses("NaiveDate"),
        "time": uses("NaiveTime"),
        "timestamp": uses("DateTime<Utc>"),
        "decimal": uses("DecimalString"),
        "json": uses("Value"),
        "binary": uses("Base64"),
        "subsecond": uses("NaiveTime") || uses("DateTime<Utc>"),
        "rules": !rules.is_empty(),
        "rule_arguments": rules.iter().any(|(_, arguments)| !arguments.is_empty()),
    })
}
