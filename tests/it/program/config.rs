//! `whosin config` as a process, and invalid configurations.

use crate::support::home::Home;

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
    assert!(checked.stdout.contains("whosin config > "), "{checked:?}");
}
