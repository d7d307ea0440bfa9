//! Lets the cast act: fills the world at the start, and plays the script for ever.

use std::time::Duration;

use super::{
    USER,
    cast::{Cast, Change, Contact, Membership, Room, Told},
    homeserver::Homeserver,
    state::State,
    world::World,
};
use crate::presence::{Presence, Spelling};

/// Where contacts are who were put nowhere.
const LOBBY: &str = "!lobby:demo.localhost";

/// Fills the world before anybody watches. The account that signs in is in every room that the cast names,
/// unless the cast says otherwise.
pub fn enter(world: &mut World, cast: &Cast, now: Duration) {
    for Room { room_id, name } in &cast.rooms {
        let room = world.room_or_new(room_id);
        world.rooms[room].name = name.as_deref().map(Into::into);
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
}

fn enter_one(world: &mut World, contact: &Contact, now: Duration) {
    let Change { user_id, displayname, state, .. } = &contact.start;
    let user = world.user_or_new(user_id);
    if let Some(name) = displayname {
        world.users[user].displayname = name.as_str().into();
    }
    if let Some(told) = state {
        world.users[user].state = told.after(&State::default(), now);
    }
    for room_id in &contact.joined_rooms {
        let room = world.room_or_new(room_id);
        world.seat(user, room);
    }
    if contact.is_direct {
        let room_id = format!("!direct-{}", user_id.trim_start_matches('@'));
        let (me, room) = (world.user_or_new(USER), world.room_or_new(&room_id));
        world.seat(me, room);
        world.seat(user, room);
        world.direct.insert(user_id.as_str().into(), vec![room_id.into()]);
    }
    if contact.joined_rooms.is_empty() && !contact.is_direct {
        world.seat(user, 0);
    }
}

/// Plays the script, again and again.
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
    if let Some(told) = &change.state {
        let state = told.after(&world.users[user].state, now);
        world.update(user, state, now);
    }
}

impl Told {
    /// The state that follows another. Whoever is said to be online or busy, and no more, is so by being active.
    pub fn after(&self, before: &State, now: Duration) -> State {
        let awake = matches!(self.presence, Presence::Online | Presence::Busy);
        let told = self.last_active_ago.or(awake.then_some(Duration::ZERO));
        State {
            presence: self.presence.clone(),
            busy_as: Spelling::default(),
            status_msg: self.status_msg.as_deref().map(Into::into),
            last_active: told.map(|ago| now.saturating_sub(ago)).or(before.last_active),
            active: self.currently_active.unwrap_or(true),
        }
    }
}
