//! The README, the manual and CONTRIBUTING: each command in them is one that whosin accepts, and each block is run.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use clap::{Parser, error::ErrorKind};
use regex::Regex;
use whosin::{
    cli::Cli,
    demo::{Demo, Options},
};

use crate::support::{
    guest::small_cast,
    home::{Home, WHOSIN},
};

const README: &str = include_str!("../../../README.md");
const CONTRIBUTING: &str = include_str!("../../../.github/CONTRIBUTING.md");

/// The texts with their names: the README, CONTRIBUTING and the manual.
fn documents() -> Vec<(String, String)> {
    let manual = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/manual")).unwrap();
    let page = |path: &Path| (path.display().to_string(), fs::read_to_string(path).unwrap());
    let manual = manual.map(|file| page(&file.unwrap().path()));
    let others = [("README", README), ("CONTRIBUTING", CONTRIBUTING)];
    others.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().chain(manual).collect()
}

/// The blocks of code in a text, each with its language.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("```").skip(1).step_by(2);
    parts.map(|block| block.split_once('\n').expect("a block has lines")).collect()
}

/// The words of a command up to where the shell ends it.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => words.push(String::new()),
            (None, '|' | '&' | ';' | '>' | '<' | ')' | '#' | '`') => break,
            (None, c) if c.is_ascii_digit() && command.contains(&format!("{c}>")) => break,
            _ => words.last_mut()?.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}

#[test]
fn each_command_in_the_documents_is_one_that_whosin_accepts() {
    let span = Regex::new(r"`(whosin [^`]+)`").unwrap();
    let start = Regex::new(r#"(?m)(?:^|[ \t\n('"=$&|])(whosin (?:[^\n\\]|\\\n)+)"#).unwrap();
    let pattern = Regex::new(r"(?-u:\b[A-Z]{3,}\b)|\$").unwrap();
    let mut count = 0;
    for (name, text) in documents() {
        let spans = span.captures_iter(&text).map(|found| found[1].to_owned());
        let blocks = blocks(&text).into_iter().filter(|(language, _)| *language == "sh");
        let in_blocks = blocks.flat_map(|(_, block)| {
            start.captures_iter(block).map(|found| found[1].replace("\\\n", "")).collect::<Vec<_>>()
        });
        for command in spans.chain(in_blocks) {
            let is_pattern = command.contains('…') || pattern.is_match(&command);
            let Some(words) = words(&command).filter(|_| !is_pattern) else { continue };
            if let Err(error) = Cli::try_parse_from(&words) {
                // A text may name a command alone.
                let is_name = words.len() == 2 && error.kind() == ErrorKind::MissingRequiredArgument;
                assert!(is_name, "{name}: {command}: {words:?}: {error}");
            }
            count += 1;
        }
    }
    assert!(count > 40, "{count} commands");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_block_of_the_readme_runs_as_it_is_written() {
    let demo =
        Demo::start(Options { cast: small_cast(), put_limit: None, ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    let stub = |name: &str, script: &str| {
        let path = home.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    };
    for name in ["sudo", "tar", "cargo", "notify-send", "pympress", "tmux", "systemctl"] {
        stub(name, &format!("echo \"{name} $*\" >> ran"));
    }
    stub("jq", "[ \"$*\" = '-r .displayname' ] && cat >> ran");
    stub("whosin", &format!("exec {WHOSIN} \"$@\""));
    let path = format!("{}:{}", home.path().join("bin").display(), env::var("PATH").unwrap());
    for (language, block) in blocks(README) {
        let script = match language {
            "sh" => block.replace("15:00", "23:59"),
            // The commands of a status line run in a shell.
            "tmux" => {
                block.split_once("#(").unwrap().1.split_once(')').unwrap().0.replace("watch", "watch --once")
            }
            _ => panic!("a block of {language} is not run"),
        };
        let mut shell = home.command_of("bash");
        let ended = shell.args(["-euc", &script]).env("PATH", &path).output().unwrap();
        assert!(ended.status.success(), "{script}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    let ran = fs::read_to_string(home.path().join("ran")).unwrap();
    for line in ["cargo run -- --demo\n", "cargo test\n", "notify-send Bob is free\n", "pympress talk.pdf\n"]
    {
        assert!(ran.contains(line), "{line} in {ran}");
    }
}

#[test]
fn each_link_of_the_documents_leads_to_a_file() {
    let link = Regex::new(r"\]\(([^)#]+)\)").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, text) in documents() {
        let folder = if name.contains("manual") { root.join("assets/manual") } else { root.to_owned() };
        for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            let is_there = target.starts_with("https://") || folder.join(&target).is_file();
            assert!(is_there, "{target} in {name}");
        }
    }
}

#[test]
fn the_readme_and_contributing_are_short() {
    assert!((5_000..8_200).contains(&README.len()), "{} bytes", README.len());
    assert!(CONTRIBUTING.lines().count() <= 60);
}
