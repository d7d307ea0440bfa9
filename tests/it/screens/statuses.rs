//! User statuses on screen, beside presence and where presence is off.

use whosin::{
    model::{
        event::ProfileAnswer,
        presence::Visibility,
        profile::{FieldChange, Profile, ProfileCall, ProfileSupport, ProfileUpdate, UserStatus},
    },
    ui::theme::Charset,
};

use super::*;

fn status(emoji: &str, text: &str) -> FieldChange {
    FieldChange::UnstableStatus(UserStatus::new(emoji, text))
}

fn call_since(minutes: i64, now: jiff::Timestamp) -> FieldChange {
    let since = now - SignedDuration::from_mins(minutes);
    FieldChange::UnstableCall(Some(ProfileCall { since: Some(since) }))
}

impl Program {
    /// The answer to a look-up.
    fn looked_up_profile(&mut self, name: &str, fields: Vec<FieldChange>) -> &mut Self {
        let user_id = UserId::parse(format!("@{name}:example.org")).unwrap();
        let profile = Box::new(Profile::from_iter(fields));
        let answer = ProfileAnswer::Found { profile, time_zone: None };
        self.tell(Update::Profile { user_id, answer })
    }

    /// A change that the server sends by itself.
    fn pushed(&mut self, name: &str, fields: Option<Vec<FieldChange>>) -> &mut Self {
        self.effects.clear();
        let user_id = UserId::parse(format!("@{name}:example.org")).unwrap();
        self.synced(Synced { profiles: vec![ProfileUpdate { user_id, fields }], ..Synced::default() })
    }

    /// Contacts as a server shows them that has presence switched off.
    fn without_presence(profiles: ProfileSupport) -> Self {
        let mut program = Self::started();
        let own = Some(Visibility::SwitchedOff);
        program.tell(Update::Connected(Greeting { own, profiles, ..Greeting::default() }));
        program.synced(Synced { presence: Vec::new(), ..initial_sync() }).members(0);
        program
    }

    /// The same with some statuses.
    fn with_statuses() -> Self {
        let mut program = Self::without_presence(ProfileSupport { fields: true, pushed: false });
        let now = program.now;
        let busy = vec![status("💬", "In a meeting"), call_since(4, now)];
        program.looked_up_profile("bob", vec![status("🌴", "On holiday until the 23rd of December")]);
        program.looked_up_profile("carol", busy).looked_up_profile("dave", vec![call_since(120, now)]);
        program.looked_up_profile("ada", vec![status("", "no emoji")]);
        program.looked_up_profile("me", vec![status("🏃", "AFK - out at the dentist")]);
        program
    }

    fn notified(&self) -> Vec<String> {
        let told = self.effects.iter().filter_map(|effect| match effect {
            Effect::Notify(notice) => Some(notice.title.clone()),
            _ => None,
        });
        told.collect()
    }
}

#[test]
fn statuses_where_presence_is_off_at_each_size() {
    for (columns, rows) in [(80, 24), (60, 15), (120, 40)] {
        let mut program = Program::with_statuses();
        assert_snapshot!(format!("off_{columns}_by_{rows}"), program.sized(columns, rows).screen());
    }
}

#[test]
fn statuses_in_ascii() {
    let mut program = Program::with_statuses();
    let ascii = Theme { charset: Charset::Ascii, ..Theme::default() };
    for (columns, rows) in [(80, 24), (60, 15)] {
        let picture = program.sized(columns, rows).draw(ascii);
        let text = picture_text(&picture);
        assert!(text.is_ascii(), "{text}");
        assert_snapshot!(format!("ascii_{columns}_by_{rows}"), text);
    }
}

fn picture_text(picture: &Buffer) -> String {
    let rows = picture.content.chunks(usize::from(picture.area.width));
    let line =
        |row: &[ratatui::buffer::Cell]| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    rows.map(|row| line(row).trim_end().to_owned() + "\n").collect()
}

#[test]
fn statuses_beside_presence() {
    let mut program = Program::live();
    program.tell(Update::Connected(Greeting {
        busy_offered: true,
        profiles: ProfileSupport { fields: true, pushed: true },
        ..Greeting::default()
    }));
    let now = program.now;
    program.pushed("bob", Some(vec![status("🌴", "On holiday")]));
    program.pushed("dave", Some(vec![call_since(3, now)]));
    program.pushed("carol", Some(vec![status("💬", "In a meeting"), call_since(3, now)]));
    for (columns, rows) in [(80, 24), (60, 15)] {
        assert_snapshot!(format!("beside_{columns}_by_{rows}"), program.sized(columns, rows).screen());
    }
}

#[test]
fn the_details_say_since_when_a_call_is_and_how_old_a_status_is() {
    let mut program = Program::with_statuses();
    program.sized(80, 24).select("carol").after(60).key(KeyCode::Enter);
    let screen = program.screen();
    assert!(screen.contains("Status       💬 In a meeting (as of 14:02)"), "{screen}");
    assert!(screen.contains("Call         in a call since 13:58, says their profile"), "{screen}");
    program.key(KeyCode::Esc);
    program.looked_up_profile("bob", vec![FieldChange::Call(Some(ProfileCall::default()))]);
    program.select("bob").key(KeyCode::Enter);
    let screen = program.screen();
    assert!(
        screen.contains("in a call, says their profile"),
        "no time is no reason to leave it out: {screen}"
    );
}

#[test]
fn a_message_that_nobody_would_see_is_offered_as_a_status() {
    let mut program = Program::with_statuses();
    program.press("m").key(KeyCode::Tab);
    assert!(program.screen().contains("nobody sees a message here"), "{}", program.screen());
    program.press("lunch").key(KeyCode::Enter);
    let screen = program.screen();
    assert!(screen.contains("so nobody sees a message. Enter sets it"), "{screen}");
    let sent = |program: &Program| {
        let statuses = program.effects.iter().filter(|it| matches!(it, Effect::PublishStatus(_)));
        statuses.count()
    };
    assert_eq!((sent(&program), program.model().own().status_msg()), (0, ""));
    program.key(KeyCode::Enter);
    assert_eq!(sent(&program), 1, "{:?}", program.effects);
}

#[test]
fn who_you_wait_for_stays_in_the_header_where_statuses_tell() {
    let mut program = Program::with_statuses();
    program.sized(120, 24);
    for name in ["bob", "dave"] {
        program.select(name).press("n");
    }
    program.effects.clear();
    program.after(60).looked_up_profile("bob", Vec::new());
    assert_eq!(program.notified(), ["Bob removed the status"]);
    program.key(KeyCode::Esc).after(60);
    assert!(program.line(1).starts_with("▲ Bob has no status since 14:03"), "{}", program.screen());
    program.effects.clear();
    program.looked_up_profile("dave", Vec::new());
    assert_eq!(program.notified(), ["Dave left the call"]);
    program.looked_up_profile("bob", vec![status("🔴", "Busy")]);
    let line = program.line(1);
    assert!(
        line.starts_with("▲ Dave has no status since 14:04; Bob had no status at 14:03, now: 🔴"),
        "{line}"
    );
    program.press("d").press("d");
    assert!(!program.screen().contains('▲'), "{}", program.screen());
}
