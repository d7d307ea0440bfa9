//! `whosin watch` as a process, on real Synapse and on a demo homeserver that fails.

use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::{Value, json};
use whosin::demo::{self, Answer, Cast, Demo, Options};

use crate::support::{
    guest::{BOB, small_cast},
    home::Home,
    lines::Lines,
    scene::BUSY,
    schema,
    synapse::{Limits, Setup, shared},
};

pub fn object(line: &str) -> Value {
    let object = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let schema = serde_json::from_str(include_str!("../../../assets/watch.schema.json")).unwrap();
    if let Err(error) = schema::check(&schema, &object) {
        panic!("{error}: {line}");
    }
    object
}

pub async fn demo() -> Demo {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    Demo::start(options).await.unwrap()
}

#[test]
fn watch_prints_the_current_state_and_then_each_change_as_json() {
    for limits in [Limits::Lifted, Limits::Default] {
        let Some(synapse) = shared(Setup { limits, ..Setup::default() }) else { return };
        let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
        bob.join(&alice.create_room("Street"));
        bob.set_displayname("Bob");
        alice.put_presence("offline", Some("known"));
        let home = Home::of(&synapse.url(), &alice);
        let lines = Lines::of(home.command(&["watch", "--json"]));
        assert_eq!(object(&lines.next())["type"], "connected");
        let now = object(&lines.next());
        assert_eq!(
            (&now["type"], &now["user_id"], &now["presence"]),
            (&json!("now"), &json!(bob.id), &json!("offline"))
        );

        bob.put_presence(BUSY, Some("in a meeting"));
        let change = object(&lines.until("Bob's change", |line| line.contains("in a meeting")));
        let fields = ["type", "displayname", "presence", "status_msg"].map(|field| change[field].clone());
        assert_eq!(json!(fields), json!(["change", "Bob", "busy", "in a meeting"]));
        assert_eq!(bob.presence_of(&alice.id)["presence"], "offline", "watching shows nobody as online");
        assert_eq!(lines.end(Signal::TERM), (Some(0), String::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_reports_a_lost_and_a_restored_connection() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let lines = Lines::of(home.command(&["watch", "--json"]));
    lines.until("Bob", |line| line.contains("\"now\""));
    demo.answer_all("/sync", Answer::bad_gateway());
    let lost = object(&lines.next());
    assert_eq!(lost["type"], "lost");
    assert!(lost["reason"].as_str().unwrap().contains("502"), "{lost}");
    demo.set(BOB, "busy", None);
    demo.answer_truly();
    assert_eq!(object(&lines.next())["type"], "connected", "and not lost once more for each try");
    let change = object(&lines.next());
    assert_eq!((&change["presence"], &change["was"]), (&json!("busy"), &json!("online")));
    assert_eq!(lines.end(Signal::INT).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_printed_again_only_when_its_text_changes() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let format = "{free} free, {busy} busy: {names_busy}{lost}";
    let lines = Lines::of(home.command(&["watch", "--format", format]));
    assert_eq!(lines.next(), "1 free, 0 busy: ");
    demo.set(BOB, "online", Some("another message"));
    demo.set(BOB, "busy", None);
    assert_eq!(lines.next(), "0 free, 1 busy: Bob");
    demo.answer_all("/sync", Answer::bad_gateway());
    assert!(lines.next().starts_with("0 free, 1 busy: Bob (as of "));
    demo.answer_truly();
    assert_eq!(lines.next(), "0 free, 1 busy: Bob");
    let (code, said) = lines.end(Signal::TERM);
    assert_eq!(code, Some(0));
    assert!(said.contains("502") && said.contains("connected again"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_bar_has_its_format() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    demo.rename(BOB, "Bob <b> & #(date)");
    let once = |format: &str| home.run(&["watch", "--once", "--format", format]).stdout;
    let waybar: Value = serde_json::from_str(&once("waybar")).unwrap();
    let expected = json!({
        "text": "1", "alt": "free", "class": "free", "percentage": 100,
        "tooltip": "● Bob &lt;b&gt; &amp; #(date)",
    });
    assert_eq!(waybar, expected);
    assert_eq!(once("i3blocks"), "{\"full_text\":\"● 1  ■ 0  ◐ 0\",\"short_text\":\"● 1\"}\n");
    assert_eq!(once("tmux"), "● 1 ■ 0 ◐ 0\n");
    assert_eq!(once("plain"), "1 online, 0 busy, 0 unavailable\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bar_obeys_what_a_contact_calls_itself() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let once = |name: &str, args: &[&str]| {
        demo.rename(BOB, name);
        let format = ["watch", "--once", "--format", "{names_free}!"];
        home.run(&[&format, args].concat()).stdout
    };
    let table: [(&str, &[&str], &str); 8] = [
        ("%{A1:touch pwned:}Ann%{A}", &[], "％{A1:touch pwned:}Ann％{A}!\n"),
        ("%{A1:touch pwned:}Ann%{A}", &["--for-bar", "polybar"], "％{A1:touch pwned:}Ann％{A}!\n"),
        ("#(date) #[fg=red]C#", &["--for-bar", "tmux"], "##(date) ##[fg=red]C##!\n"),
        ("<span>R&D</span>", &["--for-bar", "pango"], "&lt;span&gt;R&amp;D&lt;/span&gt;!\n"),
        ("<action=xterm>Ann", &["--for-bar", "xmobar"], "＜action=xterm>Ann!\n"),
        ("^ca(1, xterm)Ann", &["--for-bar", "dzen"], "^^ca(1, xterm)Ann!\n"),
        ("\",\"command\":\"xterm", &["--for-bar", "i3bar"], "&quot;,&quot;command&quot;:&quot;xterm!\n"),
        ("100 % <b>", &["--for-bar", "none"], "100 % <b>!\n"),
    ];
    for (name, args, line) in table {
        assert_eq!(once(name, args), line, "{args:?}");
    }
    demo.set(demo::USER, "%{A:xterm:}", None);
    let own = home.run(&["watch", "--once", "--format", "{own}"]).stdout;
    assert_eq!(own, "％{A:xterm:}\n", "a server chooses the word of a state");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_long_name_does_not_fill_a_bar() {
    let demo = demo().await;
    for long in ["x".repeat(60_000), "日".repeat(200), "e\u{301}".repeat(500)] {
        demo.rename(BOB, &long);
        let home = Home::at(&demo).await;
        for format in ["{names_free}", "waybar"] {
            let line = home.run(&["watch", "--once", "--format", format]).stdout;
            assert!(line.contains('…') && line.chars().count() < 200, "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_start_waits_for_the_own_presence_too() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    demo.set(demo::USER, "busy", None);
    assert_eq!(home.run(&["list"]).code, 0);
    for slow in ["/versions", "/version", "/presence/"] {
        demo.answer_all(slow, Answer::late(Duration::from_secs(1)));
        let own = home.run(&["watch", "--once", "--format", "{own}"]).stdout;
        assert_eq!(own, "busy\n", "{slow}");
        demo.answer_truly();
    }
}

#[test]
fn a_format_that_has_its_bar_takes_no_other() {
    for format in ["waybar", "tmux", "i3blocks", "plain"] {
        let ended = Home::new().run(&["watch", "--format", format, "--for-bar", "xmobar"]);
        assert_eq!(ended.code, 2);
        assert!(ended.stderr.contains("--for-bar is for templates"), "{ended:?}");
    }
}

#[test]
fn an_unknown_placeholder_is_an_error_before_any_request() {
    let ended = Home::new().run(&["watch", "--format", "{fre} free"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert!(
        ended.stderr.contains("unknown placeholder {fre}") && ended.stderr.contains("{free}"),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_prints_only_the_chosen_users_and_states() {
    let demo = demo().await;
    demo.join("@carol:demo.localhost", crate::support::guest::ROOM);
    let home = Home::at(&demo).await;
    let lines = Lines::of(home.command(&["watch", "bob", "nobody", "--state", "busy"]));
    demo.set("@carol:demo.localhost", "busy", None);
    demo.set(BOB, "unavailable", None);
    demo.set(BOB, "busy", Some("now"));
    let line = lines.next();
    assert!(line.contains("\t@bob:demo.localhost\tbusy\t") && line.ends_with("\tnow"), "{line}");
    let (_, said) = lines.end(Signal::TERM);
    assert!(said.contains("@nobody:demo.localhost is not a contact yet"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_ends_when_its_reader_is_gone() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut child = home.command(&["watch"]).stdout(writer).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).unwrap();
    assert!(line.contains(BOB), "{line}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_ends_when_the_server_has_ended_the_session() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    demo.expire_tokens();
    let ended = home.run(&["watch"]);
    assert_eq!(ended.code, 4);
    assert!(ended.stderr.contains("whosin login"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_watch_can_be_played() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let lines = Lines::of(home.command(&["watch", "--json"]));
    let mut recording = vec![lines.next(), lines.next()];
    demo.set(BOB, "busy", Some("on \"air\""));
    recording.push(lines.next());
    demo.answer_all("/sync", Answer::bad_gateway());
    recording.push(lines.next());

    let text = recording.join("\n");
    let cast = Cast::parse(&text).unwrap();
    let again = Demo::start(Options { cast, ..Options::default() }).await.unwrap();
    let another = Home::at(&again).await;
    let played = Lines::of(another.command(&["watch", "--json"]));
    played.until("Bob on air", |line| line.contains(r#"on \"air\""#) && line.contains("@bob:demo.localhost"));

    let file = home.write("recording.jsonl", &text);
    let terminal = home.open(&["--demo-cast", &file], &[]);
    terminal.wait_for("Bob");
    terminal.wait_for("on \"air\"");
}

#[test]
fn an_invalid_cast_is_an_error_that_names_its_line() {
    let home = Home::new();
    let table = [
        (
            r#"{"v":2,"type":"now","at":"2026-11-24T14:02:10Z","user_id":"@bob:b"}"#,
            "line 1: this whosin reads recordings with \"v\":1 only",
        ),
        ("{\"room_id\":\"!a:b\"}\n{\"user\":\"@bob:b\"}", "line 2, column 7: unknown field"),
    ];
    for (text, mistake) in table {
        let file = home.write("cast.jsonl", text);
        let ended = home.run(&["--demo-cast", &file]);
        assert_eq!(ended.code, 1);
        assert!(ended.stderr.contains(mistake), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_bar_follows_the_configuration() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let lines = Lines::of(home.command(&["watch", "--format", "{free} free"]));
    lines.until("Bob", |line| line == "1 free");
    let _home = home.configured("hide = \"@bob:*\"");
    lines.until("nobody", |line| line == "0 free");
}
