//! `whosin man` and `whosin completions` as processes.

use std::env;

use insta::assert_snapshot;

use crate::support::{
    home::{Home, WHOSIN},
    synapse::announce,
    terminal::{Key, Program, Terminal},
};

#[test]
fn the_manual_has_a_page_for_whosin_and_for_each_command() {
    let home = Home::new();
    let whole = home.run(&["man"]);
    assert_eq!(whole.code, 0);
    for section in ["NAME", "SYNOPSIS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES"] {
        let heading = format!(".SH {section}\n").replace("EXIT STATUS", "\"EXIT STATUS\"");
        assert!(whole.stdout.contains(&heading), "{section} in {}", whole.stdout);
    }
    let named = whole.stdout.lines().filter_map(|line| line.strip_prefix("whosin\\-")?.strip_suffix("(1)"));
    let named: Vec<&str> = named.collect();
    assert!(named.contains(&"login"), "{named:?}");
    for command in named {
        let page = home.run(&["man", command]);
        assert!(page.stdout.contains(&format!("whosin\\-{command} \\- ")), "{page:?}");
    }
    assert_snapshot!("man", whole.stdout);
    assert_snapshot!("man_watch", home.run(&["man", "watch"]).stdout);
}

#[test]
fn the_manual_page_of_an_unknown_command_is_an_error() {
    let none = Home::new().run(&["man", "wait"]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    assert_eq!(none.stderr, "whosin: no command wait; whosin --help lists them\n");
}

#[test]
fn completions_exist_for_five_shells_and_no_other() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Home::new().run(&["completions", shell]);
        assert_eq!(script.code, 0, "{script:?}");
        assert!(script.stdout.contains("whosin") && script.stdout.contains("doctor"), "{script:?}");
    }
    assert_eq!(Home::new().run(&["completions", "tcsh"]).code, 2);
}

/// A shell that has read the completions, at its prompt.
fn completing(shell: &str, args: &[&str], source: &str) -> Option<Terminal> {
    let path = env::var_os("PATH").unwrap_or_default();
    if !env::split_paths(&path).any(|directory| directory.join(shell).is_file()) {
        announce(&format!("skipped: the completions of {shell}, which is not installed"));
        return None;
    }
    let program = Program::new(shell).args(args.iter().copied()).env("WHOSIN", WHOSIN);
    let terminal = Terminal::start(&program, 24, 100);
    // The typed command does not contain the word that it prints.
    terminal.press(format!("{source}; echo rea''dy\r").as_str());
    terminal.wait_for("ready");
    Some(terminal)
}

#[test]
fn bash_zsh_and_fish_complete_commands_and_options() {
    let zsh = "autoload -Uz compinit; compinit -u -D; source <($WHOSIN completions zsh)";
    let fish = "set -g fish_autosuggestion_enabled 0; $WHOSIN completions fish | source";
    for (shell, args, source) in [
        ("bash", ["--norc", "--noprofile"], "source <($WHOSIN completions bash)"),
        ("zsh", ["-f", "-i"], zsh),
        ("fish", ["--no-config", "-i"], fish),
    ] {
        let Some(terminal) = completing(shell, &args, source) else { continue };
        terminal.press("whosin doc");
        terminal.press(Key::Tab);
        terminal.wait_for("whosin doctor");
        terminal.press("--js");
        terminal.press(Key::Tab);
        terminal.wait_for("whosin doctor --json");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Home::new().command(&["man"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
