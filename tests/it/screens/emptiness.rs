//! The screen without contacts or without presence.

use crossterm::event::KeyCode;
use whosin::{
    cli::config::parse,
    model::{
        event::{Answer, Greeting},
        preferences::ListPreferences,
        presence::{Presence, Status},
        profile::ProfileSupport,
        quirks::Software,
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
fn an_account_without_rooms_at_each_size() {
    for (columns, rows) in [(80, 24), (120, 40), (60, 15)] {
        let mut program = Program::started();
        program.on_connected(true).synced(Synced { initial: true, ..Synced::default() });
        program.tell(Update::Members { rooms: Vec::new(), missing: 0, failed: 0, position: None });
        insta::assert_snapshot!(
            format!("no_rooms_{columns}_by_{rows}"),
            program.sized(columns, rows).screen()
        );
    }
}

#[test]
fn rooms_that_the_server_does_not_return_are_not_called_empty() {
    let mut program = Program::started();
    program.on_connected(true).synced(Synced { initial: true, ..Synced::default() });
    program.tell(Update::Members { rooms: Vec::new(), missing: 0, failed: 2, position: None });
    let screen = program.screen();
    assert!(screen.contains("The server does not tell who is in your rooms."), "{screen}");
    assert!(screen.contains("2 rooms not loaded") && !screen.contains("Nobody shares"), "{screen}");
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

/// Presence is switched off on a Synapse that has user statuses.
fn switched_off() -> Program {
    let mut program = Program::started();
    let own = Some(Status::new(Presence::Offline).into());
    let software = Some(Software { name: "Synapse".into(), version: "1.163.0".into() });
    let profiles = ProfileSupport { fields: true, pushed: false };
    program.tell(Update::Connected(Greeting { own: own.clone(), software, profiles, ..Greeting::default() }));
    program.synced(Synced { initial: true, ..Synced::default() }).members(0);
    program.after(2).answered(Answer::Accepted).after(2).tell(Update::OwnStatus(own));
    program
}

#[test]
fn a_key_of_a_state_says_what_the_administrator_of_a_server_without_presence_can_do() {
    let mut program = switched_off();
    program.sized(120, 40).press("o");
    let screen = program.screen().replace('\n', " ");
    assert!(
        screen.contains("administrator can switch it on by presence: {enabled: true} in homeserver.yaml."),
        "{screen}"
    );
}

#[test]
fn nobody_starts_with_an_empty_screen_on_any_size() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut fresh = Program::started();
        fresh.on_connected(true).synced(Synced { initial: true, ..Synced::default() });
        fresh.tell(Update::Members { rooms: Vec::new(), missing: 0, failed: 0, position: None });
        insta::assert_snapshot!(format!("fresh_{columns}"), fresh.sized(columns, rows).screen());
        let mut large = Program::started_with(&parse("large_room = 2").unwrap());
        large.on_connected(true).synced(Synced { direct: None, ..initial_sync() }).members(0);
        insta::assert_snapshot!(format!("only_large_{columns}"), large.sized(columns, rows).screen());
        let mut off = switched_off();
        insta::assert_snapshot!(
            format!("switched_off_{columns}"),
            off.sized(columns, rows).press("b").screen()
        );
    }
}

#[test]
fn a_view_that_was_left_and_has_nobody_now_gives_way_to_people() {
    let mut left = ListPreferences::default();
    "favourites".clone_into(&mut left.view);
    for (toml, view) in [("", "[People]"), ("view = \"favourites\"", "[Favourites]")] {
        let mut program = Program::left(toml, left.clone());
        program.on_connected(true).synced(initial_sync()).members(0);
        assert!(program.line(3).contains(view), "{toml}: {}", program.screen());
    }
}
