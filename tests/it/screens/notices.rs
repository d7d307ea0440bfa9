//! When the person is notified of a contact, and when not.

use whosin::model::{event::Notice, presence::Change, record::Record};

use super::*;

impl Program {
    /// A contact changes. Forgets the effects before it.
    fn changes(&mut self, name: &str, presence: Presence, message: &str) -> &mut Self {
        self.effects.clear();
        self.synced(Synced { presence: vec![event(name, presence, message, 0)], ..Synced::default() })
    }

    #[track_caller]
    fn tells(&self, titles: &[&str]) {
        let told = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice.title.as_str()),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), titles);
    }

    /// The changes that `on_change` gets.
    fn records(&self) -> Vec<String> {
        let changes = self.effects.iter().filter_map(|effect| match effect {
            Effect::Changed(change) => Some(change),
            _ => None,
        });
        let contacts = self.model().contacts();
        let record =
            |change: &Change| Record::of_change(change, contacts.get(&change.user_id).unwrap()).to_string();
        changes.map(record).collect()
    }

    fn keeps(&self) -> bool {
        self.effects.contains(&Effect::SavePreferences)
    }
}

#[test]
fn n_tells_once_when_the_contact_is_free() {
    let mut program = Program::live();
    program.select("carol").effects.clear();
    program.press("n");
    assert!(program.keeps());
    assert_snapshot!(program.screen());

    program.changes("carol", Presence::Unavailable, "").tells(&[]);
    program.after(60).changes("dave", Presence::Online, "back").tells(&[]);
    program.changes("carol", Presence::Online, "in the garden");
    let notice = Notice { title: "Carol is free".into(), body: Some("in the garden".into()) };
    assert!(program.effects.contains(&Effect::Notify(notice)), "{:?}", program.effects);
    assert!(program.keeps());
    assert!(!program.screen().contains("You will be told"));

    program.after(60).changes("carol", Presence::Busy, "").tells(&[]);
    program.after(60).changes("carol", Presence::Online, "").tells(&[]);
}

#[test]
fn n_cycles_through_once_each_change_and_off() {
    let mut program = Program::live();
    program.select("carol").press("n");
    assert!(program.screen().contains("You will be told once when Carol is free. n again: of each change."));
    program.press("n");
    assert!(program.screen().contains("You will be told of each change of Carol. n again: no more."));
    program.press("n");
    assert!(program.screen().contains("You will not be told of Carol any more."));
    program.press("j");
    assert!(program.screen().contains("You will"), "there was no time to read it");
    program.after(8);
    assert!(!program.screen().contains("You will"), "it fades");
    program.changes("carol", Presence::Online, "").tells(&[]);
}

#[test]
fn n_on_a_free_contact_waits_for_the_next_time() {
    let mut program = Program::live();
    program.select("bob").press("n");
    assert!(program.screen().contains("Bob is free now. You will be told the next time."));
    program.changes("bob", Presence::Online, "still here").tells(&[]);
    program.after(60).changes("bob", Presence::Busy, "still here").tells(&[]);
    program.after(60).changes("bob", Presence::Online, "").tells(&["Bob is free"]);
}

#[test]
fn keys_that_need_a_contact_say_so_where_none_is_selected() {
    let mut program = Program::live();
    program.effects.clear();
    program.actions.clear();
    for key in ["n", "p", "y", "w"] {
        assert!(program.press(key).screen().contains("Select a contact first."));
        assert!(program.effects.is_empty() && program.actions.is_empty());
        program.after(8);
        assert!(!program.screen().contains("first."));
    }
}

#[test]
fn n_twice_reports_each_change_in_words() {
    let mut program = Program::live();
    program.select("carol").press("nn");
    for (presence, message, title) in [
        (Presence::Online, "in a call", "Carol is free"),
        (Presence::Online, "at the desk", "Carol has a new message"),
        (Presence::Online, "", "Carol has no message any more"),
        (Presence::Unavailable, "", "Carol is unavailable"),
        (Presence::Other("org.example.lunch".into()), "", "Carol is org.example.lunch"),
        (Presence::Busy, "", "Carol is busy"),
    ] {
        program.after(60).changes("carol", presence, message).tells(&[title]);
    }
}

#[test]
fn going_offline_is_reported_only_after_a_while() {
    let mut program = Program::live();
    program.select("carol").press("nn");
    program.changes("carol", Presence::Offline, "gone home").tells(&[]);
    program.after(44).tells(&[]);
    assert_eq!(program.wake(), Some(program.now + SignedDuration::from_secs(1)));
    program.after(1).tells(&["Carol is offline"]);
    program.effects.clear();
    program.after(100).tells(&[]);
}

#[test]
fn a_flapping_contact_is_not_reported() {
    let mut program = Program::live();
    program.select("bob").press("nn").after(60);
    for _ in 0..3 {
        program.changes("bob", Presence::Offline, "").tells(&[]);
        program.after(10).tells(&[]);
        program.changes("bob", Presence::Online, "").tells(&[]);
        program.after(10).tells(&[]);
    }
    program.after(100).tells(&[]);
    program
        .changes("bob", Presence::Offline, "")
        .after(10)
        .changes("bob", Presence::Busy, "")
        .tells(&["Bob is busy"]);
    program.after(100).tells(&["Bob is busy"]);
}

#[test]
fn a_notification_distinguishes_contacts_with_the_same_name() {
    let mut program = Program::live();
    program.press("/ada2").key(KeyCode::Enter);
    program.press("jn");
    assert!(program.screen().contains("when Ada (@ada2:example.org) is free"), "{}", program.screen());
    program.changes("ada2", Presence::Online, "").tells(&["Ada (@ada2:example.org) is free"]);
}

#[test]
fn flaps_reconnects_and_first_syncs_are_not_reported() {
    let mut program = Program::live();
    program.select("bob").press("n");
    program.changes("bob", Presence::Offline, "");
    program.after(44).changes("bob", Presence::Online, "").tells(&[]);

    program.after(60).changes("bob", Presence::Busy, "");
    program.after(60).lost().after(20).changes("bob", Presence::Online, "").tells(&[]);

    program.after(60).changes("bob", Presence::Busy, "");
    program.effects.clear();
    let again = Synced { presence: vec![event("bob", Presence::Online, "", 0)], ..initial_sync() };
    program.after(60).synced(again).tells(&[]);

    program.after(60).changes("bob", Presence::Busy, "");
    program.after(60).changes("bob", Presence::Online, "").tells(&["Bob is free"]);
}

#[test]
fn our_own_changes_are_not_reported() {
    let mut program = Program::configured("watch_only = true");
    program.changes("me", Presence::Busy, "").tells(&[]);
    assert_eq!(program.records(), [""; 0]);
}

#[test]
fn busy_silences_notifications_where_that_is_configured() {
    let mut loud = Program::live();
    loud.select("carol").press("nb").changes("carol", Presence::Online, "").tells(&["Carol is free"]);

    let mut quiet = Program::configured("notify.quiet_when_busy = true");
    quiet.select("carol").press("nb").changes("carol", Presence::Online, "").tells(&[]);
    quiet.after(60).changes("carol", Presence::Busy, "");
    quiet.after(60).press("b").changes("carol", Presence::Online, "").tells(&["Carol is free"]);
}

#[test]
fn on_change_gets_every_change_including_flaps() {
    let mut program = Program::live();
    assert_eq!(program.records(), [""; 0], "what is heard first is no change");
    program.changes("bob", Presence::Busy, "in a \"meeting\"");
    assert_eq!(
        program.records(),
        [concat!(
            r#"{"v":1,"at":"2026-11-24T14:02:10Z","type":"change","user_id":"@bob:example.org","displayname":"Bob","#,
            r#""presence":"busy","was":"online","status_msg":"in a \"meeting\"","last_active_ago":0,"#,
            r#""currently_active":true,"status":null,"in_call":false,"call_since":null,"status_as_of":null}"#
        )]
    );
    program.after(5).changes("bob", Presence::Online, "");
    assert_eq!(program.records().len(), 1, "a lamp has to be right");
    program.changes("evil", Presence::Busy, "\u{1b}]0;pwned\u{7}\r\nhi");
    assert!(
        program.records()[0]
            .contains(r#""displayname":"Eve il","presence":"busy","was":"online","status_msg":"hi""#)
    );
}

#[test]
fn an_error_is_shown_until_a_key_is_pressed_after_it_was_readable() {
    let mut program = Program::live();
    program.input(Input::Problem("on_change: cannot start tell: it is not there.".into()));
    assert!(program.screen().contains("on_change: cannot start tell: it is not there."));
    program.after(4).press("j");
    assert!(program.screen().contains("on_change"), "who types has not read it");
    program.after(1).press("j");
    assert!(!program.screen().contains("on_change"));
}

#[test]
fn who_you_wait_for_stays_in_the_header_until_a_key_selects_or_dismisses_it() {
    let mut program = Program::live();
    program.select("carol").press("n").select("dave").press("n").after(60);
    program.changes("carol", Presence::Online, "in the garden").key(KeyCode::Esc);
    program.after(3_600);
    assert!(program.line(1).starts_with("▲ Carol is free since 14:03"), "{}", program.screen());
    assert!(program.line(1).ends_with("f selects  d dismisses"), "{}", program.screen());
    let row = program.screen().lines().find(|line| line.contains("● Carol")).unwrap().to_owned();
    assert!(row.contains('▲'), "{row}");
    program.press("l");
    let screen = program.screen();
    assert!(screen.contains("▲ ● Carol became online"), "{screen}");
    program.press("jklhh").changes("carol", Presence::Busy, "");
    assert!(program.line(1).starts_with("▲ Carol was free at 14:03, busy now"), "{}", program.screen());
    program.after(60).changes("dave", Presence::Online, "");
    assert!(program.line(1).starts_with("▲ Dave is free since 15:0"), "{}", program.screen());
    assert!(program.line(1).contains("; Carol was free at 14:03"), "{}", program.screen());

    program.press("f");
    assert!(program.screen().lines().any(|line| line.starts_with('▌') && line.contains("Dave")));
    assert!(program.line(1).starts_with("▲ Carol was free"), "{}", program.screen());
    program.press("d");
    assert!(!program.screen().contains('▲'), "{}", program.screen());
    program.press("f");
    assert!(program.screen().contains("Nobody you wait for has become free."), "{}", program.screen());
}

#[test]
fn of_whose_changes_you_are_told_has_the_line_too_even_while_you_are_busy() {
    for busy in ["", "b"] {
        let mut program = Program::live();
        program.select("carol").press("nn").key(KeyCode::Esc).press(busy).after(60);
        program.changes("carol", Presence::Online, "in the garden");
        assert!(program.line(1).starts_with("▲ Carol is free since 14:03"), "{}", program.screen());
        program.press("f");
        assert!(!program.screen().contains('▲'), "{}", program.screen());
    }
}

#[test]
fn somebody_who_has_just_left_is_told_of_when_they_return_soon() {
    let mut program = Program::live();
    program.changes("bob", Presence::Busy, "").after(5);
    program.select("bob").press("n").after(5).changes("bob", Presence::Online, "");
    assert!(program.line(1).starts_with("▲ Bob is free since"), "{}", program.screen());

    // Who flickers while they are free has not left.
    let mut program = Program::live();
    program.select("bob").press("n").after(5).changes("bob", Presence::Busy, "");
    program.after(5).changes("bob", Presence::Online, "");
    assert!(!program.screen().contains('▲'), "{}", program.screen());
}

#[test]
fn alerts_at_each_size() {
    for (columns, rows) in [(80, 24), (120, 40), (60, 15), (200, 60)] {
        let mut program = Program::live();
        program.sized(columns, rows).select("carol").press("n").after(60);
        program.changes("carol", Presence::Online, "in the garden").key(KeyCode::Esc).after(10);
        assert_snapshot!(format!("alert_{columns}_by_{rows}"), program.screen());
    }
}

#[test]
fn a_notice_covers_neither_an_error_nor_why_the_connection_is_lost() {
    let mut program = Program::live();
    program.select("carol").press("n").lost();
    let screen = program.screen();
    assert!(screen.contains("You will be told once when Carol is free."), "{screen}");
    assert!(screen.contains("matrix.example.org takes no connection."), "{screen}");
    program.input(Input::Problem("on_change: cannot start tell: it is not there.".into()));
    assert!(program.screen().contains("on_change: cannot start tell"), "{}", program.screen());
}
