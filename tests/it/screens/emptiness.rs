//! The screen without contacts or without presence.

use crossterm::event::KeyCode;
use whosin::{
    cli::config::parse,
    model::{
        event::{Answer, Greeting},
        presence::{Presence, Status},
    },
};

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
    assert!(program.screen().contains("Nobody shares a room with you yet, so you see nobody's presence"));
    let narrow = program.sized(30, 12).screen();
    assert!(narrow.contains("members show here at once."), "nothing is cut: {narrow}");
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

#[test]
fn only_large_rooms_open_everyone_and_say_why() {
    let mut program = Program::started_with(&parse("large_room = 2").unwrap());
    program.on_connected(true).synced(Synced { direct: None, ..initial_sync() }).members(0);
    let screen = program.screen();
    assert!(screen.contains("[Everyone]"), "{screen}");
    assert!(screen.contains("You share only large rooms, so everyone is listed."), "{screen}");
    assert!(screen.contains("Carol"), "{screen}");
    program.key(KeyCode::BackTab).after(60);
    assert!(program.screen().contains("[People]"), "it is opened once: {}", program.screen());
}

#[test]
fn the_filter_searches_everybody_and_says_where_the_find_is() {
    let mut program = Program::live();
    program.select("bob").press("p").key(KeyCode::BackTab).key(KeyCode::BackTab).key(KeyCode::BackTab);
    let favourites = program.key(KeyCode::Tab).screen();
    assert!(favourites.contains("[Favourites]") || favourites.contains("[Direct]"), "{favourites}");
    program.press("/grum");
    let row = program.screen().lines().find(|line| line.contains("Grumpy")).unwrap().to_owned();
    assert!(row.contains("in Ada, Ada and 9"), "{}", program.screen());
    program
        .synced(Synced { presence: vec![event("grumpy", Presence::Online, "yes", 0)], ..Synced::default() });
    let row = program.screen().lines().find(|line| line.contains("● Grumpy")).unwrap().to_owned();
    assert!(row.contains("yes"), "a change moves the row: {}", program.screen());
    program.press("zzz");
    assert!(program.screen().contains("Nobody matches"), "{}", program.screen());
}

#[test]
fn keys_of_states_say_so_where_presence_is_switched_off() {
    let mut program = Program::started();
    let own = Some(Status::new(Presence::Offline).into());
    program.tell(Update::Connected(Greeting { own: own.clone(), ..Greeting::default() }));
    program.synced(Synced { initial: true, ..Synced::default() }).members(0);
    program.after(2).answered(Answer::Accepted).after(2).tell(Update::OwnStatus(own));
    program.effects.clear();
    program.press("b");
    assert!(
        program.screen().contains("Presence is switched off at example.org, so nobody would see it."),
        "{}",
        program.screen()
    );
    assert_eq!(program.effects, []);
}
