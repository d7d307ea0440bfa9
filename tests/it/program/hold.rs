//! `whosin hold` as a process: what others see while its command runs and afterwards.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    process::{Child, ChildStdin, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use whosin::{
    demo::{Answer, Demo, Options},
    model::presence::Presence,
};

use crate::support::{
    guest::{BOB, small_cast},
    home::{Ended, Home},
    scene::{BUSY, Scene},
    synapse::{Busy, Limits, Setup, Tracking, shared},
    terminal::Key,
    wait,
};

/// A command that writes `on`, and ends when a line is written to it.
const UNTIL_A_LINE: &str = "echo on; read line; echo $line; exit 7";

/// A running `whosin hold` whose command reads what is written here.
struct Holding {
    child: Child,
    input: ChildStdin,
}

impl Holding {
    fn begin(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        Self { child, input }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends the command, and waits for what follows.
    fn end(mut self) -> Ended {
        self.input.write_all(b"off\n").unwrap();
        self.wait()
    }

    fn wait(self) -> Ended {
        let output = self.child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().expect("no signal ends it");
        Ended { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

fn seen(scene: &Scene) -> (Value, Value) {
    let seen = scene.seen();
    (seen["presence"].clone(), seen["status_msg"].clone())
}

#[test]
fn hold_lasts_as_long_as_its_command_and_restores_the_state_before_it() {
    for limits in [Limits::Lifted, Limits::Default] {
        let Some(synapse) = shared(Setup { limits, ..Setup::default() }) else { return };
        let scene = Scene::on(synapse);
        scene.alice.put_presence("unavailable", Some("gone home"));
        let home = Home::of(&synapse.url(), &scene.alice);
        let args = ["hold", "busy", "-m", "giving a talk", "--", "sh", "-c", UNTIL_A_LINE];
        let holding = Holding::begin(home.command(&args));
        scene.until_seen_as(BUSY);
        assert_eq!(scene.seen()["status_msg"], "giving a talk");
        let ended = holding.end();
        assert_eq!((ended.code, ended.stdout.as_str()), (7, "on\noff\n"), "{ended:?}");
        assert_eq!(seen(&scene), (json!("unavailable"), json!("gone home")), "{ended:?}");
        assert_eq!(ended.stderr.contains("limits changes"), limits == Limits::Default, "{ended:?}");
    }
}

#[test]
fn hold_restores_offline() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let holding = Holding::begin(home.command(&["hold", "busy", "--", "sh", "-c", UNTIL_A_LINE]));
    scene.until_seen_as(BUSY);
    let ended = holding.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (7, ""));
    assert_eq!(seen(&scene), (json!("offline"), Value::Null));
}

#[test]
fn exit_statuses_of_killed_and_missing_commands_are_those_of_a_shell() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let file = home.write("no-program", "");
    let table: [(&[&str], i32); 4] =
        [(&["sh", "-c", "kill -9 $$"], 137), (&["no-such-command"], 127), (&[&file], 126), (&["true"], 0)];
    for (command, code) in table {
        let ended = home.run(&[&["hold", "busy", "--"], command].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{ended:?}");
        assert_eq!(scene.seen()["presence"], "offline", "{command:?}");
    }
}

#[test]
fn signals_are_passed_on_to_the_command() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::HUP, "HUP")] {
        let script = format!("trap 'kill $!; exit 3' {name}; sleep 1000 & wait");
        let holding = Holding::begin(home.command(&["hold", "busy", "--", "sh", "-c", &script]));
        scene.until_seen_as(BUSY);
        holding.signal(signal);
        assert_eq!(holding.wait().code, 3);
        assert_eq!(scene.seen()["presence"], "offline");
    }
}

#[test]
fn ctrl_c_in_a_terminal_reaches_the_command_once() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let script = "trap 'n=$((n+1))' INT; echo ready; read line; read line; echo interrupted $n";
    let mut terminal = home.open(&["hold", "busy", "--", "bash", "-c", script], &[]);
    terminal.wait_for("ready");
    scene.until_seen_as(BUSY);
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for("^C");
    terminal.press("\r");
    terminal.press("\r");
    terminal.wait_for("interrupted 1");
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    scene.until_seen_as("offline");
}

#[test]
fn hold_without_a_command_lasts_until_ctrl_c_or_its_deadline() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let mut terminal = home.open(&["hold", "busy", "-m", "lunch"], &[]);
    terminal.wait_for("others see busy: lunch; Ctrl-C to end");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    assert_eq!(scene.seen()["presence"], "offline");

    let ended = home.run(&["hold", "busy", "--for", "2s"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{ended:?}");
    assert_eq!(scene.seen()["presence"], "offline");
}

#[test]
fn a_command_goes_on_after_the_deadline_of_its_state() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let holding =
        Holding::begin(home.command(&["hold", "busy", "--for", "8s", "--", "sh", "-c", UNTIL_A_LINE]));
    scene.until_seen_as(BUSY);
    scene.until_seen_as("offline");
    assert_eq!(holding.end().code, 7);
}

#[test]
fn an_open_dashboard_holds_the_state_and_leaves_it_to_the_command_when_it_quits() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let command = || home.command(&["hold", "busy", "-m", "build", "--", "sh", "-c", UNTIL_A_LINE]);
    let holding = Holding::begin(command());
    terminal.wait_for("You ■ busy  \"build\"");
    assert_eq!(holding.end().code, 7);
    terminal.wait_for("You ● online");

    let holding = Holding::begin(command());
    terminal.wait_for("You ■ busy  \"build\"");
    holding.signal(Signal::KILL);
    terminal.wait_for("You ● online");

    let holding = Holding::begin(command());
    terminal.wait_for("You ■ busy  \"build\"");
    terminal.press("q");
    terminal.wait_for_exit();
    scene.until_seen_as(BUSY);
    assert_eq!(holding.end().code, 7);
    assert_ne!(scene.seen()["presence"], BUSY);
}

#[test]
fn a_hold_outlives_a_killed_dashboard_and_restores_the_state_before_it() {
    let Some(synapse) = shared(Setup::default()) else { return };
    for at_once in [false, true] {
        let scene = Scene::on(synapse);
        let mut terminal = scene.open();
        terminal.press("m");
        terminal.press("here\r");
        terminal.wait_for("● online  \"here\"");
        let args = ["hold", "busy", "-m", "build", "--", "sh", "-c", UNTIL_A_LINE];
        let holding = Holding::begin(scene.home.command(&args));
        terminal.wait_for("You ■ busy  \"build\"");
        let recording = scene.record();
        terminal.signal(Signal::KILL);
        terminal.wait_for_exit();
        if !at_once {
            let listens = || UnixStream::connect(scene.home.state("socket")).is_ok();
            wait::until(listens, || "the hold goes on with the engine".to_owned());
        }
        let ended = holding.end();
        assert_eq!((ended.code, &*ended.stderr), (7, ""), "at once: {at_once}");
        assert_eq!(seen(&scene), (json!("online"), json!("here")), "at once: {at_once}");
        let told = recording.end();
        let busy = format!("{BUSY} build");
        let told: Vec<&str> = told.iter().map(String::as_str).filter(|it| *it != busy).collect();
        assert_eq!(told, ["online here"], "at once: {at_once}");
    }
}

#[test]
fn a_state_set_during_a_hold_stays_and_an_inner_hold_ends_first() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let outer =
        Holding::begin(home.command(&["hold", "busy", "-m", "outer", "--", "sh", "-c", UNTIL_A_LINE]));
    scene.until_seen_as(BUSY);
    let inner =
        Holding::begin(home.command(&["hold", "away", "-m", "inner", "--", "sh", "-c", UNTIL_A_LINE]));
    scene.until_seen_as("unavailable");
    assert_eq!(inner.end().code, 7);
    scene.until_seen_as(BUSY);
    assert_eq!(scene.seen()["status_msg"], "outer");
    // Repeated until the server has no more news, so that the end has none to wait for.
    for _ in 0..5 {
        assert_eq!(home.run(&["set", "away", "-m", "tea"]).code, 0);
    }
    let ended = outer.end();
    assert_eq!((ended.code, &*ended.stderr), (7, ""));
    assert_eq!(seen(&scene), (json!("unavailable"), json!("tea")));
}

#[test]
fn the_next_dashboard_restores_the_state_after_a_killed_hold() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.alice.put_presence("unavailable", Some("gone home"));
    let home = Home::of(&synapse.url(), &scene.alice);
    let holding = Holding::begin(home.command(&["hold", "busy", "-m", "x", "--", "sh", "-c", UNTIL_A_LINE]));
    scene.until_seen_as(BUSY);
    holding.signal(Signal::KILL);
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ◐ unavailable  \"gone home\"");
}

#[test]
fn a_command_runs_although_others_see_another_state() {
    let setups = [
        (Setup { busy: Busy::Off, ..Setup::default() }, "has no busy"),
        (Setup { presence: Tracking::Off, ..Setup::default() }, "presence is switched off at"),
    ];
    for (setup, why) in setups {
        let Some(synapse) = shared(setup) else { return };
        let scene = Scene::on(synapse);
        let home = Home::of(&synapse.url(), &scene.alice);
        let mut terminal = home.open(&["hold", "busy", "--", "sh", "-c", UNTIL_A_LINE], &[]);
        terminal.wait_for(why);
        terminal.press("off\r");
        assert_eq!(terminal.wait_for_exit().code(), Some(7));
    }
    let ended = Home::new().run(&["hold", "busy", "--", "echo", "on"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (4, ""), "nobody is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_survives_a_lost_connection() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    // First: a hold that has reached the server says something else.
    demo.answer_all("/", Answer::bad_gateway());
    let mut terminal = home.open(&["hold", "busy", "--", "sh", "-c", UNTIL_A_LINE], &[]);
    terminal.wait_for("502");
    demo.answer_truly();
    terminal.wait_for("others see busy");
    terminal.press("off\r");
    assert_eq!(terminal.wait_for_exit().code(), Some(7));
    let told = home.run(&["status", "--json"]).stdout;
    assert!(told.contains(&format!("\"presence\":\"{}\"", Presence::Offline.label())), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_cannot_be_restored_is_left_to_the_next_dashboard() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&["hold", "busy"], &[]);
    terminal.wait_for("others see busy");
    demo.answer_all("/", Answer::bad_gateway());
    terminal.wait_for("502");
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for("restoring the previous state");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    demo.answer_truly();
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_without_a_dashboard_hands_over_to_the_next_one() {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await.configured("history = \"30d\"\n");
    let holding = Holding::begin(home.command(&["hold", "busy", "--", "sh", "-c", UNTIL_A_LINE]));
    let puts = || demo.requests().iter().filter(|request| request.method == "PUT").count();
    wait::until(|| puts() == 1, || format!("{} PUTs", puts()));
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ■ busy");
    let history = || home.run(&["history"]);
    terminal.press("l");
    demo.set(BOB, "unavailable", Some("tea"));
    terminal.wait_for("tea");
    wait::until(
        || history().stdout.contains("tea"),
        || format!("the dashboard keeps the history: {:?}", history()),
    );
    let ended = holding.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (7, ""), "{ended:?}");
    terminal.wait_for("You ● online");
    assert_eq!(puts(), 2, "nothing else was sent");
}
