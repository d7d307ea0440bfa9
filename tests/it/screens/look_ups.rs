//! Which contacts are looked up, and what their answers change.

use std::collections::BTreeSet;

use matrix_sdk::ruma::OwnedUserId;

use super::*;

fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}:example.org")).unwrap()
}

fn offline(message: &str) -> Status {
    Status { status_msg: Some(message.into()), ..Status::new(Presence::Offline) }
}

/// A room of contacts without presence: p01, p02 and so on.
fn crowded(people: usize) -> Program {
    let mut program = Program::started();
    let own = Some(Status::new(Presence::Offline).into());
    program.tell(Update::Connected(Greeting { busy_offered: true, own, ..Greeting::default() }));
    program.synced(Synced { initial: true, ..Synced::default() });
    let member = |number| {
        let name = format!("p{number:02}");
        Member { user_id: user(&name), displayname: Some(name.into()) }
    };
    let members = (1..=people).map(member).collect();
    let rooms = vec![(RoomId::parse("!all:example.org").unwrap(), members)];
    program.tell(Update::Members { rooms, missing: 0, failed: 0, position: None });
    program
}

impl Program {
    /// The contacts looked up since the last call.
    fn asked(&mut self) -> Vec<String> {
        let asked = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::LookUp(user_id) => Some(user_id.localpart().to_owned()),
            _ => None,
        });
        asked.collect()
    }

    fn looked_up(&mut self, name: &str, status: Option<Status>) -> &mut Self {
        self.tell(Update::LookedUp { user_id: user(name), presence: status.map(Into::into) })
    }

    fn line_of(&self, name: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| line.contains(name)).unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn no_contact_is_looked_up_before_presence_is_known_to_be_shared() {
    let mut program = crowded(3);
    assert!(program.asked().is_empty());
    program.synced(Synced { presence: vec![event("p02", Presence::Busy, "", 0)], ..Synced::default() });
    assert_eq!(program.asked(), ["p01", "p03"]);

    let mut program = crowded(3);
    program.echo(Presence::Online, "in the garden");
    assert_eq!(program.asked(), ["p01", "p02", "p03"]);
}

#[test]
fn four_are_looked_up_at_once_the_selected_one_first_and_nobody_twice() {
    let mut program = crowded(10);
    program.press("jjjjj").asked();
    program.echo(Presence::Online, "in the garden");
    assert_eq!(program.asked(), ["p05", "p01", "p02", "p03"]);
    program.press("gG");
    assert!(program.asked().is_empty(), "four are under way");
    program.looked_up("p01", Some(offline("asleep")));
    assert_eq!(program.asked(), ["p10"], "the selected one");
    program.looked_up("p05", None).looked_up("p02", None).looked_up("p03", None).looked_up("p10", None);
    assert_eq!(program.asked(), ["p04", "p06", "p07", "p08"]);
    for number in [4, 6, 7, 8, 9] {
        program.looked_up(&format!("p{number:02}"), None);
    }
    assert_eq!(program.asked(), ["p09"]);
    program.press("gG").after(60);
    assert!(program.asked().is_empty());
}

#[test]
fn only_those_in_sight_are_looked_up() {
    let mut program = crowded(90);
    program.sized(80, 12).echo(Presence::Online, "in the garden");
    let mut asked = BTreeSet::from_iter(program.asked());
    program.press("gG").asked();
    for name in ["p01", "p02", "p03", "p04"] {
        program.looked_up(name, None);
    }
    let mut last = program.asked();
    while let Some(name) = last.pop() {
        program.looked_up(&name, None);
        last.extend(program.asked());
        asked.insert(name);
    }
    assert!(asked.contains("p90") && asked.contains("p85"), "{asked:?}");
    assert!(asked.len() <= 4 + 12, "{asked:?}");
}

#[test]
fn a_looked_up_presence_is_shown_and_is_no_change() {
    let mut program = crowded(3);
    program.echo(Presence::Online, "in the garden").effects.clear();
    program.looked_up("p01", Some(offline("gone\u{7} home")));
    assert_eq!(program.line_of("p01"), "○ p01 gone home");
    assert!(!program.effects.iter().any(|effect| matches!(effect, Effect::Changed(_) | Effect::Notify(_))));
    program.press("l");
    assert!(!program.screen().contains("p01 became"), "{}", program.screen());
    program.synced(Synced { presence: vec![event("p01", Presence::Busy, "", 0)], ..Synced::default() });
    assert!(program.screen().contains("p01 became busy"), "{}", program.screen());
}

#[test]
fn an_empty_answer_means_offline_and_no_answer_leaves_the_state_unknown() {
    let nothing = Some(Status::new(Presence::Other("".into())));
    let again = ["p01"].as_slice();
    for (status, shown, next) in [
        // From there on `/sync` tells each change.
        (Some(Status::new(Presence::Offline)), "○ p01", [].as_slice()),
        (nothing, "· p01", again),
        (None, "· p01", again),
    ] {
        let mut program = crowded(1);
        program.echo(Presence::Online, "in the garden");
        assert_eq!(program.asked(), ["p01"]);
        program.looked_up("p01", status);
        assert_eq!(program.line_of("p01"), shown);
        assert!(program.asked().is_empty(), "not again on this connection");
        program.lost().on_connected(true).echo(Presence::Online, "in the garden");
        assert_eq!(program.asked(), next, "on the next");
    }
}

#[test]
fn a_look_up_never_replaces_newer_presence() {
    let mut program = crowded(2);
    program.echo(Presence::Online, "in the garden");
    program.synced(Synced { presence: vec![event("p01", Presence::Busy, "", 0)], ..Synced::default() });
    program.looked_up("p01", Some(offline("gone home")));
    assert!(program.line_of("p01").starts_with("■ p01"), "{}", program.line_of("p01"));
}

#[test]
fn the_time_zone_in_the_details_is_looked_up_once_a_day() {
    let mut program = Program::live();
    let asked = |program: &mut Program| {
        let asks =
            |effect: &Effect| matches!(effect, Effect::LookUpProfile(user_id) if *user_id == user("bob"));
        std::mem::take(&mut program.effects).iter().filter(|effect| asks(effect)).count()
    };
    program.select("bob");
    assert_eq!(asked(&mut program), 0, "no details are shown");
    program.sized(120, 30).after(1);
    assert_eq!(asked(&mut program), 1);
    let tell = |program: &mut Program, name: &str| {
        program.tell(profile(user("bob"), TimeZone::get(name).ok()));
    };
    for (name, shown) in [
        ("Asia/Tokyo", "Local time   23:02, 9 h ahead"),
        ("America/New_York", "Local time   09:02, 5 h behind"),
        ("Asia/Kolkata", "Local time   19:32, 5 h 30 min ahead"),
        ("Europe/London", "Local time   14:02, the same as yours"),
    ] {
        tell(&mut program, name);
        assert!(program.screen().contains(shown), "{}", program.screen());
    }
    let wake = program.wake().unwrap();
    assert!(wake.duration_since(program.now) <= SignedDuration::from_mins(1), "{wake}");
    program.select("carol").tell(profile(user("carol"), None)).select("bob").after(3600);
    assert_eq!(asked(&mut program), 0);
    program.after(24 * 3600);
    assert_eq!(asked(&mut program), 1);
    tell(&mut program, "Middle/Earth");
    assert!(!program.screen().contains("Local time"));
}
