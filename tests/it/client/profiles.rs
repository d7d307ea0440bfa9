//! User statuses: sent by the server where it does so, looked up elsewhere.

use std::time::Duration;

use matrix_sdk::ruma::{UserId, user_id};
use serde_json::{Value, json};
use whosin::{
    demo::{self, Answer, Cast, Demo, Profiles, Software},
    model::{
        Model,
        event::Command,
        presence::Presence,
        profile::{NewStatus, StatusRequest},
    },
};

use crate::support::guest::{BOB, Client, ROOM, small_cast};

const STATUS: &str = "org.matrix.msc4426.status";
const CALL: &str = "org.matrix.msc4426.call";
const ANN: &str = "@ann:demo.localhost";

fn bob() -> &'static UserId {
    user_id!("@bob:demo.localhost")
}

fn holiday() -> Value {
    json!({"emoji": "🌴", "text": "On holiday"})
}

async fn pushed() -> Client {
    let options =
        demo::Options { cast: small_cast(), profiles: Profiles::Pushed, ..demo::Options::default() };
    let demo = Demo::start(options).await.unwrap();
    demo.set_profile(BOB, STATUS, Some(holiday()));
    Client::of(demo).await
}

/// What the contact list says of a status and a call.
fn said(client: &Client, user_id: &UserId) -> Option<String> {
    let now = client.model().contacts().get(user_id)?;
    now.message(jiff::Timestamp::now()).map(Into::into)
}

async fn until_said(client: &mut Client, user_id: &UserId, message: Option<&str>) {
    let what = format!("{user_id} says {message:?}");
    client.until_so(&what, async |it| said(it, user_id).as_deref() == message).await;
}

#[tokio::test]
async fn statuses_that_were_there_before_come_with_one_request_and_changes_by_themselves() {
    let mut client = pushed().await;
    until_said(&mut client, bob(), Some("🌴 On holiday")).await;
    let base =
        client.asked("GET", "/sync").iter().filter(|it| it.query["filter"].contains(r#""rooms":[]"#)).count();
    assert_eq!(base, 1, "{:?}", client.asked("GET", "/sync"));
    client.demo.set_profile(BOB, CALL, Some(json!({"call_joined_ts": 1})));
    client.demo.set_profile(BOB, STATUS, Some(json!({"emoji": "💬", "text": "In a meeting"})));
    until_said(&mut client, bob(), Some("💬 In a meeting")).await;
    client.demo.set_profile(BOB, CALL, Some(json!({})));
    until_said(&mut client, bob(), Some("in a call · 💬 In a meeting")).await;
    client.demo.set_profile(BOB, STATUS, None);
    client.demo.set_profile(BOB, CALL, Some(Value::Null));
    until_said(&mut client, bob(), Some("hi")).await;
    assert!(client.asked("GET", "/profile/").is_empty(), "nobody is looked up");
}

#[tokio::test]
async fn the_status_of_somebody_who_joins_comes_along_and_goes_with_them() {
    let mut client = pushed().await;
    until_said(&mut client, bob(), Some("🌴 On holiday")).await;
    let ann = user_id!("@ann:demo.localhost");
    client.demo.set_profile(ANN, STATUS, Some(holiday()));
    client.demo.join(ANN, ROOM);
    until_said(&mut client, ann, Some("🌴 On holiday")).await;
    client.demo.leave(ANN, ROOM);
    client.until("she is gone", |it| it.contacts().get(ann).is_none()).await;
    client.demo.set_profile(ANN, STATUS, None);
    client.demo.join(ANN, ROOM);
    client.until("she is back", |it| it.contacts().get(ann).is_some()).await;
    assert_eq!(said(&client, ann), None);
}

#[tokio::test]
async fn a_thousand_statuses_cost_one_request_at_the_start() {
    let cast = Cast::crowd(1_000);
    let options = demo::Options { cast, profiles: Profiles::Pushed, ..demo::Options::default() };
    let demo = Demo::start(options).await.unwrap();
    for number in 0..1_000 {
        demo.set_profile(&format!("@contact{number}:demo.localhost"), STATUS, Some(holiday()));
    }
    let mut client = Client::of(demo).await;
    client
        .until("all have one", |it| {
            it.contacts().people().filter(|(_, contact)| contact.status().is_some()).count() == 1_000
        })
        .await;
    let syncs = client.asked("GET", "/sync");
    let extra = syncs.iter().filter(|it| it.query["filter"].contains(r#""rooms":[]"#)).count();
    assert_eq!((extra, client.asked("GET", "/profile/").len()), (1, 0));
}

/// A client with so many contacts in a room, on a server without presence and without changes of profiles.
async fn looking_up(contacts: usize, profiles: Profiles) -> Client {
    let lines = (0..contacts).map(|number| {
        json!({
            "user_id": format!("@c{number}:demo.localhost"), "displayname": format!("c{number:03}"),
            "status": {"emoji": "🌴", "text": format!("holiday {number}")},
        })
        .to_string()
    });
    let room = json!({"room_id": ROOM, "name": "Room"}).to_string();
    let cast = std::iter::once(room).chain(lines).collect::<Vec<_>>().join("\n");
    let cast = Cast::parse(&cast).unwrap();
    let options = demo::Options { cast, presence: false, profiles, ..demo::Options::default() };
    Client::of(Demo::start(options).await.unwrap()).await
}

fn known(client: &Client) -> usize {
    client.model().contacts().people().filter(|(_, contact)| contact.status().is_some()).count()
}

#[tokio::test]
async fn a_few_contacts_are_all_looked_up_where_no_changes_are_sent() {
    let mut client = looking_up(15, Profiles::Fields).await;
    client.until_so("all are known", async |it| known(it) == 15).await;
    client.syncs(2).await;
    // Ours too.
    assert_eq!(client.asked("GET", "/profile/").len(), 16, "each once");
    let c3 = user_id!("@c3:demo.localhost");
    assert_eq!(said(&client, c3).as_deref(), Some("🌴 holiday 3"));
    assert!(client.model().contacts().get(c3).unwrap().status_as_of().is_some());
}

#[tokio::test]
async fn of_many_contacts_only_those_in_sight_are_looked_up() {
    let mut client = looking_up(70, Profiles::Fields).await;
    client.until_so("some look-ups", async |it| it.asked("GET", "/profile/").len() >= 10).await;
    client.syncs(2).await;
    let asked = client.asked("GET", "/profile/");
    assert!(asked.len() <= 21, "{}", asked.len());
    let in_sight = |path: &str| (0..24).any(|row| path.ends_with(&format!("c{row}:demo.localhost")));
    for request in asked.iter().filter(|it| !it.path.contains("you")) {
        assert!(in_sight(&request.path.replace("%3A", ":").replace("%40", "@")), "{request:?}");
    }
}

#[tokio::test]
async fn nobody_is_looked_up_where_profiles_have_no_fields() {
    let mut client = looking_up(3, Profiles::NameOnly).await;
    client.until("live", |it| it.connection().is_live()).await;
    client.syncs(2).await;
    assert!(client.asked("GET", "/profile/").is_empty());
}

#[tokio::test]
async fn a_rate_limit_stops_the_look_ups() {
    let mut client = looking_up(3, Profiles::Fields).await;
    client.demo.answer_all("/profile/", Answer::limit_exceeded(Duration::from_mins(10)));
    client.until_so("a look-up", async |it| !it.asked("GET", "/profile/").is_empty()).await;
    client.syncs(3).await;
    // As many as were on their way.
    assert!(client.asked("GET", "/profile/").len() <= 4);
}

fn request(typed: &str) -> Command {
    Command::SetStatus(StatusRequest { status: NewStatus::parse(typed).ok(), until: None })
}

#[tokio::test]
async fn a_status_is_written_as_element_does_and_removed_again() {
    let mut client = pushed().await;
    client.until("live", |it| it.connection().is_live()).await;
    client.send(request("🌴 On holiday"));
    client.until("it is set", |it| it.own().status().changing().is_none()).await;
    assert_eq!(client.demo.profile(demo::USER, STATUS), Some(holiday()));
    client.demo.set_profile(demo::USER, STATUS, Some(json!({"emoji": "🏃", "text": "from the phone"})));
    let shown = |it: &Model| it.own().status().shown().map(ToString::to_string);
    client.until("another session sets one", |it| shown(it).as_deref() == Some("🏃 from the phone")).await;
    client.send(Command::SetStatus(StatusRequest { status: None, until: None }));
    client.until("it is cleared", |it| it.own().status().shown().is_none()).await;
    assert_eq!(client.demo.profile(demo::USER, STATUS), None);
}

#[tokio::test]
async fn a_server_that_forbids_statuses_is_not_asked_to_set_one() {
    let options =
        demo::Options { cast: small_cast(), profiles: Profiles::ReadOnly, ..demo::Options::default() };
    let mut client = Client::of(Demo::start(options).await.unwrap()).await;
    client.until("live", |it| it.connection().is_live()).await;
    client.send(request("🌴 On holiday"));
    client.until("it is refused", |it| it.own().status().refused().is_some()).await;
    assert!(client.asked("PUT", "/profile/").is_empty());
}

#[tokio::test]
async fn tuwunel_is_told_the_presence_again_after_a_status() {
    for software in [Software::Tuwunel, Software::OldTuwunel] {
        let options = demo::Options {
            cast: small_cast(),
            software,
            profiles: Profiles::Fields,
            put_limit: None,
            ..demo::Options::default()
        };
        let mut client = Client::of(Demo::start(options).await.unwrap()).await;
        client.until("live", |it| it.connection().is_live()).await;
        client.send(Command::ToggleBusy);
        client.until_seen_as(Presence::Busy).await;
        let puts = client.asked("PUT", "/presence/").len();
        client.send(request("🌴 On holiday"));
        client.until("it is set", |it| it.own().status().changing().is_none()).await;
        assert_eq!(client.demo.profile(demo::USER, STATUS), Some(holiday()), "{software:?}");
        client.until_so("busy again", async |it| it.asked("PUT", "/presence/").len() > puts).await;
        client.until_seen_as(Presence::Busy).await;
    }
}

#[tokio::test]
async fn busy_becomes_a_status_where_nobody_sees_presence_if_the_person_agrees() {
    let options = demo::Options {
        cast: small_cast(),
        presence: false,
        profiles: Profiles::Fields,
        ..demo::Options::default()
    };
    let mut client = Client::of(Demo::start(options).await.unwrap()).await;
    client.until("presence is off", |it| it.own().is_tracked() == Some(false)).await;
    client.until("live", |it| it.connection().is_live()).await;
    let busy = Some(json!({"emoji": "🔴", "text": "Busy"}));
    client.send(Command::ToggleBusy);
    client.send(Command::ToggleBusy);
    client.syncs(1).await;
    assert!(client.asked("PUT", "/profile/").is_empty(), "nobody has agreed");
    client.send(Command::StatusInsteadOfBusy(true));
    for _ in 0..2 {
        client.send(Command::ToggleBusy);
        client.until_so("the status", async |it| it.demo.profile(demo::USER, STATUS) == busy).await;
        client.until("it is written", |it| it.own().status().changing().is_none()).await;
        client.send(Command::ToggleBusy);
        client.until_so("no status", async |it| it.demo.profile(demo::USER, STATUS).is_none()).await;
        client.until("it is written", |it| it.own().status().changing().is_none()).await;
    }
}
