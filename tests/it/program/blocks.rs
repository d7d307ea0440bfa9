//! Each block of code in the README, the manual and CONTRIBUTING runs as it is written. Stubs stand for the tools
//! around whosin; `recipes` and `prompts` test what comes of a block.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Output,
};

use jiff::{SignedDuration, Timestamp};
use whosin::demo;

use super::{
    daemon::Daemon,
    documents::{blocks, documents},
    manual::is_installed,
    recipes::value,
    watch::{demo, object},
};
use crate::support::{
    home::{Home, WHOSIN, path_with_whosin},
    synapse::announce,
};

/// Blocks that nothing runs: their first lines, and why.
const NOT_RUN: [(&str, &str); 1] = [("mqtt:", "Home Assistant reads it; whosin has no part in it")];

/// The tools around whosin, and what each does here. Each must be started by a block.
const TOOLS: [(&str, &str); 16] = [
    ("sudo", ""),
    ("tar", ""),
    ("cargo", ""),
    ("../.ci/run", ""),
    ("systemctl", ""),
    ("notify-send", ""),
    ("pympress", ""),
    ("sketchybar", ""),
    ("jq", "cat"),
    ("dzen2", "grep -q ."),
    ("lemonbar", "grep -q ."),
    ("mosquitto_pub", "grep -q '\"type\"'"),
    ("at", "exec sh"),
    ("khal", "echo False 23:59"),
    ("swayidle", "sh -c \"$3\" && sh -c \"$5\""),
    // A program that runs until the loop has slept twice. The loop then ends, because it cannot sleep.
    ("pgrep", "[ \"$(grep -c ^sleep ran)\" -lt 2 ]"),
];

/// A calendar with a meeting that has begun and does not end soon.
fn calendar() -> String {
    let end = Timestamp::now() + SignedDuration::from_hours(2);
    let end = end.strftime("%Y%m%dT%H%M%SZ");
    format!("BEGIN:VEVENT\nDTSTART:20200101T000000Z\nDTEND:{end}\nEND:VEVENT\n")
}

/// How a block is run.
enum Run {
    /// By bash, with pipes.
    Script(String),
    /// By bash in a terminal, until the dashboard is open.
    Dashboard(String),
    /// By another shell.
    Shell(&'static str),
    /// As the configuration of whosin.
    Configuration,
    /// As a line of `whosin watch --json`.
    Line,
    /// As a file with this name, for the block behind it.
    File(&'static str),
}

/// Returns how to run a block, or `None` if nothing can.
fn how(language: &str, block: &str) -> Option<Run> {
    let setting = || ["\"exec\"", "exec ", "command"].into_iter().find(|key| block.contains(key));
    Some(match (language, setting()) {
        ("sh", _) if block.contains("whosin --demo-cast") || block.contains("work login") => {
            Run::Dashboard(block.to_owned())
        }
        // It ends because it cannot sleep, in the test alone.
        ("sh", _) if block.starts_with("while sleep") => Run::Script(format!("{block}true")),
        ("sh", _) => Run::Script(block.replace("15:00", "23:59")),
        ("zsh", _) => Run::Shell("zsh"),
        ("fish", _) => Run::Shell("fish"),
        ("cron", _) => Run::Script(block.splitn(6, ' ').nth(5)?.to_owned()),
        ("tmux", _) => Run::Script(block.split_once("#(")?.1.split_once(')')?.0.to_owned()),
        ("haskell", _) => Run::Script(block.split('"').nth(1)?.to_owned()),
        ("json" | "ini" | "toml", Some(key)) => Run::Script(value(block, key.trim_matches(['"', ' ']))),
        ("toml", None) => Run::Configuration,
        ("json", None) => Run::Line,
        ("python", _) => Run::File("meeting-end"),
        _ => return None,
    })
}

/// A home with the tools, and with whosin behind a script.
struct Bench {
    home: Home,
    path: String,
}

impl Bench {
    /// `at_work` is the homeserver of the second account.
    fn at(home: Home, at_work: &str) -> Self {
        let stub = |name: &str, script: &str| {
            let path = home.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        };
        for (name, script) in TOOLS {
            stub(name, &format!("echo \"{name} $*\" >>ran\n{script}"));
        }
        stub("sleep", "echo sleep >>ran; [ \"$(grep -c ^sleep ran)\" -lt 4 ]");
        // A watch ends after its first line. The company of the manual is not there.
        let whosin = WHOSIN.as_str();
        let sign_in = format!("--homeserver {at_work} --user {} --password-stdin", demo::USER);
        stub(
            "whosin",
            &format!(
                "case \" $* \" in\n\
                 *' watch '*) exec {whosin} \"$@\" --once ;;\n\
                 *' login @me:corp.example '*) echo {} | {whosin} --profile work login {sign_in}; exit ;;\n\
                 esac\nexec {whosin} \"$@\"",
                demo::PASSWORD
            ),
        );
        let path = format!("{}/bin:{}", home.path().display(), path_with_whosin());
        home.write("calendar.ics", &calendar());
        Self { home, path }
    }

    fn run(&self, shell: &str, args: &[&str]) -> Output {
        self.home.command_of(shell).args(args).env("PATH", &self.path).output().unwrap()
    }

    fn check(&self, run: Run, block: &str) {
        let script = |shell: &str, args: &[&str]| {
            let ended = self.run(shell, args);
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{} by {shell}: {block}{said}", ended.status);
        };
        match run {
            Run::Script(text) => script("bash", &["-euo", "pipefail", "-c", &text]),
            Run::Dashboard(text) => {
                let text = format!("set -e; PATH='{}'\n{text}", self.path);
                let mut terminal = self.home.open_other("bash", &["--norc", "-c", &text]);
                terminal.wait_for(" live");
                terminal.press("q");
                assert_eq!(terminal.wait_for_exit().code(), Some(0), "{block}");
            }
            Run::Shell(shell) if !is_installed(shell) => announce(&format!("skipped: a block of {shell}")),
            Run::Shell(shell) => script(shell, &["-c", block]),
            Run::Configuration => {
                let file = self.home.write("block.toml", block);
                script(&WHOSIN, &["--config", &file, "config", "--check"]);
            }
            Run::Line => drop(object(block)),
            Run::File(name) => drop(self.home.write(name, block)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_block_of_the_documents_runs_as_it_is_written() {
    let (demo, at_work) = (demo().await, demo().await);
    let bench = Bench::at(Home::at(&demo).await, at_work.url());
    let daemon = Daemon::start(&bench.home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    let (mut not_run, mut ran) = (Vec::new(), String::new());
    let mut documents = documents();
    // It signs in to the second account, which a recipe sets.
    documents.sort_by_key(|(name, _)| !name.ends_with("sign-in.md"));
    for (name, text) in &documents {
        for (language, block) in blocks(text) {
            match how(language, block) {
                Some(run) => {
                    assert_eq!(bench.home.run(&["set", "online"]).code, 0, "{name}: {block}");
                    bench.check(run, block);
                }
                None => not_run.push(block.lines().next().unwrap_or_default().to_owned()),
            }
            let log = bench.home.path().join("ran");
            ran.push_str(&fs::read_to_string(&log).unwrap_or_default());
            let _ = fs::remove_file(log);
        }
    }
    assert_eq!(not_run, NOT_RUN.map(|(first_line, _)| first_line), "blocks that nothing runs");
    for (tool, _) in TOOLS {
        assert!(ran.lines().any(|line| line.split(' ').next() == Some(tool)), "no block starts {tool}");
    }
    for line in ["cargo run -- --demo\n", "cargo test\n", "notify-send Bob is free\n", "pympress talk.pdf\n"]
    {
        assert!(ran.contains(line), "{line} in {ran}");
    }
    assert_eq!(bench.home.run(&["--profile", "work", "daemon", "--stop"]).code, 0);
    assert!(daemon.end().success());
}
