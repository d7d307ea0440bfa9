//! The groups of the list, since when contacts are in their state, and their local time.

use unicode_width::UnicodeWidthStr;

use super::*;

/// Some changes of an hour, and two contacts in other time zones.
fn eventful() -> Program {
    let mut program = Program::live();
    let says = |name, presence| Synced {
        presence: vec![event(name, presence, "at the desk", 0)],
        ..Synced::default()
    };
    program.select("bob").press("p").select("gone").press("p").key(KeyCode::Esc);
    program
        .after(600)
        .synced(says("bob", Presence::Busy))
        .after(1_380)
        .synced(says("erin", Presence::Online));
    program.after(600);
    for (name, zone) in [("ada", "Asia/Tokyo"), ("wang", "America/Los_Angeles"), ("carol", "Europe/London")] {
        let user_id = UserId::parse(format!("@{name}:example.org")).unwrap();
        program.tell(profile(user_id, TimeZone::get(zone).ok()));
    }
    program
}

#[test]
fn the_list_is_grouped_by_state_with_since_and_local_time() {
    let mut program = eventful();
    for (columns, rows) in [(60, 15), (80, 24), (120, 40), (200, 60)] {
        assert_snapshot!(format!("groups_{columns}"), program.sized(columns, rows).screen());
    }
}

#[test]
fn since_is_blank_where_the_change_was_not_seen() {
    let mut program = eventful();
    let row = |program: &Program, name: &str| {
        let screen = program.screen();
        screen.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned()
    };
    assert!(row(&program, "Bob").ends_with("33 min"), "{}", row(&program, "Bob"));
    assert!(row(&program, "Erin").ends_with("10 min"), "{}", row(&program, "Erin"));
    assert!(row(&program, "Carol").ends_with("in a call"), "{}", row(&program, "Carol"));
    // What happened meanwhile is known when the server is reached again, but not when.
    program.lost().after(600).on_connected(true);
    program.synced(Synced { presence: vec![event("bob", Presence::Online, "back", 0)], ..Synced::default() });
    assert!(row(&program, "Bob").ends_with("back"), "{}", row(&program, "Bob"));
}

#[test]
fn a_local_time_is_faint_at_night_and_left_out_where_it_is_ours() {
    let program = eventful();
    let picture = program.draw(Theme::default());
    let style_of = |time: &str| {
        let screen = program.screen();
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(time)).expect(time);
        let column = line[..line.find(time).unwrap()].width();
        picture[(u16::try_from(column).unwrap(), u16::try_from(row).unwrap())].modifier
    };
    assert!(style_of("23:45").contains(ratatui::style::Modifier::DIM), "night in Tokyo");
    assert!(style_of("06:45").contains(ratatui::style::Modifier::DIM), "morning in Los Angeles");
    assert!(!program.screen().contains("14:45"), "London has our time");
}

#[test]
fn states_that_are_left_out_keep_their_heading() {
    let mut program = eventful();
    program.sized(80, 24).press("2h");
    let screen = program.screen();
    assert!(screen.contains("■ BUSY 3 · 3 left out"), "{screen}");
    assert!(screen.contains("○ OFFLINE 1 · 1 silent · 2 left out"), "{screen}");
    program.press("sss");
    let screen = program.screen();
    assert!(screen.contains("by room  5 left out"), "{screen}");
    assert!(screen.contains("Direct chats 1"), "{screen}");
}

#[test]
fn hidden_contacts_are_counted_beside_those_who_are_offline() {
    let mut program = Program::configured("hide = [\"@ada*\", \"@gone:*\"]");
    assert!(program.screen().contains("· SILENT 2 · 3 hidden"), "{}", program.screen());
    assert!(program.press("s").line(3).contains("by name  3 hidden"), "{}", program.line(3));
}

#[test]
fn a_long_list_on_a_wide_screen_has_two_columns_of_people() {
    let mut program = eventful();
    let screen = program.sized(200, 16).press("j").screen();
    assert_snapshot!("two_columns", screen);
    program.press("G");
    assert!(program.screen().lines().any(|line| line.contains("▌")), "{}", program.screen());
}

#[test]
fn namesakes_are_told_apart_in_the_room_that_is_there() {
    let mut program = Program::live();
    let named = |id: &str| Member {
        user_id: UserId::parse(format!("@{id}")).unwrap(),
        displayname: Some("Robert Johnson".into()),
    };
    let members = ["robert.johnson.sales:example.org", "robert.johnson.support:example.org"].map(named);
    let rooms = vec![(RoomId::parse("!more:example.org").unwrap(), members.into())];
    program.tell(Update::Members { rooms, missing: 0, failed: 0, position: None });
    let rows = |program: &Program| {
        let screen = program.screen();
        screen
            .lines()
            .filter(|line| line.contains("Rob"))
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(program.sized(80, 40)), ["· Robert John… …sales", "· Robert Jo… …support"]);
    let wide = rows(program.sized(200, 60)).join("\n");
    assert!(wide.contains("@robert.johnson.sales") && wide.contains("@robert.johnson.support"), "{wide}");
}
