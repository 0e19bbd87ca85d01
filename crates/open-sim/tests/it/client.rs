//! A plain client.

use open_sim::{Config, OpenSim, RunningSim, Service};
use serde_json::Value;

/// Stand-ins.
pub(crate) async fn start(config: Config) -> RunningSim {
    OpenSim::start("127.0.0.1:0".parse().unwrap(), config).await.unwrap()
}

/// An answer: status, headers, body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

/// GETs a path of a service.
pub(crate) async fn get(sim: &RunningSim, service: Service, path: &str) -> Answer {
    try_get(sim, service, path).await.unwrap()
}

/// The same, where it may fail.
pub(crate) async fn try_get(sim: &RunningSim, service: Service, path: &str) -> reqwest::Result<Answer> {
    send(client().get(format!("{}{path}", sim.url(service)))).await
}

/// POSTs JSON to a path of a service.
pub(crate) async fn post(sim: &RunningSim, service: Service, path: &str, body: &Value) -> Answer {
    send(client().post(format!("{}{path}", sim.url(service))).json(body)).await.unwrap()
}

/// GETs a path with a header `Authorization`.
pub(crate) async fn get_with(sim: &RunningSim, service: Service, path: &str, authorization: &str) -> Answer {
    let request = client().get(format!("{}{path}", sim.url(service)));
    send(request.header("authorization", authorization)).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the stand-in is tested by a client that is not ours")]
fn client() -> reqwest::Client {
    reqwest::Client::new()
}

#[expect(clippy::disallowed_methods, reason = "the stand-in is tested by a client that is not ours")]
async fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
}
