//! Terminals that hang up, that nobody reads and that nobody gives back.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::{fs::OpenOptionsExt, process::ExitStatusExt},
    process::{Child, ExitStatus},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    process::{Pid, Signal, kill_process},
    pty::ptsname,
    termios::{Action, LocalModes, tcflow, tcgetattr},
};
use serde_json::json;
use whosin::demo::{self, Demo};

use crate::support::{
    home::{Home, WHOSIN},
    scene::{BUSY, Scene},
    synapse::{Setup, shared},
    wait::LIMIT,
};

/// A terminal window that the test reads only while it waits for something.
struct Window {
    child: Child,
    pty: Pty,
    parser: vt100::Parser,
}

impl Window {
    /// Runs a shell script in which `whosin` is the program, in this home.
    fn open(home: &Home, script: &str) -> Self {
        let command = home.command(&[]);
        let script = script.replace("whosin", WHOSIN);
        let mut shell = Command::new("bash").args(["--norc", "-c", &script]).env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            shell = shell.env(name, value.unwrap());
        }
        let (pty, end) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(24, 100)).unwrap();
        let child = shell.spawn(end).unwrap();
        let (rows, columns) = (24.try_into().unwrap(), 100.try_into().unwrap());
        Self { child, pty, parser: vt100::Parser::new(rows, columns, 0) }
    }

    fn press(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).unwrap();
    }

    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    #[track_caller]
    fn wait_until(&mut self, what: &str, condition: impl Fn(&vt100::Screen) -> bool) {
        let end = Instant::now() + LIMIT;
        while !condition(self.parser.screen()) {
            let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).unwrap();
            let mut ready = [PollFd::new(&self.pty, PollFlags::IN)];
            let is_readable = poll(&mut ready, Some(&left)).unwrap() > 0;
            let mut bytes = [0; 4096];
            let length = if is_readable { self.pty.read(&mut bytes).unwrap_or(0) } else { 0 };
            assert!(length > 0, "waited for {what}:\n{}", self.parser.screen().contents());
            self.parser.process(&bytes[..length]);
        }
    }

    /// The terminal's other end, as another process opens it.
    fn device(&self) -> File {
        let name = ptsname(&self.pty, Vec::new()).unwrap();
        let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
        let path = name.to_str().unwrap();
        OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap()
    }

    /// Fills the terminal until it takes nothing more, as if nobody had read it for long.
    fn fill(&self) {
        let mut device = self.device();
        let moment = Timespec::try_from(Duration::from_millis(200)).unwrap();
        while poll(&mut [PollFd::new(&device, PollFlags::OUT)], Some(&moment)).unwrap() > 0 {
            let _ = device.write(&[b' '; 4096]);
        }
    }

    /// Whether the shell's settings are back: lines are edited and typed keys are shown.
    fn is_restored(&self) -> bool {
        let modes = tcgetattr(self.device()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Closes the window as its button does.
    fn close(self) -> Ending {
        Ending(self.child)
    }

    fn ending(self) -> (Ending, Pty) {
        (Ending(self.child), self.pty)
    }
}

/// A process that should end by itself.
struct Ending(Child);

impl Ending {
    #[track_caller]
    fn wait(mut self) -> ExitStatus {
        let pid = Pid::from_child(&self.0);
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || tell.send(self.0.wait()));
        let Ok(status) = ended.recv_timeout(LIMIT) else {
            let _ = kill_process(pid, Signal::KILL);
            panic!("the program did not end within {LIMIT:?}");
        };
        status.unwrap()
    }
}

async fn demo() -> Demo {
    Demo::start(demo::Options { put_limit: None, ..demo::Options::default() }).await.unwrap()
}

#[test]
fn closing_the_window_ends_busy_for_others() {
    let Some(synapse) = shared(Setup::default()) else { return };
    for script in ["exec whosin", "trap '' HUP; whosin; exit $?"] {
        let scene = Scene::on(synapse);
        let home = Home::of(&synapse.url(), &scene.alice);
        let mut window = Window::open(&home, script);
        window.wait_for("live");
        window.press("b");
        window.wait_for("Others see you as ■ busy");
        assert_eq!(scene.seen()["presence"], BUSY);
        assert_eq!(window.close().wait().code(), Some(0), "{script}");
        assert_eq!(scene.seen()["presence"], "offline", "{script}");
    }
}

#[test]
fn a_terminal_that_nobody_reads_holds_up_nothing() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::of(&synapse.url(), &scene.alice);
    let mut window = Window::open(&home, "exec whosin");
    window.wait_for("live");
    window.wait_for("Others see you as ● online");
    window.fill();
    for key in ["?", "?", "?", "?"] {
        window.press(key);
    }
    assert_eq!(home.run(&["set", "busy", "--message", "unread"]).code, 0);
    let seen = scene.seen();
    assert_eq!((&seen["presence"], &seen["status_msg"]), (&json!(BUSY), &json!("unread")));
    window.signal(Signal::TERM);
    let device = window.device();
    let (ending, pty) = window.ending();
    assert_eq!(ending.wait().code(), Some(0));
    assert_eq!(scene.seen()["presence"], "offline");
    assert!(tcgetattr(&device).unwrap().local_modes.contains(LocalModes::ECHO));
    drop(pty);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_whose_output_is_stopped_is_given_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut window = Window::open(&home, "exec whosin");
    window.wait_for("live");
    tcflow(window.device(), Action::OOff).unwrap();
    window.press("?");
    window.signal(Signal::TERM);
    window.wait_until("the normal screen", |screen| !screen.alternate_screen());
    assert!(!window.parser.screen().hide_cursor());
    let device = window.device();
    assert_eq!(window.ending().0.wait().code(), Some(0));
    drop(device);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigquit_ends_it_by_that_signal_and_gives_the_terminal_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut window = Window::open(&home, "ulimit -c 0; exec whosin");
    window.wait_for("live");
    let device = window.device();
    window.signal(Signal::QUIT);
    window.wait_until("the normal screen", |screen| !screen.alternate_screen());
    let (ending, _pty) = window.ending();
    assert_eq!(ending.wait().signal(), Some(Signal::QUIT.as_raw()));
    assert!(tcgetattr(&device).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_stop_where_no_shell_could_continue_it() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    for script in ["exec whosin", "whosin; exit $?"] {
        let mut window = Window::open(&home, script);
        window.wait_for("live");
        window.press("\x1a");
        window.wait_for("No shell is there to continue");
        window.press("q");
        window.wait_until("the normal screen", |screen| !screen.alternate_screen());
        let (ending, _pty) = window.ending();
        assert_eq!(ending.wait().code(), Some(0), "{script}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_z_gives_the_terminal_to_the_shell_until_fg() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; echo first stop; read; fg; echo second stop; read; fg; exit $?";
    let mut window = Window::open(&home, script);
    for stop in ["first stop", "second stop"] {
        window.wait_until("the dashboard", |screen| {
            screen.alternate_screen() && screen.contents().contains("live")
        });
        assert!(!window.is_restored());
        window.press("\x1a");
        window
            .wait_until("the shell", |screen| !screen.alternate_screen() && screen.contents().contains(stop));
        assert!(window.is_restored());
        window.press("\r");
    }
    window.wait_until("the dashboard", vt100::Screen::alternate_screen);
    window.press("q");
    window.wait_until("the shell", |screen| !screen.alternate_screen());
    let (ending, _pty) = window.ending();
    assert_eq!(ending.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_job_ends_in_the_background() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; kill %1; tail --pid=$(jobs -p) -f /dev/null; jobs; read";
    let mut window = Window::open(&home, script);
    window.wait_for("live");
    window.press("\x1a");
    window.wait_for("Done");
    assert!(window.is_restored());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_the_background_shows_itself_when_it_comes_back() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let script = "set -m; whosin; bg; echo in the back; read; fg; exit $?";
    let mut window = Window::open(&home, script);
    window.wait_for("live");
    window.press("\x1a");
    window.wait_for("in the back");
    window.press("\r");
    window.wait_until("the dashboard", |screen| {
        screen.alternate_screen() && screen.contents().contains("live")
    });
    window.press("q");
    window.wait_until("the shell", |screen| !screen.alternate_screen());
    let (ending, _pty) = window.ending();
    assert_eq!(ending.wait().code(), Some(0));
}
