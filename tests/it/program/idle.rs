//! Unavailable by itself only where the machine tells that nobody is there.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::time::{ClockId, clock_gettime};
use serde_json::Value as Json;
use whosin::demo::{Demo, Options};
use zbus::zvariant::Value;

use crate::support::{
    desktop::{Answer, Bus, Compositor, XServer, answer},
    guest::small_cast,
    home::Home,
    lines::Lines,
    terminal::Terminal,
    wait,
};

const ONLINE: &str = "You ● online";
const UNAVAILABLE: &str = "You ◐ unavailable";
/// The machine of whoever runs the tests may have a logind.
const NO_LOGIND: (&str, &str) = ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere");
/// Half a minute, which is more than the second of the configuration.
const LONG: u64 = 30_000;

async fn demo() -> Demo {
    let options = Options { cast: small_cast(), put_limit: None, ..Options::default() };
    Demo::start(options).await.unwrap()
}

async fn home(demo: &Demo) -> Home {
    let home = Home::at(demo).await.configured("idle_after = \"1s\"");
    fs::create_dir_all(runtime(&home)).unwrap();
    home
}

fn runtime(home: &Home) -> PathBuf {
    home.path().join(".run")
}

fn open(home: &Home, environment: &[(&str, &str)]) -> Terminal {
    let log = home.path().join("log");
    let terminal = home.open(
        &["--log", log.to_str().unwrap()],
        &[&[NO_LOGIND, ("WHOSIN_LOG", "debug")], environment].concat(),
    );
    terminal.wait_for(ONLINE);
    terminal
}

/// Waits until the machine was asked after the keyboard was idle for long enough, and has told nothing.
#[track_caller]
fn wait_until_nothing_tells(home: &Home) {
    let log = || fs::read_to_string(home.path().join("log")).unwrap();
    // The first question comes at the start.
    let asked = || log().matches("nobody has used the desktop answer=None").count() >= 2;
    wait::until(asked, log);
}

#[track_caller]
fn assert_stays_online(home: &Home, terminal: &Terminal) {
    wait_until_nothing_tells(home);
    // What follows a key shows that the program has seen to all before.
    terminal.press("?G");
    terminal.wait_for("unknown; you stay online");
    terminal.press("?");
    terminal.wait_for(ONLINE);
}

/// What `doctor` says about idle time.
fn doctor(home: &Home, environment: &[(&str, &str)]) -> String {
    let mut command = home.command(&["doctor", "--json"]);
    command.envs([NO_LOGIND]).envs(environment.iter().copied());
    // The checks of the server, which take longer, are not waited for.
    let line = Lines::of(command).until("the check", |line| line.contains("\"idle\""));
    let check: Json = serde_json::from_str(&line).unwrap();
    check["says"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wayland_compositor_tells_when_nobody_is_there() {
    let demo = demo().await;
    let home = home(&demo).await;
    let compositor =
        Compositor::start(&runtime(&home), &["wl_compositor", "ext_idle_notifier_v1", "wl_seat"]);
    let wayland = [("WAYLAND_DISPLAY", "wayland-7")];
    let terminal = open(&home, &wayland);
    assert_eq!(compositor.asked(), 1_000);
    for _ in 0..2 {
        compositor.idled();
        terminal.wait_for(UNAVAILABLE);
        compositor.resumed();
        terminal.wait_for(ONLINE);
    }
    drop(terminal);
    assert_eq!(doctor(&home, &wayland), "told by the Wayland compositor (ext-idle-notify-v1)");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_online_stays() {
    let demo = demo().await;
    let environments: [&[(&str, &str)]; 4] = [
        &[],
        &[("WAYLAND_DISPLAY", "wayland-7")],
        &[("WAYLAND_DISPLAY", "wayland-1")],
        &[("DISPLAY", ":4711")],
    ];
    for environment in environments {
        let home = home(&demo).await;
        let _compositor = Compositor::start(&runtime(&home), &["wl_compositor", "wl_seat"]);
        let terminal = open(&home, environment);
        assert_stays_online(&home, &terminal);
        drop(terminal);
        let says = doctor(&home, environment);
        assert!(says.starts_with("nothing on this machine tells") && says.contains("swayidle"), "{says}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_the_desktop_of_this_machine_is_no_evidence() {
    let demo = demo().await;
    for name in ["SSH_CONNECTION", "SSH_TTY"] {
        let home = home(&demo).await;
        let server = XServer::start(&["MIT-SCREEN-SAVER"]);
        server.set_idle(3_600_000);
        let _compositor = Compositor::start(&runtime(&home), &["ext_idle_notifier_v1", "wl_seat"]);
        let display = server.display();
        let environment = [("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", &*display), (name, "somewhere")];
        let terminal = open(&home, &environment);
        assert_stays_online(&home, &terminal);
        drop(terminal);
        assert!(doctor(&home, &environment).starts_with("over SSH nothing tells"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_x_server_tells_unless_wayland_runs_it() {
    let demo = demo().await;
    let home = home(&demo).await;
    let server = XServer::start(&["MIT-SCREEN-SAVER"]);
    server.set_idle(20);
    let display = server.display();
    let terminal = open(&home, &[("DISPLAY", &display)]);
    server.set_idle(3_600_000);
    terminal.wait_for(UNAVAILABLE);
    server.set_idle(20);
    terminal.wait_for(ONLINE);
    drop(terminal);
    assert_eq!(doctor(&home, &[("DISPLAY", &display)]), "told by the X server");

    let server = XServer::start(&["MIT-SCREEN-SAVER", "XWAYLAND"]);
    server.set_idle(3_600_000);
    assert!(doctor(&home, &[("DISPLAY", &server.display())]).starts_with("nothing on this machine tells"));
}

/// A service that answers with milliseconds. Zero: the desktop is in use.
type Service = fn(&str, u64) -> Option<Answer>;

fn idle_monitor(method: &str, idle: u64) -> Option<Answer> {
    match method {
        "ListNames" => Some(answer(&["org.freedesktop.DBus", "org.gnome.Mutter.IdleMonitor"].as_slice())),
        "GetIdletime" => Some(answer(&idle)),
        _ => None,
    }
}

fn screen_saver(method: &str, idle: u64) -> Option<Answer> {
    match method {
        "ListNames" => Some(answer(&["org.freedesktop.ScreenSaver"].as_slice())),
        "GetSessionIdleTime" => Some(answer(&u32::try_from(idle).unwrap())),
        _ => None,
    }
}

fn logind(method: &str, idle: u64) -> Option<Answer> {
    let uptime = clock_gettime(ClockId::Monotonic).tv_sec.unsigned_abs() * 1_000_000;
    let since = uptime - idle * 1_000;
    let session = HashMap::from([
        ("Type", Value::from("wayland")),
        ("Remote", Value::from(false)),
        ("IdleHint", Value::from(idle > 0)),
        ("IdleSinceHintMonotonic", Value::from(since)),
    ]);
    (method == "GetAll").then(|| answer(&session))
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_d_bus_tell_where_the_display_does_not() {
    let services: [(Service, &str, &str); 3] = [
        (idle_monitor, "DBUS_SESSION_BUS_ADDRESS", "the compositor (IdleMonitor)"),
        (screen_saver, "DBUS_SESSION_BUS_ADDRESS", "the screen saver (GetSessionIdleTime)"),
        (logind, "DBUS_SYSTEM_BUS_ADDRESS", "logind (IdleHint)"),
    ];
    for (service, variable, name) in services {
        // The session of a program that was killed counts for some time.
        let demo = demo().await;
        let home = home(&demo).await;
        let idle = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&idle);
        let bus =
            Bus::start(&runtime(&home), "bus-7", move |method| service(method, told.load(Ordering::SeqCst)));
        let address = bus.address();
        let environment = [("WAYLAND_DISPLAY", "wayland-7"), (variable, &*address)];
        let terminal = open(&home, &environment);
        idle.store(LONG, Ordering::SeqCst);
        terminal.wait_for(UNAVAILABLE);
        idle.store(0, Ordering::SeqCst);
        terminal.wait_for(ONLINE);
        drop(terminal);
        assert_eq!(doctor(&home, &environment), format!("told by {name}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_logind_says_of_a_terminal_or_from_afar_is_no_evidence() {
    let demo = demo().await;
    for (kind, remote) in [("tty", false), ("unspecified", false), ("x11", true)] {
        let home = home(&demo).await;
        let session = move |_: &str| {
            let session = HashMap::from([
                ("Type", Value::from(kind)),
                ("Remote", Value::from(remote)),
                ("IdleHint", Value::from(true)),
                ("IdleSinceHintMonotonic", Value::from(0_u64)),
            ]);
            Some(answer(&session))
        };
        let bus = Bus::start(&runtime(&home), "bus-7", session);
        let environment = [("DISPLAY", ":4711"), ("DBUS_SYSTEM_BUS_ADDRESS", &*bus.address())];
        assert!(doctor(&home, &environment).starts_with("nothing on this machine tells"), "{kind} {remote}");
    }
}
