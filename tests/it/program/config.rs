//! `whosin config` as a process, and invalid configurations.

use crate::support::home::Home;

mod schema;

#[test]
fn config_prints_a_valid_file_unchanged() {
    let printed = Home::new().run(&["config"]);
    assert_eq!(printed.code, 0);
    let checked = Home::new().configured(&printed.stdout).run(&["config", "--check"]);
    assert_eq!(checked.code, 0);
    assert!(checked.stdout.ends_with("whosin/config.toml is fine.\n"), "{checked:?}");
}

#[test]
fn config_check_names_the_line_and_the_error() {
    let home = Home::new().configured("# mine\nstart = \"keep\"\nidle_aftr = \"5m\"\n");
    let checked = home.run(&["config", "--check"]);
    assert_eq!(checked.code, 1);
    let mistake = "whosin/config.toml, line 3: unknown key idle_aftr; did you mean idle_after?\n";
    assert!(checked.stderr.ends_with(mistake), "{checked:?}");
}

#[test]
fn config_without_a_file_prints_the_defaults_and_how_to_write_one() {
    let checked = Home::new().run(&["config", "--check"]);
    assert_eq!(checked.code, 0);
    assert!(checked.stdout.contains("whosin config --edit creates it"), "{checked:?}");
}

#[test]
fn the_file_is_the_named_one_else_the_profiles_else_the_shared_one() {
    let home = Home::new().configured("");
    let ends = |home: &Home, args: &[&str], end: &str| {
        let path = home.run(args).stdout;
        assert!(path.ends_with(end), "{path}");
    };
    ends(&home, &["config", "--path"], "/.config/whosin/config.toml\n");
    ends(&home, &["--profile", "work", "config", "--path"], "/.config/whosin/config.toml\n");
    let home = home.configured_as("work", "");
    ends(&home, &["--profile", "work", "config", "--path"], "/.config/whosin/work.toml\n");
    ends(&home, &["--config", "mine.toml", "config", "--path"], "/mine.toml\n");
    let home = home.with("WHOSIN_CONFIG", "/other/x.toml");
    ends(&home, &["config", "--path", "--profile", "work"], "/other/x.toml\n");
    ends(&home, &["config", "--path", "--config", "/mine.toml"], "/mine.toml\n");
    ends(&home.with("WHOSIN_CONFIG", ""), &["config", "--path"], "/config.toml\n");
}

#[test]
fn a_named_file_counts_and_has_to_be_there() {
    let home = Home::new();
    home.write("mine.toml", "strat = \"keep\"\n");
    let wrong = home.run(&["--config", "mine.toml", "config", "--check"]);
    assert!(
        wrong.stderr.ends_with("/mine.toml, line 1: unknown key strat; did you mean start?\n"),
        "{wrong:?}"
    );
    let missing = home.run(&["config", "--check", "--config", "none.toml"]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("cannot read ") && missing.stderr.contains("none.toml"), "{missing:?}");
}

#[test]
fn the_editor_gets_the_file_with_all_keys_and_its_work_is_checked() {
    let home = Home::new().with("EDITOR", "sh edit --wait");
    home.write(
        "edit",
        "echo \"$1\"; grep -c '^#start' \"$2\"; { echo 'watch_only = 1'; cat \"$2\"; } > new; mv new \"$2\"",
    );
    let edited = home.run(&["config", "--edit"]);
    assert!(edited.stdout.starts_with("--wait\n1\n"), "{edited:?}");
    assert_eq!(edited.code, 1);
    assert!(edited.stderr.contains("config.toml, line 1: "), "{edited:?}");
    let failed = home.with("VISUAL", "false").run(&["config", "--edit"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    assert_eq!(failed.stderr, "whosin: the editor false has failed; set VISUAL or EDITOR to another one\n");
}
