//! Presence around a write to the profile, which sets its session online on some servers.

use whosin::model::{
    Model, Saved,
    event::{Command, Event, StatusAnswer, Synced, Update},
    presence::PresenceEvent,
    profile::{NewStatus, StatusRequest},
};

use super::*;

/// A model on such a server, which shows its account as unavailable.
struct Written {
    model: Model,
    now: Timestamp,
}

impl Written {
    /// The first write is accepted.
    fn with(settings: Settings) -> (Self, Vec<Effect>) {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut it = Self { model: Model::new(account(), settings, Saved::default()), now };
        let software = Some(Software { name: "conduwuit".into(), version: "0.5.0".into() });
        let own = Some(status(Presence::Unavailable, "lunch").into());
        it.on(Update::Connected(Greeting { busy_offered: true, software, own, ..Greeting::default() }));
        let effects = it.writes();
        (it, effects)
    }

    /// A status is written, and the server accepts it.
    fn writes(&mut self) -> Vec<Effect> {
        let request = StatusRequest { status: Some(NewStatus::busy()), until: None };
        let effects = self.model.update(Event::Command(Command::SetStatus(request)), self.now);
        assert!(effects.iter().any(|it| matches!(it, Effect::PublishStatus(_))), "{effects:?}");
        self.on(Update::StatusPublished(StatusAnswer { answer: Answer::Accepted, before: None }))
    }

    fn on(&mut self, update: Update) -> Vec<Effect> {
        self.model.update(Event::Update(update), self.now)
    }

    fn at(&mut self, seconds: i64) -> Vec<Effect> {
        let now = self.now + SignedDuration::from_secs(seconds);
        assert!(self.model.wake(self.now).is_some_and(|wake| wake <= now));
        self.model.update(Event::Clock, now)
    }
}

/// Whether the presence from before is sent.
fn restored(effects: &[Effect]) -> bool {
    let put = PresenceUpdate { presence: Presence::Unavailable, status_msg: "lunch".to_owned() };
    effects.iter().any(|effect| matches!(effect, Effect::Publish(it, _) if *it == put))
}

/// Both ways to run: to set the presence, and to leave it alone.
fn both() -> [Settings; 2] {
    let sets = Settings { start: Start::Keep, idle_after: None, ..Settings::default() };
    [sets.clone(), Settings { watch_only: true, ..sets }]
}

#[test]
fn the_presence_before_a_write_is_restored() {
    for settings in both() {
        let (mut written, effects) = Written::with(settings);
        assert!(restored(&effects), "{effects:?}");
        assert!(!restored(&written.on(Update::Published(Answer::Accepted))), "once");
        assert!(!written.model.own().is_restoring());
    }
}

#[test]
fn a_presence_that_could_not_be_restored_is_sent_again() {
    for (answer, wait) in [(Answer::Failed, 5), (Answer::Limited(Duration::from_secs(9)), 9)] {
        for settings in both() {
            let watch_only = settings.watch_only;
            let (mut written, _) = Written::with(settings);
            assert!(!restored(&written.on(Update::Published(answer.clone()))), "not at once");
            assert_eq!(written.model.own().is_restoring(), watch_only);
            assert!(restored(&written.at(wait)), "{answer:?}, watch_only: {watch_only}");
        }
    }
}

#[test]
fn a_presence_that_the_server_refuses_to_restore_is_given_up() {
    for settings in both() {
        let (mut written, _) = Written::with(settings);
        assert!(!restored(&written.on(Update::Published(Answer::Forbidden("no".into())))));
        assert!(!written.model.own().is_restoring());
    }
}

#[test]
fn a_second_write_before_the_answer_takes_no_online_for_what_was_before() {
    for settings in both() {
        let (mut written, _) = Written::with(settings);
        written.on(Update::Published(Answer::Failed));
        let presence =
            vec![PresenceEvent { sender: account().user_id, content: status(Presence::Online, "lunch") }];
        written.on(Update::Synced(Synced { presence, ..Synced::default() }));
        written.writes();
        assert!(restored(&written.at(5)));
    }
}
