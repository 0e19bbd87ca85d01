//! `GET /find`: who is meant by a name.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixpotify_resolve::{Candidate, Verdict};

use super::model::NamedModel;
use super::openapi;
use super::paging::Params;
use crate::error::Result;
use crate::state::AppState;

#[derive(Deserialize)]
pub(crate) struct Query {
    q: String,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    query: String,
    verdict: &'static str,
    how: Option<&'static str>,
    answer: Option<NamedModel>,
    candidates: Vec<CandidateModel>,
}

#[derive(Serialize)]
struct CandidateModel {
    id: String,
    name: String,
    how: &'static str,
    score: f32,
}

/// Who is meant, and how that was decided. A name that nobody has is an answer, too.
pub(crate) async fn find(State(state): State<AppState>, Params(query): Params<Query>) -> Result<Json<Answer>> {
    let found = state.resolver.resolve(&query.q).await?;
    let (verdict, how) = match found.verdict {
        Verdict::Found(how) => ("found", Some(how.as_str())),
        Verdict::Ambiguous => ("ambiguous", None),
        Verdict::NotFound => ("not_found", None),
    };
    let named = |candidate: &Candidate| NamedModel { id: candidate.id.to_string(), name: candidate.name.clone() };
    let candidate = |candidate: &Candidate| CandidateModel {
        id: candidate.id.to_string(),
        name: candidate.name.clone(),
        how: candidate.how.as_str(),
        score: candidate.score,
    };
    Ok(Json(Answer {
        query: query.q,
        verdict,
        how,
        answer: found.candidates.first().filter(|_| how.is_some()).map(named),
        candidates: found.candidates.iter().map(candidate).collect(),
    }))
}

/// What the document says of it.
pub(crate) fn operation() -> Value {
    let named = openapi::reference("Named");
    openapi::operation(
        "find",
        "Who is meant by a name, in any script and with slips, and how that was decided",
        json!([{ "name": "q", "in": "query", "required": true, "schema": { "type": "string" },
                 "description": "A name, an id or a link" }]),
        openapi::object(json!({
            "query": { "type": "string" },
            "verdict": { "enum": ["found", "ambiguous", "not_found"] },
            "how": { "type": ["string", "null"], "description": "How the artist was found: `exact`, `alias`, `typo`, .." },
            "answer": { "oneOf": [named, { "type": "null" }] },
            "candidates": { "type": "array", "items": openapi::object(json!({
                "id": { "type": "string" }, "name": { "type": "string" }, "how": { "type": "string" },
                "score": { "type": "number", "minimum": 0, "maximum": 1 },
            })) },
        })),
        false,
    )
}
