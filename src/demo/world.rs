//! All that this homeserver knows, as one plain value: users, rooms, and the stream of what changed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use serde_json::{Value, json};

use super::{content::Content, recent_syncs::RecentSyncs, rules::Rules, sessions::Session, state::State};

/// A state event before it has an ID and a time.
pub struct StateEvent<'a> {
    pub sender: &'a str,
    pub r#type: &'a str,
    pub state_key: &'a str,
    pub content: &'a Value,
}

/// The homeserver's data. Users, rooms and sessions are named by their index; times are Unix times.
pub struct World {
    pub rules: Rules,
    pub users: Vec<User>,
    pub rooms: Vec<Room>,
    pub sessions: Vec<Session>,
    /// Everything that happened, oldest first. A `since` token is a position in it. It only grows, by a few
    /// bytes per change: days of the demo are megabytes.
    pub stream: Vec<Change>,
    /// A `since` token that is older is refused.
    pub oldest_position: usize,
    /// Account data by type, of the account that the demo signs in with: nobody else has any.
    pub account_data: BTreeMap<String, Value>,
    user_by_id: HashMap<Box<str>, usize>,
    room_by_id: HashMap<Box<str>, usize>,
}

pub struct User {
    pub id: Box<str>,
    pub displayname: Box<str>,
    /// The time zone that the profile names.
    pub tz: Option<Box<str>>,
    pub state: State,
    /// Joined rooms; few, so a list is quicker than a set.
    pub rooms: Vec<usize>,
    /// When the state was last delivered to those who share a room.
    pub announced: Duration,
    /// When the user last took a turn of the limit on PUT, and on `/sync`.
    pub last_put: Option<Duration>,
    pub last_sync: Option<Duration>,
    pub recent_syncs: RecentSyncs,
}

pub struct Room {
    pub id: Box<str>,
    pub members: BTreeSet<usize>,
    /// State events by type and state key, apart from memberships.
    pub state: BTreeMap<(String, String), Value>,
}

pub enum Change {
    Presence {
        user: usize,
    },
    /// Somebody came, went, or took another name, which is a join on the wire.
    Member {
        user: usize,
        room: usize,
        came: bool,
        event: Value,
    },
    /// A state event in a room, apart from memberships.
    State {
        room: usize,
        event: Value,
    },
    /// Account data of this type.
    AccountData(String),
    /// An event delivered to everybody as it is, whatever is in it.
    Verbatim(Value),
    /// The stream goes on in a database that was restored from a backup.
    Restore,
}

impl World {
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            users: Vec::new(),
            rooms: Vec::new(),
            sessions: Vec::new(),
            stream: Vec::new(),
            oldest_position: 0,
            account_data: BTreeMap::new(),
            user_by_id: HashMap::new(),
            room_by_id: HashMap::new(),
        }
    }

    pub fn user(&self, user_id: &str) -> Option<usize> {
        self.user_by_id.get(user_id).copied()
    }

    pub fn room(&self, room_id: &str) -> Option<usize> {
        self.room_by_id.get(room_id).copied()
    }

    /// The user of this ID, who is made if new, under the first part of the ID as a name.
    pub fn user_or_new(&mut self, user_id: &str) -> usize {
        if let Some(user) = self.user(user_id) {
            return user;
        }
        let localpart = user_id.trim_start_matches('@').split(':').next().unwrap_or_default();
        self.users.push(User {
            id: user_id.into(),
            displayname: localpart.into(),
            tz: None,
            state: State::default(),
            rooms: Vec::new(),
            announced: Duration::ZERO,
            last_put: None,
            last_sync: None,
            recent_syncs: RecentSyncs::default(),
        });
        self.user_by_id.insert(user_id.into(), self.users.len() - 1);
        self.users.len() - 1
    }

    pub fn room_or_new(&mut self, room_id: &str) -> usize {
        if let Some(room) = self.room(room_id) {
            return room;
        }
        self.rooms.push(Room { id: room_id.into(), members: BTreeSet::new(), state: BTreeMap::new() });
        self.room_by_id.insert(room_id.into(), self.rooms.len() - 1);
        self.rooms.len() - 1
    }

    /// Makes a user a member before anybody watches: nothing enters the stream.
    pub fn seat(&mut self, user: usize, room: usize) {
        if self.rooms[room].members.insert(user) {
            self.users[user].rooms.push(room);
        }
    }

    pub fn join(&mut self, user: usize, room: usize, now: Duration) {
        if !self.rooms[room].members.contains(&user) {
            self.seat(user, room);
            self.tell_membership(user, room, Membership::Came, now);
        }
    }

    pub fn leave(&mut self, user: usize, room: usize, now: Duration) {
        if self.rooms[room].members.remove(&user) {
            self.users[user].rooms.retain(|it| *it != room);
            self.tell_membership(user, room, Membership::Left, now);
        }
    }

    /// Refuses every `since` token given out so far.
    pub fn restore(&mut self) {
        self.stream.push(Change::Restore);
        self.oldest_position = self.stream.len();
    }

    /// Gives a user another name. As on Synapse the unchanged presence is delivered again with it.
    pub fn rename(&mut self, user: usize, displayname: &str, now: Duration) {
        if *self.users[user].displayname == *displayname {
            return;
        }
        self.users[user].displayname = displayname.into();
        for room in self.users[user].rooms.clone() {
            self.tell_membership(user, room, Membership::Renamed, now);
        }
        self.announce(user, now);
    }

    /// Gives a user another state, and tells it unless nobody could see a difference. A state that is only
    /// renewed is told about once a minute.
    pub fn update(&mut self, user: usize, state: State, now: Duration) {
        let User { state: old, announced, .. } = &self.users[user];
        let overdue = now.saturating_sub(*announced) > Duration::from_mins(1);
        let renewed = overdue && state.last_active != old.last_active;
        let tell = renewed || !Content::is_same(&state, old, &self.rules, now);
        self.users[user].state = state;
        if tell {
            self.announce(user, now);
        }
    }

    /// Whether a user may see another's presence, or their own.
    pub fn sees(&self, viewer: usize, user: usize) -> bool {
        let own = viewer == user && self.rules.shows_own_without_room();
        own || self.share_room(viewer, user)
    }

    fn share_room(&self, one: usize, other: usize) -> bool {
        self.users[one].rooms.iter().any(|room| self.users[other].rooms.contains(room))
    }

    pub fn send_state(
        &mut self,
        room: usize,
        StateEvent { sender, r#type, state_key, content }: &StateEvent<'_>,
        now: Duration,
    ) {
        let event = json!({
            "type": r#type,
            "event_id": format!("$demo{}", self.stream.len()),
            "sender": sender,
            "state_key": state_key,
            "origin_server_ts": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "content": content,
        });
        self.rooms[room].state.insert(((*r#type).to_owned(), (*state_key).to_owned()), event.clone());
        self.stream.push(Change::State { room, event });
    }

    /// Puts something into the account data, in place of what is there of this type.
    pub fn set_account_data(&mut self, r#type: &str, content: Value) {
        self.account_data.insert(r#type.to_owned(), content);
        self.stream.push(Change::AccountData(r#type.to_owned()));
    }

    fn announce(&mut self, user: usize, now: Duration) {
        if self.rules.presence {
            self.users[user].announced = now;
            self.stream.push(Change::Presence { user });
        }
    }

    fn tell_membership(&mut self, user: usize, room: usize, what: Membership, now: Duration) {
        let User { id, displayname, .. } = &self.users[user];
        let content = match what {
            Membership::Came | Membership::Renamed => {
                json!({ "membership": "join", "displayname": displayname })
            }
            Membership::Left => json!({ "membership": "leave" }),
        };
        let event = json!({
            "type": "m.room.member",
            "event_id": format!("$demo{}", self.stream.len()),
            "sender": id,
            "state_key": id,
            "origin_server_ts": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            "content": content,
        });
        let came = matches!(what, Membership::Came);
        self.stream.push(Change::Member { user, room, came, event });
    }
}

/// What a membership event is about.
#[derive(Clone, Copy)]
enum Membership {
    Came,
    Renamed,
    Left,
}
