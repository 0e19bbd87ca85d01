//! The OpenAPI 3.1 document. Each endpoint describes itself; the tests hold every answer against what is said here.

use axum::Json;
use serde_json::{Map, Value, json};
use sixpotify_core::Source;

use super::{artist, artists, find, similar, song_similar};

/// The document.
#[must_use]
pub fn document() -> Value {
    let text = || json!({ "type": "string" });
    let optional = || json!({ "type": ["string", "null"] });
    let popularity = || json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 100 });
    let sources: Vec<&str> = Source::ALL.iter().map(|source| source.as_str()).collect();
    let named = object(json!({ "id": text(), "name": text() }));
    let artist = json!({
        "type": "object",
        "required": ["id", "name", "followers", "popularity", "url", "image_url"],
        "properties": {
            "id": text(), "name": text(), "followers": { "type": ["integer", "null"], "minimum": 0 },
            "popularity": popularity(), "url": optional(), "image_url": optional(),
        },
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sixpotify",
            "version": "1",
            "description": "The catalogue, read only. Lists are paged by the last entry of a page: give `next` as `after`. \
                            Pictures and links belong to the sources named with them.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "paths": {
            "/artists": { "get": artists::operation() },
            "/artists/{id}": { "get": artist::operation() },
            "/artists/{id}/similar": { "get": similar::operation() },
            "/tracks/{id}/similar": { "get": song_similar::operation() },
            "/find": { "get": find::operation() },
        },
        "components": { "schemas": {
            "Source": { "enum": sources },
            "Named": named,
            "Artist": artist,
            "Track": object(json!({
                "id": text(), "name": text(), "artists": { "type": "array", "items": reference("Named") },
                "album": optional(), "release_date": optional(), "popularity": popularity(),
                "url": optional(), "image_url": optional(),
            })),
            "Problem": {
                "type": "object",
                "required": ["title", "status"],
                "properties": { "title": text(), "status": { "type": "integer" }, "detail": text() },
            },
        } },
    })
}

/// `GET /openapi.json`.
pub(crate) async fn serve() -> Json<Value> {
    Json(document())
}

/// An endpoint that reads; `lacks` is whether what it is about may be missing.
pub(crate) fn operation(id: &str, summary: &str, parameters: Value, answer: Value, lacks: bool) -> Value {
    let problem = |text: &str| {
        json!({
            "description": text,
            "content": { "application/problem+json": { "schema": reference("Problem") } },
        })
    };
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({ "description": "The answer", "content": { "application/json": { "schema": answer } } }),
    );
    responses.insert("400".to_owned(), problem("A parameter makes no sense"));
    if lacks {
        responses.insert("404".to_owned(), problem("It is not in the catalogue"));
    }
    responses.insert("503".to_owned(), problem("The catalogue cannot be reached now"));
    json!({ "operationId": id, "summary": summary, "parameters": parameters, "responses": responses })
}

/// An object all of whose `properties` are always there.
pub(crate) fn object(properties: Value) -> Value {
    let names: Vec<String> = properties.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    json!({ "type": "object", "required": names, "properties": properties })
}

/// One of the named schemas.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A list of neighbours.
pub(crate) fn neighbours(what: &str, schema: Value) -> Value {
    json!({ "type": "array", "items": object(json!({
        "rank": { "type": "integer", "minimum": 1 },
        "distance": { "type": "number", "minimum": 0, "maximum": 1, "description": "Lower is nearer" },
        "why": { "type": "array", "items": { "type": "string" }, "description": "Codes of the reasons" },
        "because": { "type": "string", "description": "The reasons in words" },
        what: schema,
    })) })
}

/// The parameter in the path.
pub(crate) fn id(what: &str) -> Value {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            "description": format!("Id of the {what} in the catalogue") })
}

/// How many entries.
pub(crate) fn limit() -> Value {
    json!({ "name": "limit", "in": "query", "description": "Entries of a page",
            "schema": { "type": "integer", "minimum": 1, "maximum": super::paging::MOST, "default": super::paging::USUAL } })
}

/// After which entry, as an opaque word.
pub(crate) fn after() -> Value {
    json!({ "name": "after", "in": "query", "schema": { "type": "string" }, "description": "`next` of the page before" })
}

/// After which rank.
pub(crate) fn after_rank() -> Value {
    json!({ "name": "after", "in": "query", "schema": { "type": "integer", "minimum": 0 },
            "description": "`next` of the page before" })
}

/// The next page.
pub(crate) fn next() -> Value {
    json!({ "type": ["string", "null"], "description": "Value of `after` for the next page" })
}
