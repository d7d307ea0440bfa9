//! Each kind of line of the protocol, as another process of the same version has to understand it.

use std::{fmt::Write, time::Duration};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};
use whosin::{
    engine::protocol::{self, Attach, EngineProcess, ProcessKind, Reply, Request, Scope, Successor, VERSION},
    model::{
        Model, Saved,
        contacts::{Group, parts::Parts},
        deadline::Deadline,
        event::{
            Account, Answer, CallEvent, CallMembership, Command, Counts, Entry, Event, Greeting, Member,
            MemberChange, OtherSession, ProfileAnswer, RoomChange, StatusAnswer, Synced, Update,
        },
        preferences::ListPreferences,
        presence::{Change, Presence, PresenceEvent, Status, Visibility},
        profile::{
            FieldChange, NewStatus, Profile, ProfileCall, ProfileSupport, ProfileUpdate, StatusChange,
            StatusRequest, UserStatus,
        },
        quirks::Software,
        request::{HoldId, PresenceRequest},
        settings::Settings,
    },
};

const ALICE: &str = "@alice:example.org";
const BOB: &str = "@bob:example.org";
const ROOM: &str = "!room:example.org";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + seconds).unwrap()
}

fn busy() -> PresenceRequest {
    let until = Deadline { at: at(2_700), lasts: Some(SignedDuration::from_mins(45)) };
    PresenceRequest { presence: Presence::Busy, status_msg: Some("lunch".to_owned()), until: Some(until) }
}

fn requests() -> Vec<Request> {
    let bob = || BOB.try_into().unwrap();
    let attach = |scope, users, successor| {
        let user_id = ALICE.try_into().unwrap();
        Request::Attach(Attach { user_id, scope, users, successor })
    };
    let commands = [
        Command::Set(busy()),
        Command::ToggleBusy,
        Command::SetMessage("lunch".to_owned()),
        Command::Hold(HoldId(7), PresenceRequest::state(Presence::Unavailable)),
        Command::Release(HoldId(7)),
        Command::SetStatus(StatusRequest { status: Some(NewStatus::busy()), until: busy().until }),
        Command::SetStatus(StatusRequest { status: None, until: None }),
        Command::StatusInsteadOfBusy(true),
        Command::Undo,
        Command::Active,
        Command::DismissWarning,
        Command::Retry,
        Command::Pin(bob()),
        Command::CycleNotify(bob()),
        Command::DismissAlert(bob()),
        Command::LeaveList(ListPreferences {
            room: Some("Studio".to_owned()),
            left_out: [Group::Offline].into(),
            ..ListPreferences::default()
        }),
        Command::LookUp(vec![bob()]),
        Command::LookUpProfile(bob()),
        Command::InSight(vec![bob()]),
    ];
    let commands = (1..).zip(commands).map(|(id, command)| Request::Command { id, command });
    let begin = [
        attach(Scope::Everything, Vec::new(), Successor::Dashboard),
        attach(Scope::Contacts, Vec::new(), Successor::No),
        attach(Scope::Own, Vec::new(), Successor::Holder),
        attach(Scope::Own, vec![bob()], Successor::No),
    ];
    begin.into_iter().chain(commands).chain([Request::Leave]).collect()
}

fn status(presence: Presence) -> Status {
    Status {
        presence,
        status_msg: Some("lunch".into()),
        last_active_ago: Some(5_000),
        currently_active: true,
    }
}

fn of(user_id: &str, presence: Presence) -> PresenceEvent {
    PresenceEvent { sender: user_id.try_into().unwrap(), content: status(presence) }
}

fn synced() -> Synced {
    let (alice, bob) = (ALICE.try_into().unwrap(), BOB.try_into().unwrap());
    let room = || ROOM.try_into().unwrap();
    let member = Member { user_id: bob, displayname: Some("Bob".into()) };
    let membership = CallMembership { device_id: Some("PHONE".to_owned()), until: at(60) };
    let call = CallEvent {
        key: ("m.call.member".to_owned(), ALICE.to_owned()),
        sender: alice,
        memberships: vec![membership],
    };
    Synced {
        initial: true,
        position: Some("s7_4".to_owned()),
        members: vec![(room(), vec![MemberChange { member, joined: true }])],
        rooms_left: vec!["!left:example.org".try_into().unwrap()],
        presence: vec![of(ALICE, Presence::Online), of(BOB, Presence::Other("dnd".into()))],
        profiles: vec![
            ProfileUpdate { user_id: BOB.try_into().unwrap(), fields: Some(fields()) },
            ProfileUpdate { user_id: ALICE.try_into().unwrap(), fields: None },
        ],
        calls: vec![(room(), vec![call])],
        rooms: vec![(
            room(),
            vec![
                RoomChange::Named(Some("Room".into())),
                RoomChange::Aliased(None),
                RoomChange::Space,
                RoomChange::Child { room_id: room(), listed: true },
            ],
        )],
        ignored: Some(vec!["@eve:example.org".try_into().unwrap()]),
        direct: Some(vec![(BOB.try_into().unwrap(), vec![room()])]),
    }
}

fn holiday() -> Option<UserStatus> {
    UserStatus::new("🌴", "On holiday")
}

fn call() -> ProfileCall {
    ProfileCall { since: Some(at(30)) }
}

/// Each kind of change of a profile.
fn fields() -> Vec<FieldChange> {
    vec![
        FieldChange::Status(holiday()),
        FieldChange::UnstableStatus(UserStatus::new("", "text alone")),
        FieldChange::PlainStatus(None),
        FieldChange::Call(Some(call())),
        FieldChange::UnstableCall(None),
    ]
}

fn entries() -> Vec<Entry> {
    let change = Change {
        user_id: BOB.try_into().unwrap(),
        from: Some(Presence::Online),
        to: Presence::Busy,
        status_msg: None,
        at: at(2),
        in_large_rooms_only: false,
    };
    vec![
        Entry::Began(at(1)),
        Entry::Changed(change),
        Entry::StatusChanged(StatusChange {
            user_id: BOB.try_into().unwrap(),
            from: None,
            to: holiday(),
            call_before: false,
            call: Some(call()),
            at: at(2),
            since: Some(at(1)),
            in_large_rooms_only: false,
        }),
        Entry::Missed { since: at(3), until: at(4) },
        Entry::Counted(at(5), Counts { online: 1, busy: 2, unavailable: 3 }),
        Entry::Ended(at(6)),
    ]
}

fn updates() -> Vec<Update> {
    let bob = || BOB.try_into().unwrap();
    let software = Software { name: "Synapse".into(), version: "1.143.0".into() };
    let member = Member { user_id: bob(), displayname: Some("Bob".into()) };
    let session = OtherSession {
        name: "Phone".into(),
        last_seen: Some(at(0)),
        account_page: Some("https://example.org/account".to_owned()),
    };
    let profile = |answer| Update::Profile { user_id: bob(), answer };
    let found: Profile = fields().into_iter().collect();
    vec![
        Update::Connected(Greeting {
            busy_offered: true,
            software: Some(software),
            own: Some(status(Presence::Online).into()),
            profiles: ProfileSupport { fields: true, pushed: true },
        }),
        Update::Synced(synced()),
        Update::Members {
            rooms: vec![(ROOM.try_into().unwrap(), vec![member])],
            missing: 1,
            failed: 2,
            position: None,
        },
        Update::Lost { reason: "The server is down.".into(), retry_in: Duration::from_millis(1_500) },
        Update::Published(Answer::Accepted),
        Update::Published(Answer::Limited(Duration::from_secs(10))),
        Update::Published(Answer::Refused("no".into())),
        Update::Published(Answer::Forbidden("no".into())),
        Update::Published(Answer::SwitchedOff),
        Update::Published(Answer::Failed),
        Update::ProfilesRefused,
        Update::StatusPublished(StatusAnswer { answer: Answer::Accepted, before: None }),
        Update::StatusPublished(StatusAnswer { answer: Answer::Failed, before: Some(Box::default()) }),
        Update::OwnStatus(Some(Status::new(Presence::Busy).into())),
        Update::OwnStatus(Some(Visibility::NotShared)),
        Update::OwnStatus(Some(Visibility::SwitchedOff)),
        Update::Sessions(vec![session]),
        Update::LookedUp { user_id: bob(), presence: Some(status(Presence::Offline).into()) },
        Update::LookedUp { user_id: bob(), presence: None },
        profile(ProfileAnswer::Found {
            profile: Box::new(found),
            time_zone: TimeZone::get("Asia/Tokyo").ok(),
        }),
        profile(ProfileAnswer::None),
        profile(ProfileAnswer::Limited(Duration::from_secs(10))),
        profile(ProfileAnswer::Unreachable),
        profile(ProfileAnswer::Failed),
        Update::Profiles(synced().profiles),
        Update::SyncRefusedBusy,
        Update::PresenceNotSaved("The disk is full.".to_owned()),
        Update::PresenceSaved,
        Update::PreferencesNotSaved("The disk is full.".to_owned()),
        Update::PreferencesSaved,
        Update::Recalled(entries()),
        Update::Problem("The history on disk has a gap.".into()),
        Update::SignedOut,
    ]
}

/// A model that knows one contact, after a change.
fn model() -> Model {
    let account = Account {
        user_id: ALICE.try_into().unwrap(),
        homeserver: "https://example.org".to_owned(),
        device_id: "HERE".to_owned(),
        in_the_clear: false,
    };
    let mut model = Model::new(account, Settings::default(), Saved::default());
    let change = Synced { presence: vec![of(BOB, Presence::Busy)], ..Synced::default() };
    let events = updates().into_iter().take(3).chain([Update::Synced(change)]).map(Event::Update);
    let events = events.chain([Event::Command(Command::Set(busy()))]);
    for (seconds, event) in (0..).zip(events) {
        let _ = model.update(event, at(seconds));
    }
    model
}

/// The process of a daemon.
fn process() -> EngineProcess {
    EngineProcess { id: 4711, kind: ProcessKind::Daemon, since: at(0), desktop: true, bus: false }
}

fn replies() -> Vec<Reply> {
    let command = Event::Command(Command::Set(busy()));
    let idle = Event::Idle(Some(SignedDuration::from_secs(600)));
    let events = updates().into_iter().map(Event::Update).chain([
        command,
        idle,
        Event::Settings(Box::default()),
        Event::Clock,
    ]);
    let events = events.map(|event| Reply::Event { at: at(0), event });
    let others = [
        Reply::Done { id: 7 },
        Reply::Left,
        Reply::Alive,
        Reply::Refused { why: "the first line must attach".into() },
    ];
    events.chain(others).collect()
}

/// Writes a line, and reads and writes it again as another process would.
fn there_and_back<T: Serialize + DeserializeOwned>(value: &T) -> String {
    let line = protocol::line(value);
    let read: T = protocol::read(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(protocol::line(&read), line, "nothing is lost on the way");
    line
}

#[test]
fn each_kind_of_line_has_the_form_of_this_version() {
    let (requests, replies) = (requests(), replies());
    let requests = requests.iter().map(there_and_back);
    let mut lines: String = requests.chain(replies.iter().map(there_and_back)).collect();
    let known = vec![of(BOB, Presence::Busy)];
    let model = model();
    let history = serde_json::to_string(model.history()).unwrap();
    for part in Parts::of(model.contacts()) {
        let people = protocol::line(&Reply::<(), (), (), _>::People(part));
        let read: Reply = protocol::read(&people).unwrap();
        assert_eq!(protocol::line(&read), people, "nothing is lost on the way");
        lines.push_str(&people);
    }
    let snapshot = there_and_back(&Reply::<Box<Model>>::Snapshot {
        model: Box::new(model),
        history: Some(serde_json::from_str(&history).unwrap()),
        process: process(),
        known,
        profiles: Vec::new(),
    });
    let snapshot: serde_json::Value = serde_json::from_str(&snapshot).unwrap();
    write!(lines, "The snapshot is one line too; here it is indented:\n{snapshot:#}").unwrap();
    insta::with_settings!({
        description => "A changed line needs a new VERSION in src/engine/ipc/protocol.rs: \
                        processes of both forms would misread each other. Raise it, then accept the new file.",
        omit_expression => true,
    }, {
        insta::assert_snapshot!(format!("version_{VERSION}"), lines);
    });
}
