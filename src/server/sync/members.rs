//! Loads the members of rooms (`/joined_members`). A room that fails does not affect others, and is retried.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    future::pending,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::polling::back_off;
use crate::{
    model::{
        event::{Member, MemberChange, Update},
        text::Clean,
    },
    server::{
        ErrorKind, ServerError, Session,
        http::{Limits, Request},
        json::Object,
    },
};

/// How many requests run at a time.
const CONCURRENT: usize = 8;
/// How many requests run at a time, including slow ones.
const CONCURRENT_WITH_SLOW: usize = 32;
/// How long a request may take before its room counts as not loaded.
const SLOW: Duration = Duration::from_secs(5);
/// How many failures until a room counts as not loaded. A first failure is often a proxy's, and its retry comes after
/// 1 s.
const TRIES: u32 = 2;
/// How many rooms one update contains.
const BATCH: usize = 64;
/// How many changes of a room are kept during its request. After more, the request is repeated.
const CHANGES: usize = 10_000;

type Loaded = Result<Vec<Member>, ServerError>;

/// The rooms whose members are missing.
pub(super) struct MemberLoader {
    session: Session,
    rooms: BTreeMap<OwnedRoomId, Room>,
    /// Rooms without a request yet.
    queue: VecDeque<OwnedRoomId>,
    requests: FuturesUnordered<BoxFuture<'static, (OwnedRoomId, Loaded)>>,
    /// When the rate limit allows the next request.
    not_before: Instant,
}

#[derive(Default)]
struct Room {
    failures: u32,
    stage: Stage,
    /// Whether the request has taken longer than [`SLOW`], or a rate limit delays it by more than that.
    slow: bool,
    /// Whether the members were known before, and are outdated.
    again: bool,
}

#[derive(Default)]
enum Stage {
    #[default]
    Queued,
    Asked {
        at: Instant,
        /// Changes from `/sync` since the request was sent. The answer may be older.
        changes: Vec<MemberChange>,
        /// Whether changes were dropped, so the answer will be outdated.
        outdated: bool,
    },
    Failed {
        retry_at: Instant,
    },
}

impl Room {
    /// Returns whether the room still counts as missing.
    fn is_missing(&self) -> bool {
        !self.slow && self.failures < TRIES
    }
}

impl MemberLoader {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            rooms: BTreeMap::new(),
            queue: VecDeque::new(),
            requests: FuturesUnordered::new(),
            not_before: Instant::now(),
        }
    }

    /// Loads a room again whose members are known and outdated.
    pub(super) fn reload(&mut self, room_id: &RoomId) {
        self.load(room_id.to_owned());
        if let Some(room) = self.rooms.get_mut(room_id) {
            room.again = true;
        }
    }

    /// Loads a room, or loads it once more.
    pub(super) fn load(&mut self, room_id: OwnedRoomId) {
        match self.rooms.get_mut(&room_id).map(|room| &mut room.stage) {
            Some(Stage::Asked { outdated, .. }) => *outdated = true,
            Some(_) => {}
            None => {
                self.rooms.insert(room_id.clone(), Room::default());
                self.queue.push_back(room_id);
            }
        }
    }

    /// Keeps a change from `/sync` while the room's request runs.
    pub(super) fn note(&mut self, room_id: &RoomId, news: &[MemberChange]) {
        if let Some(Room { stage: Stage::Asked { changes, outdated, .. }, .. }) = self.rooms.get_mut(room_id)
        {
            *outdated |= changes.len() + news.len() > CHANGES;
            if !*outdated {
                changes.extend_from_slice(news);
            }
        }
    }

    /// Stops loading a room.
    pub(super) fn forget(&mut self, room_id: &RoomId) {
        self.rooms.remove(room_id);
    }

    /// Stops loading all rooms.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.session.clone());
    }

    /// Returns whether another process can go on from here: no room is being loaded, but for those that the server does
    /// not return. What is known of the others is complete.
    pub(super) fn is_settled(&self) -> bool {
        self.rooms.values().all(|room| !room.is_missing() && !room.again)
    }

    /// Returns how many rooms are missing.
    pub(super) fn missing(&self) -> usize {
        self.rooms.values().filter(|room| room.is_missing()).count()
    }

    /// Waits until rooms are loaded or one becomes slow. Cancel safe.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if the session has ended.
    pub(super) async fn next(&mut self) -> Result<Update, ServerError> {
        loop {
            self.send_requests();
            let wake = self.wake();
            let wait = async move {
                match wake {
                    Some(wake) => sleep_until(wake).await,
                    None => pending().await,
                }
            };
            select! {
                Some(arrived) = self.requests.next(), if !self.requests.is_empty() => {
                    return self.on_loaded(arrived);
                }
                () = wait => if self.notice_slow() { return Ok(self.update(Vec::new())) },
            }
        }
    }

    /// Sends the requests that are due.
    fn send_requests(&mut self) {
        let now = Instant::now();
        if now < self.not_before {
            return;
        }
        let due = |room: &Room| matches!(room.stage, Stage::Failed { retry_at } if retry_at <= now);
        let retries = self.rooms.iter().filter(|(_, room)| due(room)).map(|(room_id, _)| room_id.clone());
        let mut retries = retries.take(CONCURRENT_WITH_SLOW).collect::<VecDeque<_>>();
        while self.can_send() {
            let Some(room_id) = self.queue.pop_front().or_else(|| retries.pop_front()) else { break };
            let Some(room) = self.rooms.get_mut(&room_id) else { continue };
            room.stage = Stage::Asked { at: now, changes: Vec::new(), outdated: false };
            let session = self.session.clone();
            self.requests
                .push(async move { (room_id.clone(), members_of(&session, &room_id).await) }.boxed());
        }
    }

    /// Returns whether another request may be sent. Slow ones do not block the others.
    fn can_send(&self) -> bool {
        let slow = |room: &&Room| room.slow && matches!(room.stage, Stage::Asked { .. });
        let slow = self.rooms.values().filter(slow).count();
        self.requests.len() < (CONCURRENT + slow).min(CONCURRENT_WITH_SLOW)
    }

    /// Returns when the loader must act without an answer.
    fn wake(&self) -> Option<Instant> {
        let can_send = self.can_send();
        let wake = |room: &Room| match room.stage {
            Stage::Queued => None,
            Stage::Asked { at, .. } => (!room.slow).then_some(at + SLOW),
            Stage::Failed { retry_at } => can_send.then(|| retry_at.max(self.not_before)),
        };
        let queued = (!self.queue.is_empty() && self.requests.is_empty()).then_some(self.not_before);
        self.rooms.values().filter_map(wake).chain(queued).min()
    }

    /// Marks slow rooms. Returns whether there are new ones.
    fn notice_slow(&mut self) -> bool {
        let now = Instant::now();
        let mut any = false;
        for room in self.rooms.values_mut() {
            if matches!(room.stage, Stage::Asked { at, .. } if at + SLOW <= now) && !room.slow {
                room.slow = true;
                any = true;
            }
        }
        any
    }

    /// Applies the first answer and all others that have arrived.
    fn on_loaded(&mut self, first: (OwnedRoomId, Loaded)) -> Result<Update, ServerError> {
        let mut arrived = vec![first];
        while arrived.len() < BATCH
            && let Some(Some(next)) = self.requests.next().now_or_never()
        {
            arrived.push(next);
        }
        let mut loaded = Vec::new();
        for (room_id, members) in arrived {
            let Some(room) = self.rooms.remove(&room_id) else { continue };
            match members {
                Ok(members) => loaded.extend(self.loaded(room_id, room, members)),
                Err(error) if error.kind == ErrorKind::SignedOut => return Err(error),
                Err(error) => self.failed(room_id, room, &error),
            }
        }
        Ok(self.update(loaded))
    }

    fn loaded(
        &mut self,
        room_id: OwnedRoomId,
        room: Room,
        members: Vec<Member>,
    ) -> Option<(OwnedRoomId, Vec<Member>)> {
        let Stage::Asked { changes, outdated, .. } = room.stage else { return None };
        if outdated {
            self.load(room_id.clone());
        }
        Some((room_id, apply_changes(members, changes)))
    }

    fn failed(&mut self, room_id: OwnedRoomId, mut room: Room, error: &ServerError) {
        let mut wait = back_off(room.failures, fastrand::f64());
        if let ErrorKind::Limited(limit) = error.kind {
            wait = wait.max(limit);
            self.not_before = self.not_before.max(Instant::now() + limit);
        }
        tracing::warn!(?room_id, %error, retry_in = ?wait, "the members of a room are not loaded");
        // Minutes are too long for those who wait for everything.
        let is_slow = self.not_before > Instant::now() + SLOW;
        if is_slow {
            let queued = self.rooms.values_mut().filter(|room| matches!(room.stage, Stage::Queued));
            queued.for_each(|room| room.slow = true);
        }
        room.failures += 1;
        room.slow = is_slow;
        room.stage = Stage::Failed { retry_at: Instant::now() + wait };
        self.rooms.insert(room_id, room);
    }

    /// Returns the update about these rooms.
    pub(super) fn update(&self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) -> Update {
        let missing = self.missing();
        Update::Members { rooms, missing, failed: self.rooms.len() - missing, position: None }
    }
}

/// Applies the changes since the request. Repeated ones have no effect.
fn apply_changes(mut members: Vec<Member>, changes: Vec<MemberChange>) -> Vec<Member> {
    if changes.is_empty() {
        return members;
    }
    let mut last: HashMap<OwnedUserId, MemberChange> = HashMap::new();
    for change in changes {
        last.insert(change.member.user_id.clone(), change);
    }
    members.retain(|member| !last.contains_key(&member.user_id));
    members.extend(last.into_values().filter(|change| change.joined).map(|change| change.member));
    members
}

/// Returns the joined rooms.
///
/// # Errors
///
/// [`ServerError`] if the server does not return them.
pub(in crate::server) async fn joined_rooms(session: &Session) -> Result<Vec<OwnedRoomId>, ServerError> {
    let answer =
        session.send(Request::get(&["_matrix", "client", "v3", "joined_rooms"], Limits::ROOMS)).await?;
    read_rooms(&answer.body).ok_or_else(|| session.error(ErrorKind::ProtocolError))
}

/// Parses the joined rooms. `None`: malformed.
pub(in crate::server) fn read_rooms(body: &str) -> Option<Vec<OwnedRoomId>> {
    let rooms = Object::parse(body)?.elements("joined_rooms")?;
    let room_id = |json: &str| RoomId::parse(serde_json::from_str::<String>(json).ok()?).ok();
    Some(rooms.into_iter().filter_map(|json| room_id(json.get())).collect())
}

/// Loads the joined members of a room. A room that we have just left has none.
async fn members_of(session: &Session, room_id: &RoomId) -> Loaded {
    let path = ["_matrix", "client", "v3", "rooms", room_id.as_str(), "joined_members"];
    let body = match session.send(Request::get(&path, Limits::MEMBERS)).await {
        Ok(answer) => answer.body,
        Err(ServerError { kind: ErrorKind::Refused { status: 403 | 404, .. }, .. }) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    read_members(&body).ok_or_else(|| session.error(ErrorKind::ProtocolError))
}

/// Parses the members of a room. `None`: malformed.
pub(in crate::server) fn read_members(body: &str) -> Option<Vec<Member>> {
    let joined = Object::parse(Object::parse(body)?.get("joined")?.get())?;
    let member = |(user_id, member): (String, &serde_json::value::RawValue)| {
        let displayname = Object::parse(member.get()).and_then(|it| Clean::name(&it.text("display_name")?));
        Some(Member { user_id: UserId::parse(user_id).ok()?, displayname })
    };
    Some(joined.members().filter_map(member).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_cannot_be_read_costs_no_other() {
        for (bad, expected) in [
            (r#""@eve:x": null"#, 2),
            (r#""@eve:x": {"display_name": 7, "avatar_url": []}"#, 2),
            (r#""@eve:x": {"display_name": "\ud800"}"#, 2),
            (r#""eve": {}"#, 1),
            (r#""\ud800": {}"#, 1),
        ] {
            let body = format!(r#"{{"joined": {{{bad}, "@bob:x": {{"display_name": "Bob"}}}}}}"#);
            let members = read_members(&body).unwrap();
            assert_eq!(members.len(), expected, "{bad}");
            assert_eq!(members.last().unwrap().displayname.as_deref(), Some("Bob"), "{bad}");
        }
        for garbage in ["", "[]", "{}", r#"{"joined": []}"#, r#"{"joined": {"@bob:x": "#] {
            assert!(read_members(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn what_changed_while_members_were_asked_for_is_newer_than_they_are() {
        let member = |name: &str| Member { user_id: UserId::parse(name).unwrap(), displayname: None };
        let change = |name, joined| MemberChange { member: member(name), joined };
        let names = |members: Vec<Member>| {
            let mut names: Vec<_> = members.into_iter().map(|it| it.user_id.to_string()).collect();
            names.sort();
            names
        };
        let before = || vec![member("@a:x"), member("@b:x")];
        assert_eq!(names(apply_changes(before(), vec![change("@c:x", true)])), ["@a:x", "@b:x", "@c:x"]);
        assert_eq!(names(apply_changes(before(), vec![change("@a:x", false)])), ["@b:x"]);
        assert_eq!(
            names(apply_changes(before(), vec![change("@a:x", false), change("@a:x", true)])),
            ["@a:x", "@b:x"]
        );
    }
}
