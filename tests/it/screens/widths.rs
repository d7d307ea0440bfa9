//! Names and messages in every script never move a column, in terminals that join characters and in those that do not.

use matrix_sdk::ruma::RoomId;
use proptest::{collection::vec, prelude::*, sample::select};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use whosin::ui::screen::PICKS;

use super::*;

/// Parts of names, harmless and hostile.
const PIECES: &[&str] = &[
    "a",
    "Zoë",
    " ",
    "e\u{301}",
    "王小明",
    "ｗｉｄｅ",
    "한국",
    "\u{1112}\u{1161}\u{11ab}",
    "ไม่",
    "क्षि",
    "நி",
    "سلام لا إله",
    "שלום",
    "🇩🇪",
    "🇩",
    "👍🏽",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦",
    "❤\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "☕",
    "\u{202e}rtl",
    "\u{200b}",
    "\u{ad}",
    "\u{1b}[31m",
    "\t",
    "…",
    "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
];

fn nasty() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..12).prop_map(|pieces| pieces.concat())
}

/// Everybody online, so that all rows have the same words.
fn program(people: &[(String, String)], columns: u16) -> Program {
    let mut program = Program::started();
    let named = |at: usize| UserId::parse(format!("@p{at}:example.org")).unwrap();
    let presence = people.iter().enumerate().map(|(at, (_, message))| PresenceEvent {
        sender: named(at),
        content: Status {
            status_msg: Some(message.as_str().into()),
            currently_active: true,
            ..Status::new(Presence::Online)
        },
    });
    let presence = presence.collect();
    program.on_connected(true).synced(Synced { initial: true, presence, ..Synced::default() });
    let member = |(at, (name, _)): (usize, &(String, String))| Member {
        user_id: named(at),
        displayname: Some(name.clone().into()),
    };
    let members = people.iter().enumerate().map(member).collect();
    let rooms = vec![(RoomId::parse("!all:example.org").unwrap(), members)];
    program.tell(Update::Members { rooms, missing: 0, failed: 0, position: None });
    program.echo(Presence::Online, &people[0].1).sized(columns, 20).press("sj");
    program
}

/// The columns at which the symbols of a row start.
fn starts(picture: &Buffer, row: u16) -> Vec<(u16, String)> {
    let mut starts = Vec::new();
    let mut x = 0;
    while x < picture.area.width {
        let symbol = picture[(x, row)].symbol().to_owned();
        // Some terminals add up the widths of joined characters, others draw them as one.
        let apart: usize = symbol.chars().map(|c| c.width().unwrap_or(0)).sum();
        assert_eq!(apart, symbol.width(), "{symbol:?} is as wide joined as apart");
        starts.push((x, symbol.clone()));
        x += u16::try_from(apart).unwrap().max(1);
    }
    assert_eq!(x, picture.area.width, "nothing hangs over the edge");
    starts
}

#[test]
fn a_name_in_a_joining_script_is_shown_whole() {
    let program = program(&[("علاء".into(), "لا".into())], 80);
    assert!(program.screen().contains("● علاء "), "{}", program.screen());
    assert!(program.screen().contains(" لا"), "{}", program.screen());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_moves_a_column(people in vec((nasty(), nasty()), 1..8), columns in 20_u16..170) {
        let mut program = program(&people, columns);
        let picture = program.draw(Theme::default());
        let rows: Vec<_> = (0..20).map(|row| starts(&picture, row)).collect();
        let contacts = rows.iter().filter(|row| row.iter().any(|(x, symbol)| *x == 2 && symbol == "●"));
        let contacts: Vec<_> = contacts.collect();
        prop_assert!(!contacts.is_empty());
        // The words stand in the same column of every row, and so does the line beside the list.
        let marks = |row: &[(u16, String)], mark: &str| -> Vec<u16> {
            row.iter().filter(|(_, symbol)| symbol == mark).map(|(x, _)| *x).collect()
        };
        let line = |row: &[(u16, String)]| row.iter().map(|(_, symbol)| symbol.as_str()).collect::<String>();
        for row in &contacts {
            if columns >= 110 {
                prop_assert_eq!(marks(row, "│"), marks(contacts[0], "│"));
            }
            if columns >= 34 {
                let at = word_at(row);
                prop_assert!(at.is_some() && at == word_at(contacts[0]), "{}", line(row));
            }
        }
        // The same for what lies over the list.
        let picture = program.press("S").draw(Theme::default());
        let rows: Vec<_> = (6..15).map(|row| starts(&picture, row)).collect();
        let corner = rows.iter().find_map(|row| marks(row, "┌").first().copied());
        let left = corner.expect("the list of states is open");
        let edged = rows.iter().filter(|row| marks(row, "│").contains(&left)).count();
        prop_assert_eq!(edged, PICKS.len(), "the left edge at column {}", left);
    }
}

/// Where the word for the state stands.
fn word_at(row: &[(u16, String)]) -> Option<u16> {
    let symbols: Vec<&str> = row.iter().map(|(_, symbol)| symbol.as_str()).collect();
    let at = symbols.windows(7).position(|window| window.concat() == "online ")?;
    Some(row[at].0)
}
