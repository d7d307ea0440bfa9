//! The body of a `/sync` answer. It borrows from the world, so that 100,000 contacts are serialized without copies.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::{
    SERVER_NAME, USER,
    content::Content,
    rules::{Profiles, Rules},
    world::{self, Change, User, World},
};

/// The most events of one room in one answer.
const TIMELINE_LIMIT: usize = 50;

#[derive(Serialize)]
pub struct Response<'a> {
    next_batch: String,
    #[serde(skip_serializing_if = "Events::is_empty")]
    account_data: Events<AccountData<'a>>,
    #[serde(skip_serializing_if = "Events::is_empty")]
    presence: Events<PresenceEvent<'a>>,
    #[serde(skip_serializing_if = "Rooms::is_empty")]
    rooms: Rooms<'a>,
    /// Changes of profiles (MSC4429).
    #[serde(rename = "org.matrix.msc4429.users", skip_serializing_if = "BTreeMap::is_empty")]
    users: BTreeMap<&'a str, Value>,
}

/// What is read of a filter.
#[derive(Default)]
pub struct Filter {
    /// The profile fields that the caller wants.
    fields: Vec<String>,
    /// Whether the caller wants no room.
    no_rooms: bool,
}

impl Filter {
    pub fn read(filter: &str, rules: &Rules) -> Self {
        let filter: Value = serde_json::from_str(filter).unwrap_or_default();
        let ids = filter["org.matrix.msc4429.profile_fields"]["ids"].as_array().cloned().unwrap_or_default();
        let ids = ids.iter().filter(|_| rules.profiles == Profiles::Pushed);
        Self {
            fields: ids.filter_map(|id| id.as_str().map(ToOwned::to_owned)).collect(),
            no_rooms: filter["room"]["rooms"].as_array().is_some_and(Vec::is_empty),
        }
    }

    /// Returns the wanted fields of a user. `None`: there are none.
    fn profile(&self, user: &User) -> Option<Value> {
        let known = user.profile.iter().filter(|(field, _)| self.fields.contains(field));
        let known: Map<String, Value> = known.map(|(field, value)| (field.clone(), value.clone())).collect();
        (!known.is_empty()).then(|| json!({ "profile_updates": known }))
    }
}

#[derive(Serialize)]
struct Events<T> {
    events: Vec<T>,
}

impl<T> Default for Events<T> {
    fn default() -> Self {
        Self { events: Vec::new() }
    }
}

impl<T> Events<T> {
    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum PresenceEvent<'a> {
    Known { r#type: &'static str, sender: &'a str, content: Content<'a> },
    Verbatim(&'a Value),
}

#[derive(Serialize)]
struct AccountData<'a> {
    r#type: &'a str,
    content: &'a Value,
}

#[derive(Default, Serialize)]
struct Rooms<'a> {
    join: BTreeMap<&'a str, Room<'a>>,
    leave: BTreeMap<&'a str, Room<'a>>,
}

impl<'a> Rooms<'a> {
    fn is_empty(&self) -> bool {
        self.join.is_empty() && self.leave.is_empty()
    }

    /// Returns the room's entry for a change of `user`, or `None` if the caller may not see the change.
    fn of(&mut self, room: &'a world::Room, caller: usize, user: usize) -> Option<&mut Room<'a>> {
        let section = if room.members.contains(&caller) {
            &mut self.join
        } else if user == caller {
            &mut self.leave
        } else {
            return None;
        };
        Some(section.entry(&room.id).or_default())
    }

    fn reverse(&mut self) {
        for room in self.join.values_mut().chain(self.leave.values_mut()) {
            room.timeline.events.reverse();
        }
    }
}

#[derive(Default, Serialize)]
struct Room<'a> {
    timeline: Timeline<'a>,
    #[serde(skip_serializing_if = "Events::is_empty")]
    state: Events<&'a Value>,
}

#[derive(Default, Serialize)]
struct Timeline<'a> {
    events: Vec<&'a Value>,
    limited: bool,
    prev_batch: String,
}

impl<'a> Response<'a> {
    /// Creates the answer to an initial sync: presence, joined rooms and account data.
    pub fn initial(world: &'a World, caller: usize, filter: &Filter, now: Duration) -> Self {
        if filter.no_rooms {
            return Self::profiles(world, caller, filter);
        }
        let mut seen = HashSet::from([caller]);
        let joined = || world.users[caller].rooms.iter().map(|it| &world.rooms[*it]);
        seen.extend(joined().flat_map(|room| &room.members));
        let mut watched: Vec<usize> = seen.into_iter().collect();
        let shows_own = world.sees(caller, caller);
        watched.retain(|it| {
            let is_in = world.rules.is_in_initial_sync(&world.users[*it].state);
            world.rules.presence && is_in && (*it != caller || shows_own)
        });
        watched.sort_unstable();
        let next_batch = format!("s{}", world.stream.len());
        let room = |room: &'a world::Room| Room {
            timeline: Timeline { prev_batch: next_batch.clone(), ..Timeline::default() },
            state: Events { events: room.state.values().collect() },
        };
        let mine = *world.users[caller].id == *USER;
        let account_data = world.account_data.iter().filter(|_| mine).map(AccountData::new);
        Self {
            account_data: Events { events: account_data.collect() },
            presence: Events { events: watched.iter().map(|it| known(world, *it, now)).collect() },
            rooms: Rooms { join: joined().map(|it| (&*it.id, room(it))).collect(), leave: BTreeMap::new() },
            // Synapse sends the profiles of those alone who have an event in the response.
            users: BTreeMap::new(),
            next_batch,
        }
    }

    /// Creates the answer to an initial sync without rooms: the profiles of everybody who shares a room, and one's own.
    fn profiles(world: &'a World, caller: usize, filter: &Filter) -> Self {
        let mut seen = HashSet::from([caller]);
        seen.extend(world.users[caller].rooms.iter().flat_map(|room| &world.rooms[*room].members));
        let profile = |user: usize| Some((&*world.users[user].id, filter.profile(&world.users[user])?));
        let users =
            seen.into_iter().filter(|user| is_here(&world.users[*user])).filter_map(profile).collect();
        Self { users, ..Self::empty(world.stream.len()) }
    }

    /// Creates an incremental answer. It has only the latest state of each user.
    pub fn since(world: &'a World, caller: usize, (since, filter): (usize, &Filter), now: Duration) -> Self {
        let mut users = BTreeMap::new();
        let since = since.min(world.stream.len());
        let mut presence = Vec::new();
        let mut told = HashSet::new();
        let mut rooms = Rooms::default();
        let mut account_data = BTreeMap::new();
        let mut tell = |user| {
            let mine = user == caller && !world.rules.echoes();
            let visible = world.rules.presence && !mine && world.sees(caller, user);
            (visible && told.insert(user)).then(|| known(world, user, now))
        };
        // From the newest change to the oldest: each user appears at the latest change, and timelines keep their
        // newest events.
        for change in world.stream[since..].iter().rev() {
            match change {
                Change::Presence { user } => presence.extend(tell(*user)),
                Change::Profile { user, field } => {
                    let visible = *user == caller || world.share_room(caller, *user);
                    if visible && filter.fields.contains(field) && is_here(&world.users[*user]) {
                        let of = &world.users[*user];
                        let of_user =
                            users.entry(&*of.id).or_insert_with(|| json!({ "profile_updates": {} }));
                        if !of_user["profile_updates"].is_null() {
                            of_user["profile_updates"][field] = json!(of.profile.get(field));
                        }
                    }
                }
                Change::State { room, event } => {
                    let room = &world.rooms[*room];
                    let told = rooms.of(room, caller, usize::MAX);
                    told.map(|it| it.timeline.keeps(event, since));
                }
                Change::AccountData(r#type) if *world.users[caller].id == *USER => {
                    account_data.extend(world.account_data.get_key_value(r#type));
                }
                Change::AccountData(_) | Change::Restore => {}
                Change::Verbatim(event) => presence.push(PresenceEvent::Verbatim(event)),
                Change::Member { user, room, came, event } => {
                    let of = &world.users[*user];
                    if !filter.fields.is_empty() && *user != caller && is_here(of) {
                        let gone = !world.share_room(caller, *user);
                        let profile =
                            if gone { Some(json!({ "profile_updates": null })) } else { filter.profile(of) };
                        users.extend(profile.map(|profile| (&*of.id, profile)));
                    }
                    let room = &world.rooms[*room];
                    let Some(told) = rooms.of(room, caller, *user) else { continue };
                    if !(told.timeline.keeps(event, since) && *came) {
                        continue;
                    }
                    // A join sends the new member's presence, even offline. A caller who joins receives the presence
                    // of all members.
                    presence.extend(tell(*user));
                    if *user == caller {
                        told.state.events = room.state.values().collect();
                        presence.extend(room.members.iter().filter_map(|it| tell(*it)));
                    }
                }
            }
        }
        presence.reverse();
        rooms.reverse();
        let next_batch = format!("s{}", world.stream.len());
        let account_data = account_data.into_iter().map(AccountData::new).collect();
        Self {
            next_batch,
            account_data: Events { events: account_data },
            presence: Events { events: presence },
            rooms,
            users,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.presence.is_empty() && !self.has_more_than_presence()
    }

    pub fn has_more_than_presence(&self) -> bool {
        !self.rooms.is_empty() || !self.account_data.is_empty() || !self.users.is_empty()
    }

    /// Creates an answer without changes.
    pub fn empty(position: usize) -> Self {
        let next_batch = format!("s{position}");
        Self {
            next_batch,
            account_data: Events::default(),
            presence: Events::default(),
            rooms: Rooms::default(),
            users: BTreeMap::new(),
        }
    }
}

impl<'a> AccountData<'a> {
    fn new((r#type, content): (&'a String, &'a Value)) -> Self {
        Self { r#type, content }
    }
}

impl<'a> Timeline<'a> {
    /// Adds an older event if the limit allows. Returns whether it was added.
    fn keeps(&mut self, event: &'a Value, since: usize) -> bool {
        self.limited = self.events.len() == TIMELINE_LIMIT;
        if !self.limited {
            self.events.push(event);
            self.prev_batch = format!("s{since}");
        }
        !self.limited
    }
}

/// Returns whether a user is of this server. It sends no profiles of others.
fn is_here(user: &User) -> bool {
    user.id.ends_with(&format!(":{SERVER_NAME}"))
}

fn known(world: &World, user: usize, now: Duration) -> PresenceEvent<'_> {
    let user = &world.users[user];
    let content = Content::of_event(user, &world.rules, now);
    PresenceEvent::Known { r#type: "m.presence", sender: &user.id, content }
}
