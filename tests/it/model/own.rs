//! The rules of own presence: events in, effects out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use whosin::model::{
    deadline::Deadline,
    event::{Account, Answer, Effect, Greeting, PresenceUpdate, SyncPresence},
    own::{Own, OwnCommand, Reason},
    presence::{BusyName, Presence, Status, Visibility},
    quirks::Software,
    request::PresenceRequest,
    settings::{Settings, Start},
};

mod held;
mod layers;
mod profile_writes;
mod random;
mod servers;
mod table;

/// A session on a server, and the time there.
struct Story {
    own: Own,
    now: Timestamp,
}

impl Story {
    fn begin() -> Self {
        Self::with(&Settings { idle_after: None, ..Settings::default() })
    }

    fn with(settings: &Settings) -> Self {
        let own = Own::new(account(), settings, None);
        Self { own, now: Timestamp::from_second(1_800_000_000).unwrap() }
    }

    /// The program has started, and its first `/sync` has set it online.
    fn online(busy_offered: bool) -> Self {
        let mut story = Self::begin();
        story.on_connected(busy_offered, status(Presence::Offline, ""));
        story.own.on_synced(story.now);
        story.echo(Presence::Online, "");
        assert_eq!(story.next(), None, "a start needs no PUT where /sync sets the state");
        story
    }

    fn on_connected(&mut self, busy_offered: bool, own: Status) {
        self.greeted_by("Synapse 1.163.2", busy_offered, own);
    }

    /// Connects to a server with this name, or to one that gives none if it is empty.
    fn greeted_by(&mut self, server: &str, busy_offered: bool, own: Status) {
        let software = server
            .split_once(' ')
            .map(|(name, version)| Software { name: name.into(), version: version.into() });
        self.own.on_connected(
            Greeting { busy_offered, software, own: Some(own.into()), ..Greeting::default() },
            self.now,
        );
    }

    /// Connects to a server that offers busy and says this of the own presence.
    fn greeted_with(&mut self, server: &str, own: Option<Visibility>) {
        let (name, version) = server.split_once(' ').unwrap();
        let software = Some(Software { name: name.into(), version: version.into() });
        self.own
            .on_connected(Greeting { busy_offered: true, software, own, ..Greeting::default() }, self.now);
    }

    fn after(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    /// A state is pressed.
    fn set(&mut self, presence: Presence) {
        self.own.request(OwnCommand::Set(PresenceRequest::state(presence)));
    }

    fn toggle_busy(&mut self) {
        self.own.request(OwnCommand::ToggleBusy);
    }

    fn say(&mut self, message: String) {
        self.own.request(OwnCommand::SetMessage(message));
    }

    fn set_until(&mut self, presence: Presence, end: Deadline) {
        let request = PresenceRequest { until: Some(end), ..PresenceRequest::state(presence) };
        self.own.request(OwnCommand::Set(request));
    }

    /// The next effect.
    fn any(&mut self) -> Option<Effect> {
        self.own.next(self.now)
    }

    fn lose(&mut self) {
        self.own.on_disconnected(self.now);
    }

    /// The next effect other than look-ups of sessions and saving. Answers that nobody has used the desktop for hours.
    fn next(&mut self) -> Option<Effect> {
        let mut effect = self.own.next(self.now);
        while matches!(effect, Some(Effect::LookUpSessions | Effect::SavePresence | Effect::AskIdle)) {
            if effect == Some(Effect::AskIdle) {
                self.own.on_idle(Some(SignedDuration::from_hours(9)), self.now);
            }
            effect = self.own.next(self.now);
        }
        if effect.is_none() {
            let wake = self.own.wake();
            assert!(wake.is_none_or(|wake| wake > self.now), "nothing to do, and yet a reason to wake now");
        }
        effect
    }

    #[track_caller]
    fn publishes(&mut self, presence: Presence, message: &str) {
        // The server's name of busy matters for busy alone.
        let busy_name = match presence {
            Presence::Busy => BusyName::Unstable,
            _ => self.own.quirks().busy_name,
        };
        self.publishes_as(PresenceUpdate { presence, status_msg: message.to_owned() }, busy_name);
    }

    #[track_caller]
    fn publishes_as(&mut self, put: PresenceUpdate, busy_name: BusyName) {
        assert_eq!(self.next(), Some(Effect::Publish(put, busy_name)));
        assert_eq!(self.next(), None, "only one at a time is on its way");
    }

    fn accepted(&mut self) {
        self.own.on_answer(Answer::Accepted, self.now);
    }

    fn limited(&mut self, seconds: u64) {
        self.own.on_answer(Answer::Limited(Duration::from_secs(seconds)), self.now);
    }

    fn echo(&mut self, presence: Presence, message: &str) {
        self.own.on_echo(status(presence, message), self.now);
    }

    /// Everything from the PUT to the echo.
    #[track_caller]
    fn arrives(&mut self, presence: Presence, message: &str) {
        self.publishes(presence.clone(), message);
        self.accepted();
        self.echo(presence, message);
        assert_eq!(self.next(), None);
    }

    fn sync_presence(&self) -> Option<Presence> {
        self.own.sync_presence().map(|SyncPresence { presence, .. }| presence)
    }

    fn reason(&self) -> Option<Reason<'_>> {
        self.own.report().reason
    }
}

fn account() -> Account {
    let user_id = OwnedUserId::try_from("@me:example.org").unwrap();
    let homeserver = "https://example.org".to_owned();
    Account { user_id, homeserver, device_id: "HERE".to_owned(), in_the_clear: false }
}

fn status(presence: Presence, message: &str) -> Status {
    let status_msg = Some(message.into()).filter(|_| !message.is_empty());
    Status { status_msg, last_active_ago: Some(1), ..Status::new(presence) }
}

#[test]
fn a_second_b_returns_to_the_state_before_busy() {
    let mut story = Story::online(true);
    story.set(Presence::Unavailable);
    story.arrives(Presence::Unavailable, "");
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    assert_eq!(story.reason(), None);
    story.toggle_busy();
    story.arrives(Presence::Unavailable, "");
}

#[test]
fn without_the_flag_unavailable_is_sent_and_the_screen_says_so() {
    let mut story = Story::online(false);
    story.toggle_busy();
    story.arrives(Presence::Unavailable, "");
    assert_eq!(story.reason(), Some(Reason::NoBusy));
    assert_eq!(story.own.report().wanted, &Presence::Busy);
}

#[test]
fn a_server_that_refuses_busy_although_it_offers_it_gets_unavailable() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.own.on_answer(Answer::Refused("Invalid presence state".into()), story.now);
    story.arrives(Presence::Unavailable, "");
    assert_eq!(story.reason(), Some(Reason::NoBusy));
}

#[test]
fn a_refused_message_is_tried_again_only_once_another_one_was_accepted() {
    let mut story = Story::online(true);
    story.say("too long".into());
    story.publishes(Presence::Online, "too long");
    story.own.on_answer(Answer::Refused("too long".into()), story.now);
    assert_eq!(story.next(), None, "what is refused is not sent again by itself");
    assert_eq!(story.reason(), Some(Reason::Refused("too long")));
    story.say("short".into());
    story.arrives(Presence::Online, "short");
    assert_eq!(story.reason(), None);
    story.say("too long".into());
    story.arrives(Presence::Online, "too long");
    assert_eq!(story.reason(), None);
}

#[test]
fn the_message_goes_along_with_every_state_and_the_state_with_every_message() {
    let mut story = Story::begin();
    story.on_connected(true, status(Presence::Offline, "gone home"));
    story.own.on_synced(story.now);
    story.echo(Presence::Online, "gone home");
    story.toggle_busy();
    story.arrives(Presence::Busy, "gone home");
    story.say("in a meeting".into());
    story.arrives(Presence::Busy, "in a meeting");
    story.say(String::new());
    story.arrives(Presence::Busy, "");
}

#[test]
fn a_busy_that_is_set_already_is_adopted_and_not_sent_again() {
    let mut story = Story::begin();
    story.on_connected(true, status(Presence::Busy, "deep work"));
    story.own.on_synced(story.now);
    assert_eq!(story.next(), None);
    assert_eq!(story.own.report().wanted, &Presence::Busy);
    assert_eq!(story.sync_presence(), Some(Presence::Unavailable));
    story.toggle_busy();
    story.arrives(Presence::Online, "deep work");
}

#[test]
fn a_start_whose_sync_shows_nothing_sends_the_state_itself() {
    let mut story = Story::begin();
    story.on_connected(true, status(Presence::Offline, ""));
    assert_eq!(story.next(), None, "the first /sync comes before");
    story.own.on_synced(story.now);
    assert_eq!(story.next(), None, "its echo may be on its way");
    story.after(2).publishes(Presence::Online, "");
}

#[test]
fn only_the_newest_state_waits_for_the_rate_limit() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.limited(10);
    assert_eq!(story.reason(), Some(Reason::Limited(story.now + SignedDuration::from_secs(10))));
    story.set(Presence::Offline);
    story.set(Presence::Unavailable);
    assert_eq!(story.after(9).next(), None);
    story.after(1).arrives(Presence::Unavailable, "");
}

#[test]
fn a_state_taken_back_while_it_waits_is_not_sent() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.limited(10);
    story.toggle_busy();
    assert_eq!(story.next(), None);
    assert_eq!(story.after(10).next(), None);
    assert_eq!(story.reason(), None);
}

#[test]
fn a_state_changed_during_a_request_is_sent_after_it() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.toggle_busy();
    story.accepted();
    story.echo(Presence::Busy, "");
    story.arrives(Presence::Online, "");
}

#[test]
fn a_clock_set_back_does_not_prolong_the_limit() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.limited(10);
    story.after(-3_600).publishes(Presence::Busy, "");
}

#[test]
fn a_request_lost_with_the_connection_is_sent_again() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.own.on_disconnected(story.now);
    assert_eq!(story.after(60).next(), None);
    assert_eq!(story.reason(), Some(Reason::Disconnected));
    story.on_connected(true, status(Presence::Online, ""));
    story.arrives(Presence::Busy, "");
}

#[test]
fn a_server_without_presence_is_detected_by_a_look_up() {
    let mut story = Story::begin();
    story.on_connected(true, Status::new(Presence::Offline));
    story.own.on_synced(story.now);
    story.after(2).publishes(Presence::Online, "");
    story.accepted();
    assert_eq!(story.next(), None, "the echo may take its time");
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(Status::new(Presence::Offline).into()), story.now);
    assert_eq!(story.reason(), Some(Reason::Untracked));
    assert_eq!(story.after(3_600).next(), None, "nothing more is tried behind the person's back");
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
}

#[test]
fn a_late_echo_is_replaced_by_a_look_up() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.accepted();
    assert_eq!(story.reason(), Some(Reason::Unconfirmed));
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Busy, "").into()), story.now);
    assert_eq!(story.reason(), None);
}

#[test]
fn a_session_that_outranks_ours_is_shown_and_not_fought() {
    let mut story = Story::online(true);
    story.set(Presence::Unavailable);
    story.arrives(Presence::Unavailable, "");
    story.echo(Presence::Online, "");
    assert_eq!(story.reason(), Some(Reason::Outranked(&[])));
    assert_eq!(story.after(600).next(), None);
    story.set(Presence::Unavailable);
    story.publishes(Presence::Unavailable, "");
}

#[test]
fn a_state_that_the_server_lost_is_sent_again_once_a_minute_at_most() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    story.echo(Presence::Unavailable, "");
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
    story.arrives(Presence::Busy, "");
    story.after(3).echo(Presence::Unavailable, "");
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Unavailable, "").into()), story.now);
    assert_eq!(story.next(), None);
}

#[test]
fn a_message_set_by_another_session_is_taken_over() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    story.after(60).echo(Presence::Busy, "from the phone");
    assert_eq!(story.own.status_msg(), "from the phone");
    assert_eq!((story.next(), story.reason()), (None, None));
    story.toggle_busy();
    story.arrives(Presence::Online, "from the phone");
}

#[test]
fn a_message_removed_by_another_session_is_kept_and_explained() {
    let mut story = Story::online(true);
    story.say("in the garden".into());
    story.arrives(Presence::Online, "in the garden");
    story.echo(Presence::Online, "");
    assert_eq!(story.after(2).next(), Some(Effect::LookUpOwn));
    story.own.on_looked_up(Some(status(Presence::Online, "").into()), story.now);
    assert_eq!(story.reason(), Some(Reason::MessageGone));
    assert_eq!(story.after(3_600).next(), None);
    story.say("in the garden".into());
    story.arrives(Presence::Online, "in the garden");
    story.toggle_busy();
    story.arrives(Presence::Busy, "in the garden");
}

#[test]
fn an_old_echo_does_not_undo_a_new_message() {
    let mut story = Story::online(true);
    story.say("first".into());
    story.arrives(Presence::Online, "first");
    story.say("second".into());
    story.publishes(Presence::Online, "second");
    story.echo(Presence::Online, "first");
    story.accepted();
    story.echo(Presence::Online, "first");
    assert_eq!(story.own.status_msg(), "second");
    story.echo(Presence::Online, "second");
    assert_eq!((story.next(), story.reason()), (None, None));
}

#[test]
fn each_state_has_its_set_presence_and_busy_never_goes_into_sync() {
    let table = [
        (Presence::Online, Presence::Online),
        (Presence::Busy, Presence::Unavailable),
        (Presence::Unavailable, Presence::Unavailable),
        (Presence::Offline, Presence::Offline),
    ];
    assert_eq!(Story::begin().sync_presence(), None, "before the server has said what is");
    for (wanted, sync_presence) in table {
        let mut story = Story::online(true);
        story.set(wanted.clone());
        if wanted == Presence::Busy {
            assert_eq!(story.sync_presence(), Some(Presence::Online), "until the server has accepted it");
            story.publishes(Presence::Busy, "");
            story.accepted();
        }
        assert_eq!(story.sync_presence(), Some(sync_presence));
    }
}

#[test]
fn quitting_sends_offline_unless_others_see_that_already() {
    let mut story = Story::online(true);
    story.say("bye".into());
    story.arrives(Presence::Online, "bye");
    let put = PresenceUpdate { presence: Presence::Offline, status_msg: "bye".into() };
    assert_eq!(story.own.shutdown().put, Some(put));
    story.set(Presence::Offline);
    story.arrives(Presence::Offline, "bye");
    assert_eq!(story.own.shutdown().put, None);
}

#[test]
fn an_outranking_state_just_after_a_put_is_believed_only_after_a_look_up() {
    let mut story = Story::online(true);
    story.set(Presence::Unavailable);
    story.publishes(Presence::Unavailable, "");
    story.accepted();
    story.echo(Presence::Online, "");
    assert_eq!(story.reason(), Some(Reason::Unconfirmed), "it may have been on its way before");
    assert_eq!(story.after(3).next(), Some(Effect::LookUpOwn));
    assert_eq!((story.next(), story.reason()), (None, Some(Reason::Unconfirmed)), "until there is an answer");
    story.own.on_looked_up(Some(status(Presence::Online, "").into()), story.now);
    assert_eq!((story.next(), story.reason()), (None, Some(Reason::Outranked(&[]))));
}

#[test]
fn returning_to_the_state_still_seen_shows_it_as_being_sent() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.publishes(Presence::Busy, "");
    story.toggle_busy();
    assert_eq!(story.reason(), Some(Reason::Sending), "busy may be seen any moment");
    story.accepted();
    story.publishes(Presence::Online, "");
    assert_eq!(story.reason(), Some(Reason::Sending));
    story.accepted();
    assert_eq!(story.reason(), None);
}

#[test]
fn quitting_sends_offline_if_another_state_was_sent_that_others_do_not_see_yet() {
    for accepted in [false, true] {
        let mut story = Story::online(true);
        story.set(Presence::Offline);
        assert!(matches!(story.next(), Some(Effect::Publish(..))));
        story.own.on_answer(Answer::Accepted, story.now);
        story.echo(Presence::Offline, "");
        assert_eq!(story.own.shutdown().put, None, "others see it already");
        story.set(Presence::Busy);
        assert!(matches!(story.next(), Some(Effect::Publish(..))));
        if accepted {
            story.own.on_answer(Answer::Accepted, story.now);
        }
        let put = story.own.shutdown().put.expect("busy is on its way");
        assert_eq!(put.presence, Presence::Offline, "{accepted}");
    }
}

#[test]
fn an_engine_that_goes_on_ends_busy_although_those_before_it_were_never_connected() {
    let mut story = Story::online(true);
    story.toggle_busy();
    story.arrives(Presence::Busy, "");
    for _ in 0..2 {
        let put = story.own.inherited_shutdown().put.expect("busy is left standing otherwise");
        assert_eq!(put.presence, Presence::Offline);
        story.own.on_engine_replaced(&Settings::default());
    }
    assert_eq!(story.own.shutdown().put, None, "there is no connection");
}
