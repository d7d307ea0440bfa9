//! What shells complete, in the real shells: commands, and what the running whosin or the last one knows.

use std::time::Duration;

use whosin::demo::Demo;

use crate::{
    program::{daemon::Daemon, watch::demo},
    support::{
        guest::BOB,
        home::{Home, path_with_whosin},
        synapse::announce,
        terminal::{Key, Terminal, text},
        wait,
    },
};

/// How each shell reads the completions.
const SHELLS: [(&str, &[&str], &str); 3] = [
    ("bash", &["--norc", "--noprofile"], "source <(whosin completions bash)"),
    ("zsh", &["-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(whosin completions zsh)"),
    (
        "fish",
        &["--no-config", "-i"],
        "set -g fish_autosuggestion_enabled 0; whosin completions fish | source",
    ),
];

/// The shells that are installed, each at its prompt with the completions.
pub fn shells(home: &Home) -> Vec<Terminal> {
    let installed = SHELLS.into_iter().filter(|(shell, ..)| is_installed(shell));
    installed.map(|(shell, args, source)| prompt(home, shell, args, source)).collect()
}

/// A shell at its prompt, after its first command.
fn prompt(home: &Home, shell: &str, args: &[&str], command: &str) -> Terminal {
    let terminal = home.open_other(shell, args);
    // The typed command does not contain the word that it prints.
    terminal.press(format!("{command}; echo rea''dy\r").as_str());
    terminal.wait_for("ready");
    terminal
}

pub fn is_installed(shell: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path).any(|directory| directory.join(shell).is_file());
    if !installed {
        announce(&format!("skipped: {shell}, which is not installed"));
    }
    installed
}

/// Types the beginning of a command, and expects its end.
fn complete(terminal: &Terminal, typed: &str, end: &str) {
    complete_to(terminal, typed, &[end]);
}

/// Types the beginning of a command, and expects one of these ends.
///
/// A completion waits only a moment for the engine, which is not enough on a loaded machine. A person then tries again.
fn complete_to(terminal: &Terminal, typed: &str, ends: &[&str]) {
    let is_complete = |screen: &vt100::Screen| ends.iter().any(|end| text(screen).contains(end));
    for _ in 0..20 {
        terminal.press(Key::Ctrl('u'));
        terminal.press(typed);
        terminal.press(Key::Tab);
        if terminal.shows_within(Duration::from_secs(3), is_complete) {
            return;
        }
    }
    terminal.wait_until(&format!("one of {ends:?}"), is_complete);
}

#[test]
fn bash_zsh_and_fish_complete_commands_and_options() {
    for terminal in shells(&Home::new()) {
        complete(&terminal, "whosin doc", "whosin doctor");
        terminal.press("--js");
        terminal.press(Key::Tab);
        terminal.wait_for("whosin doctor --json");
    }
}

/// Of a file that lies where the shell looks for completions. Bash finds one only with another package.
#[test]
fn the_first_tab_completes_by_the_file_of_a_package() {
    let home = Home::new();
    assert_eq!(home.run(&["completions", "--all", "shells"]).code, 0);
    let find = |shell: &str| match shell {
        "zsh" => Some("fpath=(~/shells $fpath); autoload -Uz compinit; compinit -u -D"),
        "fish" => Some("set -p fish_complete_path ~/shells; set -g fish_autosuggestion_enabled 0"),
        _ => None,
    };
    for (shell, args, _) in SHELLS {
        let Some(find) = find(shell).filter(|_| is_installed(shell)) else { continue };
        let terminal = prompt(&home, shell, args, find);
        terminal.press("whosin doc");
        terminal.press(Key::Tab);
        terminal.wait_for("whosin doctor");
    }
}

async fn with_people() -> (Demo, Home) {
    let demo = demo().await;
    let room = "!room:demo.localhost";
    for user in ["@robert_x:demo.localhost", "@zoe:elsewhere.example", "@$(touch hacked):evil.example"] {
        demo.join(user, room);
    }
    demo.send_state(BOB, room, "m.room.name", "", &serde_json::json!({ "name": "Tea kitchen" }));
    let home = Home::at(&demo).await;
    assert_eq!(home.run(&["list"]).code, 0);
    (demo, home)
}

#[tokio::test(flavor = "multi_thread")]
async fn users_views_profiles_and_formats_are_completed_without_the_server() {
    let (demo, home) = with_people().await;
    let work = home.path().join(".local/state/whosin/work");
    std::fs::create_dir_all(&work).unwrap();
    std::fs::copy(home.state("session.json"), work.join("session.json")).unwrap();
    let before = demo.requests().len();
    for terminal in shells(&home) {
        complete_all(&terminal);
    }
    assert_eq!(demo.requests().len(), before);
    let asked = |what: &str| demo.requests().iter().filter(|request| request.path.contains(what)).count();
    let greeted = asked("/versions");
    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    wait::until(|| asked("/versions") > greeted, || "the daemon does not go on with its start".to_owned());
    std::fs::remove_file(home.state("cache.json")).unwrap();
    // The daemon goes on with its start, and follows the server. A completion that asked would begin with these two.
    let before = [asked("/joined_members"), asked("/versions")];
    for terminal in shells(&home) {
        complete_all(&terminal);
    }
    assert_eq!([asked("/joined_members"), asked("/versions")], before);
    assert!(!home.path().join("hacked").exists());
    assert!(daemon.end().success());
}

fn complete_all(terminal: &Terminal) {
    complete(terminal, "whosin status rob", "whosin status robert_x");
    complete(terminal, "whosin status @zo", "whosin status @zoe:elsewhere.example");
    complete(terminal, "whosin status @zoe:else", "whosin status @zoe:elsewhere.example");
    complete(terminal, "whosin is robe", "whosin is robert_x");
    complete(terminal, "whosin list --view fav", "whosin list --view favourites");
    // Each shell quotes the blank in its own way.
    complete_to(terminal, "whosin list --view Te", &[r"--view Tea\ kitchen", "--view 'Tea kitchen'"]);
    complete(terminal, "whosin --profile wo", "whosin --profile work");
    complete(terminal, "whosin watch --format way", "whosin watch --format waybar");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_choose_is_offered_only_where_no_shell_obeys_it() {
    let (_demo, home) = with_people().await;
    let mut ask = home.command(&["--", "whosin", "status", ""]);
    ask.env("COMPLETE", "fish").env("PATH", path_with_whosin());
    let offered = String::from_utf8(ask.output().unwrap().stdout).unwrap();
    assert!(offered.lines().any(|line| line == "@zoe:elsewhere.example"), "{offered}");
    assert!(offered.lines().any(|line| line == "bob"), "{offered}");
    assert!(!offered.contains("evil"), "{offered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_answer_costs_the_person_no_wait() {
    let (_demo, home) = with_people().await;
    let daemon = Daemon::start(&home);
    daemon.signal(rustix::process::Signal::STOP);
    let mut ask = home.command(&["--", "whosin", "status", "b"]);
    ask.env("COMPLETE", "fish");
    let begun = std::time::Instant::now();
    let offered = String::from_utf8(ask.output().unwrap().stdout).unwrap();
    assert!(offered.contains("bob"), "from what was kept: {offered}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    daemon.signal(rustix::process::Signal::CONT);
    assert!(daemon.end().success());
}
