//! Playback of a cast: fills the world at the start, then repeats the script.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    SERVER_NAME, USER,
    cast::{Cast, Change, Contact, Membership, NewState, Room},
    homeserver::Homeserver,
    rules::Rules,
    state::{Presence, State},
    world::{StateEvent, World},
};

/// The room of a cast without rooms.
const LOBBY: &str = "!lobby:demo.localhost";

/// The fields of MSC4426, under the names that clients use.
const STATUS: &str = "org.matrix.msc4426.status";
const CALL: &str = "org.matrix.msc4426.call";

/// Fills the world before the first request. The account of the demo is in every room, unless the cast has a line for
/// it.
pub fn enter(world: &mut World, cast: &Cast, now: Duration) {
    for room in &cast.rooms {
        furnish(world, room, now);
    }
    if cast.rooms.is_empty() {
        world.room_or_new(LOBBY);
    }
    if !cast.contacts.iter().any(|it| it.start.user_id == USER) {
        let user = world.user_or_new(USER);
        (0..world.rooms.len()).for_each(|room| world.seat(user, room));
    }
    for contact in &cast.contacts {
        enter_one(world, contact, now);
    }
    keep_account_data(world, cast);
}

/// Sets the direct chats and the ignored users of the account, if there are any.
fn keep_account_data(world: &mut World, cast: &Cast) {
    let direct = cast.contacts.iter().filter(|it| it.is_direct).map(|it| &it.start.user_id);
    let direct: Map<_, _> = direct.map(|it| (it.clone(), json!([direct_chat(it)]))).collect();
    if !direct.is_empty() {
        world.set_account_data("m.direct", direct.into());
    }
    let ignored = cast.contacts.iter().filter(|it| it.is_ignored).map(|it| &it.start.user_id);
    let ignored: Map<_, _> = ignored.map(|it| (it.clone(), json!({}))).collect();
    if !ignored.is_empty() {
        world.set_account_data("m.ignored_user_list", json!({ "ignored_users": ignored }));
    }
}

/// Sends the state events of a room.
fn furnish(world: &mut World, room: &Room, now: Duration) {
    let index = world.room_or_new(&room.id);
    let mut send = |r#type: &str, state_key: &str, content| {
        world.send_state(index, &StateEvent { sender: USER, r#type, state_key, content: &content }, now);
    };
    let mut create = json!({ "room_version": "11" });
    if let Some(room_type) = &room.r#type {
        create["type"] = json!(room_type);
    }
    send("m.room.create", "", create);
    if let Some(name) = &room.name {
        send("m.room.name", "", json!({ "name": name }));
    }
    if let Some(alias) = &room.canonical_alias {
        send("m.room.canonical_alias", "", json!({ "alias": alias }));
    }
    for child in &room.children {
        send("m.space.child", child, json!({ "via": [SERVER_NAME] }));
    }
}

fn direct_chat(user_id: &str) -> String {
    format!("!direct-{}", user_id.trim_start_matches('@'))
}

fn enter_one(world: &mut World, contact: &Contact, now: Duration) {
    let Change { user_id, displayname, state, .. } = &contact.start;
    let user = world.user_or_new(user_id);
    if let Some(name) = displayname {
        world.users[user].displayname = name.as_str().into();
    }
    world.users[user].tz = contact.tz.as_deref().map(Into::into);
    apply_profile(world, user, &contact.start, now);
    if let Some(told) = state {
        world.users[user].state = told.after(&State::default(), &world.rules, now);
    }
    for room_id in &contact.joined_rooms {
        let room = world.room_or_new(room_id);
        world.seat(user, room);
    }
    if contact.is_direct {
        let (me, room) = (world.user_or_new(USER), world.room_or_new(&direct_chat(user_id)));
        world.seat(me, room);
        world.seat(user, room);
    }
    if contact.joined_rooms.is_empty() && !contact.is_direct {
        world.seat(user, 0);
    }
}

/// Repeats the script until the demo is dropped.
pub async fn play(server: &Homeserver, script: &[(Duration, Change)]) {
    let Some((length, _)) = script.last().filter(|(at, _)| !at.is_zero()) else { return };
    let mut start = server.now();
    loop {
        for (at, change) in script {
            server.until(start + *at).await;
            server.act(|world, now| apply(world, change, now));
        }
        start += *length;
    }
}

fn apply(world: &mut World, change: &Change, now: Duration) {
    let user = world.user_or_new(&change.user_id);
    if let Some(name) = &change.displayname {
        world.rename(user, name, now);
    }
    if let Some((room_id, membership)) = &change.membership {
        let room = world.room_or_new(room_id);
        match membership {
            Membership::Join => world.join(user, room, now),
            Membership::Leave => world.leave(user, room, now),
        }
    }
    apply_profile(world, user, change, now);
    if let Some(told) = &change.state {
        let state = told.after(&world.users[user].state, &world.rules, now);
        world.update(user, state, now);
    }
}

/// Changes the status and the call in a profile, where they differ.
fn apply_profile(world: &mut World, user: usize, change: &Change, now: Duration) {
    let mut set = |field: &str, value: Option<Value>| {
        if world.users[user].profile.get(field) != value.as_ref() {
            world.set_field(user, field, value);
        }
    };
    if let Some(status) = &change.status {
        set(STATUS, Some(status.clone()).filter(|status| !status.is_null()));
    }
    match change.in_call {
        Some(true) => set(CALL, Some(json!({ "call_joined_ts": now.as_secs() }))),
        Some(false) => set(CALL, None),
        None => {}
    }
}

impl NewState {
    /// Returns the state that follows `before`. A user who becomes online or busy is active now, unless the line has
    /// an age.
    fn after(&self, before: &State, rules: &Rules, now: Duration) -> State {
        let presence = rules.relayed(&self.presence);
        let awake = presence == Presence::Online || presence.is_busy();
        let told = self.last_active_ago.or(awake.then_some(Duration::ZERO));
        State {
            presence,
            status_msg: self.status_msg.as_deref().map(Into::into),
            last_active: told.map(|ago| now.saturating_sub(ago)).or(before.last_active),
            active: self.currently_active.unwrap_or(true),
            pinged: true,
            set: true,
        }
    }
}
