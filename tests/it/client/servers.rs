//! Own presence and syncing on every kind of homeserver that was measured.

use matrix_sdk::reqwest::Method;
use serde_json::json;
use whosin::{
    demo::{self, Answer, Demo, Options, Software},
    model::{
        Model,
        own::{Layer, Reason},
        presence::Presence,
        quirks::ServerQuirks,
    },
};

use crate::support::{
    guest::{BOB, Client, ROOM},
    http::Http,
};

async fn on(software: Software, named: bool) -> Client {
    Client::start_with(Options { software, named, put_limit: None, ..Options::default() }).await
}

/// Another client, which talks to the server directly.
struct Other {
    http: Http,
    sync: String,
    status: String,
}

impl Other {
    /// Signs in. The other methods are about our presence.
    async fn of(demo: &Demo, user_id: &str) -> Self {
        let http = Http::default();
        let url = format!("{}/_matrix/client/v3", demo.url());
        let user = json!({"type": "m.id.user", "user": user_id});
        let login = json!({"type": "m.login.password", "password": demo::PASSWORD, "identifier": user});
        let answer = http.ask(Method::POST, &format!("{url}/login"), Some(&login)).await.unwrap().body;
        let http = http.with_token(answer["access_token"].as_str().unwrap());
        Self {
            http,
            sync: format!("{url}/sync?timeout=0"),
            status: format!("{url}/presence/{}/status", demo::USER),
        }
    }

    /// State, as the server spells it, and message.
    async fn sees(&self) -> (String, String) {
        let seen = self.http.ask(Method::GET, &self.status, None).await.unwrap().body;
        let text = |field: &str| seen[field].as_str().unwrap_or_default().to_owned();
        (text("presence"), text("status_msg"))
    }

    async fn syncs(&self) {
        let _ = self.http.ask(Method::GET, &self.sync, None).await.unwrap();
    }

    async fn sets(&self, presence: &str, status_msg: &str) {
        let body = json!({"presence": presence, "status_msg": status_msg});
        let _ = self.http.ask(Method::PUT, &self.status, Some(&body)).await.unwrap();
    }
}

async fn seen_by_bob(demo: &Demo) -> (String, String) {
    Other::of(demo, BOB).await.sees().await
}

async fn until_seen(client: &mut Client, state: &str, message: &str) {
    let bob = Other::of(&client.demo, BOB).await;
    let expected = (state.to_owned(), message.to_owned());
    client.until_so(&format!("Bob sees {state} {message}"), async |_| bob.sees().await == expected).await;
}

#[tokio::test]
async fn busy_keeps_its_message_and_ends_on_every_server() {
    let table = [
        (Software::Synapse, "org.matrix.msc3026.busy"),
        (Software::OldTuwunel, "org.matrix.msc3026.busy"),
        (Software::Tuwunel, "busy"),
        (Software::Continuwuity, "unavailable"),
        (Software::Palpo, "org.matrix.msc3026.busy"),
        (Software::Dendrite, "unavailable"),
    ];
    let each = table.map(async |(software, busy)| {
        let mut client = on(software, true).await;
        client.say("in the garden");
        until_seen(&mut client, "online", "in the garden").await;
        client.press('b');
        until_seen(&mut client, busy, "in the garden").await;
        let wanted = Presence::from_wire(busy);
        client.until_seen_as(wanted).await;
        client.syncs(3).await;
        assert_eq!(
            seen_by_bob(&client.demo).await,
            (busy.to_owned(), "in the garden".to_owned()),
            "{software:?}"
        );
        let expected = (busy == "unavailable").then_some(Reason::NoBusy);
        client.until("nothing else to explain", |it| it.own().report().reason == expected).await;
        let sent = client.asked("PUT", "presence");
        let guesses = sent.iter().filter(|put| put.body["presence"] != "online").count();
        assert_eq!(guesses, 1, "{software:?} needs no guess: {sent:?}");
        client.press('b');
        until_seen(&mut client, "online", "in the garden").await;
        client.syncs(2).await;
        client.until_seen_as(Presence::Online).await;
        assert_eq!(
            seen_by_bob(&client.demo).await,
            ("online".to_owned(), "in the garden".to_owned()),
            "{software:?}"
        );
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn every_other_state_lasts_on_every_server() {
    let pairs = Software::ALL.into_iter().flat_map(|software| {
        [('u', "unavailable"), ('i', "offline"), ('o', "online")].map(|(key, state)| (software, key, state))
    });
    let each = pairs.map(async |(software, key, state)| {
        let mut client = on(software, true).await;
        client.press(key);
        until_seen(&mut client, state, "").await;
        client.syncs(2).await;
        assert_eq!(seen_by_bob(&client.demo).await.0, state, "{software:?}");
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn a_change_is_on_the_screen_after_two_polls_although_no_poll_is_woken() {
    let each = Software::ALL.map(async |software| {
        let mut client = on(software, true).await;
        client.until_listed("Bob", Some("online hi")).await;
        client.syncs(2).await;
        let before = client.asked("GET", "/sync").len();
        client.demo.set(BOB, "unavailable", Some("now"));
        client.until_listed("Bob", Some("unavailable now")).await;
        let polls = client.asked("GET", "/sync").len() - before;
        assert!(polls <= 2, "{software:?}: {polls} polls");
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn polls_are_short_only_where_presence_wakes_none() {
    let each = Software::ALL.map(async |software| {
        let mut client = on(software, true).await;
        client.until_seen_as(Presence::Online).await;
        client.syncs(3).await;
        let timeout = client.asked("GET", "/sync").last().unwrap().query["timeout"].parse::<u32>().unwrap();
        let wakes = matches!(software, Software::Synapse | Software::Dendrite);
        assert_eq!(timeout, if wakes { 30_000 } else { 1_500 }, "{software:?}");
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn busy_is_learned_on_a_server_that_does_not_name_its_software() {
    let table = [
        (Software::Synapse, "org.matrix.msc3026.busy"),
        (Software::OldTuwunel, "org.matrix.msc3026.busy"),
        (Software::Tuwunel, "busy"),
        (Software::Palpo, "org.matrix.msc3026.busy"),
    ];
    let each = table.map(async |(software, busy)| {
        let mut client = on(software, false).await;
        client.until_seen_as(Presence::Online).await;
        client.press('b');
        let told = async |it: &Client| {
            // Ends a long poll: the client does not know the server's software yet.
            it.demo.send_state(BOB, ROOM, "org.example.nudge", "", &json!({}));
            it.model().own().report().reason.is_none() && seen_by_bob(&it.demo).await.0 == busy
        };
        client.until_so("the server shows busy, and nothing is to explain", told).await;
        client.syncs(4).await;
        assert_eq!(seen_by_bob(&client.demo).await.0, busy, "{software:?}");
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn a_wrong_quirk_is_forgotten_without_losing_the_connection() {
    let options = Options { named: false, put_limit: None, ..Options::default() };
    let mut client =
        Client::remembering(options, ServerQuirks { repeats: true, ..ServerQuirks::default() }).await;
    client.until_seen_as(Presence::Online).await;
    client.press('b');
    client.until_seen_as(Presence::Busy).await;
    let said = |client: &Client, word: &str| {
        client
            .asked("GET", "/sync")
            .iter()
            .any(|sync| sync.query.get("set_presence").is_some_and(|it| it == word))
    };
    let taken = async |it: &Client| {
        assert!(it.model().connection().is_live());
        said(it, "unavailable")
    };
    client.until_so("a /sync that the server takes", taken).await;
    assert!(said(&client, "org.matrix.msc3026.busy"), "a 400 on Synapse");
    assert_eq!(seen_by_bob(&client.demo).await.0, "org.matrix.msc3026.busy");
}

#[tokio::test]
async fn watch_only_changes_nothing_on_any_server() {
    for software in Software::ALL {
        let options = Options { software, put_limit: None, ..Options::default() };
        let mut client = Client::watch(options).await;
        Other::of(&client.demo, demo::USER).await.sets("online", "from the phone").await;
        client.press('b');
        client.syncs(2).await;
        let (state, message) = seen_by_bob(&client.demo).await;
        assert_eq!((&*state, &*message), ("online", "from the phone"), "{software:?}");
        assert_eq!(client.asked("PUT", "presence").len(), 1, "the phone's");
    }
}

#[tokio::test]
async fn switched_off_presence_is_detected_on_every_server() {
    for software in Software::ALL {
        let options = Options { software, presence: false, put_limit: None, ..Options::default() };
        let mut client = Client::start_with(options).await;
        client.until("it is said", |it| it.own().report().reason == Some(Reason::Untracked)).await;
    }
}

#[tokio::test]
async fn a_call_in_another_session_makes_busy_on_every_server() {
    let each = Software::ALL.map(async |software| {
        let mut client = on(software, true).await;
        client.until_seen_as(Presence::Online).await;
        let (r#type, key) = ("org.matrix.msc3401.call.member", format!("_{}_PHONE_m.call", demo::USER));
        let joined = json!({"application": "m.call", "device_id": "PHONE", "expires": 60_000});
        client.demo.send_state(demo::USER, ROOM, r#type, &key, &joined);
        let offered = !matches!(software, Software::Continuwuity | Software::Dendrite);
        client.until_seen_as(Presence::Busy.or_fallback(offered)).await;
        assert_eq!(client.model().own().report().layer, Layer::Call);
        client.demo.send_state(demo::USER, ROOM, r#type, &key, &json!({}));
        client.until_seen_as(Presence::Online).await;
    });
    futures_util::future::join_all(each).await;
}

#[tokio::test]
async fn a_state_survives_a_restart_of_the_server() {
    for software in Software::ALL {
        let mut client = on(software, true).await;
        client.press('u');
        client.until_seen_as(Presence::Unavailable).await;
        client.demo.answer_all("", Answer::bad_gateway());
        client.until("the connection is lost", |it| !it.connection().is_live()).await;
        client.demo.restart();
        client.demo.answer_truly();
        client.press('j');
        client.until("live", |it| it.connection().is_live()).await;
        until_seen(&mut client, "unavailable", "").await;
    }
}

#[tokio::test]
async fn busy_that_synapse_kept_over_a_restart_is_explained() {
    let mut client = on(Software::Synapse, true).await;
    client.press('b');
    client.until_seen_as(Presence::Busy).await;
    client.demo.answer_all("", Answer::bad_gateway());
    client.until("the connection is lost", |it| !it.connection().is_live()).await;
    client.demo.restart();
    client.demo.answer_truly();
    client.press('b');
    let held = |it: &Model| matches!(it.own().report().reason, Some(Reason::HeldBusy([], Some(_))));
    client.until("it is said", held).await;
    assert_eq!(seen_by_bob(&client.demo).await.0, "org.matrix.msc3026.busy");
}

#[tokio::test]
async fn sessions_that_cannot_be_listed_again_are_still_named() {
    let mut client = on(Software::Synapse, true).await;
    client.press('b');
    client.until_seen_as(Presence::Busy).await;
    // From now on the other session holds busy too.
    Other::of(&client.demo, demo::USER).await.syncs().await;
    client.press('b');
    let is_named = |it: &Model| matches!(it.own().report().reason, Some(Reason::HeldBusy([_], _)));
    client.until("the session is named", is_named).await;
    for answer in
        [Answer::bad_gateway(), Answer::new(200, "[]"), Answer::new(200, json!({"devices": 7}).to_string())]
    {
        client.demo.answer_all("", Answer::bad_gateway());
        client.until("the connection is lost", |it| !it.connection().is_live()).await;
        client.demo.answer_truly();
        client.demo.answer_all("/devices", answer);
        let before = client.asked("GET", "/devices").len();
        client.press('j');
        client
            .until_so("sessions are asked for", async |it| it.asked("GET", "/devices").len() > before)
            .await;
        client.syncs(2).await;
        client.until("the session is still named", is_named).await;
    }
}
