//! The README, the manual and CONTRIBUTING: their commands, links and length.

use std::{collections::BTreeSet, fs, path::Path};

use clap::{Parser, error::ErrorKind};
use regex::Regex;
use whosin::{cli::Cli, ui::keymap::KEYMAP};

const README: &str = include_str!("../../../README.md");
const CONTRIBUTING: &str = include_str!("../../../.github/CONTRIBUTING.md");

/// The texts with their names: the README, CONTRIBUTING and the manual.
pub fn documents() -> Vec<(String, String)> {
    let manual = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/manual")).unwrap();
    let page = |path: &Path| (path.display().to_string(), fs::read_to_string(path).unwrap());
    let manual = manual.map(|file| page(&file.unwrap().path()));
    let others = [("README", README), ("CONTRIBUTING", CONTRIBUTING)];
    others.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().chain(manual).collect()
}

/// The blocks of code in a text, each with its language.
pub fn blocks(text: &str) -> Vec<(&str, &str)> {
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
        let blocks =
            blocks(&text).into_iter().filter(|(language, _)| matches!(*language, "sh" | "zsh" | "fish"));
        let in_blocks = blocks.flat_map(|(_, block)| {
            start.captures_iter(block).map(|found| found[1].replace("\\\n", "")).collect::<Vec<_>>()
        });
        for command in spans.chain(in_blocks) {
            let is_pattern = command.contains('…') || pattern.is_match(&command);
            let Some(words) = words(&command).filter(|_| !is_pattern) else { continue };
            if let Err(error) = Cli::try_parse_from(&words) {
                // A text may name a command alone.
                let is_name = words.len() == 2 && error.kind() == ErrorKind::MissingRequiredArgument;
                let is_help = error.kind() == ErrorKind::DisplayHelp;
                assert!(is_name || is_help, "{name}: {command}: {words:?}: {error}");
            }
            count += 1;
        }
    }
    assert!(count > 40, "{count} commands");
}

#[test]
fn each_letter_in_the_documents_is_a_key() {
    let span = Regex::new("`([A-Za-z])`").unwrap();
    let keys: BTreeSet<_> = KEYMAP.iter().flat_map(|binding| binding.keys).map(ToString::to_string).collect();
    for (name, text) in documents() {
        for letter in span.captures_iter(&text).map(|found| found[1].to_owned()) {
            assert!(keys.contains(&letter), "{name}: `{letter}`");
        }
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
    assert!((6_000..=8_000).contains(&README.len()), "{} bytes", README.len());
    assert!(CONTRIBUTING.lines().count() <= 60);
}
