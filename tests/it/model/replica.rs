//! Replicas of a model in other processes, and the one that goes on with the engine.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz};
use matrix_sdk::ruma::{OwnedRoomId, OwnedUserId, RoomId, UserId};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use whosin::model::{
    Model, Saved,
    cache::{Cache, Position},
    connection::Connection,
    contacts::{
        Hiding,
        parts::{Parts, Whole},
    },
    deadline::Deadline,
    event::{
        Account, Answer, CallEvent, CallMembership, Command, Counts, Effect, Entry, Event, Greeting, Member,
        MemberChange, OtherSession, ProfileAnswer, RoomChange, StatusAnswer, StatusUpdate, Synced, Update,
    },
    outcome::Verdict,
    own::Reason,
    preferences::ListPreferences,
    presence::{Presence, PresenceEvent, Status, Visibility},
    profile::{
        FieldChange, NewStatus, Profile, ProfileCall, ProfileSupport, ProfileUpdate, StatusRequest,
        UserStatus,
    },
    quirks::Software,
    request::{HoldId, PresenceRequest},
    settings::Settings,
};

fn start() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}:example.org")).unwrap()
}

fn account() -> Account {
    let homeserver = "https://example.org".to_owned();
    Account { user_id: user("me"), device_id: "HERE".to_owned(), homeserver, in_the_clear: false }
}

fn settings() -> Settings {
    Settings { idle_after: Some(SignedDuration::from_secs(25)), recorded: true, ..Settings::default() }
}

fn model() -> Model {
    Model::new(account(), settings(), Saved::default())
}

/// What another process reads of it.
fn copy<T: DeserializeOwned>(told: &(impl Serialize + ?Sized)) -> T {
    serde_json::from_str(&serde_json::to_string(told).unwrap()).unwrap()
}

/// The people of a model, as another process reads them.
fn people_of(model: &Model) -> Parts {
    let mut parts = Parts::default();
    Parts::of(model.contacts()).for_each(|part| parts.add(copy(part)));
    parts
}

/// A replica of a model in another process.
fn replica_of(model: &Model) -> Model {
    let mut replica: Box<Model> = copy(model);
    replica.set_people(people_of(model));
    replica.with_history(Some(copy(model.history())))
}

/// A model as JSON. A set has no order.
fn value(model: &Model) -> Value {
    let mut value = serde_json::to_value(model).unwrap();
    value["history"] = serde_json::to_value(model.history()).unwrap();
    let person =
        |(user_id, contact): (&UserId, _)| (user_id.to_string(), serde_json::to_value(contact).unwrap());
    value["contacts"]["people"] = model.contacts().people().map(person).collect();
    for set in ["/contacts/ignored", "/contacts/joiners", "/look_ups/asked"] {
        let set = value.pointer_mut(set).and_then(Value::as_array_mut).expect(set);
        set.sort_by_key(ToString::to_string);
    }
    value
}

/// The first difference between two values, by where it is.
fn difference(left: &Value, right: &Value) -> Option<String> {
    let inside = |key: &str, left, right| Some(format!("/{key}{}", difference(left, right)?));
    match (left, right) {
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => {
            left.iter().zip(right.values()).find_map(|((key, left), right)| inside(key, left, right))
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let pairs = left.iter().zip(right).enumerate();
            pairs.into_iter().find_map(|(at, (left, right))| inside(&at.to_string(), left, right))
        }
        (left, right) => (left != right).then(|| format!(": {left} or {right}")),
    }
}

fn anybody() -> impl Strategy<Value = OwnedUserId> {
    prop::sample::select(vec!["me", "ada", "bob", "cat", "dan"]).prop_map(user)
}

fn any_room() -> impl Strategy<Value = OwnedRoomId> {
    let id = |name| RoomId::parse(format!("!{name}:example.org")).unwrap();
    prop::sample::select(vec!["one", "two", "house"]).prop_map(id)
}

fn state() -> impl Strategy<Value = Presence> {
    let other = Presence::Other("dnd".into());
    let states = [Presence::Online, Presence::Busy, Presence::Unavailable, other, Presence::Offline];
    prop::sample::select(states.to_vec())
}

fn message() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, Some(String::new()), Some("at lunch".to_owned())])
}

fn status() -> impl Strategy<Value = Status> {
    let ago = prop::option::of(prop_oneof![0..100_000u64, Just(u64::MAX)]);
    (state(), message(), ago, any::<bool>()).prop_map(|(presence, message, last_active_ago, active)| Status {
        presence,
        // As it is read from the wire: an empty message is none.
        status_msg: message.filter(|message| !message.is_empty()).map(Into::into),
        last_active_ago,
        currently_active: active,
    })
}

fn member() -> impl Strategy<Value = Member> {
    let names = vec![None, Some("Ada".into()), Some("Bob".into())];
    (anybody(), prop::sample::select(names))
        .prop_map(|(user_id, displayname)| Member { user_id, displayname })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..600i64).prop_map(after)
}

fn call() -> impl Strategy<Value = CallEvent> {
    let session = prop::sample::select(vec![None, Some("HERE".to_owned()), Some("PHONE".to_owned())]);
    let membership = (session, moment()).prop_map(|(device_id, until)| CallMembership { device_id, until });
    (anybody(), prop::collection::vec(membership, 0..2)).prop_map(|(sender, memberships)| CallEvent {
        key: ("m.call.member".to_owned(), sender.to_string()),
        sender,
        memberships,
    })
}

fn room_change() -> impl Strategy<Value = RoomChange> {
    let name = || prop::sample::select(vec![None, Some("Tea kitchen".to_owned())]);
    prop_oneof![
        name().prop_map(|name| RoomChange::Named(name.map(Into::into))),
        name().prop_map(|name| RoomChange::Aliased(name.map(Into::into))),
        Just(RoomChange::Space),
        (any_room(), any::<bool>()).prop_map(|(room_id, listed)| RoomChange::Child { room_id, listed }),
    ]
}

/// A few of something.
fn some<S: Strategy>(of: S) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(of, 0..3)
}

fn synced() -> impl Strategy<Value = Synced> {
    let presence = (anybody(), status()).prop_map(|(sender, content)| PresenceEvent { sender, content });
    let membership = (member(), any::<bool>()).prop_map(|(member, joined)| MemberChange { member, joined });
    let lists = (
        prop::option::weighted(0.1, some(anybody())),
        prop::option::weighted(0.1, some((anybody(), some(any_room())))),
        prop::collection::vec(any_room(), 0..2),
    );
    let rooms = (
        some((any_room(), some(membership))),
        some((any_room(), some(call()))),
        some((any_room(), some(room_change()))),
    );
    let told = (some(presence), some(profile_update()));
    ((prop::bool::weighted(0.1), position()), told, lists, rooms).prop_map(
        |(
            (initial, position),
            (presence, profiles),
            (ignored, direct, rooms_left),
            (members, calls, rooms),
        )| Synced {
            initial,
            position,
            members,
            rooms_left,
            presence,
            profiles,
            calls,
            rooms,
            ignored,
            direct,
        },
    )
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![
        6 => status().prop_map(Visibility::Shown),
        1 => Just(Visibility::NotShared),
        1 => Just(Visibility::SwitchedOff),
    ]
}

fn greeting() -> impl Strategy<Value = Greeting> {
    let software = |(name, version): (&str, &str)| Software { name: name.into(), version: version.into() };
    let servers = vec![("Synapse", "1.163.2"), ("tuwunel", "1.9.0"), ("palpo", "0.4.0"), ("unheard-of", "1")];
    let software = prop::option::of(prop::sample::select(servers).prop_map(software));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (flags, software, prop::option::of(status())).prop_map(
        |((busy_offered, fields, pushed), software, own)| Greeting {
            busy_offered,
            software,
            own: own.map(Visibility::from),
            profiles: ProfileSupport { fields, pushed },
        },
    )
}

fn profile_update() -> impl Strategy<Value = ProfileUpdate> {
    let fields = some(field_change());
    (anybody(), prop::option::weighted(0.9, fields))
        .prop_map(|(user_id, fields)| ProfileUpdate { user_id, fields })
}

fn field_change() -> impl Strategy<Value = FieldChange> {
    let status =
        prop::sample::select(vec![None, UserStatus::new("🌴", "On holiday"), UserStatus::new("", "busy")]);
    let call = prop::option::of(moment()).prop_map(|since| Some(ProfileCall { since }));
    prop_oneof![
        status.clone().prop_map(FieldChange::Status),
        status.clone().prop_map(FieldChange::UnstableStatus),
        status.prop_map(FieldChange::PlainStatus),
        call.prop_map(FieldChange::Call),
        Just(FieldChange::UnstableCall(None)),
    ]
}

fn profile_answer() -> impl Strategy<Value = ProfileAnswer> {
    let zone = prop::sample::select(vec![None, Some(tz::offset(2).to_time_zone())]);
    let found = (some(field_change()), zone).prop_map(|(fields, time_zone)| {
        let profile: Profile = fields.into_iter().collect();
        ProfileAnswer::Found { profile: Box::new(profile), time_zone }
    });
    prop_oneof![
        6 => found,
        2 => Just(ProfileAnswer::None),
        1 => (0..20u64).prop_map(|seconds| ProfileAnswer::Limited(Duration::from_secs(seconds))),
        1 => Just(ProfileAnswer::Unreachable),
        1 => Just(ProfileAnswer::Failed),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(Answer::Accepted),
        1 => (0..20u64).prop_map(|seconds| Answer::Limited(Duration::from_secs(seconds))),
        1 => Just(Answer::Refused("no".into())),
        1 => Just(Answer::Forbidden("no".into())),
        1 => Just(Answer::SwitchedOff),
        1 => Just(Answer::Failed),
    ]
}

fn session() -> impl Strategy<Value = OtherSession> {
    prop::option::of(moment()).prop_map(|last_seen| OtherSession {
        name: "Phone".into(),
        last_seen,
        account_page: None,
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        moment().prop_map(Entry::Began),
        (moment(), moment()).prop_map(|(since, until)| Entry::Missed { since, until }),
        (moment(), 0..5u32)
            .prop_map(|(at, online)| Entry::Counted(at, Counts { online, ..Counts::default() })),
        moment().prop_map(Entry::Ended),
    ]
}

fn position() -> impl Strategy<Value = Option<String>> {
    prop::option::of((0..9u32).prop_map(|batch| format!("s{batch}")))
}

/// What a server tells of contacts.
fn news() -> impl Strategy<Value = Update> {
    let members = (some((any_room(), some(member()))), position())
        .prop_map(|(rooms, position)| Update::Members { rooms, missing: 0, failed: 0, position });
    prop_oneof![
        1 => greeting().prop_map(Update::Connected),
        6 => synced().prop_map(Update::Synced),
        2 => members,
    ]
}

fn update() -> impl Strategy<Value = Update> {
    let why = || Just("It does not work.".to_owned());
    let members = (some((any_room(), some(member()))), 0..2usize, 0..2usize, position())
        .prop_map(|(rooms, missing, failed, position)| Update::Members { rooms, missing, failed, position });
    let lost = (0..30u64)
        .prop_map(|seconds| Update::Lost { reason: "gone".into(), retry_in: Duration::from_secs(seconds) });
    prop_oneof![
        3 => greeting().prop_map(Update::Connected),
        6 => synced().prop_map(Update::Synced),
        2 => members,
        1 => lost,
        4 => answer().prop_map(Update::Published),
        2 => (answer(), prop::option::of(some(field_change()))).prop_map(|(answer, before)| {
            let before = before.map(|fields| Box::new(fields.into_iter().collect()));
            Update::StatusPublished(StatusAnswer { answer, before })
        }),
        2 => prop::option::of(visibility()).prop_map(Update::OwnStatus),
        1 => some(session()).prop_map(Update::Sessions),
        2 => (anybody(), prop::option::of(visibility()))
            .prop_map(|(user_id, presence)| Update::LookedUp { user_id, presence }),
        3 => (anybody(), profile_answer()).prop_map(|(user_id, answer)| Update::Profile { user_id, answer }),
        1 => some(profile_update()).prop_map(Update::Profiles),
        1 => Just(()).prop_map(|()| Update::ProfilesRefused),
        1 => some(entry()).prop_map(Update::Recalled),
        1 => prop_oneof![
            20 => Just(()).prop_map(|()| Update::SyncRefusedBusy),
            20 => why().prop_map(Update::PresenceNotSaved),
            20 => why().prop_map(Update::PreferencesNotSaved),
            20 => Just(()).prop_map(|()| Update::PresenceSaved),
            20 => Just(()).prop_map(|()| Update::PreferencesSaved),
            20 => why().prop_map(|why| Update::Problem(why.into())),
            1 => Just(()).prop_map(|()| Update::SignedOut),
        ],
    ]
}

fn request() -> impl Strategy<Value = PresenceRequest> {
    let until = prop::option::of(
        (0..600i64, prop::option::of(1..60i64))
            .prop_map(|(at, lasts)| Deadline { at: after(at), lasts: lasts.map(SignedDuration::from_secs) }),
    );
    (state(), message(), until).prop_map(|(presence, status_msg, until)| PresenceRequest {
        presence,
        status_msg,
        until,
    })
}

fn status_request() -> impl Strategy<Value = StatusRequest> {
    let status =
        prop::sample::select(vec![None, Some(NewStatus::busy()), NewStatus::parse("🌴 On holiday").ok()]);
    let until = prop::option::of((0..600i64).prop_map(|at| Deadline { at: after(at), lasts: None }));
    (status, until).prop_map(|(status, until)| StatusRequest { status, until })
}

fn command() -> impl Strategy<Value = Command> {
    let id = || (0..3u64).prop_map(HoldId);
    prop_oneof![
        request().prop_map(Command::Set),
        Just(Command::ToggleBusy),
        message().prop_map(|message| Command::SetMessage(message.unwrap_or_default())),
        (id(), request()).prop_map(|(id, request)| Command::Hold(id, request)),
        id().prop_map(Command::Release),
        status_request().prop_map(Command::SetStatus),
        any::<bool>().prop_map(Command::StatusInsteadOfBusy),
        Just(Command::Undo),
        Just(Command::Active),
        Just(Command::DismissWarning),
        Just(Command::Retry),
        anybody().prop_map(Command::Pin),
        anybody().prop_map(Command::CycleNotify),
        anybody().prop_map(Command::DismissAlert),
        message().prop_map(|room| Command::LeaveList(ListPreferences { room, ..ListPreferences::default() })),
        some(anybody()).prop_map(Command::LookUp),
        anybody().prop_map(Command::LookUpProfile),
        some(anybody()).prop_map(Command::InSight),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let idle = prop::option::of((0..60i64).prop_map(SignedDuration::from_secs));
    prop_oneof![
        8 => update().prop_map(Event::Update),
        4 => command().prop_map(Event::Command),
        1 => idle.prop_map(Event::Idle),
        1 => Just(()).prop_map(|()| Event::Clock),
        1 => any::<bool>().prop_map(|ignored| {
            let hiding = Hiding { ignored, ..Hiding::default() };
            Event::Settings(Box::new(Settings { hiding, ..settings() }))
        }),
    ]
}

/// Events, each some seconds after the one before; now and then a clock is set back.
fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let seconds = prop_oneof![20 => 0..40i64, 1 => -40..0i64];
    prop::collection::vec((seconds, event()), 0..50)
}

/// A model that begins with what another one has kept. `None`: it is in the middle of something.
fn restarted_from(before: &Model) -> Option<Model> {
    let (cache, contacts) = before.cache()?;
    let mut model = model();
    if model.resume(copy::<Cache>(&cache)) {
        model.resume_contacts(copy::<Whole>(&contacts).into());
    }
    assert!(model.connection().is_outdated());
    Some(model)
}

/// Contacts and calls, apart from the changes that a list on screen has still to follow.
fn what_is_kept(model: &Model) -> Value {
    let mut value = value(model);
    let contacts = value["contacts"].as_object_mut().unwrap();
    contacts.retain(|field, _| !["revision", "touched", "profiles_are_pushed"].contains(&field.as_str()));
    // A restarted model does not know yet whether the server still sends them.
    let people = contacts["people"].as_object_mut().unwrap().values_mut();
    people.for_each(|contact| drop(contact.as_object_mut().unwrap().remove("profile_source")));
    serde_json::json!({ "contacts": contacts, "calls": value["calls"], "joined": value["joined"] })
}

#[test]
fn contacts_of_another_session_or_server_are_not_taken_up() {
    let mut before = model();
    let first = Synced { initial: true, position: Some("s1".to_owned()), ..Synced::default() };
    let _ = before.update(Event::Update(Update::Synced(first)), start());
    assert!(restarted_from(&before).is_some());
    let kept = serde_json::to_string(&before.cache().unwrap().0).unwrap();
    for (is, was) in [("@me:", "@you:"), ("HERE", "THERE"), ("https://example", "https://test"), ("0.", "9.")]
    {
        let mut model = model();
        let kept: Cache = serde_json::from_str(&kept.replacen(is, was, 1)).unwrap();
        assert!(!model.resume(kept));
        assert_eq!(
            (model.connection(), model.position()),
            (&Connection::Connecting, Position::default()),
            "{was}"
        );
    }
}

proptest! {
    #[test]
    fn a_replica_that_hears_the_same_events_becomes_the_same_model(events in events(), begins in 0..50usize) {
        let (mut model, mut replica, mut now) = (model(), None, start());
        for (at, (seconds, event)) in events.into_iter().enumerate() {
            now += SignedDuration::from_secs(seconds);
            if at == begins {
                replica = Some(replica_of(&model));
            }
            let heard = replica.as_mut().map(|it: &mut Model| it.update(copy(&event), now));
            let effects = model.update(event, now);
            if let (Some(replica), Some(heard)) = (&replica, heard) {
                prop_assert_eq!(&effects, &heard);
                prop_assert_eq!(model.wake(now), replica.wake(now));
            }
        }
        let replica = replica.unwrap_or_else(|| replica_of(&model));
        prop_assert_eq!(difference(&value(&model), &value(&replica)), None);
    }

    #[test]
    fn nothing_wakes_the_model_at_a_time_that_has_passed(events in events()) {
        let (mut model, mut now) = (model(), start());
        for (seconds, event) in events {
            now += SignedDuration::from_secs(seconds);
            let _ = model.update(event, now);
            // What is due at its very time is done then.
            let mut wake = model.wake(now);
            if let Some(due) = wake.filter(|wake| *wake <= now + SignedDuration::from_secs(1)) {
                now = due.max(now);
                let _ = model.update(Event::Clock, now);
                wake = model.wake(now);
            }
            prop_assert!(wake.is_none_or(|wake| wake > now), "{:?} at {}", wake, now);
        }
    }

    #[test]
    fn a_replica_without_the_history_tells_of_the_same_changes(events in events(), begins in 0..50usize) {
        let (mut model, mut replica, mut now) = (model(), None, start());
        let told = |effects: Vec<Effect>| {
            let told = |it: &Effect| matches!(it, Effect::Changed(_) | Effect::StatusChanged(_));
            effects.into_iter().filter(told).collect::<Vec<_>>()
        };
        for (at, (seconds, event)) in events.into_iter().enumerate() {
            now += SignedDuration::from_secs(seconds);
            if at == begins {
                let mut copy: Box<Model> = copy(&model);
                copy.set_people(people_of(&model));
                replica = Some(copy.with_history(None));
            }
            let heard = replica.as_mut().map(|it: &mut Model| it.update(copy(&event), now));
            let effects = model.update(event, now);
            if let (Some(replica), Some(heard)) = (&replica, heard) {
                prop_assert_eq!(told(effects), told(heard));
                let contacts = |model: &Model| value(model)["contacts"].take();
                prop_assert_eq!(difference(&contacts(&model), &contacts(replica)), None);
            }
        }
    }

    #[test]
    fn a_restart_at_any_complete_position_leads_to_the_same_contacts(
        news in prop::collection::vec((0..40i64, news()), 0..50),
        restart in 0..50usize,
    ) {
        let (mut model, mut restarted, mut now) = (model(), None, start());
        for (at, (seconds, update)) in news.into_iter().enumerate() {
            now += SignedDuration::from_secs(seconds);
            if at >= restart && restarted.is_none() {
                restarted = restarted_from(&model);
            }
            if let Some(restarted) = &mut restarted {
                let _ = restarted.update(Event::Update(copy(&update)), now);
            }
            let _ = model.update(Event::Update(update), now);
        }
        if let Some(restarted) = restarted {
            prop_assert_eq!(difference(&what_is_kept(&model), &what_is_kept(&restarted)), None);
            prop_assert_eq!(model.position(), restarted.position());
        }
    }

    #[test]
    fn a_replica_of_the_own_presence_says_the_same_of_it(events in events(), begins in 0..50usize) {
        let (mut model, mut replica, mut now) = (model(), None::<Model>, start());
        for (at, (seconds, event)) in events.into_iter().enumerate() {
            now += SignedDuration::from_secs(seconds);
            if at == begins {
                replica = Some(copy(&model.of_own()));
            }
            let heard = event.of_own(&account().user_id);
            let _ = model.update(event, now);
            let Some(replica) = &mut replica else { continue };
            let _ = replica.update(copy(&heard), now);
            prop_assert_eq!(model.own().report(), replica.own().report());
            prop_assert_eq!(model.outcome(now), replica.outcome(now));
            prop_assert_eq!(model.own().holds().collect::<Vec<_>>(), replica.own().holds().collect::<Vec<_>>());
            prop_assert_eq!(model.own().saved(), replica.own().saved());
        }
    }
}

/// A model on Synapse, and the time there.
struct Story {
    model: Model,
    now: Timestamp,
}

impl Story {
    /// Connected, and seen online.
    fn online() -> Self {
        let settings = Settings { idle_after: None, ..Settings::default() };
        let mut story = Self { model: Model::new(account(), settings, Saved::default()), now: start() };
        story.connects(Presence::Offline);
        story.syncs(Presence::Online);
        assert_eq!(story.seen(), (Verdict::Seen, Some(Presence::Online)));
        story
    }

    fn update(&mut self, update: Update) -> Vec<Effect> {
        self.model.update(Event::Update(update), self.now)
    }

    fn command(&mut self, command: Command) -> Vec<Effect> {
        self.model.update(Event::Command(command), self.now)
    }

    fn connects(&mut self, own: Presence) -> Vec<Effect> {
        let software = Software { name: "Synapse".into(), version: "1.163.2".into() };
        let own = Status { last_active_ago: Some(1), ..Status::new(own) };
        self.update(Update::Connected(Greeting {
            busy_offered: true,
            software: Some(software),
            own: Some(own.into()),
            ..Greeting::default()
        }))
    }

    fn syncs(&mut self, own: Presence) -> Vec<Effect> {
        let content = Status { last_active_ago: Some(1), ..Status::new(own) };
        let presence = vec![PresenceEvent { sender: user("me"), content }];
        self.update(Update::Synced(Synced { presence, ..Synced::default() }))
    }

    /// The server takes a state that is on its way, and shows it.
    fn arrives(&mut self, presence: Presence) {
        self.update(Update::Published(Answer::Accepted));
        self.syncs(presence.clone());
        assert_eq!(self.seen(), (Verdict::Seen, Some(presence)));
    }

    fn seen(&self) -> (Verdict, Option<Presence>) {
        let outcome = self.model.outcome(self.now);
        (outcome.verdict, outcome.presence)
    }

    fn wanted(&self) -> &Presence {
        self.model.own().report().wanted
    }

    /// Another process goes on with a copy.
    fn taken_over(&self) -> Self {
        let mut model = replica_of(&self.model);
        let settings = self.model.settings().clone();
        model.take_over(settings, Saved::default());
        assert_eq!(model.connection(), &Connection::Connecting);
        assert_eq!(model.own().report().reason, Some(Reason::Disconnected));
        Self { model, now: self.now }
    }
}

fn published(effects: &[Effect]) -> Option<&Presence> {
    effects.iter().find_map(|effect| match effect {
        Effect::Publish(put, _) => Some(&put.presence),
        _ => None,
    })
}

fn busy() -> PresenceRequest {
    PresenceRequest::state(Presence::Busy)
}

#[test]
fn the_engine_that_goes_on_keeps_what_is_wanted_and_seen() {
    let mut story = Story::online();
    assert_eq!(published(&story.command(Command::Set(busy()))), Some(&Presence::Busy));
    story.arrives(Presence::Busy);
    let mut again = story.taken_over();
    assert_eq!(again.wanted(), &Presence::Busy);
    let effects = again.connects(Presence::Busy);
    assert_eq!(published(&effects), None, "the server has it already");
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::SyncPresence(_))),
        "a new /sync has to be told its set_presence: {effects:?}"
    );
    again.syncs(Presence::Busy);
    assert_eq!(again.seen(), (Verdict::Seen, Some(Presence::Busy)));
    assert_eq!(published(&again.command(Command::ToggleBusy)), Some(&Presence::Online));
}

#[test]
fn the_engine_that_goes_on_sends_again_what_was_on_its_way() {
    let mut story = Story::online();
    story.command(Command::Set(busy()));
    let mut again = story.taken_over();
    assert_eq!(published(&again.connects(Presence::Online)), Some(&Presence::Busy));
    again.arrives(Presence::Busy);
}

#[test]
fn the_engine_that_goes_on_writes_again_a_status_that_was_on_its_way() {
    let write = Effect::PublishStatus(StatusUpdate::Set(NewStatus::busy()));
    let mut story = Story::online();
    let request = StatusRequest { status: Some(NewStatus::busy()), until: None };
    assert!(story.command(Command::SetStatus(request)).contains(&write));
    let mut again = story.taken_over();
    let effects = again.connects(Presence::Online);
    assert!(effects.contains(&write), "the answer went to a process that has ended: {effects:?}");
}

#[test]
fn the_engine_that_goes_on_asks_again_what_others_see() {
    let mut story = Story::online();
    story.command(Command::Set(busy()));
    story.update(Update::Published(Answer::Accepted));
    story.now = after(3);
    let effects = story.model.update(Event::Clock, story.now);
    assert!(effects.contains(&Effect::LookUpOwn), "no echo came: {effects:?}");
    let mut again = story.taken_over();
    let mut effects = again.connects(Presence::Online);
    again.now = after(9);
    effects.extend(again.model.update(Event::Clock, again.now));
    assert!(effects.contains(&Effect::LookUpOwn), "{effects:?}");
}

#[test]
fn a_deadline_ends_under_the_engine_that_goes_on() {
    let mut story = Story::online();
    let until = Some(Deadline { at: after(60), lasts: None });
    story.command(Command::Set(PresenceRequest { until, ..busy() }));
    story.arrives(Presence::Busy);
    let mut again = story.taken_over();
    again.connects(Presence::Busy);
    assert_eq!(again.model.wake(again.now), Some(after(60)));
    again.now = after(60);
    assert_eq!(published(&again.model.update(Event::Clock, again.now)), Some(&Presence::Online));
}

#[test]
fn the_engine_that_goes_on_takes_the_settings_of_its_own_process() {
    let mut model = replica_of(&Story::online().model);
    model.take_over(Settings { watch_only: true, ..Settings::default() }, Saved::default());
    let mut again = Story { model, now: start() };
    again.connects(Presence::Online);
    assert_eq!(again.model.own().report().reason, Some(Reason::Watching));
    assert_eq!(published(&again.command(Command::Set(busy()))), None);
}

#[test]
fn a_hold_that_is_asked_for_again_is_still_one_hold() {
    let id = HoldId(7);
    let mut story = Story::online();
    story.command(Command::Hold(id, busy()));
    story.arrives(Presence::Busy);
    // After a takeover whoever holds asks again.
    let mut again = story.taken_over();
    again.command(Command::Hold(id, busy()));
    again.connects(Presence::Busy);
    again.command(Command::Hold(id, busy()));
    assert_eq!(again.model.own().holds().collect::<Vec<_>>(), [id]);
    again.syncs(Presence::Busy);
    assert_eq!(again.seen(), (Verdict::Seen, Some(Presence::Busy)));
    assert_eq!(published(&again.command(Command::Release(id))), Some(&Presence::Online));
    assert!(!again.model.own().is_holding(id));
}

#[test]
fn a_hold_asked_for_twice_before_the_first_connection_is_one_hold() {
    let id = HoldId(7);
    let settings = Settings { idle_after: None, ..Settings::default() };
    let mut story = Story { model: Model::new(account(), settings, Saved::default()), now: start() };
    story.command(Command::Hold(id, busy()));
    story.command(Command::Hold(id, busy()));
    assert!(story.model.own().is_holding(id));
    assert_eq!(published(&story.connects(Presence::Offline)), Some(&Presence::Busy));
    assert_eq!(story.model.own().holds().collect::<Vec<_>>(), [id]);
    story.arrives(Presence::Busy);
    assert_eq!(published(&story.command(Command::Release(id))), Some(&Presence::Online));
    assert!(story.model.own().holds().next().is_none());
}
