//! `whosin status --cached`, which prompts run: from the running engine or what was kept, never from the server.

use std::time::Duration;

use whosin::demo::{Answer, Demo};

use crate::{
    program::{completions::is_installed, daemon::Daemon, watch::demo},
    support::{guest::BOB, home::Home, wait},
};

/// From now on the server answers nothing, so that whoever asks waits for ever. What a daemon asks by itself is no
/// matter.
fn silence(demo: &Demo) {
    for method in ["GET ", "PUT ", "POST "] {
        demo.answer_all(method, Answer::late(Duration::from_hours(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_answer_never_asks_the_server_and_says_its_age() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let before = demo.requests().len();
    let own = home.run(&["status", "--cached"]);
    assert_eq!((own.code, own.stdout.as_str()), (4, ""), "{own:?}");
    assert!(own.stderr.contains("no whosin is running"), "{own:?}");
    assert_eq!(home.run(&["status", "--cached", BOB]).code, 4, "nothing is kept yet");
    assert_eq!(demo.requests().len(), before);

    assert_eq!(home.run(&["list"]).code, 0);
    let before = demo.requests().len();
    let bob = home.run(&["status", "--cached", BOB]);
    let columns: Vec<&str> = bob.stdout.trim_end().split('\t').collect();
    assert_eq!((columns[1], columns[4]), ("online", "as of now"), "{bob:?}");
    assert_eq!(demo.requests().len(), before);

    let daemon = Daemon::start(&home);
    // The first answers about the own presence may still be on their way.
    wait::until(|| home.run(&["status", "--cached"]).code == 0, || "the own state".to_owned());
    silence(&demo);
    let own = home.run(&["status", "--cached"]);
    assert_eq!((own.code, own.stderr.as_str()), (0, ""), "{own:?}");
    assert_eq!(own.stdout.split('\t').nth(1), Some("online"));
    let bob = home.run(&["status", "--cached", BOB]);
    assert_eq!((bob.stdout.split('\t').count(), bob.code), (4, 0), "of now: {bob:?}");
    demo.answer_truly();
    assert!(daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_the_engine_answers_needs_no_server() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    assert_eq!(home.run(&["list"]).code, 0);
    silence(&demo);
    for (args, code) in [
        (["status"].as_slice(), 0),
        (&["status", BOB], 0),
        (&["is", BOB, "online"], 0),
        (&["is", "bob", "busy"], 1),
        (&["list"], 0),
        (&["watch", "--once"], 0),
    ] {
        let answer = home.run(args);
        assert_eq!((answer.code, answer.stderr.as_str()), (code, ""), "{args:?}");
    }
    demo.answer_truly();
    assert!(daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompts_of_the_manual_show_the_own_state() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    // As the system does. fish creates it otherwise, in the middle of the test.
    std::fs::create_dir(home.path().join(".run")).unwrap();
    let recipes = include_str!("../../../assets/manual/recipes.md");
    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    for (shell, args) in [
        ("bash", ["--norc", "--noprofile"].as_slice()),
        ("zsh", &["-f", "-i"]),
        ("fish", &["--no-config", "-i"]),
    ] {
        if !is_installed(shell) {
            continue;
        }
        let snippet = block(recipes, &format!("in the prompt of {shell}"));
        let terminal = home.open_other(shell, args);
        terminal.press(format!("{snippet}\r").as_str());
        terminal.wait_for("online");
        assert_eq!(home.run(&["set", "busy"]).code, 0);
        terminal.press("\r");
        terminal.wait_for("busy");
        assert_eq!(home.run(&["set", "online"]).code, 0);
    }
    assert!(daemon.end().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn starship_itself_shows_the_own_state_and_runs_nothing() {
    if !is_installed("starship") {
        return;
    }
    let demo = demo().await;
    let home = Home::at(&demo).await;
    // As the system does. fish creates it otherwise, in the middle of the test.
    std::fs::create_dir(home.path().join(".run")).unwrap();
    let recipes = include_str!("../../../assets/manual/recipes.md");
    home.write(".config/starship.toml", &block(recipes, "In `~/.config/starship.toml`:"));
    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    for (shell, args, init) in [
        ("bash", ["--norc", "--noprofile"].as_slice(), "eval \"$(starship init bash)\""),
        ("zsh", &["-f", "-i"], "eval \"$(starship init zsh)\""),
        ("fish", &["--no-config", "-i"], "starship init fish | source"),
    ] {
        if !is_installed(shell) {
            continue;
        }
        let hostile = "`touch ran` $(touch ran) %n [$a](b) \\w";
        assert_eq!(home.run(&["set", "online", "-m", hostile]).code, 0);
        let terminal = home.open_other(shell, args);
        terminal.press(format!("{init}\r").as_str());
        terminal.wait_for("online");
        assert_eq!(home.run(&["set", "busy"]).code, 0);
        terminal.press("\r");
        terminal.wait_for("busy");
        assert!(!home.path().join("ran").exists(), "{shell}");
    }
    assert!(daemon.end().success());
}

/// The block of code behind a line with these words.
pub fn block(manual: &str, words: &str) -> String {
    let (_, rest) = manual.split_once(words).unwrap_or_else(|| panic!("no {words} in the manual"));
    let code = rest.lines().skip(1).skip_while(|line| !line.starts_with("```")).skip(1);
    code.take_while(|line| !line.starts_with("```")).collect::<Vec<_>>().join("\n")
}
