//! What happens to every answer on its way out: it gets the headers that all have, is counted, and is written to the log.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, Response};
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

use crate::cache::Again;
use crate::headers;
use crate::metrics::Figures;
use crate::state::AppState;

/// The layer. By hand and not by `axum::middleware`, which clones everything inside of it for each request.
#[derive(Clone)]
pub(crate) struct Passage(AppState);

impl Passage {
    /// Counts in `state`.
    pub(crate) fn new(state: AppState) -> Self {
        Self(state)
    }
}

impl<S> Layer<S> for Passage {
    type Service = Passed<S>;

    fn layer(&self, inner: S) -> Passed<S> {
        Passed { inner, state: self.0.clone() }
    }
}

/// A service whose answers pass.
#[derive(Clone)]
pub(crate) struct Passed<S> {
    inner: S,
    state: AppState,
}

impl<S, B> Service<Request> for Passed<S>
where
    S: Service<Request, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let began = Instant::now();
        let (state, method) = (self.state.clone(), request.method().clone());
        // Its route, never its address, which may hold what somebody typed.
        let path = request.extensions().get::<MatchedPath>().cloned();
        let answered = self.inner.call(request);
        Box::pin(async move {
            let mut response = answered.await?;
            headers::secure(response.headers_mut());
            let route = path.as_ref().map_or("-", MatchedPath::as_str);
            let figures = state.metrics.of_route(route, response.status().as_u16());
            count(&figures, &method, began.elapsed());
            if let Some(Again(counted)) = response.extensions_mut().get_mut() {
                *counted = Some(figures);
            }
            Ok(response)
        })
    }
}

/// Counts an answer that took so long, and writes it to the log.
pub(crate) fn count(figures: &Figures, method: &Method, took: Duration) {
    let (route, status) = figures.of();
    tracing::debug!(http.method = %method, http.route = route, http.status = status, duration_ms = took.as_secs_f64() * 1e3, "answered");
    figures.add(took);
}
