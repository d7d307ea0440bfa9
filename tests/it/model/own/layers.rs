//! The layers of own presence: chosen states, deadlines, calls and the idle keyboard.

use whosin::model::{own::Layer, presence::State, settings::Start};

use super::*;

impl Story {
    fn configured(settings: &Settings) -> Self {
        let mut story = Self::with(settings);
        story.on_connected(true, status(Presence::Offline, ""));
        story.own.on_synced(story.now);
        story
    }

    /// Started, with an idle time of ten minutes.
    fn idling() -> Self {
        let mut story = Self::configured(&Settings::default());
        story.echo(Presence::Online, "");
        assert_eq!(story.next(), None);
        story
    }

    fn busy_for(&mut self, seconds: i64) {
        let lasts = SignedDuration::from_secs(seconds);
        self.set_until(Presence::Busy, Deadline { at: self.now + lasts, lasts: Some(lasts) });
    }

    fn call(&mut self, seconds: i64) {
        self.own.on_call(Some(self.now + SignedDuration::from_secs(seconds)));
    }
}

#[test]
fn timed_busy_restores_the_state_and_message_before_it() {
    let mut story = Story::online(true);
    story.set(Presence::Unavailable);
    story.say("at lunch".into());
    story.arrives(Presence::Unavailable, "at lunch");
    story.busy_for(60);
    story.say("in a meeting".into());
    story.arrives(Presence::Busy, "in a meeting");
    assert_eq!(story.own.report().ends, Some(story.now + SignedDuration::from_secs(60)));
    assert_eq!(story.after(59).next(), None);
    story.after(1).arrives(Presence::Unavailable, "at lunch");
    assert_eq!(story.own.report().ends, None);
}

#[test]
fn a_second_deadline_replaces_the_first_and_b_ends_it_early() {
    let mut story = Story::online(true);
    story.say("free".into());
    story.arrives(Presence::Online, "free");
    story.busy_for(60);
    story.arrives(Presence::Busy, "free");
    story.after(30).busy_for(60);
    story.say("not free".into());
    story.arrives(Presence::Busy, "not free");
    assert_eq!(story.after(59).next(), None);
    story.toggle_busy();
    story.arrives(Presence::Online, "free");
    assert_eq!(story.after(600).next(), None, "nothing is left of it");
}

#[test]
fn a_state_set_during_timed_busy_has_no_deadline() {
    let mut story = Story::online(true);
    story.busy_for(60);
    story.arrives(Presence::Busy, "");
    story.set(Presence::Unavailable);
    story.arrives(Presence::Unavailable, "");
    assert_eq!(story.after(61).next(), None);
}

#[test]
fn a_deadline_survives_a_restart_and_takes_effect_if_it_has_passed() {
    let mut story = Story::online(true);
    story.say("before".into());
    story.arrives(Presence::Online, "before");
    story.busy_for(60);
    story.arrives(Presence::Busy, "before");
    let memory = serde_json::to_string(&story.own.saved()).unwrap();
    for (later, state) in [(30, Presence::Busy), (61, Presence::Online)] {
        let own = Own::new(account(), &Settings::default(), Some(serde_json::from_str(&memory).unwrap()));
        let mut again = Story { own, now: story.now };
        again.after(later).next();
        again.on_connected(true, status(Presence::Busy, "before"));
        if state == Presence::Busy {
            again.own.on_synced(again.now);
            assert_eq!((again.next(), again.reason()), (None, None));
            assert_eq!(again.own.report().ends, Some(story.now + SignedDuration::from_secs(60)));
        } else {
            again.arrives(Presence::Online, "before");
        }
    }
}

#[test]
fn the_saved_state_of_another_account_is_ignored() {
    let mut story = Story::online(true);
    story.busy_for(60);
    let memory = Some(story.own.saved());
    let other = OwnedUserId::try_from("@other:example.org").unwrap();
    assert_eq!(
        Own::new(Account { user_id: other, ..account() }, &Settings::default(), memory).report().wanted,
        &Presence::Online
    );
}

#[test]
fn a_deadline_is_saved_when_set_and_removed_when_reached() {
    let mut story = Story::online(true);
    let keeps = |story: &mut Story| {
        let effects = std::iter::from_fn(|| story.any());
        effects.filter(|effect| *effect == Effect::SavePresence).count()
    };
    assert_eq!(keeps(&mut story), 0, "nothing has an end");
    story.busy_for(60);
    assert_eq!(keeps(&mut story), 1);
    assert!(story.own.saved().layers.is_some());
    story.after(60);
    assert_eq!(keeps(&mut story), 1);
    assert!(story.own.saved().layers.is_none());
}

#[test]
fn an_idle_keyboard_makes_online_unavailable_and_any_key_brings_it_back() {
    let mut story = Story::idling();
    assert_eq!(story.after(599).next(), None);
    story.after(1).arrives(Presence::Unavailable, "");
    assert_eq!(story.own.report().layer, Layer::Idle);
    story.own.active(story.now);
    story.arrives(Presence::Online, "");
    assert_eq!(story.after(599).next(), None);
}

#[test]
fn an_idle_keyboard_never_changes_a_chosen_state() {
    for presence in [Presence::Busy, Presence::Unavailable, Presence::Offline] {
        let mut story = Story::idling();
        story.set(presence.clone());
        story.arrives(presence, "");
        assert_eq!(story.after(3_600).next(), None);
        assert_eq!(story.own.report().layer, Layer::Pressed);
    }
}

#[test]
fn idle_time_goes_on_counting_while_the_connection_is_lost() {
    let mut story = Story::idling();
    story.after(300).lose();
    story.after(300).on_connected(true, status(Presence::Online, ""));
    story.arrives(Presence::Unavailable, "");
}

#[test]
fn a_desktop_in_use_keeps_online_and_is_asked_before_anything_is_sent() {
    let mut story = Story::idling();
    assert_eq!(story.after(600).any(), Some(Effect::AskIdle));
    assert_eq!(story.any(), None, "its answer is on the way");
    story.own.on_idle(Some(SignedDuration::from_secs(20)), story.now);
    assert_eq!((story.any(), story.own.report().layer), (None, Layer::Pressed));
    assert_eq!(story.after(579).any(), None);
    assert_eq!(story.after(1).any(), Some(Effect::AskIdle));
    story.own.on_idle(Some(SignedDuration::from_secs(600)), story.now);
    story.arrives(Presence::Unavailable, "");
    story.after(5);
    assert_eq!(story.any(), Some(Effect::AskIdle), "whether somebody is back");
    story.own.on_idle(Some(SignedDuration::from_secs(1)), story.now);
    story.arrives(Presence::Online, "");
}

#[test]
fn nothing_is_idle_where_the_machine_does_not_tell() {
    let mut story = Story::idling();
    assert_eq!(story.after(600).any(), Some(Effect::AskIdle));
    story.own.on_idle(None, story.now);
    assert_eq!((story.any(), story.own.report().layer), (None, Layer::Pressed));
    assert!(story.own.is_idle_unknown());
    assert_eq!(story.after(59).any(), None);
    assert_eq!(story.after(1).any(), Some(Effect::AskIdle), "a desktop may have come");
    story.own.on_idle(Some(SignedDuration::from_secs(600)), story.now);
    story.arrives(Presence::Unavailable, "");
    assert!(!story.own.is_idle_unknown());
}

/// A clock set forward, a machine that slept and a switch to summer time look the same to a clock on the wall.
#[test]
fn time_that_passes_at_once_is_no_idle_time() {
    for seconds in [3_600, 86_400, 40_000_000] {
        let mut story = Story::idling();
        assert_eq!(story.after(seconds).any(), Some(Effect::AskIdle));
        story.own.on_idle(Some(SignedDuration::from_secs(3)), story.now);
        assert_eq!((story.any(), story.own.report().layer), (None, Layer::Pressed), "{seconds}");
        assert_eq!(story.after(596).any(), None, "{seconds}");
        let mut story = Story::idling();
        story.after(seconds);
        story.own.on_idle(None, story.now);
        assert_eq!(story.own.report().layer, Layer::Pressed, "{seconds}");
    }
}

#[test]
fn a_call_elsewhere_sets_busy_with_its_reason_and_restores_the_state_after_it() {
    let mut story = Story::online(true);
    story.call(3_600);
    story.arrives(Presence::Busy, "in a call");
    assert_eq!(story.own.report().layer, Layer::Call);
    story.own.on_call(None);
    story.arrives(Presence::Online, "");
    story.say("hello".into());
    story.arrives(Presence::Online, "hello");
    story.call(60);
    story.arrives(Presence::Busy, "hello");
    story.after(60).arrives(Presence::Online, "hello");
}

#[test]
fn a_chosen_state_outranks_a_call() {
    for presence in [Presence::Busy, Presence::Unavailable, Presence::Offline] {
        let mut story = Story::online(true);
        story.set(presence.clone());
        story.arrives(presence, "");
        story.call(60);
        assert_eq!(story.next(), None);
    }
    let mut story = Story::online(true);
    story.call(60);
    story.arrives(Presence::Busy, "in a call");
    story.set(Presence::Online);
    story.arrives(Presence::Online, "");
    story.call(120);
    assert_eq!(story.next(), None, "for as long as this call is on");
    story.own.on_call(None);
    story.call(60);
    story.arrives(Presence::Busy, "in a call");
}

#[test]
fn a_call_during_which_the_program_was_killed_leaves_no_state() {
    let mut story = Story::online(true);
    story.call(3_600);
    story.arrives(Presence::Busy, "in a call");
    let own = Own::new(account(), &Settings::default(), Some(story.own.saved()));
    let mut again = Story { own, now: story.now };
    again.on_connected(true, status(Presence::Busy, "in a call"));
    again.arrives(Presence::Online, "");
}

#[test]
fn calls_are_ignored_where_that_is_configured() {
    let mut story = Story::configured(&Settings { busy_in_calls: false, ..Settings::default() });
    story.echo(Presence::Online, "");
    story.call(60);
    assert_eq!(story.next(), None);
}

#[test]
fn the_start_sets_the_configured_state_unless_others_see_busy() {
    let table = [
        (Start::State(State::Online), Presence::Unavailable, Presence::Online),
        (Start::State(State::Unavailable), Presence::Offline, Presence::Unavailable),
        (Start::State(State::Busy), Presence::Offline, Presence::Busy),
        (Start::State(State::Offline), Presence::Online, Presence::Offline),
        (Start::Keep, Presence::Unavailable, Presence::Unavailable),
        (Start::Keep, Presence::Offline, Presence::Offline),
        (Start::Keep, Presence::Other("dnd".into()), Presence::Online),
        (Start::State(State::Online), Presence::Busy, Presence::Busy),
        (Start::State(State::Offline), Presence::Busy, Presence::Busy),
    ];
    for (start, seen, wanted) in table {
        let mut story = Story::with(&Settings { start, ..Settings::default() });
        story.on_connected(true, status(seen.clone(), "hello"));
        assert_eq!(story.own.report().wanted, &wanted, "{start:?} {seen}");
        assert_eq!(story.own.status_msg(), "hello");
    }
}

/// Somebody who had nothing open has set busy for ten minutes.
fn busy_of_somebody_absent() -> Story {
    let mut story = Story::with(&Settings { start: Start::Keep, idle_after: None, ..Settings::default() });
    story.on_connected(true, status(Presence::Offline, ""));
    story.busy_for(600);
    assert_eq!(story.sync_presence(), Some(Presence::Offline), "nothing precedes busy");
    story.publishes(Presence::Busy, "");
    assert_eq!(story.sync_presence(), Some(Presence::Offline), "nor overtakes it");
    story.accepted();
    assert_eq!(story.sync_presence(), Some(Presence::Unavailable));
    story.echo(Presence::Busy, "");
    story
}

#[test]
fn the_offline_of_somebody_absent_returns_only_if_nobody_opens_a_dashboard() {
    busy_of_somebody_absent().after(600).arrives(Presence::Offline, "");

    let dashboard = Settings { idle_after: None, ..Settings::default() };
    let mut taken_over = busy_of_somebody_absent();
    taken_over.own.on_engine_replaced(&dashboard);
    taken_over.on_connected(true, status(Presence::Busy, ""));
    taken_over.after(600).arrives(Presence::Online, "");

    let mut restarted = Story::with(&dashboard);
    restarted.own = Own::new(account(), &dashboard, Some(busy_of_somebody_absent().own.saved()));
    restarted.on_connected(true, status(Presence::Busy, ""));
    restarted.own.on_synced(restarted.now);
    restarted.after(600).arrives(Presence::Online, "");
}

#[test]
fn an_offline_that_was_pressed_returns_whoever_opens_a_dashboard() {
    let mut story = Story::online(true);
    story.set(Presence::Offline);
    story.arrives(Presence::Offline, "");
    story.busy_for(600);
    story.arrives(Presence::Busy, "");
    story.own.on_engine_replaced(&Settings { idle_after: None, ..Settings::default() });
    story.on_connected(true, status(Presence::Busy, ""));
    story.after(600).arrives(Presence::Offline, "");
}

#[test]
fn watch_only_sends_nothing() {
    let mut story = Story::configured(&Settings { watch_only: true, ..Settings::default() });
    story.toggle_busy();
    story.say("hello".into());
    story.call(60);
    assert_eq!(story.after(3_600).next(), None);
    let sync_presence = story.own.sync_presence().unwrap();
    assert_eq!((sync_presence.presence, sync_presence.watching), (Presence::Offline, true));
    assert_eq!(story.own.shutdown().put, None);
    assert_eq!(story.reason(), Some(Reason::Watching));
}
