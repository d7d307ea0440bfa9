//! Own presence: each pair of wanted and seen, on each kind of server, with and without a rate limit in the way, and
//! with and without another session.

use std::fmt::{Display, Formatter, Write};

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

/// Whether the rate limit is in the way, and whether there is another session.
const CIRCUMSTANCES: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

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
    story.own.on_synced(story.now);
    story.set(wanted.clone());
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
            Effect::LookUpOwn => story.own.on_looked_up(Some(status(seen.clone(), "").into()), story.now),
            Effect::LookUpSessions => {
                let phone =
                    OtherSession { name: "Phone".into(), last_seen: Some(story.now), account_page: None };
                story.own.on_sessions(if other { vec![phone] } else { Vec::new() }, story.now);
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

/// What follows where `wanted` is asked for: a line for each state that others may see then.
fn block(server: (&str, bool), wanted: &Presence, limited: bool, other: bool) -> String {
    let mut block = String::new();
    for seen in STATES.iter().chain([&Presence::Other("dnd".into())]) {
        let outcome = outcome(server, wanted, seen, limited, other);
        writeln!(block, "  {wanted:<13}{seen:<13}{outcome}").unwrap();
    }
    block
}

/// The circumstances that share a block, and the servers in each of them.
#[derive(Default)]
struct Sharing(Vec<((bool, bool), Vec<&'static str>)>);

impl Sharing {
    fn add(&mut self, circumstance: (bool, bool), (server, _): (&'static str, bool)) {
        match self.0.iter_mut().find(|(known, _)| *known == circumstance) {
            Some((_, servers)) => servers.push(server),
            None => self.0.push((circumstance, vec![server])),
        }
    }
}

impl Display for Sharing {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        for ((limited, other), servers) in &self.0 {
            let limit = if *limited { "limited" } else { "in time" };
            let company = if *other { "with another session" } else { "alone" };
            let servers = if servers.len() == SERVERS.len() { "all".to_owned() } else { servers.join(", ") };
            writeln!(f, "{limit}, {company}: {servers}")?;
        }
        Ok(())
    }
}

/// Each block once, below all the circumstances that share it.
#[test]
fn each_server_answers_each_pair_of_wanted_and_seen() {
    let mut blocks: Vec<(String, Sharing)> = Vec::new();
    for wanted in &STATES {
        for circumstance in CIRCUMSTANCES {
            for server in SERVERS {
                let block = block(server, wanted, circumstance.0, circumstance.1);
                let at = blocks.iter().position(|(known, _)| *known == block).unwrap_or_else(|| {
                    blocks.push((block, Sharing::default()));
                    blocks.len() - 1
                });
                blocks[at].1.add(circumstance, server);
            }
        }
    }
    let mut table = format!("  {:<13}{:<13}{:<24}{:<24}then\n", "wanted", "seen", "sent", "/sync");
    for (block, sharing) in blocks {
        write!(table, "\n{sharing}{block}").unwrap();
    }
    insta::assert_snapshot!(table);
}
