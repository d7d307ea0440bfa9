//! The recipes of the manual, each run as it is written: with a stub of what the tool does, and with the real tool
//! where it is installed and needs nothing of the machine.
//!
//! Never the real at and cron, whose queues are those of the person who runs the tests, nor bars that need a
//! compositor.

use std::{
    fs::{self, Permissions},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use whosin::demo::Demo;

use crate::{
    program::{completions::is_installed, daemon::Daemon, prompts::block, watch::demo},
    support::{
        guest::BOB,
        home::{Home, path_with_whosin},
        wait,
    },
};

const RECIPES: &str = include_str!("../../../assets/manual/recipes.md");
const BARS: &str = include_str!("../../../assets/manual/bars.md");

/// A server, a home and a daemon that keeps the presence.
struct Kitchen {
    demo: Demo,
    home: Home,
    daemon: Daemon,
}

impl Kitchen {
    async fn open() -> Self {
        let demo = demo().await;
        let home = Home::at(&demo).await;
        let daemon = Daemon::start(&home);
        daemon.wait_for("STATUS=connected to demo.localhost");
        Self { demo, home, daemon }
    }

    /// Puts a program into the search path, before the real one of this name.
    fn stub(&self, name: &str, script: &str) -> &Self {
        let path = self.home.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn shell(&self, script: &str) -> Command {
        let mut shell = self.home.command_of("sh");
        let path = format!("{}/bin:{}", self.home.path().display(), path_with_whosin());
        shell.args(["-c", script]).env("PATH", path);
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    /// Starts a recipe. All its processes end with the test.
    fn start(&self, script: &str) -> Running {
        Running(self.shell(script).process_group(0).spawn().unwrap())
    }

    fn run(&self, script: &str) -> Output {
        self.shell(script).output().unwrap()
    }

    /// What others see of the person.
    fn own(&self) -> String {
        self.home.run(&["status"]).stdout.split('\t').nth(1).unwrap_or_default().to_owned()
    }

    fn wait_for_own(&self, state: &str) {
        wait::until(|| self.own() == state, || format!("{state}, not {}", self.own()));
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.home.path().join(file)).unwrap_or_default()
    }

    fn wait_for_file(&self, file: &str, text: &str) {
        wait::until(|| self.read(file).contains(text), || format!("{text} in {file}: {}", self.read(file)));
    }
}

/// A shell and what it has started. Dropping it kills all.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// The value of a key in a listing: `command = "…"` of TOML, `exec = …` of an INI file, `"exec": "…"` of JSON.
pub fn value(listing: &str, key: &str) -> String {
    let line = listing.lines().map(str::trim).find(|line| line.trim_matches('"').starts_with(key)).unwrap();
    let value =
        line.trim_start_matches(['"']).trim_start_matches(key).trim_start_matches(['"', ':', '=', ' ']);
    let value = value.trim_end_matches(',').trim_end_matches('"');
    value.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_of_khal_makes_busy_until_its_end_and_tells_no_title() {
    let kitchen = Kitchen::open().await;
    let recipe = block(RECIPES, "Busy in the meetings of khal");
    // khal(1): a line for each event of that time, in the format that was asked for.
    let khal = |events: &str| {
        let script = format!(
            "[ \"$*\" = \"list now 1m --day-format  --format {{all-day}} {{end-time}}\" ] || exit 64\nprintf '{events}'"
        );
        kitchen.stub("khal", &script);
    };
    khal("True \n");
    kitchen.run(&recipe);
    assert_eq!(kitchen.own(), "online", "an event of the whole day is none");
    khal("True \nFalse 23:58\nFalse 23:59\n");
    let ended = kitchen.run(&recipe);
    assert!(ended.status.success(), "{ended:?}");
    kitchen.wait_for_own("busy");
    let own = kitchen.home.run(&["status"]).stdout;
    assert!(own.contains("in a meeting"), "{own}");
    let _ = kitchen.home.run(&["set", "unavailable"]);
    kitchen.run(&recipe);
    assert_eq!(kitchen.own(), "unavailable", "what the person sets stays");
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn khal_itself_names_the_end_of_a_meeting() {
    let kitchen = Kitchen::open().await;
    if !is_installed("khal") {
        return;
    }
    let directory = kitchen.home.path().join("calendar");
    let config = format!("[calendars]\n[[home]]\npath = {}\n", directory.display());
    kitchen.home.write(".config/khal/config", &config);
    let add = |name: &str, lines: &str| {
        let event = format!("BEGIN:VEVENT\r\nUID:{name}\r\nSUMMARY:Secret\r\n{lines}\r\nEND:VEVENT");
        let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\nEND:VCALENDAR\r\n");
        kitchen.home.write(&format!("calendar/{name}.ics"), &file)
    };
    let now = jiff::tz::TimeZone::system().to_datetime(jiff::Timestamp::now());
    let whole = "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20990101";
    add("whole-day", whole);
    let recipe = block(RECIPES, "Busy in the meetings of khal");
    kitchen.run(&recipe);
    assert_eq!(kitchen.own(), "online", "an event of the whole day is none");
    let at =
        |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).strftime("%Y%m%dT%H%M%S").to_string();
    add("meeting", &format!("DTSTART:{}\r\nDTEND:{}", at(-1), at(2)));
    let ended = kitchen.run(&recipe);
    assert!(ended.status.success(), "{ended:?}");
    kitchen.wait_for_own("busy");
    let own = kitchen.home.run(&["status"]).stdout;
    assert!(own.contains("in a meeting") && !own.contains("Secret"), "{own}");
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_of_a_calendar_file_makes_busy_until_its_end_and_tells_no_title() {
    let kitchen = Kitchen::open().await;
    kitchen.home.write("meeting-end", &block(RECIPES, "Save this as `meeting-end`"));
    let recipe = block(RECIPES, "Then run each minute:");
    let now = jiff::Timestamp::now();
    let utc = |hours: i64| {
        let at = now + jiff::SignedDuration::from_hours(hours);
        at.strftime("%Y%m%dT%H%M%SZ").to_string()
    };
    let event = |lines: &str| format!("BEGIN:VEVENT\r\nSUMMARY:Secret\r\n{lines}END:VEVENT\r\n");
    let running = format!("DTSTART:{}\r\nDTEND:{}\r\n", utc(-1), utc(2));
    let none = [
        "DTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20990101\r\n".to_owned(),
        format!("{running}TRANSP:TRANSPARENT\r\n"),
        format!("{running}STATUS:CANCELLED\r\n"),
        format!("DTSTART:{}\r\nDTEND:{}\r\n", utc(-3), utc(-2)),
        format!("DTSTART:{}\r\nDTEND:{}\r\n", utc(1), utc(2)),
    ];
    let calendar = |events: &str| {
        kitchen.home.write("calendar.ics", &format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n"))
    };
    calendar(&none.map(|lines| event(&lines)).concat());
    kitchen.run(&recipe);
    assert_eq!(kitchen.own(), "online");
    // A line may be folded.
    calendar(&event(&running.replace("DTEND:", "DTEND:\r\n ")));
    let ended = kitchen.run(&recipe);
    assert!(ended.status.success(), "{ended:?}");
    kitchen.wait_for_own("busy");
    let own = kitchen.home.run(&["status"]).stdout;
    assert!(own.contains("in a meeting") && !own.contains("Secret"), "{own}");
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn swayidle_sets_away_and_back_and_leaves_busy_alone() {
    let kitchen = Kitchen::open().await;
    // swayidle(1): `timeout SECONDS COMMAND`, `resume COMMAND`, each by the shell.
    kitchen.stub(
        "swayidle",
        "[ \"$1 $2 $4\" = 'timeout 600 resume' ] || exit 64\nsh -c \"$3\"; whosin status >seen; sh -c \"$5\"",
    );
    let recipe = block(RECIPES, "by swayidle");
    kitchen.run(&recipe);
    assert!(kitchen.read("seen").contains("\tunavailable\t"), "{}", kitchen.read("seen"));
    assert_eq!(kitchen.own(), "online");
    let _ = kitchen.home.run(&["set", "busy"]);
    kitchen.run(&recipe);
    assert!(kitchen.read("seen").contains("\tbusy\t"), "{}", kitchen.read("seen"));
    assert_eq!(kitchen.own(), "busy");
    assert!(kitchen.daemon.end().success());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn swayidle_itself_asks_the_compositor_and_sets_away_and_back() {
    use crate::support::desktop::Compositor;

    let kitchen = Kitchen::open().await;
    if !is_installed("swayidle") {
        return;
    }
    let directory = kitchen.home.path().join("wayland");
    let compositor = Compositor::start(&directory, &["wl_seat", "ext_idle_notifier_v1"]);
    let display = format!("env WAYLAND_DISPLAY={}/wayland-7", directory.display());
    let recipe = format!("{display} {}", block(RECIPES, "by swayidle"));
    let swayidle = kitchen.start(&recipe);
    assert_eq!(compositor.asked(), 600_000);
    compositor.idled();
    kitchen.wait_for_own("unavailable");
    compositor.resumed();
    kitchen.wait_for_own("online");
    drop(swayidle);
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_runs_makes_busy_while_it_runs() {
    let kitchen = Kitchen::open().await;
    kitchen.stub("sleep", "exec /bin/sleep 0.1");
    // procps: 0 if a process of this name runs.
    kitchen.stub("pgrep", "[ \"$1 $2\" = '-x obs|zoom' ] && [ -e running ]");
    let looking = kitchen.start(&block(RECIPES, "Busy while OBS or Zoom runs"));
    kitchen.home.write("running", "");
    kitchen.wait_for_own("busy");
    fs::remove_file(kitchen.home.path().join("running")).unwrap();
    kitchen.wait_for_own("online");
    drop(looking);
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_and_cron_set_a_state() {
    let kitchen = Kitchen::open().await;
    // at(1) runs standard input by sh at the time that is given.
    kitchen.stub("at", "[ \"$1\" = 12:00 ] && exec sh");
    let ended = kitchen.run(&block(RECIPES, "Once, by at:"));
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(kitchen.own(), "busy");
    let _ = kitchen.home.run(&["set", "online"]);
    // crontab(5): five fields and a command for sh.
    let line = block(RECIPES, "Each working day, by cron");
    let command = line.lines().last().unwrap().splitn(6, ' ').nth(5).unwrap();
    assert!(kitchen.run(command).status.success());
    assert_eq!(kitchen.own(), "busy");
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_are_set_by_one_line() {
    let kitchen = Kitchen::open().await;
    let other = demo().await;
    let at_work = Home::at(&other).await;
    let work = kitchen.home.path().join(".local/state/whosin/work");
    fs::create_dir_all(&work).unwrap();
    fs::copy(at_work.state("session.json"), work.join("session.json")).unwrap();
    let ended = kitchen.run(&block(RECIPES, "Two accounts at once"));
    assert!(ended.status.success(), "{ended:?}");
    for profile in ["", "work"] {
        let own = kitchen.home.run(&["--profile", profile, "status"]).stdout;
        assert!(own.contains("\tbusy\t"), "{profile}: {own}");
    }
    assert_eq!(kitchen.home.run(&["--profile", "work", "daemon", "--stop"]).code, 0);
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_show_who_is_free_and_each_change() {
    let kitchen = Kitchen::open().await;
    let i3status = value(&block(RECIPES, "## i3status-rust"), "command");
    let starship = value(&block(RECIPES, "starship.toml"), "command");
    let waybar = value(&block(BARS, "### waybar"), "exec");
    let i3blocks = value(&block(BARS, "### i3blocks"), "command");
    let polybar = value(&block(BARS, "### polybar"), "exec");
    assert_eq!(String::from_utf8(kitchen.run(&starship).stdout).unwrap(), "online\n");
    // Each reads a line for each change.
    for (name, command) in
        [("i3status", &i3status), ("waybar", &waybar), ("i3blocks", &i3blocks), ("polybar", &polybar)]
    {
        kitchen.demo.set(BOB, "online", None);
        let bar = kitchen.start(&format!("{command} >{name}"));
        kitchen.wait_for_file(name, "1");
        kitchen.demo.set(BOB, "busy", None);
        wait::until(|| kitchen.read(name).lines().count() >= 2, || format!("a change in {name}"));
        if matches!(name, "waybar" | "i3blocks") {
            for line in kitchen.read(name).lines() {
                let line: Value = serde_json::from_str(line).unwrap();
                assert!(line["text"].is_string() || line["full_text"].is_string(), "{line}");
            }
        }
        drop(bar);
    }
    assert!(i3status.contains("for-bar pango") && polybar.contains("for-bar polybar"));
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn tmux_shows_who_is_free() {
    let kitchen = Kitchen::open().await;
    if !is_installed("tmux") {
        return;
    }
    let conf = kitchen.home.write("tmux.conf", &block(BARS, "In `~/.tmux.conf`:"));
    let terminal = kitchen.home.open_other("tmux", &["-S", "tmux", "-f", &conf, "new", "cat"]);
    terminal.wait_for("● 1");
    let mut end = kitchen.home.command_of("tmux");
    assert!(end.args(["-S", "tmux", "kill-server"]).status().unwrap().success());
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_pass_each_change_on() {
    let kitchen = Kitchen::open().await;
    // sketchybar --set NAME PROPERTY=VALUE
    kitchen.stub("sketchybar", "echo \"$@\" >>sketchybar.log");
    let _bar = kitchen.start(&block(RECIPES, "## sketchybar"));
    kitchen.wait_for_file("sketchybar.log", "--set whosin label=1 free");
    // mosquitto_pub -l sends each line of standard input as a message.
    kitchen.stub(
        "mosquitto_pub",
        "[ \"$*\" = '-h homeassistant.local -t whosin/bob -r -l' ] || exit 64\nwhile read -r line; do echo \"$line\" >>messages; done",
    );
    // A dashboard of Home Assistant reads each message, also one that is kept.
    let is_state =
        |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|it| it["presence"].is_string());
    let _home_assistant = kitchen.start(&block(RECIPES, "Home Assistant, over MQTT"));
    kitchen.wait_for_file("messages", "\"presence\":\"online\"");
    kitchen.demo.set(BOB, "busy", Some("a \"quoted\" $(message)"));
    kitchen.wait_for_file("messages", "\"presence\":\"busy\"");
    kitchen.wait_for_file("sketchybar.log", "--set whosin label=0 free");
    for line in kitchen.read("messages").lines() {
        // value_template: "{{ value_json.presence }}"
        assert!(is_state(line), "{line}");
    }
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_the_counts() {
    let kitchen = Kitchen::open().await;
    kitchen.demo.join("@eve:demo.localhost", "!room:demo.localhost");
    kitchen.demo.set("@eve:demo.localhost", "evil\"} 1\\nx", None);
    wait::until(|| kitchen.home.run(&["list"]).stdout.contains("@eve"), || "eve".to_owned());
    let ended = kitchen.run(&block(RECIPES, "## Prometheus"));
    assert!(ended.status.success(), "{ended:?}");
    let metrics = kitchen.read("whosin.prom");
    assert!(metrics.contains("whosin_contacts{state=\"online\"} 1\n"), "{metrics}");
    for line in metrics.lines() {
        let (state, count) =
            line.strip_prefix("whosin_contacts{state=\"").unwrap().split_once("\"} ").unwrap();
        assert!(count.parse::<u32>().is_ok() && !state.contains('"'), "{line}");
    }
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_itself_keeps_the_last_state() {
    let kitchen = Kitchen::open().await;
    let tools = ["mosquitto", "mosquitto_pub", "mosquitto_sub"];
    if !tools.into_iter().all(is_installed) {
        return;
    }
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let _broker = kitchen.start(&format!("mosquitto -p {port}"));
    wait::until(
        || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok(),
        || "the broker listens".to_owned(),
    );
    // Another address, and the rest as it is written.
    kitchen.stub(
        "mosquitto_pub",
        &format!(
            "PATH=${{PATH#*:}}\n[ \"$1 $2\" = '-h homeassistant.local' ] || exit 64\nshift 2\n\
             exec mosquitto_pub -h 127.0.0.1 -p {port} \"$@\""
        ),
    );
    let recipe = kitchen.start(&block(RECIPES, "Home Assistant, over MQTT"));
    let last = || {
        let ask = format!("mosquitto_sub -h 127.0.0.1 -p {port} -t whosin/bob -C 1 -W 1");
        let message = kitchen.run(&ask).stdout;
        serde_json::from_slice(&message).map_or(Value::Null, |it: Value| it["presence"].clone())
    };
    wait::until(|| last() == "online", || format!("online, not {}", last()));
    kitchen.demo.set(BOB, "busy", None);
    wait::until(|| last() == "busy", || format!("busy, not {}", last()));
    drop(recipe);
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn i3blocks_itself_shows_who_is_free() {
    let kitchen = Kitchen::open().await;
    if !is_installed("i3blocks") {
        return;
    }
    kitchen.home.write("i3blocks.conf", &format!("{}\n", block(BARS, "### i3blocks")));
    let _bar = kitchen.start("stdbuf -oL i3blocks -c i3blocks.conf >shown");
    kitchen.wait_for_file("shown", "● 1");
    kitchen.demo.set(BOB, "busy", None);
    kitchen.wait_for_file("shown", "■ 1");
    assert!(kitchen.daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn polybar_itself_shows_who_is_free() {
    let kitchen = Kitchen::open().await;
    if !["polybar", "Xvfb"].into_iter().all(is_installed) {
        return;
    }
    let module = block(BARS, "### polybar");
    kitchen
        .home
        .write("polybar.ini", &format!("[bar/x]\nmodules-right = whosin\nfont-0 = fixed\n\n{module}\n"));
    let _screen = kitchen.start("Xvfb -displayfd 1 -screen 0 640x480x24 >display 2>/dev/null");
    kitchen.wait_for_file("display", "\n");
    let display = kitchen.read("display");
    let _bar =
        kitchen.start(&format!("env DISPLAY=:{} polybar -c polybar.ini -s x >shown 2>&1", display.trim()));
    kitchen.wait_for_file("shown", "1: Bob");
    kitchen.demo.set(BOB, "busy", None);
    kitchen.wait_for_file("shown", "0: ");
    assert!(kitchen.daemon.end().success());
}
