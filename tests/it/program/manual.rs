//! `whosin man` and `whosin completions` as processes.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::support::{home::Home, scene::WHOSIN};

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
fn a_page_of_no_command_is_an_error_that_says_where_the_commands_are() {
    let none = Home::new().run(&["man", "wait"]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    assert_eq!(none.stderr, "whosin: no command wait; whosin --help lists them\n");
}

#[test]
fn each_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Home::new().run(&["completions", shell]);
        assert_eq!(script.code, 0);
        assert_snapshot!(format!("completions_{shell}"), script.stdout);
    }
    assert_eq!(Home::new().run(&["completions", "tcsh"]).code, 2);
}

#[test]
fn bash_takes_its_completions() {
    let script = format!(
        "source <({WHOSIN} completions bash) && COMP_WORDS=(whosin log) COMP_CWORD=1 && _whosin whosin log whosin && \
         echo \"${{COMPREPLY[@]}}\""
    );
    let bash = Command::new("bash").args(["-c", &script]).stderr(Stdio::inherit()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "login logout\n");
}

#[test]
fn nobody_reading_on_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Home::new().command(&["man"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
