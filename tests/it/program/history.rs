//! The history on screen, on disk and deleted, on a real Synapse.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::{
    home::Home,
    scene::Scene,
    synapse::{Setup, shared},
    terminal::Terminal,
};

const FILE: &str = ".local/state/whosin/history.sqlite";

/// What `whosin history` prints when no terminal reads it.
fn printed(scene: &Scene, args: &[&str]) -> String {
    let ended = scene.home.run(&[&["history"], args].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    ended.stdout
}

fn quit(mut terminal: Terminal) {
    terminal.press("q");
    terminal.wait_for_exit();
}

#[test]
fn a_change_is_in_the_log_and_only_with_history_configured_on_disk() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.press("l");
    terminal.wait_for("Nothing yet.");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
    quit(terminal);
    assert!(!scene.home.path().join(FILE).exists());
    assert_eq!(printed(&scene, &[]), "");
}

#[test]
fn the_history_survives_a_restart_until_it_is_forgotten() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    let terminal = scene.open();
    terminal.press("l");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
    quit(terminal);
    let file = scene.home.path().join(FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let line = printed(&scene, &[]);
    assert!(line.contains(&format!("\t{}\tbecame online\thello\n", scene.bob.id)), "{line}");
    assert_eq!(printed(&scene, &["-n", "0"]), "");

    let terminal = scene.open();
    terminal.press("l");
    terminal.wait_for("became online: hello");
    quit(terminal);

    assert!(printed(&scene, &["forget"]).starts_with("Deleted "));
    assert_eq!(printed(&scene, &["forget"]), "There is no history.\n");
    assert!(!file.exists());
    let terminal = scene.open();
    terminal.press("l");
    terminal.wait_for("Nothing yet.");
}

#[test]
fn an_unwritable_history_is_shown_and_does_no_other_harm() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    fs::create_dir_all(scene.home.path().join(FILE)).unwrap();
    let terminal = scene.open();
    terminal.wait_for("The history on disk has a gap: ");
    terminal.press("l");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
}

#[test]
fn an_unwritable_history_is_shown_after_signing_in_too() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let home = Home::new().configured("history = \"30d\"\n");
    fs::create_dir_all(home.path().join(FILE)).unwrap();
    let terminal = home.open(&[], &[]);
    terminal.wait_for("Sign in to Matrix");
    terminal.press(format!("{}\r", synapse.url()).as_str());
    terminal.wait_for("Password");
    terminal.press(format!("{}\t{}\r", scene.alice.localpart, scene.alice.password).as_str());
    terminal.wait_for("live");
    terminal.wait_for("The history on disk has a gap: ");
}

#[test]
fn a_damaged_history_is_set_aside_and_shown() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    let file = scene.home.path().join(FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "no database ".repeat(100)).unwrap();
    let terminal = scene.open();
    terminal.wait_for("history.damaged-1");
    terminal.press("l");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
    quit(terminal);
    assert!(printed(&scene, &[]).contains("became online"));
    assert!(fs::read_to_string(file.with_extension("damaged-1")).unwrap().starts_with("no database"));
}
