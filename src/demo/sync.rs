//! `GET /sync`: the changes since a position of the stream, or a wait until there are some.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    extract::{Query, State},
    http::header::CONTENT_TYPE,
    response::IntoResponse,
};
use tokio::time::{Instant, sleep, timeout_at};

mod response;

use response::{Filter, Response};

use super::{
    api_error::ApiError, authentication::Caller, homeserver::Shared, sessions::Ping, state::Presence,
    world::World,
};

/// The query of a request. Of its filter it reads only the profile fields and an empty list of rooms. Otherwise a
/// response holds what a presence client lets through.
struct Parameters {
    filter: Filter,
    since: Option<usize>,
    timeout: Duration,
    set_presence: Option<Presence>,
}

pub async fn sync(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<impl IntoResponse, ApiError> {
    let parameters = server.act(|world, _| Parameters::read(&query, world))?;
    let deadline = Instant::now() + parameters.timeout;
    let mut changes = server.changes();
    let _poll = begin(&server, caller, parameters.set_presence).await;
    let mut since = parameters.since;
    let mut moment = Moment::Begin;
    loop {
        if parameters.since.is_none() || Instant::now() >= deadline {
            moment = Moment::End;
        }
        let read = Read { filter: &parameters.filter, since, moment };
        match server.act(|world, now| look(world, caller, read, now))? {
            Look::Answer(body) => return Ok(([(CONTENT_TYPE, "application/json")], body)),
            Look::NothingUntil(position) => since = Some(position),
            Look::NotYet => {}
        }
        moment = Moment::Wait;
        // A time-out is no error: the next look answers with nothing.
        let _ = timeout_at(deadline, changes.changed()).await;
    }
}

/// When in a request the stream is read.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    Begin,
    Wait,
    /// The answer is due, whatever is in it.
    End,
}

enum Look {
    Answer(Vec<u8>),
    /// There are changes, which this server delivers later.
    NotYet,
    /// Nothing up to this position concerns the caller, so it need not be read again.
    NothingUntil(usize),
}

/// What is read of the stream.
#[derive(Clone, Copy)]
struct Read<'a> {
    filter: &'a Filter,
    since: Option<usize>,
    moment: Moment,
}

fn look(world: &World, caller: Caller, read: Read<'_>, now: Duration) -> Result<Look, ApiError> {
    let Read { filter, since, moment } = read;
    if world.sessions[caller.session].token.is_none() {
        return Err(ApiError::unknown_token());
    }
    let Some(since) = since else {
        let response = Response::initial(world, caller.user, filter, now);
        return Ok(Look::Answer(serde_json::to_vec(&response).unwrap_or_default()));
    };
    let mut response = Response::since(world, caller.user, (since, filter), now);
    if response.is_empty() && moment != Moment::End {
        return Ok(Look::NothingUntil(world.stream.len()));
    }
    if !response.has_more_than_presence() && !response.is_empty() {
        if moment == Moment::Wait && !world.rules.wakes_polls() {
            return Ok(Look::NotYet);
        }
        if moment == Moment::End && world.rules.defers_changes() {
            response = Response::empty(since);
        }
    }
    Ok(Look::Answer(serde_json::to_vec(&response).unwrap_or_default()))
}

impl Parameters {
    fn read(query: &BTreeMap<String, String>, world: &World) -> Result<Self, ApiError> {
        let rules = &world.rules;
        let invalid = |error: &str| ApiError::bad_request("M_INVALID_PARAM", error);
        let set_presence = rules.set_presence(query.get("set_presence").map_or("online", String::as_str))?;
        let timeout = query.get("timeout").map_or(Ok(0), |it| it.parse());
        let timeout = timeout.map_err(|_| invalid("Query parameter 'timeout' must be an integer"))?;
        let position = |token: &String| {
            let position = token.strip_prefix('s').and_then(|it| it.parse().ok());
            position.filter(|it| *it >= world.oldest_position)
        };
        let since = query.get("since").map(|it| position(it).ok_or(it)).transpose();
        let since = since.map_err(|_| ApiError::bad_request("M_UNKNOWN", "Invalid stream token"))?;
        // A clock cannot count every timeout, and none needs to be longer than a day.
        let timeout = Duration::from_millis(timeout).clamp(rules.shortest_poll(), Duration::from_hours(24));
        let filter = Filter::read(query.get("filter").map_or("{}", String::as_str), rules);
        Ok(Self { filter, since, timeout, set_presence })
    }
}

/// Begins a request. On some servers what it writes is older than a PUT that comes at the same time.
async fn begin(server: &Shared, caller: Caller, set_presence: Option<Presence>) -> Option<Poll<'_>> {
    let session = caller.session;
    let (ping, pause) =
        server.act(|world, now| (world.read_ping(session, set_presence, now), world.rules.ping));
    if !pause.is_zero() {
        sleep(pause).await;
    }
    ping.map(|ping| Poll::begin(server, session, ping))
}

/// A request under way, which keeps its session's state alive. It also ends when the caller hangs up.
struct Poll<'a> {
    server: &'a Shared,
    session: usize,
}

impl<'a> Poll<'a> {
    fn begin(server: &'a Shared, session: usize, ping: Ping) -> Self {
        server.act(|world, now| world.sync_begins(session, ping, now));
        Self { server, session }
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        self.server.act(|world, now| world.sync_ends(self.session, now));
    }
}
