//! Test control over requests: a record of them, and replaced answers.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    future::pending,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::{Query, Request as HttpRequest, State},
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;
use tokio::sync::watch;

use super::{
    api_error::ApiError,
    fault::{self, Answer, Content},
    homeserver::Shared,
};

/// More requests than any test sends. The demo runs for days, so its memory needs a limit.
const REMEMBERED: usize = 10_000;

/// A received request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `GET`, `PUT` or `POST`.
    pub method: String,
    /// The path as it was sent, percent-encoded, without the query.
    pub path: String,
    /// The decoded query.
    pub query: BTreeMap<String, String>,
    /// The body. `null`: it is empty or not JSON.
    pub body: Value,
}

impl Request {
    /// Returns the method and the path, which faults match.
    fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

#[derive(Default)]
pub struct Faults {
    asked: Mutex<VecDeque<Request>>,
    rules: watch::Sender<Vec<Rule>>,
}

/// A replacement for the answers to paths that contain `path_part`.
struct Rule {
    path_part: String,
    answer: Answer,
    /// Whether it applies to all requests instead of one.
    stands: bool,
}

impl Faults {
    pub fn add(&self, path_part: &str, answer: Answer, stands: bool) {
        let rule = Rule { path_part: path_part.to_owned(), answer, stands };
        self.rules.send_modify(|rules| rules.push(rule));
    }

    pub fn clear(&self) {
        self.rules.send_modify(Vec::clear);
    }

    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn remember(&self, request: Request) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() == REMEMBERED {
            asked.pop_front();
        }
        asked.push_back(request);
    }

    /// Returns the replacement for the answer to a new request, if there is one.
    fn take(&self, line: &str) -> Option<Answer> {
        let mut answer = None;
        self.rules.send_if_modified(|rules| {
            if let Some(first) = rules.iter().position(|it| line.contains(&it.path_part)) {
                let once = !rules[first].stands;
                answer = Some(if once { rules.remove(first).answer } else { rules[first].answer.clone() });
            }
            false
        });
        answer
    }

    /// Waits for a replacement for all requests, which also ends waiting ones: a server that goes down drops its
    /// connections.
    async fn cut(&self, line: &str) -> Answer {
        let mut rules = self.rules.subscribe();
        loop {
            let cut = rules.borrow_and_update().iter().find_map(|it| {
                let cuts = it.stands && matches!(it.answer.content, Content::Instead { .. });
                (cuts && line.contains(&it.path_part)).then(|| it.answer.clone())
            });
            match cut {
                Some(answer) => return answer,
                // This cannot fail: `self` keeps the sender.
                None => _ = rules.changed().await,
            }
        }
    }
}

/// Records each request before its endpoint sees it, and replaces the answer if a test has asked for that.
pub async fn observe(State(server): State<Shared>, request: HttpRequest, next: Next) -> Response {
    let (request, asked) = match read(request).await {
        Ok(read) => read,
        Err(refusal) => return refusal.into_response(),
    };
    server.faults.remember(asked.clone());
    let line = asked.line();
    let answered = async {
        let answer = server.faults.take(&line).unwrap_or_default();
        if answer.delay > Duration::ZERO {
            tokio::time::sleep(answer.delay).await;
        }
        match answer.content {
            Content::Altered(members) => alter(next.run(request).await, members).await,
            Content::Real => tokio::select! {
                response = next.run(request) => response,
                answer = server.faults.cut(&line) => send(answer.content, &asked).await,
            },
            content => send(content, &asked).await,
        }
    };
    tokio::select! {
        response = answered => response,
        () = server.stopped() => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn read(request: HttpRequest) -> Result<(HttpRequest, Request), ApiError> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| ApiError::not_json())?;
    let asked = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: Query::try_from_uri(&parts.uri).map(|Query(it)| it).unwrap_or_default(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    Ok((HttpRequest::from_parts(parts, Body::from(body)), asked))
}

/// Answers with what a test has put in place of the homeserver's own answer.
async fn send(content: Content, asked: &Request) -> Response {
    match content {
        Content::Instead { status, headers, body } => {
            let body = match body {
                fault::Body::Whole(bytes) => Body::from(bytes),
                fault::Body::Endless(bytes) => {
                    Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(bytes.clone())))
                }
            };
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
        Content::Never => pending().await,
        Content::Real | Content::Altered(_) | Content::Nothing => {
            let since = asked.query.get("since").map_or("s0", String::as_str);
            ([(CONTENT_TYPE, "application/json")], format!(r#"{{"next_batch":"{since}"}}"#)).into_response()
        }
    }
}

/// Puts members in place of those of the homeserver's own answer.
async fn alter(response: Response, members: Value) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    merge(&mut answer, members);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(answer.to_string()))
}

fn merge(answer: &mut Value, members: Value) {
    match (answer, members) {
        (Value::Object(answer), Value::Object(members)) => {
            for (name, member) in members {
                merge(answer.entry(name).or_insert(Value::Null), member);
            }
        }
        (answer, members) => *answer = members,
    }
}
