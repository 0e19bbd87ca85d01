//! Extended-mode answers against Spotify's OpenAPI description, which the variable `SIXPOTIFY_OPENAPI` names.

use serde_json::{Value, json};
use spotify_sim::{Mode, sample};

use crate::client::Api;

#[tokio::test]
async fn extended_answers_match_the_description() {
    let Some(path) = std::env::var_os("SIXPOTIFY_OPENAPI") else {
        println!("SIXPOTIFY_OPENAPI is not set: answers of spotify-sim are not checked against the OpenAPI file");
        return;
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let api_description = Description::read(&text);
    let api = Api::mode(Mode::Extended).await;
    let mut checked = 0;

    let names = ["ILLENIUM", "Linkin Park", "Mötley Crüe", "Breanne Düren"];
    for name in names {
        let found = api.search(name, "artist,track", 50).await;
        checked += api_description.check("/search", &found);
        let artist = api.artist(name).await;
        let id = artist["id"].as_str().unwrap();
        checked += api_description.check("/artists/{id}", &artist);
        checked += api_description.check("/artists", &api.ok(&format!("artists?ids={id}")).await);
        let albums = api.ok(&format!("artists/{id}/albums?limit=50")).await;
        checked += api_description.check("/artists/{id}/albums", &albums);
        let album = albums["items"][0]["id"].as_str().unwrap().to_owned();
        checked += api_description.check("/albums/{id}", &api.ok(&format!("albums/{album}")).await);
        let tracks = api.ok(&format!("albums/{album}/tracks")).await;
        checked += api_description.check("/albums/{id}/tracks", &tracks);
        let top = api.ok(&format!("artists/{id}/top-tracks?market=US")).await;
        checked += api_description.check("/artists/{id}/top-tracks", &top);
    }
    let ids: Vec<_> = sample::tracks().into_iter().take(50).map(|track| track.id).collect();
    let joined = ids.join(",");
    checked += api_description.check("/tracks", &api.ok(&format!("tracks?ids={joined}")).await);
    checked += api_description.check("/tracks/{id}", &api.ok(&format!("tracks/{}", ids[0])).await);
    checked += api_description.check("/audio-features", &api.ok(&format!("audio-features?ids={joined}")).await);
    checked += api_description.check("/audio-features/{id}", &api.ok(&format!("audio-features/{}", ids[0])).await);
    println!("{checked} answers of spotify-sim match {}", path.display());
}

#[test]
fn the_check_can_fail() {
    let description = Description::read(
        "paths: {/x: {get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/X'}}}}}}}}\n\
         components: {schemas: {X: {type: object, required: [a], properties: {a: {type: string, nullable: true}}}}}",
    );
    assert_eq!(description.errors("/x", &json!({"a": "text"})), 0);
    assert_eq!(description.errors("/x", &json!({"a": null})), 0);
    assert_eq!(description.errors("/x", &json!({})), 1);
    assert_eq!(description.errors("/x", &json!({"a": 1})), 1);
}

/// An OpenAPI 3.0 file, read as JSON Schema.
struct Description(Value);

impl Description {
    fn read(text: &str) -> Self {
        let mut value: Value = serde_yaml_ng::from_str(text).unwrap();
        spell_out_nullable(&mut value);
        Self(value)
    }

    /// The schema of the 200 answer of `GET path`, with all components beside it for its references.
    fn schema(&self, path: &str) -> Value {
        let mut answer = &self.0["paths"][path]["get"]["responses"]["200"];
        if let Some(reference) = answer["$ref"].as_str() {
            answer = self.0.pointer(&reference[1..]).unwrap();
        }
        let schema = &answer["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "no schema for {path}");
        json!({"allOf": [schema], "components": self.0["components"]})
    }

    fn errors(&self, path: &str, answer: &Value) -> usize {
        let validator = jsonschema::draft202012::new(&self.schema(path)).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
        for error in &errors {
            eprintln!("{path}: {error}");
        }
        errors.len()
    }

    /// Panics unless `answer` matches; 1, for counting.
    fn check(&self, path: &str, answer: &Value) -> usize {
        assert_eq!(self.errors(path, answer), 0, "{path} does not match the description");
        1
    }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema has the type `null`.
fn spell_out_nullable(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("nullable") == Some(&json!(true))
                && let Some(kind) = object.get("type").cloned()
            {
                object.insert("type".to_owned(), json!([kind, "null"]));
            }
            object.values_mut().for_each(spell_out_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(spell_out_nullable),
        _ => {}
    }
}
