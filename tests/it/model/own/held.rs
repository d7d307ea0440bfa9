//! Busy that others still see after it was left.

use whosin::model::event::OtherSession;

use super::*;

fn session(name: &str, minutes_ago: i64, now: Timestamp) -> OtherSession {
    let last_seen = now.checked_sub(SignedDuration::from_mins(minutes_ago)).ok();
    OtherSession { name: name.into(), last_seen, account_page: None }
}

/// A story in which others still see busy after it was left.
fn held() -> Story {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    story.toggle_busy();
    story.publishes(Presence::Online, "");
    story.accepted();
    assert_eq!(story.reason(), Some(Reason::Unconfirmed));
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Busy, "").into()), story.now);
    story
}

#[test]
fn the_sessions_that_can_hold_busy_are_named_most_recent_first() {
    let mut story = held();
    assert_eq!(story.any(), Some(Effect::LookUpSessions));
    let now = story.now;
    story.own.on_sessions(
        vec![
            session("Tablet", 61, now),
            session("Desktop", 30, now),
            session("Phone", 1, now),
            session("Attic", 90, now),
            OtherSession { name: "Never".into(), last_seen: None, account_page: None },
        ],
        now,
    );
    let Some(Reason::HeldBusy(sessions, None)) = story.reason() else { panic!("{:?}", story.reason()) };
    let names: Vec<&str> = sessions.iter().map(|session| &*session.name).collect();
    assert_eq!(names, ["Phone", "Desktop", "Tablet"], "within the hour, give or take two minutes");
    assert_eq!(story.after(60).any(), Some(Effect::LookUpSessions), "and asked for again");
}

#[test]
fn our_sync_does_not_prolong_stuck_busy_and_its_end_clears_the_warning() {
    let mut story = held();
    assert_eq!(
        story.sync_presence(),
        Some(Presence::Offline),
        "any other would make this session busy again"
    );
    assert_eq!(story.after(3_600).next(), None, "nothing is tried that cannot help");
    story.echo(Presence::Online, "");
    assert_eq!((story.reason(), story.sync_presence()), (None, Some(Presence::Online)));
}

#[test]
fn our_state_is_sent_again_when_stuck_busy_ends_after_it_faded() {
    let mut story = held();
    story.after(60).echo(Presence::Offline, "");
    assert_eq!(story.sync_presence(), Some(Presence::Online));
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Offline, "").into()), story.now);
    story.arrives(Presence::Online, "");
}

#[test]
fn a_lost_connection_points_to_a_restart_of_the_server() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    let lost = story.now;
    story.own.on_disconnected(lost);
    story.after(20).on_connected(true, status(Presence::Busy, ""));
    story.toggle_busy();
    story.publishes(Presence::Online, "");
    story.accepted();
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Busy, "").into()), story.now);
    story.own.on_sessions(Vec::new(), story.now);
    assert_eq!(story.reason(), Some(Reason::HeldBusy(&[], Some(lost + SignedDuration::from_hours(1)))));
    story.after(3_600).any();
    assert_eq!(story.reason(), Some(Reason::HeldBusy(&[], None)), "the restart explains it no longer");
}

#[test]
fn nothing_is_asked_of_stuck_busy_where_the_server_offers_busy_no_longer() {
    let mut story = held();
    assert_eq!(story.any(), Some(Effect::LookUpSessions));
    story.lose();
    story.after(20).on_connected(false, status(Presence::Busy, ""));
    assert!(matches!(story.reason(), Some(Reason::HeldBusy(..))), "{:?}", story.reason());
    assert_eq!(story.after(60).any(), None);
    assert_eq!(story.next(), None);
}

#[test]
fn going_busy_with_another_session_signed_in_warns_once() {
    let mut story = Story::online(true);
    let now = story.now;
    story.own.on_sessions(vec![session("Phone", 1, now)], now);
    assert_eq!(story.own.report().warning.map(|session| &*session.name), Some("Phone"));
    story.own.dismiss_warning();
    assert_eq!(story.own.report().warning, None);
    let mut again = Own::new(account(), &Settings::default(), Some(story.own.saved()));
    again.on_connected(Greeting { busy_offered: true, ..Greeting::default() }, now);
    again.on_sessions(vec![session("Phone", 1, now)], now);
    assert_eq!(again.report().warning, None, "not at the next start either");
}

#[test]
fn no_warning_is_given_where_no_session_can_hold_busy() {
    for (server, busy_offered) in [("Synapse 1.163", false), ("tuwunel 1.9", true), ("palpo 0.4", true)] {
        let mut story = Story::begin();
        story.greeted_by(server, busy_offered, status(Presence::Online, ""));
        let now = story.now;
        story.own.on_sessions(vec![session("Phone", 1, now)], now);
        assert_eq!(story.own.report().warning, None, "{server}");
    }
}

#[test]
fn on_tuwunel_closed_sessions_that_still_count_are_named() {
    let mut story = Story::begin();
    story.greeted_by("tuwunel 1.9.0", true, status(Presence::Busy, ""));
    story.own.on_synced(story.now);
    story.set(Presence::Online);
    story.publishes(Presence::Online, "");
    story.accepted();
    assert_eq!(story.next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Busy, "").into()), story.now);
    assert!(matches!(story.reason(), Some(Reason::HeldBusy([], None))), "it may have signed out");
    assert_eq!(story.any(), Some(Effect::LookUpSessions));
    let now = story.now;
    story.own.on_sessions(vec![session("Attic", 40, now), session("Phone", 3, now)], now);
    let Some(Reason::HeldBusy([phone], None)) = story.reason() else { panic!("{:?}", story.reason()) };
    assert_eq!(phone.name, "Phone");

    story.set(Presence::Offline);
    story.publishes(Presence::Offline, "");
    story.accepted();
    assert_eq!(story.next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
    let Some(Reason::Outranked([phone])) = story.reason() else { panic!("{:?}", story.reason()) };
    assert_eq!(phone.name, "Phone", "faded to unavailable");
}
