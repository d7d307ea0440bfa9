//! `GET /sync`: what happened since a position of the stream, or a wait until something does.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
};
use tokio::time::{Instant, timeout_at};

mod response;

use response::Response;

use super::{
    api_error::ApiError, authentication::Caller, homeserver::Shared, rules::Rules, state::Presence,
    world::World,
};

/// What a request asks for. Its filter is not read: the answer holds what a presence client lets through.
struct Asked {
    since: Option<usize>,
    timeout: Duration,
    set_presence: Option<Presence>,
}

pub async fn sync(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<impl IntoResponse, ApiError> {
    let asked = server.act(|world, _| Asked::read(&query, &world.rules))?;
    let deadline = Instant::now() + asked.timeout;
    let mut changes = server.changes();
    let _poll = Poll::begin(&server, caller, asked.set_presence);
    let mut since = asked.since;
    let mut moment = Moment::Begin;
    loop {
        if asked.since.is_none() || Instant::now() >= deadline {
            moment = Moment::End;
        }
        match server.act(|world, now| look(world, caller, since, moment, now))? {
            Look::Answer(body) => return Ok(([(CONTENT_TYPE, "application/json")], body)),
            Look::NothingUntil(position) => since = Some(position),
            Look::NotYet => {}
        }
        moment = Moment::Wait;
        // Out of time is no error: the next look answers with nothing.
        let _ = timeout_at(deadline, changes.changed()).await;
    }
}

/// When in a request it is looked for news.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Begin,
    Wait,
    /// Whatever there is is answered.
    End,
}

enum Look {
    Answer(Vec<u8>),
    /// There are news, which this server tells later.
    NotYet,
    /// Up to this position nothing concerns the caller, so it need not be read again.
    NothingUntil(usize),
}

fn look(
    world: &World,
    caller: Caller,
    since: Option<usize>,
    moment: Moment,
    now: Duration,
) -> Result<Look, ApiError> {
    if world.sessions[caller.session].token.is_none() {
        return Err(ApiError::unknown_token());
    }
    let Some(since) = since else {
        let news = Response::everything(world, caller.user, now);
        return Ok(Look::Answer(serde_json::to_vec(&news).unwrap_or_default()));
    };
    let mut news = Response::since(world, caller.user, since, now);
    if news.is_empty() && moment != Moment::End {
        return Ok(Look::NothingUntil(world.stream.len()));
    }
    if !news.is_of_rooms() && !news.is_empty() {
        if moment == Moment::Wait && !world.rules.wakes_polls() {
            return Ok(Look::NotYet);
        }
        if moment == Moment::End && world.rules.puts_off_news() {
            news = Response::nothing(since);
        }
    }
    Ok(Look::Answer(serde_json::to_vec(&news).unwrap_or_default()))
}

impl Asked {
    fn read(query: &BTreeMap<String, String>, rules: &Rules) -> Result<Self, ApiError> {
        let invalid = |error: &str| ApiError::bad_request("M_INVALID_PARAM", error);
        let set_presence = rules.set_presence(query.get("set_presence").map_or("online", String::as_str))?;
        let timeout = query.get("timeout").map_or(Ok(0), |it| it.parse());
        let timeout = timeout.map_err(|_| invalid("Query parameter 'timeout' must be an integer"))?;
        let position = |token: &String| token.strip_prefix('s').and_then(|it| it.parse().ok());
        let since = query.get("since").map(|it| position(it).ok_or(it)).transpose();
        let since = since.map_err(|_| ApiError::bad_request("M_UNKNOWN", "Invalid stream token"))?;
        // A timeout beyond what a clock can count is no longer than a day.
        let timeout = Duration::from_millis(timeout).clamp(rules.shortest_poll(), Duration::from_hours(24));
        Ok(Self { since, timeout, set_presence })
    }
}

/// A request under way, which keeps its session's state alive. Ends also when the caller hangs up.
struct Poll<'a> {
    server: &'a Shared,
    session: usize,
    counts: bool,
}

impl<'a> Poll<'a> {
    fn begin(server: &'a Shared, caller: Caller, set_presence: Option<Presence>) -> Self {
        let session = caller.session;
        let counts = server.act(|world, now| world.sync_begins(session, set_presence, now));
        Self { server, session, counts }
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        if self.counts {
            self.server.act(|world, now| world.sync_ends(self.session, now));
        }
    }
}
