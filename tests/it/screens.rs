//! The screen in every state of the connection and of own presence.

use std::time::Duration;

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use jiff::{SignedDuration, tz::TimeZone};
use matrix_sdk::ruma::{RoomId, UserId};
use ratatui::buffer::Buffer;
use whosin::{
    model::{
        event::{Answer, Effect, Event, Greeting, Member, Synced, Update},
        presence::{Presence, PresenceEvent, Status},
    },
    ui::{keymap::KEYMAP, screen::Input, theme::Theme},
};

mod commands;
mod board;
mod emptiness;
mod groups;
mod log;
mod look_ups;
mod notices;
mod mouse;
mod own;
mod panel;
mod program;
mod rooms;
mod settings;
mod sign_in;
mod statuses;
mod themes;
mod typing;
mod views;
mod widths;

use program::{Program, event, initial_sync, profile};

#[test]
fn the_dashboard_shows_everyone_and_who_is_free_first() {
    assert_snapshot!(Program::live().screen());
}

#[test]
fn the_dashboard_on_a_large_terminal() {
    assert_snapshot!(Program::live().sized(120, 24).screen());
}

#[test]
fn small_screens_leave_parts_out() {
    let mut program = Program::live();
    program.press("j");
    for (columns, rows) in [(60, 12), (40, 9), (20, 5)] {
        program.sized(columns, rows);
        assert_snapshot!(format!("{columns}_by_{rows}"), program.screen());
    }
}

#[test]
fn every_tiny_size_says_that_it_is_too_small() {
    let mut program = Program::live();
    for columns in 0..30 {
        for rows in 0..12 {
            let screen = program.sized(columns, rows).screen();
            let small = columns < 20 || rows < 5;
            assert_eq!(
                screen.starts_with("too small"),
                small && columns >= 9 && rows > 0,
                "{columns}×{rows}"
            );
        }
    }
}

#[test]
fn the_screen_before_the_first_answer() {
    let mut program = Program::started();
    assert_snapshot!("connecting", program.screen());
    assert_snapshot!("loading", program.on_connected(true).screen());
    program.synced(initial_sync()).tell(Update::Members {
        rooms: Vec::new(),
        missing: 3,
        failed: 0,
        position: None,
    });
    assert_snapshot!("loading_rooms", program.screen());
}

#[test]
fn nobody_to_show() {
    let mut program = Program::started();
    program.on_connected(true).synced(Synced { initial: true, ..Synced::default() });
    program.tell(Update::Members { rooms: Vec::new(), missing: 0, failed: 0, position: None });
    assert_snapshot!(program.screen());
}

#[test]
fn a_lost_connection_says_since_when_and_counts_down_to_the_next_try() {
    let mut program = Program::live();
    program.after(60).lost();
    assert_snapshot!("lost", program.screen());
    program.after(3);
    assert!(
        program.line(0).ends_with("connection lost, as of 14:02, next try in 5 s"),
        "{}",
        program.line(0)
    );
    program.key(KeyCode::F(5));
    assert!(program.line(0).ends_with("trying now"), "any key tries now: {}", program.line(0));
    assert!(program.effects.contains(&Effect::Retry));
    program.after(86_400).lost();
    assert!(program.line(0).contains("as of 2026-11-24 14:02"), "another day: {}", program.line(0));
    program.on_connected(true).echo(Presence::Online, "in the garden");
    assert!(program.line(0).ends_with("live"), "{}", program.line(0));
}

#[test]
fn a_lost_connection_dims_the_list() {
    let dimmed = |program: &Program| {
        let buffer = program.draw(Theme::default());
        let bob = (0..20).find(|row| program.line(*row).contains("Bob")).unwrap();
        buffer[(4, u16::try_from(bob).unwrap())].modifier.contains(ratatui::style::Modifier::DIM)
    };
    let mut program = Program::live();
    assert!(!dimmed(&program));
    assert!(dimmed(program.lost()));
}

#[test]
fn a_server_that_was_never_reached() {
    let mut program = Program::started();
    assert_snapshot!(program.lost().screen());
}

#[test]
fn own_presence_in_every_state() {
    let mut program = Program::live();
    let own = |program: &Program| format!("{}\n{}", program.line(1), program.line(2));
    assert_snapshot!("own_confirmed", own(&program));
    program.press("b");
    assert_snapshot!("own_sending", own(&program));
    program.answered(Answer::Limited(Duration::from_secs(10))).after(3);
    assert_snapshot!("own_limited", own(&program));
    program.after(7).answered(Answer::Failed);
    assert_snapshot!("own_failing", own(&program));
    program.after(5).answered(Answer::Accepted);
    assert_snapshot!("own_unconfirmed", own(&program));
    program.echo(Presence::Busy, "in the garden");
    assert_snapshot!("own_busy", own(&program));
    program.press("u").answered(Answer::Accepted).echo(Presence::Unavailable, "in the garden");
    program.echo(Presence::Online, "in the garden");
    assert_snapshot!("own_outdone", own(&program));
    program.press("o").answered(Answer::Refused("Profile is \u{1b}[1mlocked".into()));
    program.press("i").answered(Answer::Refused("Profile is \u{1b}[1mlocked".into()));
    assert_snapshot!("own_refused", own(&program));
}

#[test]
fn own_presence_without_busy_on_the_server() {
    let mut program = Program::live_on(false);
    program.press("b").answered(Answer::Accepted).echo(Presence::Unavailable, "in the garden");
    assert_snapshot!(format!("{}\n{}", program.line(1), program.line(2)));
}

#[test]
fn own_message_removed_by_another_session() {
    let mut program = Program::live();
    program.echo(Presence::Online, "").after(2);
    program.tell(Update::OwnStatus(Some(Status::new(Presence::Online).into())));
    assert_snapshot!(format!("{}\n{}", program.line(1), program.line(2)));
}

#[test]
fn a_server_that_shares_no_presence() {
    let mut program = Program::started();
    let own = Some(Status::new(Presence::Offline).into());
    program.tell(Update::Connected(Greeting { busy_offered: true, own: own.clone(), ..Greeting::default() }));
    program.synced(Synced { initial: true, ..Synced::default() }).members(0);
    program.after(2).answered(Answer::Accepted).after(2).tell(Update::OwnStatus(own));
    assert_snapshot!(program.screen());
}

#[test]
fn the_help_shows_every_key() {
    let mut program = Program::live();
    program.sized(120, 40).press("?");
    let screen = program.screen();
    for binding in KEYMAP {
        assert!(screen.contains(binding.help), "{} is cut: {screen}", binding.name);
    }
    assert!(!program.press("?").screen().contains("previous view"));
}

#[test]
fn the_help_scrolls_where_it_does_not_fit() {
    let mut program = Program::live();
    program.sized(80, 24).press("?");
    assert!(program.line(21).ends_with("more ↓"), "{}", program.screen());
    program.press("G");
    assert!(program.line(21).ends_with("more ↑"), "{}", program.screen());
    assert!(program.screen().contains("how many people"), "{}", program.screen());
    program.press("g");
    assert!(program.screen().contains("busy; again: as before"), "{}", program.screen());
}

#[test]
fn enter_selects_the_first_match_whoever_was_selected_before() {
    let mut program = Program::live();
    let selected = |program: &Program| {
        program.screen().lines().find(|line| line.starts_with('▌')).unwrap_or_default().to_owned()
    };
    // It matches everybody.
    program.select("dave").press("/@");
    assert_eq!(selected(&program), "", "no mark shows whom Enter will not select");
    program.key(KeyCode::Enter);
    assert!(selected(&program).contains("Ada @ada "), "{}", program.screen());
    program.key(KeyCode::Esc).select("dave").press("/car").key(KeyCode::Esc);
    assert!(selected(&program).contains("Dave"), "{}", program.screen());
    program.press("/c").key(KeyCode::Backspace).key(KeyCode::Enter);
    assert!(selected(&program).contains("Dave"), "{}", program.screen());
}

#[test]
fn a_find_waits_for_contacts_that_are_not_there_yet() {
    let mut program = Program::started();
    program.on_connected(true).press("/bob").key(KeyCode::Enter);
    assert!(!program.screen().contains('▌'), "{}", program.screen());
    program.synced(initial_sync()).members(0);
    let bob = program.screen().lines().any(|line| line.starts_with('▌') && line.contains("Bob"));
    assert!(bob, "{}", program.screen());
}

#[test]
fn typing_a_filter_narrows_the_list_and_escape_clears_it() {
    let mut program = Program::live();
    program.press("/ad");
    assert_snapshot!("filter", program.screen());
    program.key(KeyCode::Enter);
    assert_snapshot!("filter_kept", program.screen());
    program.press("/zzz");
    assert!(program.screen().contains("Nobody matches \"adzzz\". Esc clears it."), "{}", program.screen());
    assert!(program.key(KeyCode::Esc).screen().contains("Carol"));
    assert!(program.screen().contains("▌"), "whom the first filter had found is selected");
}

#[test]
fn typing_a_message_sends_it_with_enter_only() {
    let mut program = Program::live();
    program.press("m").press("!");
    assert_snapshot!("message", program.screen());
    program.key(KeyCode::Esc);
    assert!(!program.effects.iter().any(|effect| matches!(effect, Effect::Publish(..))));
    program.press("m").key(KeyCode::End).paste("\nand\tthe kitchen").key(KeyCode::Enter);
    let sent = program.effects.iter().any(
        |effect| matches!(effect, Effect::Publish(put, _) if put.status_msg == "in the gardenand the kitchen"),
    );
    assert!(sent, "{:?}", program.effects);
}

#[test]
fn the_selection_follows_its_contact_when_rows_reorder() {
    let mut program = Program::live();
    program.sized(80, 12).select("carol");
    let selected = |program: &Program| {
        let screen = program.screen();
        screen.lines().find(|line| line.starts_with('▌')).unwrap_or_default().to_owned()
    };
    assert!(selected(&program).contains("Carol"));
    let online = Synced { presence: vec![event("carol", Presence::Offline, "", 0)], ..Synced::default() };
    program.synced(online);
    assert!(selected(&program).contains("Carol"));
    program.press("G");
    assert!(selected(&program).contains("Silent"));
    program.press("kg");
    assert!(selected(&program).contains("Ada @ada "));
    program.input(Input::Scroll(1)).input(Input::Scroll(-1)).key(KeyCode::PageDown).key(KeyCode::PageUp);
    assert!(selected(&program).contains("Ada @ada "));
    program.key(KeyCode::Esc);
    assert_eq!(selected(&program), "");
}

#[test]
fn the_program_wakes_only_when_something_on_screen_changes() {
    let mut program = Program::live();
    for _ in 0..200 {
        let Some(wake) = program.wake() else { panic!("ages grow for ever") };
        assert!(wake > program.now, "a reason to wake now, for ever");
        let before = program.screen();
        program.now = wake - SignedDuration::from_millis(1);
        assert_eq!(program.screen(), before, "something changed before the time named");
        program.now = wake;
        program.event(Event::Clock);
    }
}
