//! Odd directories, full disks and processes that are stopped.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
};

#[cfg(target_os = "linux")]
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use rustix::process::{Signal, geteuid};
use serde_json::json;
use whosin::demo::{Demo, Options};

#[cfg(target_os = "linux")]
use crate::support::wait;
use crate::{
    program::{daemon::Daemon, watch::object},
    support::{
        guest::{BOB, small_cast},
        home::Home,
        lines::Lines,
        terminal::{Terminal, text},
    },
};

async fn demo() -> Demo {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    Demo::start(options).await.unwrap()
}

fn open(home: &Home, environment: &[(&str, &str)]) -> Terminal {
    let terminal = home.open(&[], environment);
    terminal.wait_for("You ● online");
    terminal
}

/// Runs a command with one more environment variable. Returns its exit status.
fn run(home: &Home, args: &[&str], (name, value): (&str, &str)) -> Option<i32> {
    home.command(args).env(name, value).output().unwrap().status.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_find_the_dashboard_where_the_runtime_directory_is_not_fit() {
    let demo = demo().await;
    for kind in ["too long", "of another user", "open to others", "a file", "not there"] {
        let home = Home::at(&demo).await;
        let directory = home.path().join("runtime");
        fs::create_dir(&directory).unwrap();
        let directory = match kind {
            "too long" => directory.join("x".repeat(100)),
            "of another user" if geteuid().is_root() => {
                chown(&directory, Some(1), None).unwrap();
                directory
            }
            "of another user" => "/".into(),
            "open to others" => {
                fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
                directory
            }
            "a file" => home.write("runtime/file", "").into(),
            _ => directory.join("not/there"),
        };
        let variable = ("XDG_RUNTIME_DIR", directory.to_str().unwrap());
        assert_eq!(run(&home, &["set", "online"], variable), Some(0), "alone: {kind}");
        let terminal = open(&home, &[variable]);
        assert_eq!(run(&home, &["set", "busy", "-m", kind], variable), Some(0), "{kind}");
        terminal.wait_for(&format!("You ■ busy  \"{kind}\""));
        assert_eq!(run(&home, &["set", "online", "-m", ""], variable), Some(0), "{kind}");
        terminal.wait_for("You ● online");
        assert!(!directory.join("whosin").exists(), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_a_runtime_directory_finds_the_daemon_that_has_one_and_the_reverse() {
    let demo = demo().await;
    for daemon_has_one in [true, false] {
        let login = Home::at(&demo).await;
        let runtime = login.path().join(".run");
        fs::create_dir(&runtime).unwrap();
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
        let job = login.clone().without_runtime_directory();
        let (of_daemon, of_command) = if daemon_has_one { (&login, &job) } else { (&job, &login) };
        let daemon = Daemon::start(of_daemon);
        assert!(runtime.join("whosin/socket").exists() == daemon_has_one);
        assert_eq!(of_command.run(&["set", "busy"]).stdout, "busy\n");
        let status = of_daemon.run(&["status", "--cached"]);
        assert!(status.stdout.contains("\tbusy\t"), "{status:?}");
        assert_eq!(of_command.run(&["daemon", "--status"]).code, 0);
        assert!(daemon.end().success());
        assert_eq!(of_command.run(&["daemon", "--status"]).code, 1);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_without_descriptors_for_a_moment_answers_afterwards() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let terminal = open(&home, &[]);
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = |current| {
        prlimit(Some(terminal.id()), Resource::Nofile, Rlimit { current: Some(current), maximum }).unwrap();
    };
    limit(3);
    let waits = home.command(&["set", "busy"]).spawn().unwrap();
    let again = || fs::read_to_string(format!("/proc/{}/stat", terminal.id().as_raw_nonzero())).unwrap();
    assert!(!again().is_empty(), "it still runs");
    limit(1_024);
    assert!(waits.wait_with_output().unwrap().status.success());
    terminal.wait_for("You ■ busy");
    assert_eq!(home.run(&["set", "online"]).code, 0);
    terminal.wait_for("You ● online");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_cannot_be_saved_is_no_promise() {
    let demo = demo().await;
    for options in ["", "--no-background"] {
        let home = Home::at(&demo).await;
        // No file can grow, as on a full disk.
        let script = format!("trap '' XFSZ; ulimit -f 0; exec whosin set busy --for 5m {options}");
        let ended = home.shell(&script).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(3), "{said}");
        assert!(said.contains("nothing ends busy at ") && !said.contains("in the background"), "{said}");
        let left = fs::read_dir(home.state("")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["lock", "session.json"], "{said}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_a_daemon_cannot_save_is_said_until_it_can() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut daemon = home.shell("trap '' XFSZ; ulimit -S -f 0; exec whosin daemon").spawn().unwrap();
    let status = || home.run(&["daemon", "--status"]);
    wait::until(|| status().code == 0, || format!("{:?}", status()));
    for args in [["set", "busy", "--for", "5m"].as_slice(), &["set", "--status", "Away", "--for", "5m"]] {
        let set = home.run(args);
        assert_eq!(set.code, 3, "{set:?}");
        assert!(set.stderr.contains("only the whosin that is running now "), "{set:?}");
    }
    let limits = Rlimit { current: None, ..getrlimit(Resource::Fsize) };
    prlimit(Some(Pid::from_child(&daemon)), Resource::Fsize, limits).unwrap();
    let set = home.run(&["set", "busy", "--for", "6m"]);
    assert_eq!((set.code, set.stderr.as_str()), (0, ""));
    assert_eq!(home.run(&["daemon", "--stop"]).code, 0);
    daemon.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_in_the_state_directory_lead_nowhere() {
    let demo = demo().await;
    for name in ["lock", "presence.json", "preferences.json", "history.sqlite"] {
        let home = Home::at(&demo).await.configured("history = \"30d\"");
        let victim = home.write("victim", "{}");
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o644)).unwrap();
        symlink(&victim, home.state(name)).unwrap();
        let terminal = open(&home, &[]);
        terminal.wait_for("Bob");
        terminal.press("jp");
        terminal.wait_for("is now a favourite");
        drop(terminal);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "{}", "{name}");
        assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o644, "{name}");
    }
    let home = Home::at(&demo).await;
    let elsewhere = home.write("elsewhere.json", &fs::read_to_string(home.state("session.json")).unwrap());
    fs::remove_file(home.state("session.json")).unwrap();
    symlink(elsewhere, home.state("session.json")).unwrap();
    assert_ne!(home.run(&["list"]).code, 0, "the session is not read through a link");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_for_its_owner_alone_and_never_in_the_picture() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let old = home.write("old.log", "before\n");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o644)).unwrap();
    let new = home.path().join("new.log").to_str().unwrap().to_owned();
    for log in [&old, &new] {
        let _ = home.run(&["--log", log, "list"]);
        assert_eq!(fs::metadata(log).unwrap().permissions().mode() & 0o777, 0o600, "{log}");
    }
    let terminal = home.open(&["--log", "/dev/full"], &[("WHOSIN_LOG", "trace")]);
    terminal.wait_for("You ● online");
    terminal.press("b");
    terminal.wait_for("You ■ busy");
    assert!(
        !terminal.text().contains("No space") && !terminal.text().contains("rror"),
        "{}",
        terminal.text()
    );
    assert_ne!(fs::metadata("/dev/full").unwrap().permissions().mode() & 0o777, 0o600);
}

/// What `watch --json` says when the engine's heartbeat has stopped, and then when it goes on by itself.
fn expect_loss_and_return(watch: &Lines) {
    let lost = object(&watch.next());
    assert_eq!(lost["type"], "lost", "{lost}");
    assert!(lost["reason"].as_str().is_some_and(|why| why.contains("does not answer")), "{lost}");
    assert_eq!(object(&watch.next())["type"], "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn front_ends_of_a_stopped_dashboard_show_nothing_old_as_true() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let first = open(&home, &[]);
    let second = open(&home, &[]);
    let viewer = home.open(&["--watch-only"], &[]);
    viewer.wait_for("live");
    let watch = Lines::of(home.command(&["watch", "--json"]));
    let bar = Lines::of(home.command(&["watch", "--format", "{free} free{lost}"]));
    assert_eq!(object(&watch.next())["type"], "connected");
    assert_eq!(bar.next(), "1 free");
    first.signal(Signal::STOP);
    // They learn of it before they know anything newer.
    second.wait_for("does not answer");
    second.wait_until("the loss", |screen| !text(screen).contains(" live"));
    watch.until("Bob as he was", |line| line.contains("\"now\""));
    expect_loss_and_return(&watch);
    let line = bar.next();
    assert!(line.starts_with("1 free (as of "), "{line}");
    demo.set(BOB, "unavailable", Some("while stopped"));
    // What needs no other process goes on alone.
    let change = object(&watch.next());
    assert_eq!((&change["type"], &change["status_msg"]), (&json!("change"), &json!("while stopped")));
    viewer.wait_for("while stopped");
    bar.until("the bar as it is", |line| line == "0 free");
    // A dashboard would set the own presence twice.
    assert!(!second.text().contains("while stopped"));
    first.signal(Signal::CONT);
    second.wait_for(" live");
    second.wait_for("while stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn front_ends_of_a_stopped_daemon_say_so_and_return_to_it() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let daemon = Daemon::start(&home);
    let dashboard = open(&home, &[]);
    let watch = Lines::of(home.command(&["watch", "--json"]));
    watch.until("Bob as he was", |line| line.contains("\"now\""));
    daemon.signal(Signal::STOP);
    dashboard.wait_for("does not answer");
    expect_loss_and_return(&watch);
    // What asks now is answered by the server.
    demo.set(BOB, "busy", Some("while stopped"));
    for asked in [&["list"][..], &["status", BOB], &["watch", "--once"]] {
        let answer = home.run(asked);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.stdout.contains("busy") && answer.stdout.contains("while stopped"), "{answer:?}");
    }
    daemon.signal(Signal::CONT);
    dashboard.wait_for("while stopped");
    let list = home.run(&["list"]);
    assert!(list.stdout.contains("while stopped"), "{list:?}");
}
