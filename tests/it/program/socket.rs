//! Dashboards of one profile beside each other, and what a command hears from one, on a real Synapse.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::PathBuf,
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{
    scene::{BUSY, Scene},
    synapse::{Busy, Setup, Tracking, shared},
    terminal::{Signal, Terminal},
};

fn socket(scene: &Scene) -> PathBuf {
    scene.program.home().join(".local/state/whosin/socket")
}

/// A command's end of a connection.
struct Caller(BufReader<UnixStream>);

impl Caller {
    fn call(scene: &Scene, line: &str) -> Self {
        let mut stream = UnixStream::connect(socket(scene)).expect("a dashboard listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer in time");
        (!line.is_empty()).then(|| serde_json::from_str(&line).expect("an answer is JSON"))
    }

    fn until(&mut self, verdict: &str) -> Value {
        loop {
            let answer = self.next().expect("the dashboard goes on");
            if answer["verdict"] == verdict {
                return answer;
            }
        }
    }
}

const ASK_BUSY: &str =
    "{\"v\":1,\"ask\":\"set\",\"presence\":\"busy\",\"status_msg\":\"lunch\",\"until\":null}\n";

#[test]
fn a_command_has_the_dashboard_set_a_state_and_hears_when_others_see_it() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.wait_for("Others see you as ● online");
    let mut caller = Caller::call(&scene, ASK_BUSY);
    let answer = caller.until("seen");
    assert_eq!((&answer["v"], &answer["is"]), (&json!(1), &json!("own")));
    assert_eq!((&answer["presence"], &answer["status_msg"]), (&json!("busy"), &json!("lunch")));
    assert_eq!((&scene.seen()["presence"], &scene.seen()["status_msg"]), (&json!(BUSY), &json!("lunch")));
    terminal.wait_for("Others see you as ■ busy: lunch");
    terminal.press("o");
    assert_eq!(caller.until("seen")["presence"], "online", "it goes on to be told");
    let mut asking = Caller::call(&scene, "{\"v\":1,\"ask\":\"own\"}\n");
    assert_eq!(asking.next().unwrap()["presence"], "online");
}

#[test]
fn it_hears_why_others_see_something_else() {
    let Some(synapse) = shared(Setup { busy: Busy::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let answer = Caller::call(&scene, ASK_BUSY).until("differs");
    assert_eq!(answer["presence"], "unavailable");
    assert!(answer["why"].as_str().unwrap().ends_with("has no busy"), "{answer}");

    let Some(synapse) = shared(Setup { presence: Tracking::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let answer = Caller::call(&scene, ASK_BUSY).until("failed");
    assert!(answer["why"].as_str().unwrap().ends_with("shares no presence"), "{answer}");
}

#[test]
fn nobody_else_can_reach_it_and_rubbish_does_it_no_harm() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(socket(&scene)), 0o600);
    assert_eq!(mode(socket(&scene).parent().unwrap().to_owned()), 0o700);
    // More than are heard at a time, who say nothing at all.
    let silent: Vec<_> = (0..70).map(|_| UnixStream::connect(socket(&scene)).unwrap()).collect();
    drop(silent);
    for rubbish in ["GET / HTTP/1.1\n", "{\"v\":9,\"ask\":\"own\"}\n", "[[[[[[\n", "\n"] {
        let mut caller = Caller::call(&scene, rubbish);
        assert_eq!(caller.next().unwrap()["is"], "error", "{rubbish}");
        assert_eq!(caller.next(), None, "that is the last word");
    }
    let mut endless = UnixStream::connect(socket(&scene)).unwrap();
    let _ = endless.write_all(&vec![b'x'; 200_000]);
    assert_eq!(Caller::call(&scene, ASK_BUSY).until("seen")["presence"], "busy");
    terminal.wait_for("Others see you as ■ busy: lunch");
}

#[test]
fn whoever_watches_along_is_told_of_the_contacts_of_whoever_is_signed_in_and_of_nobody_else_s() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let watch = |user_id: &str| format!("{}\n", json!({"v": 1, "ask": "watch", "user_id": user_id}));
    let mut stranger = Caller::call(&scene, &watch("@stranger:example.org"));
    assert_eq!(stranger.next().unwrap()["is"], "own");
    assert_eq!(stranger.next(), None);

    let mut caller = Caller::call(&scene, &watch(&scene.alice.id));
    let told: Vec<Value> = (0..3).map(|_| caller.next().unwrap()["is"].clone()).collect();
    assert_eq!(told, ["own", "synced", "members"]);
    scene.bob.put_presence(BUSY, Some("lunch"));
    let of_bob = |told: Value| {
        let all = told["what"]["presence"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|event| event["sender"] == scene.bob.id)
    };
    let event = std::iter::from_fn(|| caller.next()).find_map(of_bob).unwrap();
    let content = ["presence", "status_msg"].map(|field| event["content"][field].clone());
    assert_eq!(content, ["busy", "lunch"]);
}

#[test]
fn what_a_killed_dashboard_has_left_is_replaced() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let mut terminal = scene.open();
    terminal.signal(Signal::KILL);
    terminal.wait_for_exit();
    assert!(socket(&scene).exists() && UnixStream::connect(socket(&scene)).is_err());
    let mut terminal = scene.open();
    assert_eq!(Caller::call(&scene, ASK_BUSY).until("seen")["presence"], "busy");
    terminal.press("q");
    terminal.wait_for_exit();
    assert!(!socket(&scene).exists());
}

#[test]
fn a_second_dashboard_only_watches_until_the_first_ends() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let mut first = scene.open();
    first.wait_for("Others see you as ● online");
    let second = Terminal::start(&scene.program, 24, 100);
    second.wait_for("Another whosin is open");
    second.wait_for("Others see you as ● online");
    second.press("b");
    first.press("m");
    first.press("reading\r");
    second.wait_for("● online: reading");
    assert_eq!(scene.seen()["presence"], "online", "b was pressed where it changes nothing");
    first.press("q");
    first.wait_for_exit();
    second.wait_until_gone("Another whosin is open");
    second.wait_for("Others see you as ● online: reading");
    scene.until_seen_as("online");
    assert_eq!(Caller::call(&scene, ASK_BUSY).until("seen")["presence"], "busy");
    second.wait_for("Others see you as ■ busy: lunch");
}
