//! Several accounts of one person, as processes.

use std::{io::Write, process::Stdio};

use crate::support::{
    home::Home,
    synapse::{Setup, shared},
};

#[test]
fn each_profile_has_a_session_of_its_own() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    let home = Home::of(&synapse.url(), &alice);
    let nobody = home.run(&["--profile", "work", "status"]);
    assert_eq!(nobody.code, 4);
    assert!(nobody.stderr.contains("whosin --profile work login"), "{nobody:?}");

    let url = synapse.url();
    let args =
        ["login", "--profile=work", "--homeserver", &url, "--user", &bob.localpart, "--password-stdin"];
    let mut login = home.command(&args).stdin(Stdio::piped()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(bob.password.as_bytes()).unwrap();
    let said = String::from_utf8(login.wait_with_output().unwrap().stdout).unwrap();
    assert!(said.contains(&bob.id) && said.contains("whosin --profile work"), "{said}");

    alice.put_presence("online", None);
    bob.put_presence("online", None);
    assert!(home.run(&["status"]).stdout.starts_with(&alice.id));
    assert!(home.run(&["status", "--profile", "work"]).stdout.starts_with(&bob.id));
    let output = home.command(&["status"]).env("WHOSIN_PROFILE", "work").output().unwrap();
    assert!(output.stdout.starts_with(bob.id.as_bytes()));

    assert_eq!(home.run(&["--profile", "work", "logout"]).code, 0);
    assert_eq!(home.run(&["--profile", "work", "status"]).code, 4);
    assert_eq!(home.run(&["status"]).code, 0);
}

#[test]
fn a_profile_without_a_configuration_uses_the_default_one() {
    let home = Home::new().configured("theme = \"dark\"");
    let shared = home.run(&["--profile", "work", "config", "--check"]);
    assert!(shared.stdout.ends_with("config.toml is fine.\n"), "{shared:?}");
    let home = home.configured_as("work", "theme = 7");
    assert!(home.run(&["--profile", "work", "config", "--check"]).stderr.contains("work.toml"));
    assert_eq!(home.run(&["config", "--check"]).code, 0);
}

#[test]
fn a_profile_name_cannot_be_a_path() {
    let home = Home::new();
    for name in ["../work", "a/b", "a.b"] {
        assert_eq!(home.run(&["--profile", name, "status"]).code, 2, "{name}");
    }
}
