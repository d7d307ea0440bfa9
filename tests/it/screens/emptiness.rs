//! The screen without contacts or without presence.

use whosin::model::presence::{Presence, Status};

use super::{Program, Synced, Update, event, initial_sync};

/// A complete list of contacts without presence.
fn quiet() -> Program {
    let mut program = Program::started();
    program.on_connected(true).synced(Synced { initial: true, ..Synced::default() }).members(0);
    program.echo(Presence::Online, "in the garden");
    program
}

#[test]
fn an_empty_list_says_how_to_get_contacts() {
    let mut program = Program::started();
    program.on_connected(true).synced(Synced { initial: true, ..Synced::default() });
    program.tell(Update::Members { rooms: Vec::new(), missing: 0, failed: 0, position: None });
    assert!(program.screen().contains("Nobody shares a room with you yet."));
    let narrow = program.sized(30, 12).screen();
    assert!(narrow.contains("client;\nits members show here at once."), "nothing is cut: {narrow}");
}

#[test]
fn a_long_silence_is_shown_until_presence_arrives() {
    let mut program = quiet();
    program.after(599).press("j");
    assert!(!program.screen().contains("No presence arrived"));
    let wake = program.wake().unwrap();
    assert!(wake.duration_since(program.now).as_secs() <= 1, "it wakes for that");
    assert!(
        program.after(1).screen().contains("No presence arrived in the first 10 minutes"),
        "{}",
        program.screen()
    );
    let news = Synced { presence: vec![event("bob", Presence::Offline, "", 1)], ..Synced::default() };
    assert!(!program.synced(news).screen().contains("No presence arrived"), "{}", program.screen());
}

#[test]
fn a_list_with_presence_is_never_called_silent() {
    let mut program = Program::live();
    assert!(!program.after(3_600).screen().contains("No presence arrived"));
    let mut program = Program::started();
    program.on_connected(true).synced(initial_sync()).members(0).after(3_600);
    assert!(!program.screen().contains("No presence arrived"));
}

#[test]
fn hints_name_the_keys_that_are_bound() {
    let mut program = Program::configured("[keys]\npin = [\"F5\"]\nnext-view = [\"v\"]\nmessage = []");
    program.press("vv");
    assert!(program.screen().contains("in another view (v) and press F5."), "{}", program.screen());
    program.echo(Presence::Online, "").after(2);
    program.tell(Update::OwnStatus(Some(Status::new(Presence::Online).into())));
    assert!(program.screen().contains("(message), Enter sets it again"), "{}", program.screen());
}
