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
        story.own.on_looked_up(Some(status(presence.clone(), "").into()), story.now);
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
        story.accepted();
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
    assert_eq!(story.next(), Some(Effect::LookUpOwn), "at once: others may see offline");
    story.own.on_looked_up(Some(status(Presence::Offline, "").into()), story.now);
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
    story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
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
    story.own.on_looked_up(Some(status(Presence::Offline, "").into()), story.now);
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
    story.own.on_looked_up(Some(status(Presence::Online, "").into()), story.now);
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

#[test]
fn the_other_name_of_busy_is_tried_before_presence_counts_as_switched_off() {
    let mut story = Story::begin();
    story.greeted_by("", true, Status::new(Presence::Offline));
    story.toggle_busy();
    for busy_name in [BusyName::Unstable, BusyName::Stable] {
        story.publishes_as(busy(), busy_name);
        story.accepted();
        assert_eq!(story.next(), Some(Effect::LookUpOwn));
        story.own.on_looked_up(Some(Status::new(Presence::Offline).into()), story.now);
    }
    assert_eq!(story.reason(), Some(Reason::Untracked));
}

#[test]
fn the_message_from_before_a_change_is_not_news_and_is_replaced_again() {
    for (server, before) in [("tuwunel 1.4.6", "old"), ("continuwuity 26.7.3", "old"), ("conduwuit 0.5", "")]
    {
        let mut story = Story::begin();
        story.greeted_by(server, true, status(Presence::Online, before));
        story.own.on_synced(story.now);
        story.say("new".into());
        story.publishes(Presence::Online, "new");
        story.accepted();
        assert_eq!(story.next(), Some(Effect::LookUpOwn), "{server}");
        story.own.on_looked_up(Some(status(Presence::Online, before).into()), story.now);
        story.publishes(Presence::Online, "new");
        story.accepted();
        assert_eq!(story.next(), Some(Effect::LookUpOwn), "{server}");
        story.own.on_looked_up(Some(status(Presence::Online, "new").into()), story.now);
        assert_eq!((story.next(), story.reason()), (None, None), "{server}");
        story.after(5).echo(Presence::Online, before);
        assert_eq!(story.own.status_msg(), "new", "{server}: an answer that is older than our change");
        story.echo(Presence::Online, "by the phone");
        assert_eq!(story.own.status_msg(), "by the phone", "{server}");
    }
}

#[test]
fn a_message_that_the_server_cannot_clear_is_explained() {
    for (server, stays) in [("tuwunel 1.5.0", true), ("tuwunel 1.6.0", true), ("tuwunel 1.9.0", false)] {
        let mut story = Story::begin();
        story.greeted_by(server, true, status(Presence::Online, "old"));
        story.own.on_synced(story.now);
        story.say(String::new());
        story.publishes(Presence::Online, "");
        story.accepted();
        assert_eq!(story.next(), Some(Effect::LookUpOwn), "{server}");
        story.own.on_looked_up(Some(status(Presence::Online, "old").into()), story.now);
        assert_eq!(story.next(), None, "{server}: nothing is tried that cannot help");
        assert_eq!(story.reason() == Some(Reason::MessageStays), stays, "{server}: {:?}", story.reason());
        assert_eq!(story.own.status_msg(), "", "{server}");
    }
}

#[test]
fn another_session_whose_sync_replaces_the_state_is_named_while_it_happens() {
    for server in ["tuwunel 1.4.6", "continuwuity 26.7.3", "palpo 0.4.0", "Dendrite 0.15"] {
        let mut story = Story::begin();
        story.greeted_by(server, true, status(Presence::Online, ""));
        story.own.on_synced(story.now);
        story.set(Presence::Unavailable);
        story.publishes(Presence::Unavailable, "");
        story.accepted();
        story.echo(Presence::Unavailable, "");
        assert_eq!((story.next(), story.reason()), (None, None), "{server}");
        assert_eq!(story.after(10).next(), Some(Effect::LookUpOwn), "{server}");
        story.own.on_looked_up(Some(status(Presence::Online, "").into()), story.now);
        assert_eq!(story.reason(), Some(Reason::Contested), "{server}");
        story.after(1).echo(Presence::Unavailable, "");
        assert_eq!(story.reason(), Some(Reason::Contested), "{server}: also in our turn");
        for _ in 0..13 {
            if story.after(10).next() == Some(Effect::LookUpOwn) {
                story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
            }
        }
        assert_eq!((story.next(), story.reason()), (None, None), "{server}: it has stopped");
    }
}

#[test]
fn a_state_just_after_our_change_may_be_older_than_it() {
    let mut story = Story::begin();
    story.greeted_by("tuwunel 1.4.6", true, status(Presence::Online, ""));
    story.own.on_synced(story.now);
    story.set(Presence::Unavailable);
    story.publishes(Presence::Unavailable, "");
    story.accepted();
    assert_eq!(story.after(1).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Online, "").into()), story.now);
    assert_ne!(story.reason(), Some(Reason::Contested));
}

#[test]
fn no_shared_room_is_not_switched_off_presence() {
    for server in ["tuwunel 1.9.0", "tuwunel 1.4.6", "continuwuity 26.7.3"] {
        let mut story = Story::begin();
        story.greeted_with(server, Some(Visibility::NotShared));
        story.own.on_synced(story.now);
        story.set(Presence::Unavailable);
        story.publishes(Presence::Unavailable, "");
        story.accepted();
        assert_eq!(story.next(), Some(Effect::LookUpOwn));
        story.own.on_looked_up(Some(Visibility::NotShared), story.now);
        assert_eq!((story.reason(), story.own.is_tracked()), (Some(Reason::Unshared), None), "{server}");
        assert_eq!(story.after(60).next(), Some(Effect::LookUpOwn), "{server}: somebody may have come");
        story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
        assert_eq!((story.reason(), story.own.is_tracked()), (None, Some(true)), "{server}");
    }
}

#[test]
fn a_refused_look_up_of_the_own_presence_means_switched_off() {
    let mut story = Story::begin();
    story.greeted_with("tuwunel 1.9.0", Some(Visibility::SwitchedOff));
    assert_eq!(story.reason(), Some(Reason::Untracked));
    let mut story = on("continuwuity 26.7.3");
    story.own.on_looked_up(Some(Visibility::SwitchedOff), story.now);
    assert_eq!(story.reason(), Some(Reason::Untracked));
}

#[test]
fn a_session_with_a_state_of_its_own_saves_what_it_has_set() {
    let set = |story: &Story| story.own.saved().session.map(|session| session.presence);
    let mut story = on("tuwunel 1.9.0");
    assert_eq!(set(&story), Some(Presence::Online), "by its first /sync");
    story.toggle_busy();
    assert!(std::iter::from_fn(|| story.any()).any(|effect| effect == Effect::SavePresence));
    assert_eq!(set(&story), Some(Presence::Busy), "before the server has accepted it");
    let at_end = story.own.saved_at_end(story.now).unwrap();
    assert_eq!(at_end.session.unwrap().presence, Presence::Offline);
    let saved = Some(story.own.saved());
    let elsewhere = Account { device_id: "OTHER".to_owned(), ..account() };
    assert_eq!(Own::new(elsewhere, &Settings::default(), saved).saved().session, None, "another session's");
    for server in ["Synapse 1.163.2", "tuwunel 1.4.6", ""] {
        assert_eq!(set(&on(server)), None, "{server}");
    }
}

#[test]
fn a_message_of_another_session_is_not_copied_where_each_session_has_its_own() {
    let mut story = on("tuwunel 1.9.0");
    story.echo(Presence::Online, "in a meeting");
    assert_eq!((story.next(), story.own.status_msg()), (None, "in a meeting"));
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Stable);
    story.accepted();
    story.own.on_looked_up(Some(status(Presence::Busy, "in a meeting").into()), story.now);
    assert_eq!((story.next(), story.reason()), (None, None));
    story.echo(Presence::Busy, "");
    assert_eq!((story.next(), story.reason(), story.own.status_msg()), (None, None, ""));
}

#[test]
fn a_message_that_no_other_session_has_any_more_is_ours() {
    let mut story = Story::begin();
    story.greeted_by("tuwunel 1.9.0", true, status(Presence::Online, "back tomorrow"));
    story.own.on_synced(story.now);
    story.echo(Presence::Online, "back tomorrow");
    story.toggle_busy();
    story.publishes_as(busy(), BusyName::Stable);
    story.accepted();
    assert_eq!(story.next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Busy, "").into()), story.now);
    let both = PresenceUpdate { status_msg: "back tomorrow".to_owned(), ..busy() };
    story.publishes_as(both, BusyName::Stable);
}

#[test]
fn a_message_that_only_another_session_can_clear_is_named_as_such() {
    let mut story = on("tuwunel 1.9.0");
    story.echo(Presence::Online, "in a meeting");
    story.say(String::new());
    let none = PresenceUpdate { presence: Presence::Online, status_msg: String::new() };
    story.publishes_as(none, BusyName::Stable);
    story.accepted();
    assert_eq!(story.next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Online, "in a meeting").into()), story.now);
    story.echo(Presence::Online, "in a meeting");
    assert_eq!((story.next(), story.reason()), (Some(Effect::LookUpOwn), Some(Reason::Unconfirmed)));
    story.own.on_looked_up(Some(status(Presence::Online, "in a meeting").into()), story.now);
    assert_eq!((story.next(), story.reason()), (None, Some(Reason::MessageElsewhere)));
    story.say("lunch".to_owned());
    let lunch = PresenceUpdate { presence: Presence::Online, status_msg: "lunch".to_owned() };
    story.publishes_as(lunch, BusyName::Stable);
    story.accepted();
    story.echo(Presence::Online, "lunch");
    assert_eq!((story.next(), story.reason()), (None, None));
}

#[test]
fn a_message_follows_the_session_that_has_set_it() {
    for server in ["Synapse 1.163.2", "continuwuity 26.7.3", "tuwunel 1.9.0"] {
        let mut story = on(server);
        story.echo(Presence::Online, "in a meeting");
        assert_eq!(story.own.status_msg(), "in a meeting", "{server}");
        story.echo(Presence::Online, "");
        assert_eq!((story.next(), story.reason(), story.own.status_msg()), (None, None, ""), "{server}");
    }
}
