//! Who is in a call, according to the call events.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId};
use whosin::model::{
    calls::Calls,
    event::{CallEvent, CallMembership},
};

struct Story {
    calls: Calls,
    now: Timestamp,
    room: &'static str,
}

impl Story {
    fn begin() -> Self {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        Self { calls: Calls::default(), now, room: "!room:x" }
    }

    /// A call event under a state key. Without a device the call is left.
    fn says(&mut self, who: &str, key: &str, device: Option<&str>, minutes: i64) -> &mut Self {
        let until = self.now + SignedDuration::from_mins(minutes);
        let memberships = device.map(|id| CallMembership { device_id: Some(id.to_owned()), until });
        let event = CallEvent {
            key: ("m.call.member".to_owned(), key.to_owned()),
            sender: user(who),
            memberships: memberships.into_iter().collect(),
        };
        self.calls.on_events(OwnedRoomId::try_from(self.room).unwrap(), vec![event]);
        self
    }

    /// What follows is said in this room.
    fn in_room(&mut self, room: &'static str) -> &mut Self {
        self.room = room;
        self
    }

    fn after(&mut self, minutes: i64) -> &mut Self {
        self.now += SignedDuration::from_mins(minutes);
        self
    }

    fn is_in_call(&self, who: &str) -> bool {
        self.calls.is_in_call(&user(who), self.now)
    }

    /// For how many minutes we are in a call with another session than `HERE`.
    fn elsewhere(&self) -> Option<i64> {
        let until = self.calls.elsewhere(&user("@me:x"), "HERE", self.now)?;
        Some(until.duration_since(self.now).as_mins())
    }
}

fn user(who: &str) -> OwnedUserId {
    OwnedUserId::try_from(who).unwrap()
}

#[test]
fn somebody_is_in_a_call_until_they_leave_it() {
    let mut story = Story::begin();
    assert!(!story.is_in_call("@bob:x"));
    story.says("@bob:x", "_@bob:x_DEV", Some("DEV"), 60);
    assert!(story.is_in_call("@bob:x"));
    assert!(!story.is_in_call("@eve:x"));
    story.says("@bob:x", "_@bob:x_DEV", None, 0);
    assert!(!story.is_in_call("@bob:x"));
}

#[test]
fn a_call_ends_when_its_membership_expires_without_a_renewal() {
    let mut story = Story::begin();
    story.says("@bob:x", "_@bob:x_DEV", Some("DEV"), 60);
    assert_eq!(story.calls.next_expiry(story.now), Some(story.now + SignedDuration::from_mins(60)));
    story.after(50).says("@bob:x", "_@bob:x_DEV", Some("DEV"), 60).after(50);
    assert!(story.is_in_call("@bob:x"));
    assert!(!story.after(10).is_in_call("@bob:x"));
    assert_eq!(story.calls.next_expiry(story.now), None);
}

#[test]
fn a_user_in_two_calls_is_in_a_call_until_both_have_ended() {
    let mut story = Story::begin();
    story.says("@bob:x", "_@bob:x_A", Some("A"), 60);
    story.in_room("!other:x").says("@bob:x", "_@bob:x_B", Some("B"), 30);
    story.in_room("!room:x").says("@bob:x", "_@bob:x_A", None, 0);
    assert!(story.is_in_call("@bob:x"));
    story.in_room("!other:x").says("@bob:x", "_@bob:x_B", None, 0);
    assert!(!story.is_in_call("@bob:x"));
}

#[test]
fn calls_of_this_session_do_not_count_as_calls_elsewhere() {
    let mut story = Story::begin();
    story.says("@me:x", "_@me:x_HERE", Some("HERE"), 60);
    assert_eq!(story.elsewhere(), None);
    story.says("@me:x", "_@me:x_PHONE", Some("PHONE"), 30);
    assert_eq!(story.elsewhere(), Some(30));
    story.after(30);
    assert_eq!(story.elsewhere(), None);
}

#[test]
fn a_call_belongs_to_its_sender_whatever_the_state_key_says() {
    let mut story = Story::begin();
    story.says("@eve:x", "_@me:x_PHONE", Some("PHONE"), 60);
    assert_eq!(story.elsewhere(), None);
    assert!(!story.is_in_call("@me:x"));
    assert!(story.is_in_call("@eve:x"));
}

#[test]
fn leaving_a_room_leaves_its_calls() {
    let mut story = Story::begin();
    story.says("@bob:x", "_@bob:x_A", Some("A"), 60).says("@eve:x", "_@eve:x_A", Some("A"), 60);
    let room = OwnedRoomId::try_from("!room:x").unwrap();
    story.calls.member_left(&room, &user("@bob:x"));
    assert!(!story.is_in_call("@bob:x") && story.is_in_call("@eve:x"));
    story.calls.leave_room(&room);
    assert!(!story.is_in_call("@eve:x"));
}
