//! The OpenAPI 3.1 description of the whole API.

use serde_json::{Value, json};
use utoipa::{
    OpenApi as _, ToSchema,
    openapi::{
        ContentBuilder, Header, OpenApi, Ref, RefOr, ResponseBuilder,
        schema::{ArrayBuilder, ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    controllers::routing::api::{KEY_EXTENSION, LIMIT_EXTENSION, operations},
    errors::Code,
    settings::RateLimitSettings,
    views::errors::ErrorBody,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ballast",
        description = "Accounts, uploads, and documents typeset to PDF.\n\nEvery response has the header `X-Request-ID`. Every error has the format of the schema `ErrorBody`; its `code` is one of a closed set.",
        contact(name = "The operators of this server"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "health", description = "Health of the service and of its dependencies."),
        (name = "auth", description = "Registration, login, sessions and the account of the current user."),
        (name = "uploads", description = "Files of the current user."),
        (name = "documents", description = "Markdown documents of the current user. Images are uploads of the user: `![alt](upload:ID)`."),
        (name = "typesettings", description = "Typesettings of documents, and their PDFs."),
        // tags-inject (do not remove)
    ),
    components(schemas(ErrorBody)),
)]
struct Base;

/// Returns the OpenAPI description with the configured rate limits.
#[must_use]
pub fn document(limits: &RateLimitSettings) -> OpenApi {
    let mut document = Base::openapi();
    for controller in super::routes() {
        document.merge(controller.spec);
    }
    components(&mut document);
    reference_items(&mut document);
    state_limits(&mut document, limits);
    document
}

fn components(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.security_schemes.insert("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    let body = || ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name())));
    let error = ResponseBuilder::new().description("An error in the format of every error.");
    let error = error.content("application/json", body().example(Some(example(Code::NotFound))).build());
    let limited = ResponseBuilder::new()
        .description("Too many requests. `Retry-After` is the number of seconds until the next request is admitted.");
    let limited = limited
        .header("Retry-After", header(Type::Integer, "Seconds to wait."))
        .header("RateLimit-Policy", header(Type::String, "The policy: `\"login\";q=5;w=60`."))
        .header("RateLimit", header(Type::String, "Limit status of the address: `\"login\";r=0;t=37`."))
        .content("application/json", body().example(Some(example(Code::RateLimited))).build());
    components.responses.insert("Error".to_owned(), RefOr::T(error.build()));
    components.responses.insert("RateLimited".to_owned(), RefOr::T(limited.build()));
}

/// Replaces the item schema in each `Page_*` schema with a reference, because utoipa inlines the item schema.
fn reference_items(document: &mut OpenApi) {
    for (name, page) in &mut document.components.get_or_insert_default().schemas {
        if let (Some(item), RefOr::T(Schema::Object(page))) = (name.strip_prefix("Page_"), page) {
            let items = ArrayBuilder::new().items(Ref::from_schema_name(item)).build();
            page.properties.insert("items".to_owned(), items.into());
        }
    }
}

fn header(kind: Type, description: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(kind).build());
    header.description = Some(description.to_owned());
    header
}

fn example(code: Code) -> Value {
    let request_id = "01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d";
    json!({ "error": { "code": code.name(), "message": code.message(), "request_id": request_id } })
}

/// Adds the rate limits to the description of each limited operation.
fn state_limits(document: &mut OpenApi, limits: &RateLimitSettings) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let extension = |name: &str| operation.extensions.as_ref().and_then(|extensions| extensions.get(name));
        let keys = extension(KEY_EXTENSION).map_or_else(|| vec!["address".to_owned()], names);
        let policies = extension(LIMIT_EXTENSION).into_iter().flat_map(names);
        let words: Vec<_> = policies.filter_map(|name| words(&name, &keys, limits)).collect();
        if !words.is_empty() {
            let description = operation.description.take().unwrap_or_default();
            operation.description = Some(format!("{description}\n\n{}", words.join(" ")).trim().to_owned());
        }
    }
}

fn names(extension: &Value) -> Vec<String> {
    let several = extension.as_array().map_or_else(|| std::slice::from_ref(extension), Vec::as_slice);
    several.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn words(policy: &str, keys: &[String], limits: &RateLimitSettings) -> Option<String> {
    let (name, window) = limits.policies().into_iter().find(|(name, _)| *name == policy)?;
    Some(format!(
        "Limit `{name}`: {} requests in any {} seconds per {}.",
        window.requests,
        window.window_seconds,
        keys.join(" and per ")
    ))
}
