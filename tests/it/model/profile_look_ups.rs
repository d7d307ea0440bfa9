//! Whose profiles are looked up, when, and how often.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use whosin::model::{
    Model, Saved,
    event::{Account, Command, Effect, Event, Greeting, Member, Notice, ProfileAnswer, Synced, Update},
    presence::Visibility,
    profile::{FieldChange, Profile, ProfileCall, ProfileSupport, ProfileUpdate, UserStatus},
    settings::Settings,
};

const LOOKED_UP: ProfileSupport = ProfileSupport { fields: true, pushed: false };
const PUSHED: ProfileSupport = ProfileSupport { fields: true, pushed: true };

fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}")).unwrap()
}

/// A model without presence, and the look-ups that it has asked for.
struct Test {
    model: Model,
    now: Timestamp,
    asked: Vec<OwnedUserId>,
    notices: Vec<Notice>,
}

impl Test {
    fn new(people: &[&str], profiles: ProfileSupport) -> Self {
        let account = Account {
            user_id: user("me:here"),
            homeserver: "https://here".to_owned(),
            device_id: "HERE".to_owned(),
            in_the_clear: false,
        };
        let mut test = Self {
            model: Model::new(account, Settings::default(), Saved::default()),
            now: "2026-11-24T14:00:00Z".parse().unwrap(),
            asked: Vec::new(),
            notices: Vec::new(),
        };
        let own = Some(Visibility::SwitchedOff);
        test.tell(Update::Connected(Greeting { own, profiles, ..Greeting::default() }));
        test.tell(Update::Synced(Synced { initial: true, ..Synced::default() }));
        let members = people.iter().map(|name| Member { user_id: user(name), displayname: None }).collect();
        let rooms = vec![(RoomId::parse("!room:here").unwrap(), members)];
        test.tell(Update::Members { rooms, missing: 0, failed: 0, position: None });
        test
    }

    fn happens(&mut self, event: Event) {
        for effect in self.model.update(event, self.now) {
            match effect {
                Effect::LookUpProfile(user_id) => self.asked.push(user_id),
                Effect::Notify(notice) => self.notices.push(notice),
                _ => {}
            }
        }
    }

    fn tell(&mut self, update: Update) {
        self.happens(Event::Update(update));
    }

    fn command(&mut self, command: Command) {
        self.happens(Event::Command(command));
    }

    /// Answers a look-up.
    fn answer(&mut self, name: &str, answer: ProfileAnswer) {
        self.tell(Update::Profile { user_id: user(name), answer });
    }

    /// Lets time pass, and wakes the model whenever it wants. Answers each look-up with nothing.
    fn pass(&mut self, seconds: i64) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let end = self.now + SignedDuration::from_secs(seconds);
        loop {
            while !self.asked.is_empty() {
                for user_id in std::mem::take(&mut self.asked) {
                    *counts.entry(user_id.to_string()).or_insert(0) += 1;
                    self.tell(Update::Profile { user_id, answer: ProfileAnswer::None });
                }
            }
            match self.model.wake(self.now) {
                Some(wake) if wake <= end => self.now = self.now.max(wake),
                _ => break,
            }
            self.happens(Event::Clock);
        }
        self.now = end;
        counts
    }
}

fn says(emoji: &str, text: &str) -> ProfileAnswer {
    let fields = [FieldChange::UnstableStatus(UserStatus::new(emoji, text))];
    ProfileAnswer::Found { profile: Box::new(fields.into_iter().collect()), time_zone: None }
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("u{number}:here")).collect()
}

#[test]
fn the_budget_is_twenty_at_once_and_one_in_five_seconds() {
    let names = numbered(90);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut test = Test::new(&names, LOOKED_UP);
    test.command(Command::InSight(names.iter().map(|name| user(name)).collect()));
    assert_eq!(test.asked.len(), 4, "so many at a time");
    let at_once: usize = test.pass(0).values().sum();
    assert_eq!(at_once, 20);
    let in_a_minute: usize = test.pass(60).values().sum();
    assert_eq!(in_a_minute, 12);
    // All were asked before any was asked again.
    let later = test.pass(300);
    assert!(later.values().all(|times| *times == 1), "{later:?}");
}

#[test]
fn contacts_are_asked_again_after_ten_minutes_and_on_other_servers_after_thirty() {
    let mut test = Test::new(&["ann:here", "ben:there"], LOOKED_UP);
    let times = |counts: &BTreeMap<String, usize>, name: &str| counts.get(name).copied().unwrap_or_default();
    let counts = test.pass(3_590);
    assert_eq!((times(&counts, "@ann:here"), times(&counts, "@ben:there")), (6, 2), "{counts:?}");
    assert_eq!(times(&counts, "@me:here"), 6, "our own status may be set elsewhere");
}

#[test]
fn nobody_of_many_is_asked_who_is_not_in_sight() {
    let names = numbered(80);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut test = Test::new(&names, LOOKED_UP);
    assert_eq!(test.pass(600).keys().collect::<Vec<_>>(), ["@me:here"]);
    test.command(Command::Pin(user("u7:here")));
    test.command(Command::InSight(vec![user("u9:here")]));
    assert_eq!(test.pass(500).keys().collect::<Vec<_>>(), ["@u7:here", "@u9:here"]);
    // A front end that says no more has gone.
    test.pass(1_000);
    assert_eq!(test.pass(500).keys().collect::<Vec<_>>(), ["@me:here", "@u7:here"]);
}

#[test]
fn the_details_of_a_contact_are_asked_for_each_minute_while_they_are_shown() {
    let names = numbered(80);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut test = Test::new(&names, LOOKED_UP);
    test.pass(10);
    for _ in 0..3 {
        test.command(Command::LookUpProfile(user("u5:here")));
        assert_eq!(test.pass(59).get("@u5:here"), Some(&1));
    }
    test.pass(100);
    assert_eq!(test.pass(600).get("@u5:here"), None, "the details are closed");
}

#[test]
fn a_rate_limit_stops_all_and_halves_the_rate() {
    let names = numbered(40);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut test = Test::new(&names, LOOKED_UP);
    let first = test.asked.remove(0);
    test.asked.clear();
    test.tell(Update::Profile { user_id: first, answer: ProfileAnswer::Limited(Duration::from_secs(30)) });
    assert!(test.asked.is_empty());
    assert_eq!(test.pass(29).values().sum::<usize>(), 0);
    assert_eq!(test.pass(61).values().sum::<usize>(), 7, "one in 10 s");
}

#[test]
fn a_server_that_hangs_rests_for_an_hour_and_is_asked_one_thing_at_a_time() {
    let mut test = Test::new(&["ann:there", "ben:there", "cyd:elsewhere"], LOOKED_UP);
    let asked = |test: &mut Test| -> Vec<String> {
        test.asked.drain(..).map(|user_id| user_id.to_string()).collect()
    };
    assert_eq!(asked(&mut test), ["@me:here", "@ann:there", "@cyd:elsewhere"]);
    test.answer("ann:there", ProfileAnswer::Unreachable);
    assert!(asked(&mut test).is_empty(), "nobody of that server");
    test.answer("me:here", ProfileAnswer::None);
    test.answer("cyd:elsewhere", ProfileAnswer::None);
    assert_eq!(test.pass(3_590).get("@ben:there"), None);
    assert_eq!(test.pass(120).get("@ben:there"), Some(&1));
}

#[test]
fn nobody_is_asked_whose_changes_the_server_sends() {
    let mut test = Test::new(&["ann:here", "ben:there"], PUSHED);
    assert_eq!(test.pass(600).keys().collect::<Vec<_>>(), ["@ben:there"]);
    // The time zone is not among what the server sends.
    test.command(Command::LookUpProfile(user("ann:here")));
    assert_eq!(test.pass(60).get("@ann:here"), Some(&1));
}

#[test]
fn a_status_that_ends_tells_who_waits_for_somebody_without_presence() {
    let mut test = Test::new(&["ann:here"], LOOKED_UP);
    test.answer("ann:here", says("🔴", "Busy"));
    test.command(Command::CycleNotify(user("ann:here")));
    assert!(test.notices.is_empty(), "what is heard first is no change");
    test.now += SignedDuration::from_mins(10);
    test.answer("ann:here", says("🔴", "Busy"));
    assert!(test.notices.is_empty());
    test.now += SignedDuration::from_mins(10);
    test.answer("ann:here", ProfileAnswer::None);
    let told: Vec<_> =
        test.notices.iter().map(|notice| (notice.title.as_str(), notice.body.as_deref())).collect();
    assert_eq!(told, [("@ann:here removed the status", Some("🔴 Busy"))]);
    test.answer("ann:here", says("🔴", "Busy"));
    test.answer("ann:here", ProfileAnswer::None);
    assert_eq!(test.notices.len(), 1, "once");
}

#[test]
fn an_old_look_up_tells_nobody() {
    let mut test = Test::new(&["ann:here"], LOOKED_UP);
    test.command(Command::CycleNotify(user("ann:here")));
    test.command(Command::CycleNotify(user("ann:here")));
    test.answer("ann:here", ProfileAnswer::None);
    test.now += SignedDuration::from_hours(9);
    test.answer("ann:here", says("🌴", "On holiday"));
    assert!(test.notices.is_empty(), "it can be hours old: {:?}", test.notices);
    test.now += SignedDuration::from_mins(10);
    test.answer("ann:here", says("🏃", "AFK"));
    assert_eq!(test.notices.len(), 1);
    assert_eq!(test.notices[0].title, "@ann:here set a status");
}

#[test]
fn a_call_in_a_profile_makes_nobody_busy() {
    let mut test = Test::new(&["ann:here"], PUSHED);
    let call = FieldChange::Call(Some(ProfileCall::default()));
    let update = |name| ProfileUpdate { user_id: user(name), fields: Some(vec![call.clone()]) };
    test.tell(Update::Profiles(vec![update("me:here"), update("ann:here")]));
    assert!(!test.model.own().is_wanted_busy());
    let profile: Option<&Profile> = test.model.contacts().get(&user("ann:here")).unwrap().profile.as_deref();
    assert!(profile.unwrap().call().is_some());
}
