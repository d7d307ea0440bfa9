//! Terminals that hang up, that nobody reads and that nobody gives back.

use std::{os::unix::process::ExitStatusExt, process::Command};

use rustix::termios::{Action, tcflow};
use serde_json::json;
use whosin::demo::{self, Demo};

use crate::support::{
    home::Home,
    scene::{BUSY, Scene},
    synapse::{Setup, shared},
    terminal::Signal,
};

async fn demo() -> Demo {
    Demo::start(demo::Options { put_limit: None, ..demo::Options::default() }).await.unwrap()
}

#[test]
fn closing_the_window_ends_busy_for_others() {
    let Some(synapse) = shared(Setup::default()) else { return };
    for script in ["exec whosin", "trap '' HUP; whosin; exit $?"] {
        let scene = Scene::on(synapse);
        let home = Home::of(&synapse.url(), &scene.alice);
        let window = home.open_shell(script);
        window.wait_for("live");
        window.press("b");
        window.wait_for("You ■ busy");
        assert_eq!(scene.seen()["presence"], BUSY);
        assert_eq!(window.close().code(), Some(0), "{script}");
        assert_eq!(scene.seen()["presence"], "offline", "{script}");
    }
}

#[test]
fn a_terminal_that_nobody_reads_holds_up_nothing() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let mut window = home.open_shell("exec whosin");
    window.wait_for("live");
    window.wait_for("You ● online");
    window.stop_reading();
    for key in ["?", "?", "?", "?"] {
        window.press(key);
    }
    assert_eq!(home.run(&["set", "busy", "--message", "unread"]).code, 0);
    let seen = scene.seen();
    assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!(BUSY), &json!("unread")));
    let _device = window.device();
    window.signal(Signal::TERM);
    assert_eq!(window.wait_for_end().code(), Some(0));
    assert_eq!(scene.seen()["presence"], "offline");
    assert!(window.edits_lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_whose_output_is_stopped_is_given_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut window = home.open_shell("exec whosin");
    window.wait_for("live");
    tcflow(window.device(), Action::OOff).unwrap();
    window.press("?");
    window.signal(Signal::TERM);
    assert_eq!(window.wait_for_exit().code(), Some(0));
    assert!(!window.alternate_screen());
    assert!(!window.screen().hide_cursor());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigquit_ends_it_by_that_signal_and_gives_the_terminal_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut window = home.open_shell("ulimit -c 0; exec whosin");
    window.wait_for("live");
    let _device = window.device();
    window.signal(Signal::QUIT);
    assert_eq!(window.wait_for_end().signal(), Some(Signal::QUIT.as_raw()));
    window.wait_until("the normal screen", |screen| !screen.alternate_screen());
    assert!(window.edits_lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_stop_where_no_shell_could_continue_it() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    for script in ["exec whosin", "whosin; exit $?"] {
        let mut window = home.open_shell(script);
        window.wait_for("live");
        window.press("\x1a");
        window.wait_for("No shell is there to continue");
        window.press("q");
        assert_eq!(window.wait_for_exit().code(), Some(0), "{script}");
        assert!(!window.alternate_screen());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_ancestor_that_it_can_see() {
    const ISOLATE: &str = "unshare --user --map-current-user --pid --fork --mount-proc";
    let isolates = Command::new("sh").args(["-c", &format!("{ISOLATE} true")]).status();
    if !isolates.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this system gives no PID namespaces");
        return;
    }
    let demo = demo().await;
    let home = Home::at(&demo).await;
    for script in [format!("exec {ISOLATE} whosin"), format!("exec {ISOLATE} sh -c 'whosin; exit $?'")] {
        let mut window = home.open_shell(&script);
        window.wait_for("live");
        if !script.contains("sh -c") {
            // PID 1 never stops.
            window.press("\x1a");
            window.wait_for("No shell is there to continue");
        }
        window.press("q");
        assert_eq!(window.wait_for_exit().code(), Some(0), "{script}");
        assert!(!window.alternate_screen());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_z_gives_the_terminal_to_the_shell_until_fg() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; echo first stop; read; fg; echo second stop; read; fg; exit $?";
    let mut window = home.open_shell(script);
    for stop in ["first stop", "second stop"] {
        window.wait_until("the dashboard", |screen| {
            screen.alternate_screen() && screen.contents().contains("live")
        });
        assert!(!window.edits_lines());
        window.press("\x1a");
        window
            .wait_until("the shell", |screen| !screen.alternate_screen() && screen.contents().contains(stop));
        assert!(window.edits_lines());
        window.press("\r");
    }
    window.wait_until("the dashboard", vt100::Screen::alternate_screen);
    window.press("q");
    assert_eq!(window.wait_for_exit().code(), Some(0));
    assert!(!window.alternate_screen());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_job_ends_in_the_background() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; kill %1; tail --pid=$(jobs -p) -f /dev/null; jobs; read";
    let window = home.open_shell(script);
    window.wait_for("live");
    window.press("\x1a");
    window.wait_for("Done");
    assert!(window.edits_lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_the_background_shows_itself_when_it_comes_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; bg; echo in the back; read; fg; exit $?";
    let mut window = home.open_shell(script);
    window.wait_for("live");
    window.press("\x1a");
    window.wait_for("in the back");
    window.press("\r");
    window.wait_until("the dashboard", |screen| {
        screen.alternate_screen() && screen.contents().contains("live")
    });
    window.press("q");
    assert_eq!(window.wait_for_exit().code(), Some(0));
    assert!(!window.alternate_screen());
}
