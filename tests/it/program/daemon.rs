//! `whosin daemon`: the presence without a terminal.

use std::{
    fs,
    os::unix::net::UnixDatagram,
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    program::watch::demo,
    support::{
        home::Home,
        scene::{BUSY, Scene},
        synapse::{Setup, shared},
        wait,
    },
};

/// A daemon that runs. Dropping it kills it.
pub struct Daemon {
    child: Child,
    service_manager: UnixDatagram,
}

impl Daemon {
    /// Starts a daemon, and waits until it says that it runs.
    pub fn start(home: &Home) -> Self {
        let socket = home.path().join("notify");
        let _ = fs::remove_file(&socket);
        let service_manager = UnixDatagram::bind(&socket).unwrap();
        service_manager.set_read_timeout(Some(wait::LIMIT)).unwrap();
        let mut command = home.command(&["daemon"]);
        let child = command.env("NOTIFY_SOCKET", &socket).stderr(Stdio::inherit()).spawn().unwrap();
        let daemon = Self { child, service_manager };
        daemon.wait_for("READY=1");
        daemon
    }

    /// Waits for a state that it tells the service manager.
    pub fn wait_for(&self, state: &str) {
        let mut datagram = [0; 256];
        loop {
            let length = self.service_manager.recv(&mut datagram).expect(state);
            if &datagram[..length] == state.as_bytes() {
                return;
            }
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub fn end(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.child.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_daemon_keeps_the_presence_while_dashboards_come_and_go() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let daemon = Daemon::start(&scene.home);
    scene.until_seen_as("online");
    let recording = scene.record();
    for (key, state, shown) in [("b", BUSY, "■ busy"), ("u", "unavailable", "◐ unavailable")] {
        let mut dashboard = scene.open();
        dashboard.wait_for("whosin daemon keeps your presence after you quit.");
        dashboard.press(key);
        dashboard.wait_for(&format!("You {shown}"));
        assert_eq!(scene.seen()["presence"], state);
        dashboard.press("q");
        assert_eq!(dashboard.wait_for_exit().code(), Some(0));
        assert_eq!(scene.seen()["presence"], state, "the daemon keeps it");
    }
    assert_eq!(scene.home.run(&["set", "busy", "-m", "lunch"]).stdout, "busy: lunch\n");
    let told = recording.end();
    assert_eq!(told, [BUSY.to_owned(), "unavailable".to_owned(), format!("{BUSY} lunch")]);
    assert_eq!(daemon.end().code(), Some(0));
    assert_eq!(scene.seen()["presence"], "offline");
}

#[test]
fn a_dashboard_goes_on_after_a_killed_daemon() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let daemon = Daemon::start(&scene.home);
    let mut dashboard = scene.open();
    dashboard.press("b");
    dashboard.wait_for("You ■ busy");
    daemon.signal(Signal::KILL);
    wait::until(
        || scene.home.run(&["daemon", "--status"]).stdout.contains("the dashboard of process"),
        || "the dashboard has the engine".to_owned(),
    );
    assert_eq!(scene.seen()["presence"], BUSY);
    dashboard.press("q");
    dashboard.wait_for_exit();
    assert_eq!(scene.seen()["presence"], "offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_says_that_it_runs_and_ends_on_request() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let status = || home.run(&["daemon", "--status"]);
    assert_eq!((status().code, status().stdout.as_str()), (1, "no daemon is running\n"));
    assert_eq!(home.run(&["daemon", "--stop"]).code, 1);
    let mut daemon = Daemon::start(&home);
    let running = status();
    let process = format!("running as process {} since ", daemon.child.id());
    assert!(running.code == 0 && running.stdout.starts_with(&process), "{running:?}");
    let second = home.run(&["daemon"]);
    assert!(second.code == 1 && second.stderr.contains("runs already"), "{second:?}");
    assert_eq!(home.run(&["daemon", "--stop"]).code, 0);
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
    assert_eq!(status().code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reads_the_configuration_again() {
    let demo = demo().await;
    let home = Home::at(&demo).await.configured("");
    let daemon = Daemon::start(&home);
    let list = || home.run(&["list", "--json"]).stdout;
    wait::until(|| list().contains("@bob:"), list);
    // The system tells of no change that is made by another name of the file.
    std::fs::hard_link(home.path().join(".config/whosin/config.toml"), home.path().join("other.toml"))
        .unwrap();
    home.write("other.toml", "hide = [");
    daemon.signal(Signal::HUP);
    home.write("other.toml", "hide = [\"@bob:*\"]");
    daemon.signal(Signal::HUP);
    wait::until(|| !list().contains("@bob:"), list);
}

#[test]
fn a_state_with_an_end_is_ended_in_the_background() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.alice.put_presence("offline", Some("gone home"));
    let recording = scene.record();
    let set = scene.home.run(&["set", "busy", "--for", "15s", "-m", "lunch"]);
    assert_eq!((set.code, set.stdout.as_str()), (0, "busy: lunch\n"), "{set:?}");
    assert!(set.stderr.contains("in the background"), "{set:?}");
    scene.until_seen_as("offline");
    assert_eq!(scene.seen()["status_msg"], "gone home");
    let status = || scene.home.run(&["daemon", "--status"]).stdout;
    wait::until(|| status() == "no daemon is running\n", status);
    assert_eq!(recording.end(), [format!("{BUSY} lunch"), "offline gone home".to_owned()]);
}

#[test]
fn a_process_in_the_background_leaves_the_end_of_a_state_to_a_dashboard() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let set = scene.home.run(&["set", "busy", "--for", "1h"]);
    assert_eq!(set.code, 0, "{set:?}");
    let status = || scene.home.run(&["daemon", "--status"]).stdout;
    assert!(status().contains("ends a timed state"), "{}", status());
    let mut dashboard = scene.open();
    dashboard.wait_for("busy until");
    wait::until(|| status().contains("the dashboard of process"), status);
    assert_eq!(scene.seen()["presence"], BUSY);
    dashboard.press("q");
    dashboard.wait_for_exit();
}

#[test]
fn the_unit_of_systemd_starts_the_daemon_that_there_is() {
    let unit = fs::read_to_string("assets/whosin.service").unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=whosin ")).unwrap();
    let args: Vec<_> = start.split(' ').chain(["--help"]).collect();
    assert_eq!(Home::new().run(&args).code, 0);
    let verify = Command::new("systemd-analyze").args(["--user", "verify", "assets/whosin.service"]).output();
    // Where systemd is installed, it must understand the unit. It does not find whosin.
    if let Ok(verified) = verify {
        let said = String::from_utf8(verified.stderr).unwrap();
        assert!(!said.contains("Unknown") && !said.contains("Failed to parse"), "{said}");
    }
}
