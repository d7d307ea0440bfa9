//! The `/sync` loop: connects, polls and reconnects.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use futures_util::FutureExt;
use jiff::Timestamp;
use matrix_sdk::ruma::OwnedRoomId;
use serde_json::{Value, json};
use tokio::{
    select,
    sync::{Mutex, Notify, mpsc, watch},
    time::{Instant, sleep, timeout},
};

use super::{
    ErrorKind, Features, ServerError, Session,
    http::{Answer, Limits, Request},
};
use crate::model::{
    cache::Position,
    event::{Greeting, SyncPresence, Update},
    own::SessionPresence,
    presence::{Presence, Status, Visibility},
    profile::{FIELDS, ProfileSupport},
    quirks::{ServerKind, Software},
};

mod calls;
mod members;
mod polling;
mod response;
mod rooms;

use calls::CALL_EVENTS;
use members::{MemberLoader, joined_rooms};
pub(super) use members::{read_members, read_rooms};
use polling::{HotLoopGuard, LONGEST_DELAY, LastHeard, Polls, back_off, delay};
pub use response::SyncResponse;
use rooms::ROOM_EVENTS;

/// The time limit of a first `/sync`: large accounts on cold servers need minutes.
const FIRST: Duration = Duration::from_mins(5);
/// How much longer than requested a server may hold a `/sync`.
const GRACE: Duration = Duration::from_secs(30);
/// How long the requests of the greeting wait for the first `/sync`. A server that is near would answer them first, one by
/// one, and the contacts would wait.
const HEAD_START: Duration = Duration::from_millis(5);
/// The shortest time between two restarts after a refused position. A first `/sync` is the most expensive request.
const RESTART: Duration = Duration::from_mins(10);

/// What the engine can change while the loop runs.
#[derive(Clone)]
pub struct SyncControl {
    /// The `set_presence` of each `/sync`. The first request waits for it. Where it is known from the beginning, the
    /// first request does not wait for the greeting.
    pub sync_presence: watch::Receiver<Option<SyncPresence>>,
    /// Returns the state that this session has set last, in whatever process.
    pub session_presence: Arc<dyn Fn() -> Option<SessionPresence> + Send + Sync>,
    /// Reconnects at once.
    pub retry: Arc<Notify>,
    /// Locked while the first `/sync` of a connection is on its way. It carries a `set_presence`, which would undo a
    /// presence that arrives before it.
    pub catching_up: Arc<Mutex<()>>,
}

/// Runs the loop from a position and sends updates, until the receiver is dropped or the session ends.
pub async fn follow(
    session: Session,
    mut control: SyncControl,
    position: Position,
    updates: mpsc::Sender<Update>,
) {
    let mut follower = Follower::new(session, position, updates);
    loop {
        let Err(end) = follower.run(&mut control).await;
        let End::Error(error) = end else { return };
        if error.kind == ErrorKind::SignedOut {
            tracing::warn!("the server has ended the session");
            let _ = follower.updates.send(Update::SignedOut).await;
            return;
        }
        let mut retry_in = back_off(follower.failures, fastrand::f64());
        if let ErrorKind::Limited(wait) = error.kind {
            retry_in = retry_in.max(wait);
        }
        follower.failures += 1;
        tracing::warn!(%error, ?retry_in, "connection lost");
        if follower.tell(Update::Lost { reason: error.to_string().into(), retry_in }).await.is_err() {
            return;
        }
        select! {
            () = sleep(retry_in) => {}
            () = control.retry.notified() => {}
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Follower {
    session: Session,
    updates: mpsc::Sender<Update>,
    since: Option<String>,
    failures: u32,
    rooms: BTreeSet<OwnedRoomId>,
    members: MemberLoader,
    last_heard: LastHeard,
    guard: HotLoopGuard,
    /// When the server last refused its own position.
    restarted: Option<Instant>,
    /// Whether the server has answered a `/sync` on this connection.
    caught_up: bool,
    /// Whether the position lacks rooms that the server did not return.
    lacks_rooms: bool,
    /// Whether the server has answered the first requests.
    greeted: bool,
    /// The own presence in a response that came before the greeting.
    own_ahead: Option<Status>,
    /// The server's software, as far as it is known.
    software: Option<Software>,
    polls: Polls,
    /// What the server does with profile fields.
    profiles: ProfileSupport,
    /// Whether all profiles were sent. From then on, each `/sync` has the changes.
    has_profiles: bool,
}

enum End {
    Error(ServerError),
    /// The receiver was dropped.
    Dropped,
}

impl From<ServerError> for End {
    fn from(error: ServerError) -> Self {
        Self::Error(error)
    }
}

enum Never {}

impl Follower {
    fn new(session: Session, position: Position, updates: mpsc::Sender<Update>) -> Self {
        let server_kind = ServerKind::if_known(position.software.as_ref());
        Self {
            members: MemberLoader::new(session.clone()),
            session,
            updates,
            since: position.since,
            failures: 0,
            rooms: position.rooms,
            lacks_rooms: position.lacks_rooms,
            last_heard: LastHeard::default(),
            guard: HotLoopGuard::default(),
            restarted: None,
            caught_up: false,
            greeted: false,
            own_ahead: None,
            software: position.software,
            polls: Polls::of(server_kind),
            profiles: ProfileSupport::default(),
            has_profiles: false,
        }
    }

    async fn run(&mut self, control: &mut SyncControl) -> Result<Never, End> {
        self.caught_up = false;
        let ahead = control.sync_presence.borrow().clone();
        let ahead = ahead.filter(|_| self.since.is_some() && !self.greeted && self.failures == 0);
        if let Some(sync_presence) = ahead {
            self.sync_ahead(sync_presence, control).await?;
        } else {
            let greeting = greet(&self.session, None, self.session.look_up_own()).await?;
            self.on_greeting(greeting).await?;
        }
        control.sync_presence.wait_for(Option::is_some).await.map_err(|_| End::Dropped)?;
        self.load_lacking_rooms().await?;
        loop {
            // What goes on from a position is up to date after its first `/sync`, and not before.
            if self.caught_up || self.since.is_none() {
                self.load_members().await?;
            }
            let first = if self.caught_up { None } else { Some(control.catching_up.lock().await) };
            let say = next_sync_presence(
                self.session.clone(),
                ServerKind::if_known(self.software.as_ref()),
                control.clone(),
            );
            let sync_presence =
                if self.caught_up || self.since.is_none() { self.meanwhile(say).await? } else { say.await };
            if self.profiles.pushed && !self.has_profiles && self.since.is_some() {
                self.load_profiles(sync_presence.as_ref()).await?;
            }
            let asked = Instant::now();
            let had_news = self.sync(sync_presence.as_ref()).await?;
            drop(first);
            self.failures = 0;
            let took = asked.elapsed();
            let pause = self.polls.pause(took, had_news).max(self.guard.after(took, had_news));
            self.meanwhile(sleep(pause)).await?;
        }
    }

    /// Tries the rooms once more that the server did not return to an earlier process.
    async fn load_lacking_rooms(&mut self) -> Result<(), End> {
        if std::mem::take(&mut self.lacks_rooms) && self.since.is_some() {
            let joined = joined_rooms(&self.session).await.inspect_err(|_| self.lacks_rooms = true)?;
            for room_id in joined {
                if self.rooms.insert(room_id.clone()) {
                    self.members.load(room_id);
                }
            }
        }
        Ok(())
    }

    /// Sends the first `/sync` before the requests of the greeting, because it needs none of their answers.
    async fn sync_ahead(&mut self, sync_presence: SyncPresence, control: &SyncControl) -> Result<(), End> {
        let first = control.catching_up.lock().await;
        let (session, known) = (&self.session.clone(), self.software.clone());
        let own = session.look_up_own().boxed().shared();
        let request = self.request(Some(&sync_presence));
        let answered = Notify::new();
        let mut greeting = pin!(async {
            if !sync_presence.watching {
                let _ = timeout(HEAD_START, answered.notified()).await;
            }
            greet(session, known.as_ref(), own.clone()).await
        });
        let mut answer = pin!(async {
            if sync_presence.watching {
                wait_for_turn(session, own.clone().await).await;
            }
            session.send(request).await
        });
        let greeting = select! {
            greeting = &mut greeting => {
                let greeting = greeting?;
                self.on_greeting(greeting.clone()).await?;
                self.load_lacking_rooms().await?;
                self.on_answer(answer.await, false).await?;
                drop(first);
                greeting
            }
            answer = &mut answer => {
                answered.notify_one();
                self.load_lacking_rooms().await?;
                self.on_answer(answer, false).await?;
                drop(first);
                let greeting = greeting.await?;
                self.on_greeting(greeting.clone()).await?;
                greeting
            }
        };
        self.confirm_software(greeting).await
    }

    /// Asks a server whose greeting does not name its software whether it still runs that of an earlier process.
    async fn confirm_software(&mut self, greeting: Greeting) -> Result<(), End> {
        if greeting.software.is_some() {
            return Ok(());
        }
        match self.session.software().await {
            Some(software) if self.software.as_ref() != Some(&software) => {
                // What was heard since is newer than the greeting.
                let own = self.session.look_up_own().await;
                self.on_greeting(Greeting { software: Some(software), own, ..greeting }).await
            }
            _ => Ok(()),
        }
    }

    /// Passes on the server's first answers.
    async fn on_greeting(&mut self, mut greeting: Greeting) -> Result<(), End> {
        self.profiles = greeting.profiles;
        // Without the changes of this connection, the profiles that were sent are outdated.
        self.has_profiles &= greeting.profiles.pushed;
        // A server that does not answer this time still runs the same software.
        if let Some(software) = &greeting.software {
            self.polls = Polls::of(ServerKind::of(software));
            self.software = Some(software.clone());
        }
        if let Some(own) = self.own_ahead.take() {
            greeting.own = Some(Visibility::Shown(own));
        }
        self.greeted = true;
        self.tell(Update::Connected(greeting)).await
    }

    /// Sends one `/sync`. Returns whether it had news about others.
    async fn sync(&mut self, sync_presence: Option<&SyncPresence>) -> Result<bool, End> {
        let says_busy = sync_presence.is_some_and(|it| it.presence == Presence::Busy);
        let request = self.request(sync_presence);
        let session = self.session.clone();
        let send = async move { session.send(request).await };
        let answer =
            if self.caught_up || self.since.is_none() { self.meanwhile(send).await? } else { send.await };
        self.on_answer(answer, says_busy).await
    }

    /// Applies the answer to a `/sync`. Returns whether it had news about others.
    async fn on_answer(&mut self, answer: Result<Answer, ServerError>, says_busy: bool) -> Result<bool, End> {
        let initial = self.since.is_none();
        let body = match answer {
            Ok(answer) => answer.body,
            Err(ServerError { kind: ErrorKind::Refused { status: 400, .. }, .. }) if says_busy => {
                self.tell(Update::SyncRefusedBusy).await?;
                return Ok(false);
            }
            Err(error) if self.can_restart(&error) => {
                tracing::warn!(%error, "the server refuses its own position; starting anew");
                self.restart();
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let response = SyncResponse::parse(&body, initial);
        let mut response = response.ok_or_else(|| self.session.error(ErrorKind::ProtocolError))?;
        drop(body);
        if initial {
            let rooms = joined_rooms(&self.session).await?;
            for room_id in &rooms {
                self.members.load(room_id.clone());
            }
            let before = std::mem::replace(&mut self.rooms, rooms.into_iter().collect());
            // An initial response does not name the rooms that were left since the last one.
            response.synced.rooms_left.extend(before.difference(&self.rooms).cloned());
        }
        self.apply(response, initial).await
    }

    fn request(&self, sync_presence: Option<&SyncPresence>) -> Request {
        let initial = self.since.is_none();
        let watching = sync_presence.is_some_and(|it| it.watching);
        // The first request does not wait: its answer confirms that the model is up to date.
        let poll = self.polls.timeout(watching, fastrand::f64());
        let timeout = match (self.caught_up, watching) {
            (true, _) => poll,
            // Synapse repeats its answer to an identical first request for two minutes. A dashboard catches up with
            // the next request, but a command sends only this one. So the timeout varies.
            (false, true) if initial => Duration::from_millis(fastrand::u64(1..1_000)),
            _ => Duration::ZERO,
        };
        let limits = Limits::sync(if initial { FIRST } else { poll + GRACE });
        let mut request = sync_request(&filter(self.profiles.pushed), timeout, limits);
        if let Some(since) = &self.since {
            request = request.query("since", since);
        }
        with_presence(request, sync_presence)
    }

    /// Loads all profiles that the server sends, by a `/sync` of its own: a response that has events of a room contains
    /// the profiles of their senders alone. It is newer than the position of the next `/sync`, so nothing is missed.
    async fn load_profiles(&mut self, sync_presence: Option<&SyncPresence>) -> Result<(), End> {
        let request = sync_request(&profiles_filter(), Duration::ZERO, Limits::sync(FIRST));
        let request = with_presence(request, sync_presence);
        let session = self.session.clone();
        match self.meanwhile(async move { session.send(request).await }).await? {
            Ok(answer) => match SyncResponse::parse_profiles(&answer.body) {
                Some(profiles) => {
                    self.has_profiles = true;
                    self.tell(Update::Profiles(profiles)).await
                }
                None => self.without_profiles(&self.session.error(ErrorKind::ProtocolError)).await,
            },
            Err(error) if matches!(error.kind, ErrorKind::Refused { .. }) => {
                self.without_profiles(&error).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Looks profiles up from now on.
    async fn without_profiles(&mut self, why: &ServerError) -> Result<(), End> {
        tracing::warn!(%why, "the server sends no profiles");
        self.profiles.pushed = false;
        self.tell(Update::ProfilesRefused).await
    }

    /// Applies a response. Returns whether it had news about others.
    async fn apply(&mut self, response: SyncResponse, initial: bool) -> Result<bool, End> {
        let SyncResponse { next_batch, mut synced, joined } = response;
        if !initial {
            for (room_id, limited) in joined {
                if self.rooms.insert(room_id.clone()) {
                    self.members.load(room_id);
                } else if limited {
                    self.members.reload(&room_id);
                }
            }
        }
        for (room_id, changes) in &synced.members {
            self.members.note(room_id, changes);
        }
        for room_id in &synced.rooms_left {
            self.rooms.remove(room_id);
            self.members.forget(room_id);
        }
        if !self.caught_up && !initial && self.members.missing() > 0 {
            // First: a model that has caught up must not be without the rooms joined meanwhile.
            let update = self.members.update(Vec::new());
            self.tell(update).await?;
        }
        if self.members.is_settled() {
            synced.position = Some(next_batch.clone());
        }
        self.since = Some(next_batch);
        self.caught_up = true;
        if !self.greeted {
            // The own presence means nothing to the model before the greeting, whose answer may be older.
            let me = &self.session.account.user_id;
            self.own_ahead =
                synced.presence.extract_if(.., |event| event.sender == *me).last().map(|it| it.content);
        }
        let (presence, rooms) = (synced.presence.len(), synced.members.len());
        tracing::debug!(initial, presence, rooms, "synced");
        let had_news = self.last_heard.is_news(&synced, &self.session.account.user_id);
        self.tell(Update::Synced(synced)).await?;
        if initial && self.rooms.is_empty() {
            let update = self.members.update(Vec::new());
            self.tell(update).await?;
        }
        Ok(had_news)
    }

    /// Returns whether to restart because the server refuses its own position, as after a restored database.
    fn can_restart(&self, error: &ServerError) -> bool {
        let refused = ["M_UNKNOWN_POS", "M_UNKNOWN", "M_INVALID_PARAM", "M_INVALID_ARGUMENT_VALUE"];
        self.since.is_some()
            && refused.iter().any(|errcode| error.kind.is_refused_with(errcode))
            && self.restarted.is_none_or(|at| at.elapsed() >= RESTART)
    }

    fn restart(&mut self) {
        self.restarted = Some(Instant::now());
        self.since = None;
        self.caught_up = false;
        self.has_profiles = false;
        self.members.clear();
    }

    /// Loads missing members. Does not wait for requests that fail or hang. Runs before the next `/sync`, so that its
    /// answer is newer.
    async fn load_members(&mut self) -> Result<(), End> {
        while self.members.missing() > 0 {
            let update = self.members.next().await?;
            self.tell(update).await?;
        }
        Ok(())
    }

    /// Waits for other work, and retries failed rooms meanwhile.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, End> {
        let mut work = pin!(work);
        loop {
            select! {
                done = &mut work => return Ok(done),
                update = self.members.next() => self.tell(update?).await?,
            }
        }
    }

    async fn tell(&mut self, mut update: Update) -> Result<(), End> {
        if let Update::Members { position, .. } = &mut update
            && self.members.is_settled()
        {
            position.clone_from(&self.since);
        }
        self.updates.send(update).await.map_err(|_| End::Dropped)
    }
}

/// Returns the `set_presence` of the next `/sync`. One that only watches changes nothing, and waits for its turn.
async fn next_sync_presence(
    session: Session,
    server_kind: ServerKind,
    control: SyncControl,
) -> Option<SyncPresence> {
    let sync_presence = control.sync_presence.borrow().clone()?;
    if !sync_presence.watching {
        return Some(sync_presence);
    }
    if server_kind.ranks_sessions() {
        let seen = session.look_up_own().await.and_then(Visibility::shown);
        let seen = seen.map_or(Presence::Offline, |seen| seen.presence);
        // Read after what others see: it is written before it is sent.
        let set = (control.session_presence)();
        let presence = set.map_or(Presence::Offline, |set| set.now(&seen, Timestamp::now()));
        return Some(SyncPresence { presence, ..sync_presence });
    }
    if server_kind.obeys_offline() {
        let seen = session.look_up_own().await.and_then(Visibility::shown);
        let presence = seen.map_or(Presence::Offline, |seen| seen.presence);
        return Some(SyncPresence { presence, ..sync_presence });
    }
    if server_kind.spreads_busy() {
        let own = session.look_up_own().await;
        wait_for_turn(&session, own).await;
    }
    Some(sync_presence)
}

/// Waits, within limits, for a time at which a `/sync` uses up no other session's rate limit. Begins with what others
/// see now.
async fn wait_for_turn(session: &Session, mut own: Option<Visibility>) {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_DELAY {
        match delay(own.and_then(Visibility::shown).as_ref()) {
            Duration::ZERO => return,
            wait => sleep(wait).await,
        }
        own = session.look_up_own().await;
    }
}

/// Reads the server's features and the own presence. Asks for the software only if no earlier process knew it.
async fn greet(
    session: &Session,
    known: Option<&Software>,
    own: impl Future<Output = Option<Visibility>>,
) -> Result<Greeting, ServerError> {
    let features =
        async { if known.is_some() { session.announced_features().await } else { session.features().await } };
    let (features, own) = tokio::join!(features, own);
    let Features { busy_offered, software, profiles } = features?;
    let server = &session.account.homeserver;
    tracing::info!(%server, ?software, busy_offered, ?profiles, "connected");
    Ok(Greeting { busy_offered, software, own, profiles })
}

/// Returns a `/sync` without a position.
fn sync_request(filter: &Value, timeout: Duration, limits: Limits) -> Request {
    Request::get(&["_matrix", "client", "v3", "sync"], limits)
        .query("filter", filter.to_string())
        .query("timeout", timeout.as_millis().to_string())
}

/// Adds the `set_presence`. Without it, the request means online.
fn with_presence(request: Request, sync_presence: Option<&SyncPresence>) -> Request {
    match sync_presence.map(|it| it.presence.to_wire(it.busy_name)) {
        None | Some("online") => request,
        Some(presence) => request.query("set_presence", presence),
    }
}

/// The filter for the profiles alone. In a response without any event of a room, Synapse leaves out nobody.
fn profiles_filter() -> Value {
    let mut filter = json!({
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {"rooms": [], "state": {"lazy_load_members": true}},
    });
    add_profiles(&mut filter);
    filter
}

/// Adds the profile fields to a filter, under both names of MSC4429.
fn add_profiles(filter: &mut Value) {
    for name in ["org.matrix.msc4429.profile_fields", "profile_fields"] {
        filter[name] = json!({"ids": FIELDS});
    }
}

/// The filter: presence, account data, memberships, calls, room names, and profiles where the server sends them. No
/// messages, because they would end the poll.
fn filter(profiles: bool) -> Value {
    let state = [&CALL_EVENTS[..], &ROOM_EVENTS].concat();
    let timeline = [&["m.room.member"][..], &state].concat();
    let mut filter = json!({
        "presence": {"types": ["m.presence"]},
        "account_data": {"types": ["m.direct", "m.ignored_user_list"]},
        "room": {
            "timeline": {"types": timeline, "limit": 50},
            "state": {"types": state, "lazy_load_members": true},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    });
    if profiles {
        add_profiles(&mut filter);
    }
    filter
}
