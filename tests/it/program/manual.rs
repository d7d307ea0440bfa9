//! `whosin man` and `whosin completions` as processes.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use insta::assert_snapshot;

use crate::support::{home::Home, synapse::announce};

/// All pages as files, by their names.
fn pages() -> (Home, Vec<(String, String)>) {
    let home = Home::new();
    assert_eq!(home.run(&["man", "--all", "man"]).code, 0);
    let files = fs::read_dir(home.path().join("man")).unwrap();
    let page = |file: fs::DirEntry| {
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    let mut pages: Vec<_> = files.map(|file| page(file.unwrap())).collect();
    pages.sort();
    (home, pages)
}

#[test]
fn the_manual_has_a_file_for_whosin_for_each_command_and_for_each_topic() {
    let (_home, pages) = pages();
    let page = |name: &str| &pages.iter().find(|(file, _)| file == name).expect(name).1;
    let whole = page("whosin.1");
    for section in ["NAME", "SYNOPSIS", "EXAMPLES", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES"] {
        assert!(whole.contains(&format!(".SH {section}\n")), "{section} in {whole}");
    }
    let named = whole.lines().filter_map(|line| line.strip_prefix("whosin\\-")?.strip_suffix("(1)"));
    let named: Vec<&str> = named.collect();
    assert!(named.contains(&"login"), "{named:?}");
    for command in named {
        assert!(page(&format!("whosin-{command}.1")).contains(&format!("whosin\\-{command} \\- ")));
    }
    for topic in
        ["sign-in.7", "servers.7", "user-status.7", "privacy.7", "keys.7", "config.5", "bars.7", "recipes.7"]
    {
        assert!(page(&format!("whosin-{topic}")).contains(".SH DESCRIPTION\n"), "{topic}");
    }
    let title = page("whosin-watch.1").lines().find(|line| line.starts_with(".TH ")).unwrap();
    let (start, rest) = title.split_at(".TH WHOSIN-WATCH 1 ".len());
    let (date, end) = rest.split_at("2026-11-26".len());
    assert!(date.parse::<jiff::civil::Date>().is_ok(), "{title}");
    let version = concat!(" \"whosin ", env!("CARGO_PKG_VERSION"), "\" \"User Commands\"");
    assert_eq!((start, end), (".TH WHOSIN-WATCH 1 ", version));
    assert_snapshot!("man_watch", page("whosin-watch.1").replace(title, ".TH …"));
}

#[test]
fn the_manual_passes_the_linter_of_mandoc() {
    let (home, pages) = pages();
    if !is_installed("mandoc") {
        return announce("skipped: the linter of the manual, because mandoc is not installed");
    }
    for (file, page) in pages {
        let linted = home.command_of("mandoc").arg("-Tlint").arg(format!("man/{file}")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&linted.stdout), "", "{page}");
    }
}

#[test]
fn the_manual_is_text_where_there_is_no_terminal() {
    let home = Home::new();
    let servers = home.run(&["man", "servers"]);
    assert!(servers.stdout.starts_with("What each homeserver does with presence\n\n    Pres"), "{servers:?}");
    assert!(servers.stdout.lines().all(|line| line.chars().count() <= 80), "{servers:?}");
    let keys = home.run(&["man", "keys"]).stdout;
    assert!(keys.contains("\n    b                     busy") && keys.contains("(busy)\n"), "{keys}");
    let config = home.run(&["man", "config"]).stdout;
    assert!(config.contains("\n    idle_after = \"10m\"    The idle time"), "{config}");
    let list = home.run(&["man", "list"]).stdout;
    assert!(list.contains("Usage: whosin list") && list.contains("Examples:"), "{list}");
}

#[test]
fn in_a_terminal_man_shows_the_page_and_else_the_pager_or_nobody() {
    let home = Home::new();
    let script = |name: &str, text: &str| {
        let path = home.write(name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    };
    script("bin/man", "echo \"man: ${1##*/}\"; /bin/grep '^.TH' \"$1\"");
    script("bin/pages", "read line; echo \"pager: $line\"");
    script("broken/man", "exit 3");
    script("broken/sh", "exec /bin/sh \"$@\"");
    for (path, pager, shown) in [
        ("bin", "", "man: whosin-servers.7\n.TH WHOSIN-SERVERS 7"),
        ("broken:bin", "pages", "pager: What each homeserver does"),
        ("broken", "", "YOUR END\n    When you quit"),
    ] {
        let path = path.split(':').map(|part| home.path().join(part).to_str().unwrap().to_owned());
        let path = path.collect::<Vec<_>>().join(":");
        let mut terminal = home.open(&["man", "servers"], &[("PATH", &path), ("PAGER", pager)]);
        assert_eq!(terminal.wait_for_exit().code(), Some(0), "{shown}");
        assert!(terminal.text().contains(shown), "{shown} in {}", terminal.text());
    }
}

#[test]
fn a_page_that_does_not_exist_is_an_error_with_all_that_do() {
    let none = Home::new().run(&["man", "wait"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    assert!(none.stderr.contains("servers, user-status") && none.stderr.contains("'watch'"), "{none:?}");
}

#[test]
fn completions_exist_for_five_shells_and_no_other() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Home::new().run(&["completions", shell]);
        assert_eq!(script.code, 0, "{script:?}");
        assert!(script.stdout.contains("whosin") && script.stdout.contains("COMPLETE"), "{script:?}");
    }
    assert_eq!(Home::new().run(&["completions", "tcsh"]).code, 2);
    let home = Home::new();
    assert_eq!(home.run(&["completions", "--all", "shells"]).code, 0);
    for (file, shell) in [("whosin.bash", "bash"), ("_whosin", "zsh"), ("whosin.fish", "fish")] {
        let written = fs::read_to_string(home.path().join("shells").join(file)).unwrap();
        assert_eq!(written, home.run(&["completions", shell]).stdout);
    }
}

pub fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Home::new().command(&["man"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}
