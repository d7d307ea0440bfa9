//! Explanations of the own presence on screen.

use whosin::{
    model::{
        event::{CallEvent, CallMembership, OtherSession},
        presence::Visibility,
        quirks::Software,
    },
    ui::screen::Action,
};

use super::*;

impl Program {
    /// Busy is held by another session or the server, and online is wanted.
    fn held(sessions: Vec<OtherSession>) -> Self {
        let mut program = Self::live();
        program.press("b").answered(Answer::Accepted).echo(Presence::Busy, "in the garden");
        program.press("b").answered(Answer::Accepted).after(2);
        let busy = Status { status_msg: Some("in the garden".into()), ..Status::new(Presence::Busy) };
        program.tell(Update::OwnStatus(Some(busy.into()))).tell(Update::Sessions(sessions));
        program
    }

    /// Live on a server with this software, where something else was asked for and the server has accepted it.
    fn asked_on(version: (&str, &str), keys: &str) -> Self {
        let mut program = Self::started();
        let software = Some(Software { name: version.0.into(), version: version.1.into() });
        let status = Status { status_msg: Some("in the garden".into()), ..Status::new(Presence::Online) };
        let own = Some(status.into());
        program.tell(Update::Connected(Greeting {
            busy_offered: true,
            software,
            own,
            ..Greeting::default()
        }));
        program.synced(initial_sync()).members(0).echo(Presence::Online, "in the garden");
        program.press(keys).answered(Answer::Accepted);
        program
    }

    fn seen(&mut self, presence: Presence) -> &mut Self {
        let status = Status { status_msg: Some("in the garden".into()), ..Status::new(presence) };
        self.tell(Update::OwnStatus(Some(status.into())))
    }

    /// The screen without its line breaks.
    fn words(&self) -> String {
        self.screen().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn session(&self, name: &str, minutes_ago: i64) -> OtherSession {
        let last_seen = self.now.checked_sub(SignedDuration::from_mins(minutes_ago)).ok();
        OtherSession { name: name.into(), last_seen, account_page: None }
    }
}

#[test]
fn busy_that_another_session_holds_names_it_and_what_ends_it() {
    let program = Program::live();
    let sessions = vec![program.session("Element \u{1b}[31mDesktop", 1), program.session("Phone", 30)];
    insta::assert_snapshot!(Program::held(sessions).screen());
}

#[test]
fn a_key_opens_the_account_page_of_the_session_that_holds_busy() {
    let program = Program::live();
    let page = "https://account.example.org/?action=org.matrix.device_delete&device_id=PHONE".to_owned();
    let phone = OtherSession { account_page: Some(page.clone()), ..program.session("Phone", 1) };
    let mut program = Program::held(vec![phone]);
    assert!(program.screen().contains("(W:"), "{}", program.screen());
    program.press("W");
    assert_eq!(program.actions, [Action::Open(page)]);

    let tablet = program.session("Tablet", 1);
    let mut program = Program::held(vec![tablet]);
    assert!(!program.screen().contains("(W:"), "{}", program.screen());
    program.press("W");
    assert!(program.actions.is_empty());
    assert!(program.screen().contains("has no account page"), "{}", program.screen());
}

#[test]
fn busy_that_nobody_else_holds_is_the_servers() {
    insta::assert_snapshot!(Program::held(Vec::new()).screen());
}

#[test]
fn another_session_that_can_hold_busy_is_warned_of_once() {
    let mut program = Program::live();
    let phone = program.session("Phone", 0);
    program.tell(Update::Sessions(vec![phone]));
    insta::assert_snapshot!(program.screen());
    program.press("b").answered(Answer::Accepted).echo(Presence::Busy, "in the garden");
    assert!(program.screen().contains("can hold you busy"), "of use to whoever goes busy");
    program.press("j");
    assert!(!program.screen().contains("can hold you busy"));
    program.press("bb");
    assert!(!program.screen().contains("can hold you busy"));
    assert!(program.effects.contains(&Effect::SavePresence));
}

#[test]
fn the_own_line_and_the_prompt_at_each_size() {
    for (columns, rows) in [(80, 24), (120, 40), (60, 15), (200, 60)] {
        let mut program = Program::live();
        program.sized(columns, rows).press("B").press("until 15:30 design review").key(KeyCode::Enter);
        program.answered(Answer::Accepted).echo(Presence::Busy, "design review").after(60).press("B");
        insta::assert_snapshot!(format!("prompt_{columns}_by_{rows}"), program.screen());
    }
}

#[test]
fn busy_for_a_while_says_what_it_will_do_and_its_end_stands_in_the_own_line() {
    let mut program = Program::live();
    program.press("B");
    insta::assert_snapshot!("prompt", program.screen());
    program.key(KeyCode::Tab).key(KeyCode::Tab);
    assert!(program.line(19).contains("30m"), "{}", program.line(19));
    program.key(KeyCode::BackTab);
    assert!(program.line(19).contains("15m"), "{}", program.line(19));
    program.press("xyz").key(KeyCode::Enter);
    insta::assert_snapshot!("mistake", program.screen());
    program.key(KeyCode::Esc).press("B").press("until 15:30 design review");
    insta::assert_snapshot!("preview", program.screen());
    program.key(KeyCode::Tab);
    assert!(program.line(19).contains("Busy: 15m design review"), "the message stays: {}", program.line(19));
    program.key(KeyCode::Esc).press("B").press("until 15:30 design review").key(KeyCode::Enter);
    program.answered(Answer::Accepted).echo(Presence::Busy, "design review");
    insta::assert_snapshot!("timed", program.screen());
    program.tell(Update::PresenceNotSaved("presence.json cannot be written: No space left on device".into()));
    assert!(program.line(2).contains("Cannot save when this state ends"), "{}", program.screen());
}

#[test]
fn the_own_line_fits_every_width() {
    let mut program = Program::live();
    program.press("B").press("45m design review of the third floor").key(KeyCode::Enter);
    program.answered(Answer::Accepted).echo(Presence::Busy, "design review of the third floor");
    let mut lines = Vec::new();
    for columns in [40, 60, 80, 120] {
        lines.push(program.sized(columns, 24).line(1));
    }
    program.after(120);
    lines.push(program.line(1));
    program.lost();
    lines.push(program.line(1));
    insta::assert_snapshot!("own_lines", lines.join("\n"));
}

#[test]
fn b_starts_from_the_present_end_which_the_first_letter_replaces() {
    let mut program = Program::live();
    let sent = |program: &Program| {
        let put = program.effects.iter().rev().find_map(|effect| match effect {
            Effect::Publish(put, _) => Some(put.status_msg.clone()),
            _ => None,
        });
        (put, program.model().own().report().ends.map(|ends| ends.to_string()[..16].to_owned()))
    };
    program.press("B").press("until 15:30 design review").key(KeyCode::Enter);
    assert_eq!(sent(&program), (Some("design review".into()), Some("2026-11-24T15:30".into())));
    program.answered(Answer::Accepted).echo(Presence::Busy, "design review");
    program.after(600).press("B");
    assert!(program.line(19).starts_with("Busy: until 15:30 design review"), "{}", program.screen());
    // An arrow key edits what is there: another minute.
    program.key(KeyCode::Home);
    (0..11).for_each(|_| _ = program.key(KeyCode::Right));
    program.key(KeyCode::Backspace).press("5").key(KeyCode::Enter);
    assert_eq!(sent(&program).1, Some("2026-11-24T15:35".into()));
    program.after(60).press("B").press("1h").key(KeyCode::Enter);
    assert_eq!(sent(&program).1, Some("2026-11-24T15:13".into()), "a letter replaces it");
    assert_eq!(program.model().own().status_msg(), "design review", "without a message, the old one stays");
}

#[test]
fn the_first_letter_replaces_the_old_message_and_an_arrow_key_edits_it() {
    let mut program = Program::live();
    let message = |program: &mut Program| {
        program.key(KeyCode::Enter);
        program.model().own().status_msg().to_owned()
    };
    program.press("m").press("hi");
    assert_eq!(message(&mut program), "hi");
    program.press("m").key(KeyCode::Left).press("!");
    assert_eq!(message(&mut program), "h!i");
    program.press("m").key(KeyCode::Backspace);
    assert_eq!(message(&mut program), "");
    program.press("m").paste("pasted").press("m");
    assert_eq!(message(&mut program), "pastedm");
    program.press("m").paste("over");
    assert_eq!(message(&mut program), "over");
    program.press("m");
    assert_eq!(message(&mut program), "over", "Enter alone changes nothing");
}

#[test]
fn a_small_screen_shows_what_is_wrong_with_an_end_beside_it() {
    let mut program = Program::live();
    program.sized(60, 15).press("B").press("25:00 lunch").key(KeyCode::Enter);
    assert!(program.line(14).starts_with("Busy: 25:00 lunch"), "{}", program.screen());
    assert!(program.line(13).starts_with("Type a length"), "{}", program.screen());
}

#[test]
fn a_call_and_an_idle_keyboard_say_that_they_are_the_reason() {
    let mut program = Program::live();
    let until = program.now + SignedDuration::from_hours(1);
    let call = |who: &str, device: &str| CallEvent {
        key: ("m.call.member".to_owned(), who.to_owned()),
        sender: UserId::parse(format!("@{who}:example.org")).unwrap(),
        memberships: vec![CallMembership { device_id: Some(device.to_owned()), until }],
    };
    let room = RoomId::parse("!all:example.org").unwrap();
    let calls = vec![(room, vec![call("me", "PHONE"), call("bob", "DEV"), call("carol", "DEV")])];
    program.synced(Synced { calls, ..Synced::default() });
    program.answered(Answer::Accepted).echo(Presence::Busy, "in the garden");
    insta::assert_snapshot!("call", program.screen());
    let mut program = Program::live();
    program
        .after(600)
        .event(Event::Idle(Some(SignedDuration::from_secs(600))))
        .answered(Answer::Accepted)
        .echo(Presence::Unavailable, "in the garden");
    assert!(program.line(2).contains("This machine is idle"), "{}", program.screen());
}

#[test]
fn what_each_kind_of_server_does_to_the_own_presence_is_in_words() {
    let tuwunel = ("tuwunel", "1.9.0");
    let mut faded = Program::asked_on(tuwunel, "i");
    let phone = faded.session("Phone", 3);
    faded.seen(Presence::Unavailable).tell(Update::Sessions(vec![phone.clone()]));
    let mut held = Program::asked_on(tuwunel, "u");
    held.seen(Presence::Busy).tell(Update::Sessions(vec![phone]));
    let mut ghost = Program::asked_on(tuwunel, "u");
    ghost.seen(Presence::Busy).tell(Update::Sessions(Vec::new()));
    let mut contested = Program::asked_on(("tuwunel", "1.4.6"), "u");
    contested.seen(Presence::Unavailable).after(10).seen(Presence::Online);
    let mut alone = Program::asked_on(("continuwuity", "26.7.3"), "u");
    alone.tell(Update::OwnStatus(Some(Visibility::NotShared)));
    for (words, expected) in [
        (faded.words(), "others see what Phone (seen 3 min ago) says, until 14:29 if it is closed."),
        (held.words(), "others see busy as Phone (seen 3 min ago) says, until 14:04 if it is closed."),
        (ghost.words(), "It ends by itself 5 min after the last request of that session."),
        (contested.words(), "each sync replaces your state: others see ◐ unavailable and its state in turn."),
        (alone.words(), "You share no room with anybody yet, so nobody sees your presence."),
    ] {
        assert!(words.contains(expected), "{expected}\n{words}");
    }
}

#[test]
fn the_own_line_and_its_prompts_stand_on_each_size() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut program = Program::live();
        program.sized(columns, rows).press("m");
        insta::assert_snapshot!(format!("prompt_message_{columns}"), program.screen());
        program.key(KeyCode::Esc).press("B").press("45m design review");
        insta::assert_snapshot!(format!("prompt_busy_{columns}"), program.screen());
        program
            .key(KeyCode::Enter)
            .answered(Answer::Accepted)
            .echo(Presence::Busy, "design review")
            .after(20);
        insta::assert_snapshot!(format!("line_busy_{columns}"), program.screen());
    }
}
