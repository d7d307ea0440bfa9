//! Random sequences of events: the rate limit holds, the newest state wins and no message is lost.

use proptest::prelude::*;

use super::{table::SERVERS, *};

/// What can happen, in any order.
#[derive(Clone, Debug)]
enum Step {
    Set(Presence),
    BusyFor(i64),
    Say(u8),
    Key,
    Call(bool),
    Wait(i64),
    Break,
}

fn step() -> impl Strategy<Value = Step> {
    let states = [Presence::Online, Presence::Busy, Presence::Unavailable, Presence::Offline];
    prop_oneof![
        prop::sample::select(states.to_vec()).prop_map(Step::Set),
        (1..60i64).prop_map(Step::BusyFor),
        (0..3u8).prop_map(Step::Say),
        Just(Step::Key),
        any::<bool>().prop_map(Step::Call),
        (0..30i64).prop_map(Step::Wait),
        Just(Step::Break),
    ]
}

/// The expected state, modelled a second time as simply as possible.
#[derive(Debug)]
struct Expected {
    state: Presence,
    message: String,
    /// The end of busy, and what returns then.
    ends: Option<(Timestamp, Presence, String)>,
    call: bool,
    dismissed: bool,
    last_key: Timestamp,
}

const IDLE: SignedDuration = SignedDuration::from_secs(25);

impl Expected {
    fn pass(&mut self, now: Timestamp) {
        if let Some((_, state, message)) = self.ends.take_if(|(end, ..)| now >= *end) {
            (self.state, self.message) = (state, message);
        }
    }

    fn put(&self, now: Timestamp, busy_offered: bool) -> PresenceUpdate {
        let call = self.state == Presence::Online && self.call && !self.dismissed;
        let idle = self.state == Presence::Online && now.duration_since(self.last_key) >= IDLE;
        let presence = match () {
            () if call => Presence::Busy,
            () if idle => Presence::Unavailable,
            () => self.state.clone(),
        };
        let silent = call && self.message.is_empty();
        let status_msg = if silent { "in a call".to_owned() } else { self.message.clone() };
        PresenceUpdate { presence: presence.or_fallback(busy_offered), status_msg }
    }

    fn take(&mut self, step: &Step, story: &mut Story) {
        let now = story.now;
        match step {
            Step::Set(state) => {
                story.set(state.clone());
                (self.state, self.ends, self.dismissed) = (state.clone(), None, self.call);
            }
            Step::BusyFor(seconds) => {
                let lasts = SignedDuration::from_secs(*seconds);
                story.set_until(Presence::Busy, Deadline { at: now + lasts, lasts: Some(lasts) });
                let before = self.ends.take().map(|(_, state, message)| (state, message));
                let (state, message) = before.unwrap_or((self.state.clone(), self.message.clone()));
                self.ends = Some((now + lasts, state, message));
                (self.state, self.dismissed) = (Presence::Busy, self.call);
            }
            Step::Say(word) => {
                self.message = if *word == 0 { String::new() } else { format!("message {word}") };
                story.say(self.message.clone());
            }
            Step::Key => {
                story.own.active(now);
                self.last_key = now;
            }
            Step::Call(on) => {
                story.own.on_call(on.then(|| now + SignedDuration::from_hours(9)));
                self.dismissed &= *on;
                self.call = *on;
            }
            Step::Wait(_) | Step::Break => {}
        }
    }
}

/// Answers the start on servers to which it is sent.
fn server_has(story: &mut Story, state: &Status) {
    while let Some(effect) = story.next() {
        match effect {
            Effect::Publish(..) => story.own.on_answer(Answer::Accepted, story.now),
            _ => story.own.on_looked_up(Some(state.clone().into()), story.now),
        }
    }
}

/// A server with Synapse's default limit of one change in ten seconds. It echoes what it accepts.
struct Server {
    busy_offered: bool,
    state: Status,
    free_at: Timestamp,
    told_to_wait: Timestamp,
}

impl Server {
    fn serve(&mut self, story: &mut Story, expected: &mut Expected) {
        expected.pass(story.now);
        while let Some(effect) = story.next() {
            match effect {
                Effect::Publish(put, _) => self.put(story, &put, expected),
                Effect::LookUpOwn => story.own.on_looked_up(Some(self.state.clone().into()), story.now),
                other => panic!("{other:?} is not for own presence to want"),
            }
        }
    }

    fn put(&mut self, story: &mut Story, put: &PresenceUpdate, expected: &Expected) {
        assert_eq!(*put, expected.put(story.now, self.busy_offered), "what is sent is the newest wish");
        assert!(story.now >= self.told_to_wait, "sent again before the limit was over");
        if story.now < self.free_at {
            let wait = Duration::try_from(self.free_at.duration_since(story.now)).unwrap();
            self.told_to_wait = self.free_at;
            story.own.on_answer(Answer::Limited(wait), story.now);
            return;
        }
        self.free_at = story.now + SignedDuration::from_secs(10);
        self.state = status(put.presence.clone(), &put.status_msg);
        story.own.on_answer(Answer::Accepted, story.now);
        story.own.on_echo(self.state.clone(), story.now);
    }
}

proptest! {
    #[test]
    fn after_any_sequence_of_events_the_newest_state_wins(
        steps in prop::collection::vec(step(), 0..50),
        (name, busy_offered) in prop::sample::select(SERVERS.to_vec()),
    ) {
        let mut story = Story::with(&Settings { idle_after: Some(IDLE), ..Settings::default() });
        story.greeted_by(name, busy_offered, status(Presence::Online, ""));
        story.own.on_synced(story.now);
        server_has(&mut story, &status(Presence::Online, ""));
        let mut expected = Expected {
            state: Presence::Online,
            message: String::new(),
            ends: None,
            call: false,
            dismissed: false,
            last_key: story.now,
        };
        let (state, now) = (status(Presence::Online, ""), story.now);
        let mut server = Server { busy_offered, state, free_at: now, told_to_wait: now };
        for step in &steps {
            expected.take(step, &mut story);
            match step {
                Step::Wait(seconds) => { story.after(*seconds); }
                Step::Break => {
                    story.own.on_disconnected(story.now);
                    story.after(1).greeted_by(name, busy_offered, server.state.clone());
                }
                _ => {}
            }
            server.serve(&mut story, &mut expected);
        }
        for _ in 0..12 {
            story.after(10);
            server.serve(&mut story, &mut expected);
        }
        let wanted = expected.put(story.now, busy_offered);
        prop_assert_eq!(&server.state, &status(wanted.presence.clone(), &wanted.status_msg));
        prop_assert!(matches!(story.reason(), None | Some(Reason::NoBusy)));
    }
}
