//! The rooms in the details of a contact, and the views that they open.

use whosin::{
    model::event::RoomChange,
    ui::screen::{Action, Target},
};

use super::*;

#[test]
fn enter_on_a_room_opens_its_view_on_each_size() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut program = Program::with_named_rooms("rooms = [\"Workshop\"]\n");
        program.sized(columns, rows).select("bob").key(KeyCode::Right);
        assert_snapshot!(format!("room_selected_{columns}"), program.screen());
        program.key(KeyCode::Enter);
        assert!(program.line(3).contains("[Workshop]"), "{}", program.screen());
        assert!(!program.screen().contains("keeps the view"), "it has one: {}", program.screen());
        program.key(KeyCode::Right).key(KeyCode::Right).key(KeyCode::Enter);
        assert!(program.line(3).contains("[Tea kitchen]"), "{}", program.screen());
        assert!(program.screen().contains("K keeps the view of Tea kitchen."), "{}", program.screen());
        program.press("K");
        assert_eq!(program.toml, "rooms = [\"Workshop\", \"Tea kitchen\"]\n");
        assert!(program.line(3).contains("[Tea kitchen]"), "it stays: {}", program.screen());
    }
}

#[test]
fn enter_goes_to_the_rooms_where_the_details_are_beside_the_list() {
    let mut program = Program::with_named_rooms("");
    program.sized(120, 40).select("bob").key(KeyCode::Enter);
    assert!(program.screen().contains("▌ Workshop"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert!(program.line(3).contains("[Workshop]"), "{}", program.screen());
    program.key(KeyCode::Enter).key(KeyCode::Esc).key(KeyCode::Esc);
    assert!(
        !program.screen().contains("@bob:example.org"),
        "each Esc closes something: {}",
        program.screen()
    );
}

#[test]
fn the_arrows_walk_through_the_rooms_and_leave_them() {
    let mut program = Program::with_named_rooms("");
    program.select("bob").key(KeyCode::Right);
    assert!(program.screen().contains("▌ Workshop"), "{}", program.screen());
    program.key(KeyCode::Right).key(KeyCode::Right);
    assert!(program.screen().contains("▌ Tea kitchen"), "the last one: {}", program.screen());
    program.key(KeyCode::Left).key(KeyCode::Left);
    assert!(!program.screen().contains('▌'), "none: {}", program.screen());
    program.key(KeyCode::Right).key(KeyCode::Esc);
    assert!(program.screen().contains("@bob:example.org"), "the details stay: {}", program.screen());
    program.key(KeyCode::Right).press("j");
    assert!(!program.screen().contains('▌'), "of somebody else: {}", program.screen());
    program.key(KeyCode::Esc).key(KeyCode::Esc).key(KeyCode::Right);
    assert!(program.screen().contains("Select a contact first."), "{}", program.screen());
}

#[test]
fn a_click_on_a_room_opens_its_view() {
    let mut program = Program::with_named_rooms("");
    program.select("bob").key(KeyCode::Enter);
    let (_, drawn) = program.picture(Theme::default());
    let line = program.screen().lines().position(|line| line.contains("Tea kitchen")).unwrap();
    let place = ratatui::layout::Position::new(16, u16::try_from(line).unwrap());
    let target = drawn.targets.at(place).cloned();
    assert!(matches!(target, Some(Target::Room(_))), "{target:?}");
    program.input(Input::Click(target));
    assert!(program.line(3).contains("[Tea kitchen]"), "{}", program.screen());
}

#[test]
fn a_view_that_was_opened_stays_when_another_setting_changes_and_goes_when_it_is_left() {
    let mut program = Program::with_named_rooms("");
    program.select("bob").key(KeyCode::Right).key(KeyCode::Enter);
    program.press(":set idle_after off").key(KeyCode::Enter);
    assert!(program.line(3).contains("[Workshop]"), "{}", program.screen());
    program.key(KeyCode::Tab).press(":set idle_after 5m").key(KeyCode::Enter);
    assert!(!program.line(3).contains("Workshop"), "{}", program.screen());
    assert!(program.actions.iter().all(|action| !matches!(action, Action::Quit)));
}

#[test]
fn a_contact_of_many_rooms_shows_those_around_the_selected_one() {
    let mut program = Program::with_named_rooms("");
    let bob =
        || Member { user_id: UserId::parse("@bob:example.org").unwrap(), displayname: Some("Bob".into()) };
    let id = |number: usize| RoomId::parse(format!("!r{number:02}:example.org")).unwrap();
    let rooms =
        (0..40).map(|it| (id(it), vec![RoomChange::Named(Some(format!("Room {it:02}").into()))])).collect();
    program.synced(Synced { rooms, ..Synced::default() });
    let rooms = (0..40).map(|it| (id(it), vec![bob()])).collect();
    program.tell(Update::Members { rooms, missing: 0, failed: 0, position: None });
    program.select("bob").key(KeyCode::Enter);
    assert!(program.screen().contains("more ↓"), "{}", program.screen());
    for _ in 0..42 {
        program.key(KeyCode::Right);
    }
    assert!(
        program.screen().contains("▌ Room 39") && program.screen().contains("more ↑"),
        "{}",
        program.screen()
    );
}
