//! What is sent to each kind of server, and what is learned from one that does not name itself.

use super::*;

/// Started on a server that offers busy.
fn on(server: &str) -> Story {
    let mut story = Story::begin();
    story.greeted_by(server, true, status(Presence::Online, ""));
    story.own.on_synced(story.now);
    story.echo(Presence::Online, "");
    assert_eq!(story.next(), None);
    story
}

fn busy() -> PresenceUpdate {
    PresenceUpdate { presence: Presence::Busy, status_msg: String::new() }
}

fn looked_up(story: &mut Story, presence: &Presence) {
    while let Some(effect) = story.next() {
        assert_eq!(effect, Effect::LookUpOwn);
        story.own.on_looked_up(Some(status(presence.clone(), "")), story.now);
    }
}

#[test]
fn busy_is_spelled_and_repeated_as_the_server_wants_it() {
    let table = [
        ("Synapse 1.163.2", BusyName::Unstable, Presence::Unavailable),
        ("tuwunel 1.4.6", BusyName::Unstable, Presence::Busy),
        ("tuwunel 1.9.0", BusyName::Stable, Presence::Busy),
        ("conduwuit 0.5", BusyName::Unstable, Presence::Busy),
        ("palpo 0.4.0", BusyName::Unstable, Presence::Busy),
        ("", BusyName::Unstable, Presence::Unavailable),
    ];
    for (server, spelling, sync_presence) in table {
        let mut story = on(server);
        story.toggle_busy();
        assert_eq!(story.next(), Some(Effect::Publish(busy(), spelling)), "{server}");
        assert_eq!(story.sync_presence(), Some(sync_presence), "{server}");
        assert_eq!(story.own.sync_presence().unwrap().busy_name, spelling);
    }
}

#[test]
fn a_refused_busy_is_retried_with_the_other_name_only_after_a_guess() {
    let mut story = on("");
    story.toggle_busy();
    for spelling in [BusyName::Unstable, BusyName::Stable] {
        story.publishes_as(busy(), spelling);
        story.own.on_answer(Answer::Refused("no".into()), story.now);
    }
    let unavailable = PresenceUpdate { presence: Presence::Unavailable, status_msg: String::new() };
    assert!(matches!(story.next(), Some(Effect::Publish(put, _)) if put == unavailable));

    let mut story = on("Synapse 1.163.2");
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Unstable);
    story.own.on_answer(Answer::Refused("no".into()), story.now);
    story.arrives(Presence::Unavailable, "");
}

#[test]
fn busy_that_shows_as_offline_is_retried_once_with_the_other_name() {
    let mut story = on("");
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Unstable);
    story.accepted();
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Offline, "")), story.now);
    story.publishes_as(busy(), BusyName::Stable);
    story.accepted();
    story.echo(Presence::Busy, "");
    assert_eq!((story.next(), story.reason()), (None, None));
    assert_eq!(story.own.saved().quirks.busy_name, BusyName::Stable, "and remembered");
}

#[test]
fn busy_that_a_sync_replaced_is_repeated_in_every_later_sync() {
    let mut story = on("");
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Unstable);
    story.accepted();
    story.echo(Presence::Busy, "");
    story.after(30).echo(Presence::Unavailable, "");
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Unavailable, "")), story.now);
    assert_eq!(story.sync_presence(), Some(Presence::Busy));
    story.arrives(Presence::Busy, "");
    story.own.on_busy_refused_in_sync();
    assert_eq!(
        story.sync_presence(),
        Some(Presence::Unavailable),
        "unless the server does not take it there"
    );
}

#[test]
fn learned_quirks_last_until_the_server_names_other_software() {
    let mut story = on("");
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Unstable);
    story.own.on_answer(Answer::Refused("no".into()), story.now);
    assert_eq!(story.own.saved().quirks.busy_name, BusyName::Stable);
    story.own.on_disconnected(story.now);
    story.greeted_by("", true, status(Presence::Online, ""));
    assert_eq!(story.own.saved().quirks.busy_name, BusyName::Stable);
    story.own.on_disconnected(story.now);
    story.greeted_by("Synapse 1.163.2", true, status(Presence::Online, ""));
    assert_eq!(story.own.saved().quirks.busy_name, BusyName::Unstable);
}

#[test]
fn our_presence_is_looked_up_at_once_where_no_poll_wakes() {
    for server in ["tuwunel 1.9.0", "tuwunel 1.4.6", "palpo 0.4.0"] {
        let mut story = on(server);
        story.toggle_busy();
        assert!(matches!(story.next(), Some(Effect::Publish(..))));
        story.accepted();
        looked_up(&mut story, &Presence::Busy);
        assert_eq!(story.reason(), None, "{server}");
    }
}

#[test]
fn our_presence_is_looked_up_regularly_where_nothing_is_echoed() {
    let mut story = on("palpo 0.4.0");
    assert_eq!(story.after(10).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Offline, "")), story.now);
    story.arrives(Presence::Online, "");
    assert_eq!(on("Synapse 1.163.2").after(600).next(), None);
}

#[test]
fn where_a_sync_removes_the_message_the_start_sends_it() {
    let mut story = Story::begin();
    story.greeted_by("palpo 0.4.0", true, status(Presence::Unavailable, "hello"));
    story.publishes(Presence::Online, "hello");
}

#[test]
fn a_message_that_a_sync_removed_is_sent_again() {
    let mut story = Story::begin();
    story.greeted_by("palpo 0.4.0", true, status(Presence::Online, "hello"));
    assert_eq!(story.after(10).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Online, "")), story.now);
    story.publishes(Presence::Online, "hello");
}

#[test]
fn switched_off_presence_is_explained_and_not_looked_up_again() {
    let mut story = Story::begin();
    story.greeted_by("conduwuit 0.5.0", true, status(Presence::Offline, ""));
    story.own.on_synced(story.now);
    story.after(2).publishes(Presence::Online, "");
    story.own.on_answer(Answer::SwitchedOff, story.now);
    assert_eq!(story.reason(), Some(Reason::Untracked));
    assert_eq!(story.after(60).next(), None);
}
