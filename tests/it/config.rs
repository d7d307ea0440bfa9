//! `whosin config` as a process, and a configuration that is wrong.

use std::{fs, process::Command};

use tempfile::TempDir;

/// The program with a home of its own, and in it this configuration, if any.
struct Home(TempDir);

impl Home {
    fn with(toml: Option<&str>) -> Self {
        let home = TempDir::new().unwrap();
        if let Some(toml) = toml {
            fs::create_dir_all(home.path().join("whosin")).unwrap();
            fs::write(home.path().join("whosin/config.toml"), toml).unwrap();
        }
        Self(home)
    }

    /// Exit code, standard output and standard error.
    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whosin"));
        command.args(args).env("HOME", self.0.path()).env("XDG_CONFIG_HOME", self.0.path());
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

#[test]
fn config_prints_a_file_that_is_fine_as_it_is() {
    let (code, printed, _) = Home::with(None).run(&["config"]);
    assert_eq!(code, 0);
    let (code, said, _) = Home::with(Some(&printed)).run(&["config", "--check"]);
    assert_eq!(code, 0);
    assert!(said.ends_with("whosin/config.toml is fine.\n"), "{said}");
}

#[test]
fn check_names_the_line_and_the_mistake() {
    let home = Home::with(Some("# mine\nstart = \"keep\"\nidle_aftr = \"5m\"\n"));
    let (code, _, said) = home.run(&["config", "--check"]);
    assert_eq!(code, 1);
    let mistake = "whosin/config.toml, line 3: there is no key idle_aftr; did you mean idle_after?\n";
    assert!(said.ends_with(mistake), "{said}");
}

#[test]
fn without_a_file_the_defaults_hold_and_it_says_how_to_begin_one() {
    let (code, said, _) = Home::with(None).run(&["config", "--check"]);
    assert_eq!(code, 0);
    assert!(said.contains("whosin config > "), "{said}");
}
