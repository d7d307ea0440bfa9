//! The history of the real program on a real Synapse: on screen, on disk, and gone.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::support::{
    scene::{Scene, WHOSIN},
    synapse::{Setup, shared},
    terminal::Terminal,
};

const FILE: &str = ".local/state/whosin/history.sqlite";

/// What `whosin history` prints when no terminal reads it.
fn printed(scene: &Scene, args: &[&str]) -> String {
    let home = scene.program.home();
    let mut command = Command::new(WHOSIN);
    command.arg("history").args(args).env("HOME", home).env("XDG_STATE_HOME", home.join(".local/state"));
    let output = command.env("XDG_CONFIG_HOME", home.join(".config")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn quit(mut terminal: Terminal) {
    terminal.press("q");
    terminal.wait_for_exit();
}

#[test]
fn a_change_is_a_line_in_the_log_and_on_disk_only_if_that_is_wanted() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.press("l");
    terminal.wait_for("Nothing yet.");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
    quit(terminal);
    assert!(!scene.program.home().join(FILE).exists());
    assert_eq!(printed(&scene, &[]), "");
}

#[test]
fn what_was_written_down_is_there_after_a_restart_until_it_is_forgotten() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    let terminal = scene.open();
    terminal.press("l");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
    quit(terminal);
    let file = scene.program.home().join(FILE);
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
fn a_history_that_cannot_be_written_is_said_and_nothing_else_suffers() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    fs::create_dir_all(scene.program.home().join(FILE)).unwrap();
    let terminal = scene.open();
    terminal.wait_for("The history on disk has a gap: ");
    terminal.press("l");
    scene.bob.put_presence("online", Some("hello"));
    terminal.wait_for("became online: hello");
}

#[test]
fn a_damaged_history_is_set_aside_and_said() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("history = \"30d\"\n");
    let file = scene.program.home().join(FILE);
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
