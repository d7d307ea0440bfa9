//! The data of the homeserver: users, rooms, sessions and the stream of changes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    content::Content, oauth::Grants, recent_syncs::RecentSyncs, rules::Rules, sessions::Session, state::State,
};

/// A state event without ID and time.
pub struct StateEvent<'a> {
    pub sender: &'a str,
    pub r#type: &'a str,
    pub state_key: &'a str,
    pub content: &'a Value,
}

/// The homeserver's data. An index stands for a user, room or session. Times are Unix times.
pub struct World {
    pub rules: Rules,
    pub users: Vec<User>,
    pub rooms: Vec<Room>,
    pub sessions: Vec<Session>,
    /// All changes, oldest first. A `since` token is a position in the stream. The stream only grows, by a few bytes
    /// a change: days of the demo take megabytes.
    pub stream: Vec<Change>,
    /// The oldest valid position of a `since` token.
    pub oldest_position: usize,
    /// Account data by type. Only the account of the demo has any.
    pub account_data: BTreeMap<String, Value>,
    /// What the authorization server has granted.
    pub grants: Grants,
    user_by_id: HashMap<Box<str>, usize>,
    room_by_id: HashMap<Box<str>, usize>,
}

pub struct User {
    pub id: Box<str>,
    pub displayname: Box<str>,
    /// The time zone in the profile.
    pub tz: Option<Box<str>>,
    /// The other fields of the profile.
    pub profile: BTreeMap<String, Value>,
    pub state: State,
    /// Joined rooms. They are few, so a list is faster than a set.
    pub rooms: Vec<usize>,
    /// When users in the same rooms last received the state.
    pub announced: Duration,
    /// When a PUT, or a `/sync` in `last_sync`, last counted against the limit.
    pub last_put: Option<Duration>,
    pub last_sync: Option<Duration>,
    pub recent_syncs: RecentSyncs,
}

pub struct Room {
    pub id: Box<str>,
    pub members: BTreeSet<usize>,
    /// State events by type and state key, without memberships.
    pub state: BTreeMap<(String, String), Value>,
}

pub enum Change {
    Presence {
        user: usize,
    },
    /// A field of a profile.
    Profile {
        user: usize,
        field: String,
    },
    /// A membership event. On the wire a new name is another join.
    Member {
        user: usize,
        room: usize,
        came: bool,
        event: Value,
    },
    /// A state event that is not a membership.
    State {
        room: usize,
        event: Value,
    },
    /// New account data of this type.
    AccountData(String),
    /// An event that every user receives unchanged.
    Verbatim(Value),
    /// The mark of a restore from a backup.
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
            grants: Grants::default(),
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

    /// Returns the user with this ID. A new user gets the localpart as display name.
    pub fn user_or_new(&mut self, user_id: &str) -> usize {
        if let Some(user) = self.user(user_id) {
            return user;
        }
        let localpart = user_id.trim_start_matches('@').split(':').next().unwrap_or_default();
        self.users.push(User {
            id: user_id.into(),
            displayname: localpart.into(),
            tz: None,
            profile: BTreeMap::new(),
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

    /// Adds a member without an event in the stream.
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

    /// Changes a display name. As on Synapse, other users receive the unchanged presence again.
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

    /// Changes a state. Other users receive it if they can see a difference. A state that is only renewed goes out
    /// once a minute.
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

    /// Sets or removes a field of a profile.
    pub fn set_field(&mut self, user: usize, field: &str, value: Option<Value>) {
        let profile = &mut self.users[user].profile;
        match value {
            Some(value) => drop(profile.insert(field.to_owned(), value)),
            None => drop(profile.remove(field)),
        }
        self.stream.push(Change::Profile { user, field: field.to_owned() });
    }

    /// Returns whether `viewer` may see the presence of `user`. Both may be the same.
    pub fn sees(&self, viewer: usize, user: usize) -> bool {
        let own = viewer == user && self.rules.shows_own_without_room();
        own || self.share_room(viewer, user)
    }

    pub fn share_room(&self, one: usize, other: usize) -> bool {
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

    /// Sets account data of one type.
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

/// The reason for a membership event.
#[derive(Clone, Copy)]
enum Membership {
    Came,
    Renamed,
    Left,
}
