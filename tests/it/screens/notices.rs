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
fn a_second_n_cancels_the_notification() {
    let mut program = Program::live();
    program.select("carol").press("n").press("n");
    assert!(program.screen().contains("You will not be told when Carol is free."));
    program.press("N");
    assert!(program.screen().contains("You will be told of each change of Carol."));
    program.press("N");
    assert!(program.screen().contains("You will not be told of the changes of Carol."));
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
    for key in ["n", "N", "p", "y", "w"] {
        assert!(program.press(key).screen().contains("Select a contact first."));
        assert!(program.effects.is_empty() && program.actions.is_empty());
        program.after(8);
        assert!(!program.screen().contains("first."));
    }
}

#[test]
fn capital_n_reports_each_change_in_words() {
    let mut program = Program::live();
    program.select("carol").press("N");
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
    program.select("carol").press("N");
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
    program.select("bob").press("N").after(60);
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
