//! Writes a new resource: `cargo loco generate model` and `cargo loco generate scaffold`.
//!
//! Loco's generator renders four templates for these and asks the database for the rest. This one
//! renders every template of `.loco-templates/model`, for large columns those of `.loco-templates/summary` and
//! for a scaffold those of `.loco-templates/scaffold` too, and needs neither a database nor a second program. The fields'
//! types are Loco's own.

mod field;
mod kind;
mod names;
mod samples;
mod templates;

use loco_gen::column::columns_from_fields;
use serde_json::{Value, json};

pub use self::names::check as check_name;

use self::{field::Field, names::Names};
use crate::clock;

/// What is wanted: a resource by its name and its fields.
struct Order {
    scaffold: bool,
    name: String,
    fields: Vec<(String, String)>,
}

/// What comes after a new table.
const NEXT: &str = "next: cargo loco db migrate, then cargo test";

/// Does what these arguments ask for, where it is something for this generator, and says what comes next.
///
/// # Errors
/// Why nothing can be written, in words for whoever asked.
pub fn run(arguments: &[String]) -> Option<Result<&'static str, String>> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (kind, rest) = match words.as_slice() {
        ["generate" | "g", kind @ ("model" | "scaffold"), rest @ ..] => (*kind, rest),
        _ => return None,
    };
    // Loco's own help lists the types.
    if rest.is_empty() || rest.iter().any(|word| ["-h", "--help"].contains(word)) {
        return None;
    }
    Some(order(kind == "scaffold", rest).and_then(|order| order.write()).map(|()| NEXT))
}

/// Brings what Loco's generators wrote into the one form: where a name stands among others depends on the service's.
///
/// # Errors
/// When it is no Rust.
pub fn finish(arguments: &[String]) -> Result<(), String> {
    let wrote = arguments.first().is_some_and(|word| ["generate", "g"].contains(&word.as_str()));
    if wrote { templates::format() } else { Ok(()) }
}

fn order(scaffold: bool, words: &[&str]) -> Result<Order, String> {
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(format!("{option} is not taken: every resource has an owner, and its times"));
    }
    let (name, fields) = words.split_first().ok_or("a resource needs a name")?;
    let fields = fields.iter().map(|word| {
        let (name, kind) = word.split_once(':').ok_or_else(|| format!("{word}: a field is given as name:type"))?;
        Ok((name.to_owned(), kind.to_owned()))
    });
    Ok(Order { scaffold, name: (*name).to_owned(), fields: fields.collect::<Result<_, String>>()? })
}

impl Order {
    /// What the templates need, or why there can be no such resource. Writes nothing.
    fn prepare(&self) -> Result<Value, String> {
        let names = Names::of(&self.name)?;
        let fields = self.fields(&names)?;
        templates::check(&names, &fields, self.scaffold)?;
        Ok(context(&names, &fields))
    }

    fn write(&self) -> Result<(), String> {
        let context = self.prepare()?;
        templates::render("model", &context)?;
        if context["large"].as_array().is_some_and(|large| !large.is_empty()) {
            templates::render("summary", &context)?;
        }
        if self.scaffold {
            templates::render("scaffold", &context)?;
        }
        templates::format()
    }

    fn fields(&self, names: &Names) -> Result<Vec<Field>, String> {
        if self.fields.is_empty() {
            return Err("a resource needs a field: name:type".to_owned());
        }
        // Loco passes over the names that it writes itself; here they are refused.
        names::check_fields(&self.fields)?;
        let columns = columns_from_fields(&self.fields).map_err(|error| error.to_string())?;
        columns.iter().map(|column| Field::of(column, names)).collect()
    }
}

/// What the templates may name; `name`, `ts`, `columns` and `references` are as in Loco's.
fn context(names: &Names, fields: &[Field]) -> Value {
    let (links, columns): (Vec<&Field>, Vec<&Field>) = fields.iter().partition(|field| field.target.is_some());
    let linked = !links.is_empty();
    let references: Vec<_> = links.iter().map(|field| field.reference()).collect();
    let bools = |nullable| fields.iter().filter(|field| field.is_bool() && field.nullable == nullable).count();
    json!({
        "name": names.plural,
        "ts": clock::now(),
        "columns": columns.iter().map(|field| (&field.name, &field.column_type)).collect::<Vec<_>>(),
        "references": references,
        "uniques": fields.iter().filter(|field| field.unique).map(|field| &field.name).collect::<Vec<_>>(),
        "plural": names.plural,
        "singular": names.singular,
        "type_name": names.type_name,
        "type_plural": names.type_plural,
        "things": names.things,
        "things_title": names.things_title,
        "thing": names.thing,
        "fields": fields.iter().map(|field| field.context(names)).collect::<Vec<_>>(),
        "large": fields.iter().filter(|field| field.large).map(|field| &field.name).collect::<Vec<_>>(),
        "views": views(names, fields),
        "targets": targets(fields),
        "enum_types": fields.iter().filter_map(|field| field.enum_type.as_deref()).collect::<Vec<_>>(),
        "has_float": fields.iter().any(Field::is_float),
        "many_bools": bools(false) > 3,
        "imports": field::imports(fields),
        "request_kib": fields.iter().map(Field::request_bytes).sum::<u64>().div_ceil(64 * 1024) * 64,
        "samples": samples::of(fields),
        "pkg_name": env!("CARGO_CRATE_NAME"),
        "call_first": call("first", "who", linked),
        "call_second": call("second", "who", linked),
        "call_first_of_eve": call("first", "eve", linked),
        "call_second_of_eve": call("second", "eve", linked),
        "redacted": redacted(fields, ""),
        "redacted_items": redacted(fields, ".items[]"),
    })
}

/// The views of a resource: the whole row and, if a column may be large, the row in a list.
fn views(names: &Names, fields: &[Field]) -> Value {
    let view = |suffix: &str, row: &str, shown: &mut dyn Iterator<Item = &Field>| {
        let fields: Vec<_> = shown.map(|field| field.context(names)).collect();
        json!({ "type": format!("{}{suffix}", names.type_name), "row": row, "fields": fields })
    };
    let mut views = vec![view("View", "Model", &mut fields.iter())];
    if fields.iter().any(|field| field.large) {
        views.push(view("Summary", "Summary", &mut fields.iter().filter(|field| !field.large)));
    }
    json!(views)
}

/// How a test has the content of a request: what it refers to must be there first.
fn call(which: &str, who: &str, linked: bool) -> String {
    if linked { format!("{which}(&app, &{who}).await") } else { format!("{which}()") }
}

/// The ids that a snapshot hides beside those that every resource has.
fn redacted(fields: &[Field], inside: &str) -> String {
    let links = fields.iter().filter(|field| field.target.is_some());
    let hidden: Vec<_> = links.map(|field| format!(", \"{inside}.{}\" => redactions::id()", field.name)).collect();
    hidden.concat()
}

/// The resources that are referred to, each once.
fn targets(fields: &[Field]) -> Vec<&str> {
    let mut targets: Vec<_> = fields.iter().filter_map(|field| field.target.as_deref()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(words: &[&str]) -> Option<String> {
        order(true, words).and_then(|order| order.prepare()).err()
    }

    #[test]
    fn what_is_not_a_resource_is_left_to_loco() {
        for words in [vec!["start"], vec!["generate", "task", "tidy"], vec!["g", "scaffold", "--help"], vec!["g"]] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert!(run(&words).is_none(), "{words:?}");
        }
    }

    #[test]
    fn lists_leave_out_columns_that_may_be_large() {
        let fields = ["notes", "label:string!", "body:text!", "extra:json", "more:jsonb", "photo:blob"];
        let fields = fields.into_iter().chain(["key:var_binary:1024!", "scan:var_binary:1025!"]);
        let context = order(true, &fields.collect::<Vec<_>>()).and_then(|order| order.prepare()).unwrap();
        assert_eq!(context["large"], json!(["body", "extra", "more", "photo", "scan"]));
        let types: Vec<_> = context["views"].as_array().unwrap().iter().map(|view| &view["type"]).collect();
        assert_eq!(types, ["NoteView", "NoteSummary"]);
        let small = order(true, &["notes", "label:string!"]).and_then(|order| order.prepare()).unwrap();
        assert_eq!(small["views"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn what_cannot_be_generated_is_refused_with_its_reason() {
        for (words, reason) in [
            (vec!["invoices"], "needs a field"),
            (vec!["invoices", "number"], "name:type"),
            (vec!["invoices", "number:strong"], "`strong` not found"),
            (vec!["invoices", "number:string", "--no-auth"], "has an owner"),
            (vec!["invoices_", "number:string"], "small letters"),
            (vec!["documents", "number:string"], "src/models/documents.rs"),
            (vec!["invoices", "type:string"], "word of Rust"),
            (vec!["invoices", "user_id:int"], "written by itself"),
            (vec!["invoices", "created_at:tstz"], "written by itself"),
            (vec!["invoices", "number:string", "number:int"], "twice"),
            (vec!["invoices", "tags:array:string"], "json"),
            (vec!["invoices", "body:text^"], "unique"),
            (vec!["invoices", "state:enum:Draft,live"], "small letters"),
            (vec!["invoices", "state:enum:draft^"], "two values"),
            (vec!["invoices", "user:references"], "owner"),
            (vec!["invoices", "nobody:references"], "src/models"),
            (vec!["invoices", "invoice:references:parent_id"], "itself"),
            (vec!["invoices", "price:decimal_len:2:4"], "decimal_len"),
        ] {
            let refusal = refusal(&words).unwrap_or_default();
            assert!(refusal.contains(reason), "{words:?}: {refusal:?}");
        }
    }
}
