//! Notifications and the `on_change` program, on a real Synapse.

use std::fs;

use serde_json::{Value, json};

use crate::{
    program::watch::demo,
    support::{
        guest::BOB,
        home::Home,
        scene::{BUSY, Scene},
        synapse::{Setup, shared},
        terminal::{Key, Terminal, text},
        wait,
    },
};

/// A dashboard of Alice's in which Bob is busy and selected.
fn waiting(scene: &Scene) -> Terminal {
    scene.bob.put_presence(BUSY, Some("in a meeting"));
    let terminal = scene.open();
    terminal.wait_for("in a meeting");
    terminal.press("j");
    terminal
}

#[test]
fn one_notification_says_that_the_contact_is_free() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = waiting(&scene);
    terminal.press("n");
    terminal.wait_for(&format!("You will be told once when {} is free.", scene.bob.localpart));
    scene.bob.put_presence("unavailable", Some("nearly"));
    terminal.wait_for("nearly");
    scene.bob.put_presence("online", Some("here; I am"));
    let told = format!("9;whosin: {} is free: here, I am", scene.bob.localpart);
    terminal.wait_until("a notification", |_| terminal.notifications() == [told.clone()]);
    terminal.wait_for(&format!("▲ {} is free since", scene.bob.localpart));
    assert_eq!(terminal.bells(), 1, "nobody knows whether this terminal shows notifications");

    scene.bob.put_presence(BUSY, Some("again"));
    terminal.wait_for("again");
    scene.bob.put_presence("online", Some("free again"));
    terminal.wait_for("free again");
    assert_eq!(terminal.notifications(), [told]);
    terminal.press("d");
    terminal.wait_until_gone("▲");
}

#[test]
fn a_flapping_contact_and_a_start_cause_no_notification() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.bob.put_presence("online", Some("here"));
    let mut terminal = scene.open();
    terminal.wait_for("here");
    terminal.press("jn");
    terminal.wait_for("is free now. You will be told the next time.");
    scene.bob.put_presence("offline", Some("gone"));
    terminal.wait_for("gone");
    scene.bob.put_presence("online", Some("back"));
    terminal.wait_for("back");
    terminal.press("q");
    terminal.wait_for_exit();
    assert_eq!(terminal.notifications(), [""; 0]);

    let terminal = scene.open();
    terminal.wait_until("the mark is kept", |screen| {
        text(screen).lines().any(|line| line.contains("back ") && line.trim_end().ends_with(" n"))
    });
    assert_eq!(terminal.notifications(), [""; 0]);
}

#[test]
fn notifications_can_be_switched_off() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("notify.via = \"none\"");
    let terminal = waiting(&scene);
    terminal.press("n");
    terminal.wait_for("each change");
    scene.bob.put_presence("online", Some("here"));
    terminal.wait_for("here");
    assert_eq!((terminal.notifications(), terminal.bells()), (Vec::new(), 0));
}

#[test]
fn a_program_is_run_for_each_change_and_gets_it_as_json() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let script = r#"["sh", "-c", "env >> environment; cat >> told"]"#;
    let scene = Scene::on(synapse).configured(&format!("on_change = {script}"));
    let terminal = waiting(&scene);
    scene.bob.put_presence("online", Some("$(touch pwned) \"quoted\""));
    let told = || fs::read_to_string(scene.home.path().join("told")).unwrap_or_default();
    wait::until(
        || told().contains("online") && told().ends_with('\n'),
        || format!("the program is told; it was told {:?}\n{}", told(), terminal.text()),
    );
    let told = told();
    let line = told.lines().last().unwrap();
    let change: Value = serde_json::from_str(line).unwrap();
    for (field, value) in [
        ("v", json!(1)),
        ("type", json!("change")),
        ("user_id", json!(scene.bob.id)),
        ("displayname", json!(scene.bob.localpart)),
        ("presence", json!("online")),
        ("was", json!("busy")),
        ("status_msg", json!("$(touch pwned) \"quoted\"")),
        ("currently_active", json!(true)),
    ] {
        assert_eq!(change[field], value, "{field} in {line}");
    }
    assert!(!scene.home.path().join("pwned").exists());
    let environment = scene.file("environment");
    assert!(environment.contains("HOME=") && !environment.contains("WHOSIN_"), "{environment}");
}

#[test]
fn a_missing_on_change_program_is_shown() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse).configured("on_change = [\"/nowhere/at-all\"]");
    let terminal = waiting(&scene);
    scene.bob.put_presence("online", None);
    terminal.wait_for("on_change: cannot start /nowhere/at-all");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_stays_until_a_key_selects_or_dismisses_it() {
    for (key, is_selected) in [("f", true), ("d", false)] {
        let demo = demo().await;
        let home = Home::at(&demo).await;
        demo.set(BOB, "busy", None);
        let terminal = home.open(&[], &[]);
        terminal.wait_for("BUSY 1");
        terminal.press("j");
        terminal.wait_for("▌ ■ Bob");
        terminal.press("n");
        terminal.wait_for("You will be told once when Bob is free");
        terminal.press(Key::Escape);
        terminal.wait_until_gone("▌");
        demo.set(BOB, "online", None);
        terminal.wait_for("▲ Bob is free since");
        terminal.press("s");
        terminal.wait_for("by name");
        terminal.wait_for("▲ Bob is free since");
        terminal.press(key);
        terminal.wait_until_gone("▲ Bob is free");
        assert_eq!(terminal.text().contains('▌'), is_selected, "{}", terminal.text());
    }
}
