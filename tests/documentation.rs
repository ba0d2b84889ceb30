//! Tests of the OpenAPI description: complete, consistent with the routes, and not served if disabled.

use std::collections::BTreeSet;

use ballast::app::App;
use serde_json::{Value, json};

use crate::{requests::GENERATED, support::TestApp};

fn operations_of(spec: &Value) -> BTreeSet<(String, String)> {
    let paths = spec["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

#[tokio::test]
async fn openapi_describes_exactly_the_served_routes() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let routes = loco_rs::boot::list_endpoints::<App>(&app.ctx);
    // Skips web pages, because web pages are not part of the API.
    let served: BTreeSet<_> = routes
        .iter()
        .filter(|route| route.uri.starts_with("/api/"))
        .flat_map(|route| route.actions.iter().map(|method| (method.to_string(), route.uri.clone())))
        .collect();
    assert_eq!(operations_of(&spec), served);
}

#[tokio::test]
async fn openapi_matches_the_snapshot() {
    let app = TestApp::start_with(|config| {
        for policy in ["login", "login_pair", "register", "refresh", "upload", "typeset"] {
            config.settings.as_mut().unwrap()["rate_limits"][policy]["requests"] = json!(5);
        }
    })
    .await;
    let spec = without_generated(app.get("/api/openapi.json").send().await.json());
    insta::assert_json_snapshot!("openapi", spec, { ".info.version" => "[version]" });
}

/// Removes generated operations, and schemas that only generated operations use.
fn without_generated(mut spec: Value) -> Value {
    let is_generated = |path: &str| {
        let name = path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next());
        name.is_some_and(|name| GENERATED.contains(&name))
    };
    let paths = spec["paths"].as_object_mut().unwrap();
    let (generated, kept) = std::mem::take(paths).into_iter().partition(|(path, _)| is_generated(path));
    *paths = kept;
    let mut unused = schemas_of(&spec, &Value::Object(generated));
    spec["tags"].as_array_mut().unwrap().retain(|tag| !GENERATED.contains(&tag["name"].as_str().unwrap()));
    let kept = schemas_of(&spec, &spec["paths"]);
    unused.retain(|name| !kept.contains(name));
    spec["components"]["schemas"].as_object_mut().unwrap().retain(|name, _| !unused.contains(name));
    spec
}

/// Returns every schema that `part` references directly or indirectly.
fn schemas_of(spec: &Value, part: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut texts = vec![part.to_string()];
    while let Some(text) = texts.pop() {
        for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
            if found.insert(name.to_owned()) {
                texts.push(spec["components"]["schemas"][name].to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn openapi_operations_have_unique_ids_tags_and_error_responses() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    assert_eq!(spec["openapi"], "3.1.0");
    let tags: BTreeSet<&str> =
        spec["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for operation in spec["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is duplicated");
        assert!(operation["tags"].as_array().unwrap().iter().all(|tag| tags.contains(tag.as_str().unwrap())), "{name}");
        for text in ["summary", "description"] {
            assert!(operation[text].as_str().is_some_and(|text| !text.is_empty()), "{name}: {text}");
        }
        assert!(operation["responses"]["400"].is_object(), "{name}");
        assert_eq!(operation["responses"]["default"]["$ref"], "#/components/responses/Error", "{name}");
        // Operations that check credentials can respond with 401.
        let authenticated = !operation["security"].as_array().unwrap().is_empty();
        let rejects = authenticated || ["login", "refresh"].contains(&name);
        assert_eq!(rejects, operation["responses"]["401"].is_object(), "{name}");
        let limited = operation["x-rate-limit-policy"].is_string();
        // Operations of signed-in users can respond with 429, because a limit counts all requests of a user.
        let rejects = limited || authenticated;
        assert_eq!(rejects, operation["responses"]["429"].is_object(), "{name}");
        assert_eq!(limited, operation["description"].as_str().is_some_and(|text| text.contains("Limit `")), "{name}");
    }
}

/// Returns the content schema of every response, with the operation ID, the status and the media type.
fn contents_of(spec: &Value) -> Vec<(String, &Value)> {
    let operations = spec["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let contents = operations.flat_map(|operation| {
        let responses = operation["responses"].as_object().unwrap().iter();
        responses.flat_map(move |(status, response)| {
            let contents = response["content"].as_object().into_iter().flatten();
            contents.map(move |(kind, body)| (format!("{} {status} {kind}", operation["operationId"]), &body["schema"]))
        })
    });
    contents.collect()
}

#[tokio::test]
async fn openapi_describes_files_as_binary_and_other_responses_by_a_named_schema() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let (json, files): (Vec<_>, Vec<_>) =
        contents_of(&spec).into_iter().partition(|(place, _)| place.ends_with("application/json"));
    assert!(json.iter().all(|(_, schema)| schema["$ref"].is_string()), "{json:?}");
    let types: BTreeSet<_> = files.iter().map(|(place, _)| place.replace('"', "")).collect();
    let expected = ["document_pdf 200", "document_pdf 206", "upload_content 200", "upload_content 206"];
    for place in expected {
        // Requires this media type, because some client generators do not support the other media type of the response.
        assert!(types.contains(&format!("{place} application/octet-stream")), "{types:?}");
    }
    for (place, schema) in files {
        assert_eq!((&schema["type"], &schema["format"]), (&json!("string"), &json!("binary")), "{place}");
    }
}

#[tokio::test]
async fn openapi_uses_every_schema_and_pages_reference_their_items() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let schemas = spec["components"]["schemas"].as_object().unwrap();
    let mut used = schemas_of(&spec, &spec["paths"]);
    used.extend(schemas_of(&spec, &spec["components"]["responses"]));
    assert_eq!(schemas.keys().cloned().collect::<BTreeSet<_>>(), used);
    for (name, schema) in schemas {
        if let Some(item) = name.strip_prefix("Page_") {
            let reference = format!("#/components/schemas/{item}");
            assert_eq!(schema["properties"]["items"], json!({ "type": "array", "items": { "$ref": reference } }));
        }
    }
}

#[tokio::test]
async fn openapi_references_only_defined_schemas() {
    let app = TestApp::start().await;
    let text = app.get("/api/openapi.json").send().await.text();
    let spec: Value = serde_json::from_str(&text).unwrap();
    let references: BTreeSet<&str> =
        text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 5);
    for reference in references {
        assert!(spec.pointer(reference).is_some(), "{reference} is undefined");
    }
}

#[tokio::test]
async fn documentation_page_has_only_existing_files_and_no_inline_script() {
    let app = TestApp::start().await;
    let page = app.get("/api/docs").send().await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let text = page.text();
    let files: Vec<&str> = text.split(['"']).filter(|part| part.starts_with("/api/")).collect();
    assert_eq!(files.len(), 7, "{files:?}");
    for file in files {
        assert_eq!(app.get(file).send().await.status, 200, "{file}");
    }
    assert!(
        !text.contains("http")
            && !text.contains("style=")
            && text.matches("<script").count() == text.matches("<script src=").count()
    );
}

#[tokio::test]
async fn disabled_documentation_returns_404_like_unknown_paths() {
    let app = TestApp::start_with(|config| config.settings.as_mut().unwrap()["docs_enabled"] = json!(false)).await;
    let unknown = app.get("/api/unknown").send().await;
    for path in ["/api/openapi.json", "/api/docs", "/api/docs/", "/api/docs/swagger-ui.css"] {
        let response = app.get(path).send().await;
        assert_eq!(response.error_code(), "not_found", "{path}");
        assert_eq!(response.json()["error"]["message"], unknown.json()["error"]["message"]);
        let names = |response: &crate::support::TestResponse| {
            response.headers.keys().map(ToString::to_string).collect::<BTreeSet<_>>()
        };
        assert_eq!(names(&response), names(&unknown), "{path}");
    }
}

#[tokio::test]
async fn loco_probes_are_not_served() {
    let app = TestApp::start().await;
    for path in ["/_ping", "/_health", "/_readiness"] {
        assert_eq!(app.get(path).send().await.error_code(), "not_found", "{path}");
    }
}
