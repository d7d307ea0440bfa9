//! `whosin list` and `whosin watch` beside a running dashboard, which answers them.

use rustix::process::Signal;
use serde_json::json;
use whosin::demo::{Answer, Demo};

use crate::{
    program::watch::{demo, object},
    support::{
        guest::BOB,
        home::Home,
        lines::Lines,
        scene::BUSY,
        synapse::{Setup, shared},
        terminal::Terminal,
    },
};

/// A dashboard that shows Bob.
async fn open() -> (Demo, Home, Terminal) {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("live");
    (demo, home, terminal)
}

/// A `whosin watch` that has printed Bob.
fn watch(home: &Home) -> Lines {
    let lines = Lines::of(home.command(&["watch", "--json"]));
    lines.until("Bob", |line| line.contains("\"now\""));
    lines
}

/// How often a client has begun to follow the server.
fn followed(demo: &Demo) -> usize {
    demo.requests().iter().filter(|request| request.path.ends_with("/joined_rooms")).count()
}

#[test]
fn list_and_watch_tell_what_the_dashboard_shows() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, carol) = (synapse.user("alice"), synapse.user("bob"), synapse.user("carol"));
    let room = alice.create_room("Street");
    bob.join(&room);
    carol.join(&room);
    bob.put_presence("offline", Some("on holiday"));
    carol.put_presence("online", None);
    let home = Home::of(&synapse.url(), &alice);
    let terminal = home.open(&[], &[]);
    terminal.wait_for("live");
    // Synapse sends this message only on request. The dashboard requests it for contacts on screen.
    terminal.wait_for("on holiday");
    let listed = home.run(&["list"]);
    assert_eq!(listed.code, 0);
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert!(lines[0].starts_with(&format!("{}\tonline\tactive", carol.localpart)), "{listed:?}");
    assert!(lines[1].starts_with(&format!("{}\toffline", bob.localpart)), "{listed:?}");
    assert!(lines[1].ends_with(&format!("\ton holiday\t{}", bob.id)), "{listed:?}");

    let lines = Lines::of(home.command(&["watch", "--json"]));
    assert_eq!(object(&lines.next())["type"], "connected");
    assert_eq!(object(&lines.next())["type"], "now");
    assert_eq!(object(&lines.next())["type"], "now");
    bob.put_presence(BUSY, Some("back"));
    let change = object(&lines.next());
    let fields = ["type", "user_id", "was", "presence", "status_msg"].map(|field| change[field].clone());
    assert_eq!(json!(fields), json!(["change", bob.id, "offline", "busy", "back"]));
    assert_eq!(lines.end(Signal::TERM), (Some(0), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn list_and_watch_send_no_request_beside_a_dashboard() {
    let (demo, home, _terminal) = open().await;
    let listed = home.run(&["list"]);
    assert!(listed.stdout.trim_end().ends_with(BOB), "{listed:?}");
    assert_eq!(
        home.run(&["watch", "--once", "--format", "{free} free, you {own}"]).stdout,
        "1 free, you online\n"
    );
    assert_eq!(followed(&demo), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_goes_on_by_itself_when_the_dashboard_ends_and_misses_nothing() {
    let (demo, home, mut terminal) = open().await;
    let lines = watch(&home);
    demo.set(BOB, "busy", None);
    assert_eq!(object(&lines.next())["presence"], "busy");
    // A change at this moment is known to the server alone.
    demo.answer_all("/sync", Answer::bad_gateway());
    terminal.press("q");
    terminal.wait_for_exit();
    assert_eq!(object(&lines.next())["type"], "lost");
    demo.set(BOB, "offline", None);
    demo.answer_truly();
    assert_eq!(object(&lines.next())["type"], "connected");
    let change = object(&lines.next());
    assert_eq!((&change["was"], &change["presence"]), (&json!("busy"), &json!("offline")));
    demo.set(BOB, "online", None);
    assert_eq!(object(&lines.next())["presence"], "online");
    assert_eq!(followed(&demo), 1, "it goes on where the dashboard was");
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_goes_on_with_the_dashboard_that_takes_over_and_misses_nothing() {
    let (demo, home, mut first) = open().await;
    let second = home.open(&[], &[]);
    second.wait_for("live");
    let lines = watch(&home);
    first.press("q");
    first.wait_for_exit();
    // While nobody follows the server, or just when somebody begins to.
    demo.set(BOB, "busy", None);
    let change = object(&lines.next());
    assert_eq!((&change["was"], &change["presence"]), (&json!("online"), &json!("busy")));
    second.wait_for("busy");
    demo.set(BOB, "unavailable", None);
    let change = object(&lines.next());
    assert_eq!((&change["was"], &change["presence"]), (&json!("busy"), &json!("unavailable")));
    assert_eq!(followed(&demo), 1, "the second goes on where the first was");
    let greeted = demo.requests().iter().filter(|it| it.path.ends_with("/federation/v1/version")).count();
    assert_eq!(greeted, 2, "the dashboards one after the other, and watch never");
}

#[tokio::test(flavor = "multi_thread")]
async fn list_and_watch_report_the_lost_connection_of_the_dashboard() {
    let (demo, home, terminal) = open().await;
    demo.answer_all("/sync", Answer::bad_gateway());
    demo.set(BOB, "busy", None);
    terminal.wait_for("connection lost");
    let listed = home.run(&["list"]);
    assert_eq!((listed.code, listed.stdout.as_str()), (4, ""));
    assert!(listed.stderr.contains("502"), "{listed:?}");

    let lines = Lines::of(home.command(&["watch", "--json"]));
    assert_eq!(object(&lines.next())["type"], "lost");
    demo.answer_truly();
    assert_eq!(object(&lines.next())["type"], "connected");
    assert_eq!(object(&lines.next())["presence"], "busy");
    assert_eq!(followed(&demo), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_watch_does_not_hold_up_the_dashboard_and_catches_up() {
    let (demo, home, terminal) = open().await;
    let lines = watch(&home);
    lines.signal(Signal::STOP);
    let long = "x".repeat(1_900);
    for round in 0..250 {
        demo.set(BOB, "online", Some(&format!("{round} {long}")));
        terminal.wait_for(&format!(" {round} xx"));
    }
    lines.signal(Signal::CONT);
    lines.until("the last message", |line| line.contains("\"249 x"));
    assert_eq!(followed(&demo), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_is_ask_the_open_dashboard_and_else_the_server() {
    let (demo, home, terminal) = open().await;
    demo.set(BOB, "busy", Some("lunch"));
    terminal.wait_for("lunch");
    terminal.wait_for("You ● online");
    let asked = || demo.requests().iter().filter(|request| request.path.contains("/presence/")).count();
    let before = asked();
    let told = home.run(&["status", BOB]);
    assert_eq!((told.code, told.stdout.as_str()), (0, "@bob:demo.localhost\tbusy\tnow\tlunch\n"), "{told:?}");
    assert_eq!(home.run(&["is", BOB, "busy"]).code, 0);
    assert_eq!(home.run(&["is", BOB, "online"]).code, 1);
    let own = home.run(&["status"]);
    assert!(own.stdout.starts_with("@you:demo.localhost\tonline\t"), "{own:?}");
    assert_eq!(asked(), before, "the dashboard knows all this");

    let stranger = home.run(&["status", "@nobody:demo.localhost"]);
    assert_eq!(stranger.code, 4, "{stranger:?}");
    assert!(asked() > before, "the server knows better");
    let before = asked();
    terminal.signal(Signal::STOP);
    assert_eq!(home.run(&["is", BOB, "busy"]).code, 0);
    assert!(asked() > before, "a stopped dashboard delays nothing");
    terminal.signal(Signal::CONT);
}
