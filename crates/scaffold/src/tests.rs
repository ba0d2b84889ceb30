//! Tests of the commands, and of the validation of their arguments.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::*;

/// Returns the template variables of a scaffold in an application whose only model is `documents`.
fn prepare(words: &[&str]) -> Result<Value, String> {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("src/models")).unwrap();
    fs::write(root.path().join("src/models/documents.rs"), "").unwrap();
    let project = Project { root: root.path(), crate_name: "app" };
    ResourceRequest::parse(true, words)?.prepare(&project, DateTime::UNIX_EPOCH)
}

#[test]
fn run_returns_none_when_another_command_is_given() {
    let project = Project { root: Path::new("missing"), crate_name: "app" };
    for words in [vec!["start"], vec!["generate", "task"], vec!["g", "scaffold", "--help"], vec!["g"]] {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        assert_eq!(run(&words, &project, DateTime::UNIX_EPOCH), Ok(None), "{words:?}");
    }
}

#[test]
fn command_is_checked_when_an_environment_is_given() {
    let project = Project { root: Path::new("missing"), crate_name: "app" };
    for words in [vec!["-e", "test", "g", "task", "type"], vec!["--environment=test", "generate", "model", "type"]] {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let error = run(&words, &project, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(error.contains("reserved word") || error.contains("needs a field"), "{words:?}: {error}");
    }
}

#[test]
fn list_view_omits_fields_when_they_may_be_large() {
    let fields = ["notes", "label:string!", "body:text!", "extra:json", "more:jsonb", "photo:blob"];
    let fields = fields.into_iter().chain(["key:var_binary:1024!", "scan:var_binary:1025!"]);
    let context = prepare(&fields.collect::<Vec<_>>()).unwrap();
    assert_eq!(context["large_fields"], json!(["body", "extra", "more", "photo", "scan"]));
    let types: Vec<_> = context["views"].as_array().unwrap().iter().map(|view| &view["type"]).collect();
    assert_eq!(types, ["NoteView", "NoteSummary"]);
    let small = prepare(&["notes", "label:string!"]).unwrap();
    assert_eq!(small["views"].as_array().map(Vec::len), Some(1));
}

#[test]
fn generator_rejects_a_resource_with_a_reason_when_it_is_unsupported() {
    for (words, reason) in [
        (vec!["invoices"], "needs a field"),
        (vec!["invoices", "number"], "name:type"),
        (vec!["invoices", "number:strong"], "`strong` not found"),
        (vec!["invoices", "number:string", "--no-auth"], "has an owner"),
        (vec!["invoices_", "number:string"], "lowercase"),
        (vec!["documents", "number:string"], "src/models/documents.rs"),
        (vec!["invoices", "type:string"], "reserved word of Rust"),
        (vec!["invoices", "user_id:int"], "has this column"),
        (vec!["invoices", "created_at:tstz"], "has this column"),
        (vec!["invoices", "number:string", "number:int"], "duplicate"),
        (vec!["invoices", "tags:array:string"], "json"),
        (vec!["invoices", "body:text^"], "unique"),
        (vec!["invoices", "state:enum:Draft,live"], "lowercase"),
        (vec!["invoices", "state:enum:draft^"], "two values"),
        (vec!["invoices", "user:references"], "owner"),
        (vec!["invoices", "customer:references"], "src/models"),
        (vec!["invoices", "document:references"], "find_for"),
        (vec!["invoices", "invoice:references:parent_id"], "itself"),
        (vec!["invoices", "price:decimal_len:2:4"], "decimal_len"),
    ] {
        let error = prepare(&words).err().unwrap_or_default();
        assert!(error.contains(reason), "{words:?}: {error:?}");
    }
}
