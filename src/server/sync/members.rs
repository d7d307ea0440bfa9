//! Loading the members of rooms (`/joined_members`). A room that fails costs no other and is tried again by itself.

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
    model::event::{Member, MemberChange, Update},
    server::{
        ErrorKind, ServerError, Session,
        http::{Limits, Request},
        json::Object,
    },
};

/// How many rooms to ask for at a time.
const AT_A_TIME: usize = 8;
/// How many requests may be under way with those that hang.
const AT_MOST: usize = 32;
/// A room that takes longer is one that is not loaded, until it is.
const SLOW: Duration = Duration::from_secs(5);
/// A room that failed so often is not loaded. The first failure is often a proxy's hiccup, and its retry comes in 1 s.
const TRIES: u32 = 2;
/// How many rooms to tell of at once.
const BATCH: usize = 64;
/// How many changes of a room are kept while its members are asked for. After more it is asked for once more.
const CHANGES: usize = 10_000;

type Loaded = Result<Vec<Member>, ServerError>;

/// The rooms whose members are not known.
pub(super) struct MemberLoader {
    session: Session,
    rooms: BTreeMap<OwnedRoomId, Room>,
    /// Those that wait for their first request.
    queue: VecDeque<OwnedRoomId>,
    requests: FuturesUnordered<BoxFuture<'static, (OwnedRoomId, Loaded)>>,
    /// The server limits requests until then.
    not_before: Instant,
}

#[derive(Default)]
struct Room {
    failures: u32,
    stage: Stage,
    /// Whether this room has taken too long.
    slow: bool,
}

#[derive(Default)]
enum Stage {
    #[default]
    Queued,
    Asked {
        at: Instant,
        /// What `/sync` has said since. The answer can be older.
        changes: Vec<MemberChange>,
        /// Whether the answer will leave something out.
        outdated: bool,
    },
    Failed {
        retry_at: Instant,
    },
}

impl Room {
    /// Whether there is still hope to load this room with the others.
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

    /// Loads a room, or loads it again.
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

    /// Notes what `/sync` says of a room while its members are asked for.
    pub(super) fn note(&mut self, room_id: &RoomId, news: &[MemberChange]) {
        if let Some(Room { stage: Stage::Asked { changes, outdated, .. }, .. }) = self.rooms.get_mut(room_id)
        {
            *outdated |= changes.len() + news.len() > CHANGES;
            if !*outdated {
                changes.extend_from_slice(news);
            }
        }
    }

    /// Loads a room no longer.
    pub(super) fn forget(&mut self, room_id: &RoomId) {
        self.rooms.remove(room_id);
    }

    /// Loads none of the rooms any longer.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.session.clone());
    }

    /// How many rooms are still to come.
    pub(super) fn missing(&self) -> usize {
        self.rooms.values().filter(|room| room.is_missing()).count()
    }

    /// Waits for the next rooms, or for one to be too slow. Whoever stops waiting loses nothing.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when the session is over.
    pub(super) async fn next(&mut self) -> Result<Update, ServerError> {
        loop {
            self.ask();
            let wake = self.wake();
            let wait = async move {
                match wake {
                    Some(wake) => sleep_until(wake).await,
                    None => pending().await,
                }
            };
            select! {
                Some(arrived) = self.requests.next(), if !self.requests.is_empty() => {
                    return self.arrive(arrived);
                }
                () = wait => if self.notice_slow() { return Ok(self.update(Vec::new())) },
            }
        }
    }

    /// Sends the requests that are due.
    fn ask(&mut self) {
        let now = Instant::now();
        if now < self.not_before {
            return;
        }
        let due = |room: &Room| matches!(room.stage, Stage::Failed { retry_at } if retry_at <= now);
        let retries = self.rooms.iter().filter(|(_, room)| due(room)).map(|(room_id, _)| room_id.clone());
        let mut retries = retries.take(AT_MOST).collect::<VecDeque<_>>();
        while self.has_turn() {
            let Some(room_id) = self.queue.pop_front().or_else(|| retries.pop_front()) else { break };
            let Some(room) = self.rooms.get_mut(&room_id) else { continue };
            room.stage = Stage::Asked { at: now, changes: Vec::new(), outdated: false };
            let session = self.session.clone();
            self.requests.push(async move { (room_id.clone(), session.members_of(&room_id).await) }.boxed());
        }
    }

    /// Whether one more request may be sent. Those that hang take no turn away from the others.
    fn has_turn(&self) -> bool {
        let slow = |room: &&Room| room.slow && matches!(room.stage, Stage::Asked { .. });
        let slow = self.rooms.values().filter(slow).count();
        self.requests.len() < (AT_A_TIME + slow).min(AT_MOST)
    }

    /// When there is something to do although nothing arrives.
    fn wake(&self) -> Option<Instant> {
        let has_turn = self.has_turn();
        let wake = |room: &Room| match room.stage {
            Stage::Queued => None,
            Stage::Asked { at, .. } => (!room.slow).then_some(at + SLOW),
            Stage::Failed { retry_at } => has_turn.then(|| retry_at.max(self.not_before)),
        };
        let queued = (!self.queue.is_empty() && self.requests.is_empty()).then_some(self.not_before);
        self.rooms.values().filter_map(wake).chain(queued).min()
    }

    /// Whether a room has become too slow.
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

    /// Takes what has arrived, and all else that is there.
    fn arrive(&mut self, first: (OwnedRoomId, Loaded)) -> Result<Update, ServerError> {
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
        Some((room_id, with(members, changes)))
    }

    fn failed(&mut self, room_id: OwnedRoomId, mut room: Room, error: &ServerError) {
        let mut wait = back_off(room.failures, fastrand::f64());
        if let ErrorKind::Limited(limit) = error.kind {
            wait = wait.max(limit);
            self.not_before = self.not_before.max(Instant::now() + limit);
        }
        tracing::warn!(?room_id, %error, retry_in = ?wait, "the members of a room are not loaded");
        room.failures += 1;
        room.slow = false;
        room.stage = Stage::Failed { retry_at: Instant::now() + wait };
        self.rooms.insert(room_id, room);
    }

    /// What to tell of these rooms.
    pub(super) fn update(&self, rooms: Vec<(OwnedRoomId, Vec<Member>)>) -> Update {
        let missing = self.missing();
        Update::Members { rooms, missing, failed: self.rooms.len() - missing }
    }
}

/// The members with what has changed since they were asked for. What is repeated changes nothing.
fn with(mut members: Vec<Member>, changes: Vec<MemberChange>) -> Vec<Member> {
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

impl Session {
    /// The rooms that we are in.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when there is no answer that lists them.
    pub(in crate::server) async fn joined_rooms(&self) -> Result<Vec<OwnedRoomId>, ServerError> {
        let answer =
            self.send(Request::get(&["_matrix", "client", "v3", "joined_rooms"], Limits::ROOMS)).await?;
        let rooms = Object::parse(&answer.body).filter(|it| it.get("joined_rooms").is_some());
        let rooms = rooms.ok_or_else(|| self.error(ErrorKind::ProtocolError))?.array("joined_rooms");
        let room_id = |json: &str| RoomId::parse(serde_json::from_str::<String>(json).ok()?).ok();
        Ok(rooms.into_iter().filter_map(|json| room_id(json.get())).collect())
    }

    /// The joined members of a room. One that the server no longer shows us, because we have just left it, has none.
    async fn members_of(&self, room_id: &RoomId) -> Loaded {
        let path = ["_matrix", "client", "v3", "rooms", room_id.as_str(), "joined_members"];
        let body = match self.send(Request::get(&path, Limits::MEMBERS)).await {
            Ok(answer) => answer.body,
            Err(ServerError { kind: ErrorKind::Refused { status: 403 | 404, .. }, .. }) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        read_members(&body).ok_or_else(|| self.error(ErrorKind::ProtocolError))
    }
}

/// Reads the members of a room. `None` for what lists none.
fn read_members(body: &str) -> Option<Vec<Member>> {
    let joined = Object::parse(Object::parse(body)?.get("joined")?.get())?;
    let member = |(user_id, member): (String, &serde_json::value::RawValue)| {
        let displayname = Object::parse(member.get()).and_then(|it| it.text("display_name"));
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
        assert_eq!(names(with(before(), vec![change("@c:x", true)])), ["@a:x", "@b:x", "@c:x"]);
        assert_eq!(names(with(before(), vec![change("@a:x", false)])), ["@b:x"]);
        assert_eq!(
            names(with(before(), vec![change("@a:x", false), change("@a:x", true)])),
            ["@a:x", "@b:x"]
        );
    }
}
