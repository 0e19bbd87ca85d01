//! What a connection talks to: answers that may be given again are, everything else goes to the router.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use futures_util::future::Either;
use tokio::time::Instant;

use crate::cache::{Again, Answer, Key};
use crate::error::Problem;
use crate::passage;
use crate::router::router;
use crate::state::AppState;

/// Everything that the server answers. Cheap to clone.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    state: AppState,
    router: Router,
}

impl Front {
    pub(crate) fn new(state: AppState) -> Self {
        Self(Arc::new(Inner { router: router(state.clone()), state }))
    }

    /// Answers a request; `peer` is whose connection it came over.
    pub fn answer<B>(
        &self,
        request: Request<B>,
        peer: Option<SocketAddr>,
    ) -> Either<Ready<Response>, impl Future<Output = Response> + use<B>>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        // Before the first box, clone or route: such an answer costs hardly more than its bytes.
        match self.again(&request) {
            Some(response) => Either::Left(ready(response)),
            None => Either::Right(self.clone().ask(request, peer)),
        }
    }

    /// The answer that another request got lately.
    fn again<B>(&self, request: &Request<B>) -> Option<Response> {
        let began = Instant::now();
        let state = &self.0.state;
        let answer = state.answers.get(request, state.clock.now())?;
        let response = answer.response();
        passage::count(&answer.figures, request.method(), began.elapsed());
        Some(response)
    }

    async fn ask<B>(self, mut request: Request<B>, peer: Option<SocketAddr>) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let key = Key::of(&request);
        let age = self.0.state.answers.age();
        let answered = tower_service::Service::call(&mut self.0.router.clone(), request).await;
        let mut response = answered.unwrap_or_else(|never: Infallible| match never {});
        let figures = response.extensions_mut().remove::<Again>().and_then(|Again(figures)| figures);
        match (key, figures) {
            (Some(key), Some(figures)) if response.status() == StatusCode::OK => {
                let (parts, body) = response.into_parts();
                // Whole in memory, or packed from what is.
                let body = match to_bytes(body, usize::MAX).await {
                    Ok(body) => body,
                    Err(error) => return Problem::Internal(error.into()).into_response(),
                };
                let answer = Arc::new(Answer { headers: parts.headers, body, figures });
                let response = answer.response();
                self.0.state.answers.put(key, answer, age, self.0.state.clock.now());
                response
            }
            _ => response,
        }
    }
}

impl Front {
    /// The same for a body that is there, over no connection.
    pub async fn call(&self, request: Request<Body>) -> Response {
        self.answer(request, None).await
    }
}
