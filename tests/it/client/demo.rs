//! The demo homeserver over real HTTP. It behaves as Synapse does, or as a test orders.

use std::time::{Duration, Instant};

use matrix_sdk::reqwest::{Method, Result};
use serde_json::{Value, json};
use whosin::demo::{Answer, Cast, Demo, Options, PASSWORD, USER};

use crate::support::{
    http::{Answer as Said, Http},
    wait::{LIMIT, LOOK_AGAIN},
};

mod software;

const BUSY_FLAG: &str = "org.matrix.msc3026.busy_presence";
const UNSTABLE_BUSY: &str = "org.matrix.msc3026.busy";
const BOB: &str = "@bob:demo.localhost";
const DAWN: &str = "@dawn:demo.localhost";
const STUDIO: &str = "!studio:demo.localhost";
const TWO: &str = r#"
{"room_id":"!studio:demo.localhost","name":"Studio"}
{"user_id":"@bob:demo.localhost","displayname":"Bob","presence":"online","status_msg":"hi","is_direct":true,"joined_rooms":["!studio:demo.localhost"]}
{"user_id":"@dawn:demo.localhost","displayname":"Dawn","presence":"offline","status_msg":"asleep"}
"#;

fn two() -> Options {
    Options { cast: Cast::parse(TWO).unwrap(), put_limit: None, ..Options::default() }
}

/// Somebody who is signed in.
struct Session {
    http: Http,
    url: String,
    user_id: String,
}

impl Session {
    async fn of(demo: &Demo, user_id: &str) -> Self {
        let http = Http::default();
        let url = format!("{}/_matrix/client/v3", demo.url());
        let login = json!({ "type": "m.login.password", "password": PASSWORD,
                            "identifier": { "type": "m.id.user", "user": user_id } });
        let answer = http.ask(Method::POST, &format!("{url}/login"), Some(&login)).await.unwrap().ok();
        let http = http.with_token(answer["access_token"].as_str().unwrap());
        Self { http, url, user_id: user_id.to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Said {
        self.http.ask(method, &format!("{}{path}", self.url), body.as_ref()).await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.ask(Method::GET, path, None).await;
        (answer.status, answer.body)
    }

    async fn put(&self, body: Value) -> (u16, Value) {
        let path = format!("/presence/{}/status", self.user_id);
        let answer = self.ask(Method::PUT, &path, Some(body)).await;
        assert!(!answer.retry_after);
        (answer.status, answer.body)
    }

    async fn presence(&self, user_id: &str) -> Value {
        self.get(&format!("/presence/{user_id}/status")).await.1
    }

    /// A sync that leaves one's own presence alone.
    async fn watch(&self, since: &Value, timeout: Duration) -> Value {
        let (since, timeout) = (since.as_str().unwrap(), timeout.as_millis());
        self.get(&format!("/sync?set_presence=offline&since={since}&timeout={timeout}")).await.1
    }

    /// An initial sync that leaves one's own presence alone.
    async fn look(&self) -> Value {
        self.get("/sync?set_presence=offline").await.1
    }
}

/// State and message of one user in an answer to a sync.
fn told<'a>(sync: &'a Value, user_id: &str) -> Option<(&'a str, Option<&'a str>)> {
    let events = sync["presence"]["events"].as_array()?;
    let content = &events.iter().find(|it| it["sender"] == user_id)?["content"];
    Some((content["presence"].as_str().unwrap(), content["status_msg"].as_str()))
}

async fn versions(url: &str) -> Result<Said> {
    Http::default().ask(Method::GET, &format!("{url}/_matrix/client/versions"), None).await
}

/// Returns once this many requests have arrived.
async fn until_asked(demo: &Demo, requests: usize) {
    let end = Instant::now() + LIMIT;
    let mut looks = tokio::time::interval(LOOK_AGAIN);
    while demo.requests().len() < requests {
        assert!(Instant::now() < end, "asked only {:?}", demo.requests());
        looks.tick().await;
    }
}

const LONG: Duration = Duration::from_secs(30);
const NOT: Duration = Duration::ZERO;

#[tokio::test]
async fn busy_is_advertised_and_accepted_or_neither() {
    for busy in [true, false] {
        let demo = Demo::start(Options { busy, ..two() }).await.unwrap();
        let versions = versions(demo.url()).await.unwrap().ok();
        assert_eq!(versions["unstable_features"][BUSY_FLAG], busy);

        let me = Session::of(&demo, USER).await;
        let (status, body) = me.put(json!({ "presence": UNSTABLE_BUSY })).await;
        let refused = json!({ "errcode": "M_UNKNOWN", "error": "Invalid presence state" });
        assert_eq!((status, body), if busy { (200, json!({})) } else { (400, refused) });
    }
}

#[tokio::test]
async fn a_put_is_refused_in_synapses_words() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    for (body, error) in [
        (json!({ "presence": "busy" }), "Invalid presence state"),
        (json!({ "presence": null }), "Invalid presence state"),
        (json!({}), "Unable to parse state"),
        (json!({ "presence": "online", "mood": "good" }), "Unable to parse state"),
        (json!({ "presence": "online", "status_msg": null }), "status_msg must be a string."),
    ] {
        let refused = json!({ "errcode": "M_UNKNOWN", "error": error });
        assert_eq!(me.put(body.clone()).await, (400, refused), "{body}");
    }
    let of_another = Session { user_id: BOB.to_owned(), ..me };
    let (status, body) = of_another.put(json!({ "presence": "online" })).await;
    assert_eq!((status, &body["errcode"]), (403, &json!("M_FORBIDDEN")));
}

#[tokio::test]
async fn one_put_in_ten_seconds_is_accepted_and_a_refused_one_counts() {
    let demo = Demo::start(Options { cast: Cast::default(), ..Options::default() }).await.unwrap();
    let me = Session::of(&demo, USER).await;
    assert_eq!(me.put(json!({ "presence": "dnd" })).await.0, 400);
    let (status, body) = me.put(json!({ "presence": "online" })).await;
    assert_eq!((status, &body["errcode"]), (429, &json!("M_LIMIT_EXCEEDED")));
    assert!((1..=10_000).contains(&body["retry_after_ms"].as_u64().unwrap()));
    demo.skip(Duration::from_secs(10));
    assert_eq!(me.put(json!({ "presence": "online" })).await.0, 200);
}

#[tokio::test]
async fn an_initial_sync_leaves_out_who_is_offline() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let sync = me.look().await;
    assert_eq!(told(&sync, BOB), Some(("online", Some("hi"))));
    assert_eq!(told(&sync, DAWN), None);
    assert_eq!(told(&sync, USER), None);
    assert_eq!(me.presence(DAWN).await, json!({ "presence": "offline", "status_msg": "asleep" }));
    let direct = &sync["account_data"]["events"][0]["content"][BOB];
    assert_eq!(*direct, json!(["!direct-bob:demo.localhost"]));
    let (_, members) = me.get(&format!("/rooms/{STUDIO}/joined_members")).await;
    assert_eq!(members["joined"][BOB]["display_name"], "Bob");
}

#[tokio::test]
async fn a_change_wakes_the_long_poll_of_those_who_share_a_room() {
    let demo = Demo::start(two()).await.unwrap();
    let (me, bob) = (Session::of(&demo, USER).await, Session::of(&demo, BOB).await);
    let since = me.look().await["next_batch"].clone();
    let change = json!({ "presence": UNSTABLE_BUSY, "status_msg": "in a call" });
    let (sync, put) = tokio::join!(me.watch(&since, LONG), bob.put(change));
    assert_eq!(put.0, 200);
    assert_eq!(told(&sync, BOB), Some((UNSTABLE_BUSY, Some("in a call"))));
    let quiet = me.watch(&sync["next_batch"], NOT).await;
    assert_eq!(quiet["presence"], Value::Null);
}

#[tokio::test]
async fn ones_own_presence_is_echoed_and_set_by_each_sync() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let since = me.look().await["next_batch"].clone();
    let since = since.as_str().unwrap();
    for (state, after) in [("online", "online"), ("unavailable", "unavailable"), ("offline", "unavailable")] {
        let (_, sync) = me.get(&format!("/sync?since={since}&set_presence={state}")).await;
        assert_eq!(told(&sync, USER), Some((after, None)), "{state}");
    }
    me.put(json!({ "presence": UNSTABLE_BUSY })).await;
    let (_, sync) = me.get(&format!("/sync?since={since}")).await;
    assert_eq!(told(&sync, USER), Some((UNSTABLE_BUSY, None)), "no sync ends busy");
    let (status, refused) = me.get(&format!("/sync?set_presence={UNSTABLE_BUSY}")).await;
    assert_eq!((status, &refused["errcode"]), (400, &json!("M_INVALID_PARAM")));
}

#[tokio::test]
async fn a_second_session_that_syncs_holds_busy() {
    let demo = Demo::start(two()).await.unwrap();
    let (one, other) = (Session::of(&demo, USER).await, Session::of(&demo, USER).await);
    one.put(json!({ "presence": UNSTABLE_BUSY })).await;
    other.get("/sync").await;
    one.put(json!({ "presence": "online" })).await;
    assert_eq!(one.presence(USER).await["presence"], UNSTABLE_BUSY);
    other.put(json!({ "presence": "online" })).await;
    assert_eq!(one.presence(USER).await["presence"], "online");
}

#[tokio::test]
async fn a_put_without_a_message_clears_it() {
    let demo = Demo::start(two()).await.unwrap();
    let (me, bob) = (Session::of(&demo, USER).await, Session::of(&demo, BOB).await);
    let since = me.look().await["next_batch"].clone();
    bob.put(json!({ "presence": "online", "status_msg": "back at two" })).await;
    let sync = me.watch(&since, NOT).await;
    assert_eq!(told(&sync, BOB), Some(("online", Some("back at two"))));
    bob.put(json!({ "presence": "online" })).await;
    let sync = me.watch(&sync["next_batch"], NOT).await;
    assert_eq!(told(&sync, BOB), Some(("online", None)));
    assert_eq!(me.presence(BOB).await["currently_active"], true);
}

#[tokio::test]
async fn a_silent_user_turns_offline_after_30_seconds_and_a_busy_one_after_an_hour() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    for (state, kept, over) in [("online", 29, 2), (UNSTABLE_BUSY, 3590, 20)] {
        me.put(json!({ "presence": state })).await;
        demo.skip(Duration::from_secs(kept));
        assert_eq!(me.presence(USER).await["presence"], state);
        demo.skip(Duration::from_secs(over));
        assert_eq!(me.presence(USER).await["presence"], "offline");
    }
}

#[tokio::test]
async fn a_state_is_accepted_and_forgotten_where_presence_is_switched_off() {
    let demo = Demo::start(Options { presence: false, ..two() }).await.unwrap();
    let me = Session::of(&demo, USER).await;
    assert_eq!(me.put(json!({ "presence": 5 })).await, (200, json!({})));
    assert_eq!(me.presence(USER).await, json!({ "presence": "offline" }));
    assert_eq!(me.look().await["presence"], Value::Null);
}

#[tokio::test]
async fn joins_leaves_and_new_names_arrive_as_timeline_events() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let since = me.look().await["next_batch"].clone();
    let event = |sync: &Value| sync["rooms"]["join"][STUDIO]["timeline"]["events"][0].clone();

    demo.join("@eve:demo.localhost", STUDIO);
    let sync = me.watch(&since, LONG).await;
    assert_eq!(event(&sync)["content"], json!({ "membership": "join", "displayname": "eve" }));
    assert_eq!(told(&sync, "@eve:demo.localhost"), Some(("offline", None)));

    demo.rename(BOB, "Robert");
    let sync = me.watch(&sync["next_batch"], LONG).await;
    assert_eq!(event(&sync)["content"]["displayname"], "Robert");
    assert_eq!(told(&sync, BOB), Some(("online", Some("hi"))));

    demo.leave(DAWN, STUDIO);
    let sync = me.watch(&sync["next_batch"], LONG).await;
    assert_eq!(event(&sync)["content"], json!({ "membership": "leave" }));
    assert_eq!(sync["presence"], Value::Null);
    let (status, refused) = me.get(&format!("/presence/{DAWN}/status")).await;
    assert_eq!((status, &refused["errcode"]), (403, &json!("M_FORBIDDEN")));
}

#[tokio::test]
async fn a_malformed_event_is_delivered_as_it_is() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let since = me.look().await["next_batch"].clone();
    let event = json!({ "type": "m.presence", "sender": 7, "content": { "presence": ["a"] } });
    demo.say(event.clone());
    assert_eq!(me.watch(&since, LONG).await["presence"]["events"], json!([event]));
}

#[tokio::test]
async fn ordered_answers_are_given_in_order_and_then_the_true_one() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    demo.answer_next("/sync", Answer::bad_gateway());
    demo.answer_next("/sync", Answer::truncated());
    demo.answer_next("/sync", Answer::limit_exceeded(Duration::from_millis(40)));
    demo.answer_next("/sync", Answer::nothing());
    let sync = || me.ask(Method::GET, "/sync?since=s7", None);
    assert_eq!(sync().await.status, 502);
    assert_eq!(sync().await.body, Value::Null);
    assert_eq!(sync().await.body["retry_after_ms"], 40);
    assert_eq!(sync().await.body, json!({ "next_batch": "s7" }));
    assert_eq!(sync().await.status, 200);
    let asked = demo.requests();
    assert_eq!(asked.iter().filter(|it| it.path.ends_with("/sync")).count(), 5);
    assert_eq!(asked.last().unwrap().query["since"], "s7");
    assert_eq!(asked.first().unwrap().body["identifier"]["user"], USER);
}

#[tokio::test]
async fn a_server_that_goes_down_drops_the_requests_under_way() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let since = me.look().await["next_batch"].clone();
    let path = format!("/sync?set_presence=offline&timeout=60000&since={}", since.as_str().unwrap());
    let (poll, ()) = tokio::join!(me.ask(Method::GET, &path, None), async {
        until_asked(&demo, 3).await;
        demo.answer_all("/_matrix", Answer::bad_gateway());
    });
    assert_eq!(poll.status, 502);
    demo.answer_truly();
    assert_eq!(me.get("/account/whoami").await.0, 200);
}

#[tokio::test]
async fn expired_tokens_are_refused_until_the_next_sign_in() {
    let demo = Demo::start(two()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    demo.expire_tokens();
    let (status, refused) = me.get("/account/whoami").await;
    assert_eq!(
        (status, &refused["errcode"], &refused["soft_logout"]),
        (401, &json!("M_UNKNOWN_TOKEN"), &json!(false))
    );
    assert_eq!(Session::of(&demo, USER).await.get("/account/whoami").await.1["user_id"], USER);
}

#[tokio::test]
async fn a_dropped_demo_ends_requests_and_closes_its_port() {
    let demo = Demo::start(two()).await.unwrap();
    let url = demo.url().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"));
    let me = Session::of(&demo, USER).await;
    let poll = tokio::spawn(async move { me.ask(Method::GET, "/sync?since=s999&timeout=60000", None).await });
    until_asked(&demo, 2).await;
    drop(demo);
    let _ = poll.await.unwrap();
    assert!(versions(&url).await.is_err());
}

#[tokio::test]
async fn the_script_is_played_again_and_again() {
    let script = format!(
        "{TWO}{}\n{}",
        r#"{"at":20,"user_id":"@bob:demo.localhost","presence":"org.matrix.msc3026.busy"}"#,
        r#"{"at":40,"user_id":"@bob:demo.localhost","presence":"brb"}"#,
    );
    let cast = Cast::parse(&script).unwrap();
    let demo = Demo::start(Options { cast, put_limit: None, ..Options::default() }).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let mut since = me.look().await["next_batch"].clone();
    for state in [UNSTABLE_BUSY, "brb", UNSTABLE_BUSY] {
        demo.skip(Duration::from_secs(20));
        let sync = me.watch(&since, LONG).await;
        assert_eq!(told(&sync, BOB), Some((state, None)));
        since = sync["next_batch"].clone();
    }
}

#[test]
fn an_error_in_a_cast_names_its_line() {
    let bob = r#"{"user_id":"@bob:demo.localhost"}"#;
    for (line, mistake) in [
        (r#"{"user_id":"@eve:demo.localhost","colour":"red"}"#, "line 2, column 41: unknown field `colour`"),
        ("{", "line 2, column 1: EOF while parsing an object"),
        (bob, "line 2: @bob:demo.localhost is there already"),
        (
            r#"{"at":1,"user_id":"@eve:demo.localhost","presence":"online"}"#,
            "line 2: no line before this one",
        ),
        (r#"{"at":-1,"user_id":"@bob:demo.localhost","presence":"online"}"#, "line 2: -1 is not a time"),
        (r#"{"at":1,"user_id":"@bob:demo.localhost","status_msg":"hi"}"#, "line 2: status_msg"),
        (r#"{"at":1,"user_id":"@bob:demo.localhost"}"#, "line 2: nothing changes"),
    ] {
        let told = Cast::parse(&format!("{bob}\n{line}\n")).unwrap_err();
        assert!(told.starts_with(mistake), "{told}");
    }
}

#[tokio::test]
async fn the_bundled_cast_has_everything_worth_seeing_at_its_start() {
    let start: Vec<_> =
        include_str!("../../../assets/cast.jsonl").lines().filter(|it| !it.starts_with(r#"{"at""#)).collect();
    let cast = Cast::parse(&start.join("\n")).unwrap();
    let demo = Demo::start(Options { cast, ..Options::default() }).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let sync = me.look().await;
    let events = sync["presence"]["events"].as_array().unwrap();
    let count = |state: &str| events.iter().filter(|it| it["content"]["presence"] == state).count();
    // Among them a ghost, an ignored user and 34, 8 and 16 of a large room.
    assert_eq!((count("online"), count(UNSTABLE_BUSY), count("unavailable")), (8 + 2 + 34, 5 + 8, 5 + 16));
    let known = ["online", UNSTABLE_BUSY, "unavailable"];
    let unknown = |it: &&Value| !known.contains(&it["content"]["presence"].as_str().unwrap());
    assert_eq!(events.iter().filter(unknown).count(), 1);
    assert_eq!(told(&sync, USER), None, "the start of the client is what is seen");
}

#[tokio::test]
async fn the_bundled_cast_changes_by_itself() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let mut since = me.look().await["next_batch"].clone();
    let mut told = std::collections::BTreeSet::new();
    while told.len() < 20 {
        demo.skip(Duration::from_secs(10));
        let sync = me.watch(&since, LONG).await;
        let events = sync["presence"]["events"].as_array().into_iter().flatten();
        told.extend(events.map(|it| it["sender"].to_string()));
        since = sync["next_batch"].clone();
    }
}

#[tokio::test]
async fn a_first_sync_contains_a_hundred_thousand_contacts() {
    let demo = Demo::start(Options { cast: Cast::crowd(100_000), ..two() }).await.unwrap();
    let me = Session::of(&demo, USER).await;
    let sync = me.look().await;
    assert_eq!(sync["presence"]["events"].as_array().unwrap().len(), 75_000);
    demo.set("@contact3:demo.localhost", "online", None);
    let sync = me.watch(&sync["next_batch"], LONG).await;
    assert_eq!(told(&sync, "@contact3:demo.localhost"), Some(("online", None)));
}
