//! Odd directories, full disks and processes that are stopped.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::{
        fs::{PermissionsExt, chown, lchown, symlink},
        net::UnixListener,
    },
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

#[cfg(target_os = "linux")]
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use rustix::process::{Signal, geteuid};
use serde_json::json;
use whosin::{
    demo::{self, Demo, Options},
    engine::protocol::VERSION,
};

#[cfg(target_os = "linux")]
use crate::support::wait;
use crate::{
    program::{daemon::Daemon, watch::object},
    support::{
        guest::{BOB, small_cast},
        home::Home,
        hostile::{HOSTILE, assert_harmless},
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
    for (owner, is_followed) in [(None, true), (Some(1), false)] {
        if owner.is_some() && !geteuid().is_root() {
            continue;
        }
        let home = Home::at(&demo).await;
        let target = home.path().join("target");
        fs::rename(home.state(""), &target).unwrap();
        symlink(&target, home.path().join(".local/state/whosin")).unwrap();
        lchown(home.path().join(".local/state/whosin"), owner, None).unwrap();
        let set = home.run(&["set", "busy", "--for", "5m", "--no-background"]);
        assert_eq!(set.code, if is_followed { 0 } else { 3 }, "{set:?}");
        assert_eq!(target.join("presence.json").exists(), is_followed, "{owner:?}");
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

/// What can be in the place of a file.
const IN_PLACE: [&str; 8] = ["pipe", "directory", "socket", "huge", "empty", "zeroes", "newer", "cut"];

fn put(path: &Path, kind: &str) {
    let before = fs::read(path).unwrap_or_else(|_| b"{\"version\": 1, \"pinned\": []}".to_vec());
    let _ = fs::remove_file(path);
    match kind {
        "pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "directory" => fs::create_dir(path).unwrap(),
        "socket" => drop(UnixListener::bind(path).unwrap()),
        "huge" => File::create(path).unwrap().set_len(20 << 30).unwrap(),
        "empty" => fs::write(path, "").unwrap(),
        "zeroes" => fs::write(path, [0; 100]).unwrap(),
        "newer" => fs::write(path, "{\"version\": 99, \"pinned\": 7}").unwrap(),
        _ => fs::write(path, &before[..before.len() / 2]).unwrap(),
    }
}

/// Runs a command with so many kilobytes of memory, and ends it if it waits for something.
fn run_bounded(home: &Home, memory: u64, command: &str) -> (Option<i32>, String) {
    let script = format!("ulimit -v {memory}; exec timeout -k 1 60 {command}");
    let ended = home.shell(&script).output().unwrap();
    (ended.status.code(), String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_in_the_place_of_a_state_file_stops_no_command() {
    let demo = demo().await;
    for (name, command) in [
        ("session.json", "whosin list"),
        ("presence.json", "whosin list"),
        ("preferences.json", "whosin list"),
        ("cache.json", "whosin list"),
        ("history.sqlite", "whosin history"),
        ("lock", "whosin list"),
        ("session.lock", "whosin logout --forget"),
    ] {
        for kind in IN_PLACE {
            let home = Home::at(&demo).await.configured("history = \"30d\"");
            put(&home.state(name), kind);
            let (code, said) = run_bounded(&home, 4_000_000, command);
            let what = format!("{name}: {kind}: {code:?} {said}");
            assert!(matches!(code, Some(0 | 1 | 4)), "{what}");
            let listed = said.contains("Bob\tonline");
            match name {
                "session.json" => {
                    assert!(code == Some(4) && said.contains("session.json cannot be "), "{what}");
                }
                "presence.json" | "preferences.json" | "cache.json" | "lock" => assert!(listed, "{what}"),
                _ => {}
            }
            if name == "session.json" && kind == "huge" {
                assert!(said.ends_with("cannot be read: longer than 128 MB\n"), "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_that_cannot_be_read_are_said_and_not_replaced() {
    let demo = demo().await;
    for kind in ["newer", "cut", "zeroes"] {
        let home = Home::at(&demo).await;
        let file = home.state("preferences.json");
        put(&file, kind);
        let before = fs::read(&file).unwrap();
        let mut terminal = open(&home, &[]);
        terminal.wait_for("Bob");
        terminal.press("jp");
        terminal.wait_for("preferences.json cannot be read");
        terminal.signal(Signal::TERM);
        terminal.wait_for_exit();
        assert_eq!(fs::read(&file).unwrap(), before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_configuration_is_it_stops_no_command() {
    let demo = demo().await;
    for (kind, why) in [
        ("pipe", "nothing writes to this pipe"),
        ("directory", "Is a directory"),
        ("socket", "No such device or address"),
        ("huge", "longer than 16 MB"),
    ] {
        let home = Home::at(&demo).await.configured("");
        put(&home.path().join(".config/whosin/config.toml"), kind);
        for command in ["whosin list", "whosin config --check"] {
            let (code, said) = run_bounded(&home, 4_000_000, command);
            assert!(matches!(code, Some(1 | 4)), "{kind}: {code:?} {said}");
            assert!(said.contains("config.toml: ") && said.contains(why), "{kind}: {said}");
        }
    }
    for (text, line) in [
        ("hide = [\"\u{feff}@a*\"]", 0),
        ("\u{feff}mouse = true\r\nhide = []\r\n", 0),
        ("mouse = true\r\nmouse\r\n", 2),
    ] {
        let home = Home::at(&demo).await.configured(text);
        let (code, said) = run_bounded(&home, 4_000_000, "whosin config --check");
        assert_eq!(code, Some(i32::from(line > 0)), "{text:?}: {said}");
        assert!(line == 0 || said.contains(&format!("line {line}: ")), "{text:?}: {said}");
    }
    let home = Home::at(&demo).await.configured("");
    fs::write(home.path().join(".config/whosin/config.toml"), b"hide = [\"\xff\"]").unwrap();
    let (code, said) = run_bounded(&home, 4_000_000, "whosin list");
    assert!(code == Some(4) && said.contains("invalid utf-8"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_from_a_pipe_counts_as_long_as_the_dashboard_runs() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "mkfifo pipe; echo 'watch_only = true' > pipe & exec whosin --config pipe";
    let terminal = home.open_shell(script);
    terminal.wait_for("Bob");
    assert!(!terminal.text().contains("You ●"), "{}", terminal.text());
    demo.set(BOB, "busy", Some("later"));
    terminal.wait_for("later");
    assert!(!terminal.text().contains("config"), "{}", terminal.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_claims_any_size_is_drawn_and_given_back() {
    let demo = demo().await;
    for size in [
        "rows 65535 cols 65535",
        "rows 24 cols 65535",
        "rows 65535 cols 80",
        "rows 0 cols 0",
        "rows 1 cols 1",
    ] {
        let home = Home::at(&demo).await;
        let mut terminal = home.open_shell(&format!("stty {size}; whosin; echo ended with $?"));
        if size.contains("65535") {
            terminal.wait_for("Bob");
        } else {
            terminal.wait_until("the alternate screen", vt100::Screen::alternate_screen);
        }
        terminal.press("q");
        terminal.wait_for("ended with 0");
        terminal.wait_for_exit();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_answers_at_the_socket_stops_no_command() {
    let demo = demo().await;
    let home = Home::at(&demo).await.without_runtime_directory();
    // As an engine does.
    let lock = File::options().create(true).append(true).open(home.state("lock")).unwrap();
    lock.lock().unwrap();
    let listener = UnixListener::bind(home.state("socket")).unwrap();
    let answer: Arc<Mutex<Vec<u8>>> = Arc::default();
    let says = answer.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let line = says.lock().unwrap().clone();
            // One without an end is said again and again.
            while stream.as_ref().unwrap().write_all(&line).is_ok() && !line.ends_with(b"\n") {}
        }
    });
    let refusal =
        |why: &str| format!("{{\"v\":{VERSION},\"reply\":\"refused\",\"of\":{{\"why\":{}}}}}\n", json!(why));
    for (line, said) in [
        (b"GET / HTTP/1.1\n".to_vec(), "not a line of whosin's protocol"),
        (b"{\"v\":99,\"reply\":\"snapshot\"}\n".to_vec(), "not 99; update both"),
        (vec![b'[', b'\n'], "not a line of whosin's protocol"),
        (vec![0, 0xff, b'\n'], "invalid utf-8"),
        (refusal(HOSTILE).into_bytes(), "the open whosin refuses: "),
        (refusal(&"x\n".repeat(10_000)).into_bytes(), "the open whosin refuses: "),
        (vec![b'x'; 1 << 20], ""),
    ] {
        *answer.lock().unwrap() = line;
        let (code, stderr) = run_bounded(&home, 900_000, "whosin daemon --status");
        assert!(code == Some(1) && stderr.contains(said), "{said}: {code:?} {stderr}");
        assert_harmless(said, &stderr);
        assert!(stderr.lines().count() == 1 && stderr.len() < 4_000, "{stderr}");
        let (code, listed) = run_bounded(&home, 900_000, "whosin list");
        assert!(code == Some(0) && listed.contains("Bob\tonline"), "{said}: {code:?} {listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manual_names_each_file_and_each_is_for_its_owner_alone() {
    let demo = demo().await;
    let home = Home::signed_in(demo.url(), "you", demo::PASSWORD).configured("history = \"30d\"");
    let manual = home.run(&["man", "privacy"]).stdout;
    let mut terminal = open(&home, &[]);
    terminal.wait_for("Bob");
    terminal.press("jp");
    terminal.wait_for("is now a favourite");
    demo.set(BOB, "busy", Some("a change"));
    terminal.wait_for("a change");
    assert_eq!(home.run(&["set", "busy", "--for", "5m"]).code, 0);
    terminal.signal(Signal::TERM);
    terminal.wait_for_exit();
    let files = || {
        let files = fs::read_dir(home.state("")).unwrap().map(|it| it.unwrap());
        let files = files.filter(|file| file.file_type().unwrap().is_file());
        let mut names: Vec<_> = files.map(|file| file.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let before = files();
    for name in &before {
        assert!(manual.contains(&format!("    {name} ")), "{name} is not in the manual: {manual}");
        let mode = fs::metadata(home.state(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let gone = ["session.json", "presence.json", "preferences.json", "cache.json"];
    assert!(gone.iter().all(|name| before.iter().any(|file| file == name)), "{before:?}");
    assert_eq!(home.run(&["logout"]).code, 0);
    let left = files();
    let kept: Vec<_> = before.into_iter().filter(|file| !gone.contains(&file.as_str())).collect();
    assert_eq!(left, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_somebody_removes_is_made_again() {
    let demo = demo().await;
    for removed in [".run/whosin/socket", ".run/whosin", ".run"] {
        let home = Home::at(&demo).await;
        let runtime = home.path().join(".run");
        fs::create_dir(&runtime).unwrap();
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
        let terminal = open(&home, &[]);
        let before = Lines::of(home.command(&["watch", "--json"]));
        before.until("Bob", |line| line.contains("\"now\""));
        let removed = home.path().join(removed);
        if removed.is_dir() { fs::remove_dir_all(&removed) } else { fs::remove_file(&removed) }.unwrap();
        let asked = || home.run(&["status", "--cached"]);
        wait::until(|| asked().code == 0, || format!("{}: {:?}", removed.display(), asked()));
        assert_eq!(home.run(&["set", "busy", "-m", "still heard"]).code, 0);
        terminal.wait_for("still heard");
        // Who was attached stays so.
        demo.set(BOB, "busy", Some("still told"));
        before.until("the change", |line| line.contains("still told"));
        assert_eq!(home.run(&["set", "online", "-m", ""]).code, 0);
        demo.set(BOB, "online", Some("hi"));
    }
}
