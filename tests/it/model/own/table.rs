//! Every pair of what is wanted and what is seen, on every kind of server, within the limit or not, with and without
//! another session.

use std::fmt::Write;

use whosin::model::event::OtherSession;

use super::*;

/// Each kind of server with and without the flag, as they come.
pub const SERVERS: [(&str, bool); 7] = [
    ("Synapse 1.163.2", true),
    ("Synapse 1.163.1", false),
    ("tuwunel 1.9.0", true),
    ("tuwunel 1.4.6", true),
    ("continuwuity 26.7.3", false),
    ("palpo 0.4.0", true),
    ("Dendrite 0.15", false),
];

const STATES: [Presence; 4] = [Presence::Online, Presence::Busy, Presence::Unavailable, Presence::Offline];

/// The state is asked for, the server answers, and then others see another one.
fn outcome(
    (server, busy_offered): (&str, bool),
    wanted: &Presence,
    seen: &Presence,
    limited: bool,
    other: bool,
) -> String {
    let mut story = Story::begin();
    story.greeted_by(server, busy_offered, status(Presence::Other("before".into()), ""));
    story.own.synced(story.now);
    story.own.ask(wanted.clone());
    let sent = match story.next() {
        Some(Effect::Publish(put, busy_name)) => put.presence.to_wire(busy_name).to_owned(),
        effect => panic!("{effect:?}"),
    };
    assert!(busy_offered || Presence::from_wire(&sent) != Presence::Busy, "busy without the flag");
    if limited {
        story.limited(10);
    } else {
        story.accepted();
    }
    story.echo(seen.clone(), "");
    let mut asked = Vec::new();
    while let Some(effect) = story.after(2).any() {
        match effect {
            Effect::LookUpOwn => story.own.looked_up(Some(status(seen.clone(), "")), story.now),
            Effect::LookUpSessions => {
                let phone = OtherSession { name: "Phone".to_owned(), last_seen: Some(story.now) };
                story.own.sessions(if other { vec![phone] } else { Vec::new() }, story.now);
            }
            Effect::Publish(..) => {
                asked.push("again");
                assert!(!limited || story.now >= Timestamp::from_second(1_800_000_010).unwrap(), "too early");
                break;
            }
            _ => {}
        }
    }
    let sync_presence = story.own.sync_presence().unwrap();
    let says = sync_presence.presence.to_wire(sync_presence.busy_name).to_owned();
    assert!(!server.starts_with("Synapse") || !says.contains("busy"), "a 400");
    let reason = match story.reason() {
        Some(Reason::HeldBusy(sessions, _)) => {
            format!("held by {}", sessions.first().map_or("the server", |it| &it.name))
        }
        Some(reason) => format!("{reason:?}").split('(').next().unwrap().to_owned(),
        None => "fine".to_owned(),
    };
    format!(
        "{sent:<24}{says:<24}{}",
        [reason].into_iter().chain(asked.iter().map(ToString::to_string)).collect::<Vec<_>>().join(", ")
    )
}

#[test]
fn every_pair_of_wanted_and_seen_on_every_server() {
    let mut table = String::new();
    for server in SERVERS {
        for (limited, other) in [(false, false), (false, true), (true, false), (true, true)] {
            let limit = if limited { "limited" } else { "in time" };
            let company = if other { "with another session" } else { "alone" };
            let offered = if server.1 { "" } else { " without the flag" };
            writeln!(table, "\n{}{offered}, {limit}, {company}", server.0).unwrap();
            writeln!(table, "{:<13}{:<13}{:<24}{:<24}then", "wanted", "seen", "sent", "/sync").unwrap();
            for wanted in &STATES {
                for seen in STATES.iter().chain([&Presence::Other("dnd".into())]) {
                    let outcome = outcome(server, wanted, seen, limited, other);
                    writeln!(table, "{wanted:<13}{seen:<13}{outcome}").unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}
