//! Checks of the server that change nothing.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};

use super::check::Check;
use crate::{
    model::{
        Model, age,
        contacts::Contacts,
        event::{Account, OtherSession},
        profile::ProfileSupport,
        quirks::{ServerKind, Software},
        text,
    },
    server::{ServerError, Session},
};

/// The most difference between two clocks that does not mislead about ages.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// Checks whether the server answers, how fast, and the difference between the clocks.
///
/// # Errors
///
/// [`ServerError`] if the server does not answer.
pub(crate) async fn reach(session: &Session) -> Result<Vec<Check>, ServerError> {
    let asked = Timestamp::now();
    let server_time = session.server_time().await?;
    let now = Timestamp::now();
    let took = now.duration_since(asked);
    let host = session.account().user_id.server_name();
    let reached = Check::fine("server", format!("{host} answers in {} ms", took.as_millis()));
    Ok([reached].into_iter().chain(server_time.map(|time| clock(time, now))).collect())
}

/// Checks whether others on the network can read the traffic.
pub fn encryption(account: &Account) -> Check {
    if account.in_the_clear {
        let advice =
            "Others on the network can read your token and your contacts. Sign in at an https:// address.";
        return Check::wrong("encryption", "the server's address is http://, which is not encrypted", advice);
    }
    Check::fine("encryption", "the connection is encrypted, or stays on this machine")
}

fn clock(server: Timestamp, here: Timestamp) -> Check {
    // The `Date` header is cut to the second, on average half a second too early.
    let ahead = here.duration_since(server) - SignedDuration::from_millis(500);
    let words = age::words(here - ahead.abs(), here);
    if ahead.abs() < SKEW {
        return Check::fine("clock", "within 30 s of the server's");
    }
    let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
    let words = if words == "now" { format!("{} s", ahead.abs().as_secs()) } else { words };
    Check::wrong(
        "clock",
        format!("this machine is {words} {direction} the server"),
        "Set the clock; otherwise timed states end at the wrong time.",
    )
}

/// Reports the server's software.
pub fn software(software: Option<&Software>) -> Check {
    match software {
        Some(it) => Check::fine("software", text::clean(&format!("{} {}", it.name, it.version))),
        None => Check::fine("software", "the server does not name its software; treated as Synapse"),
    }
}

/// Checks what user statuses are worth here: whether there are any, how changes arrive, and whether we can set one.
pub fn statuses(support: ProfileSupport, server_kind: ServerKind, can_set: Option<bool>) -> Vec<Check> {
    if !support.fields {
        return vec![Check::fine("statuses", "profiles have no user status here (MSC4426)")];
    }
    let arrive = match (support.pushed, server_kind) {
        (true, _) => "the server sends the user statuses of its own users at once (MSC4429)".to_owned(),
        (false, ServerKind::Synapse) => {
            "user statuses are looked up now and then; the administrator can let the server send them: \
             include_profile_updates_in_sync: true"
                .to_owned()
        }
        (false, _) => "user statuses are looked up now and then; the server does not send them".to_owned(),
    };
    let set = match can_set {
        Some(true) => Check::fine("set-status", "you can set a user status"),
        Some(false) => {
            let advice = "Only its administrator can change that.";
            Check::wrong("set-status", "the server does not let you set a user status", advice)
        }
        None => Check::fine("set-status", "the server does not say whether you can set a user status"),
    };
    vec![Check::fine("statuses", arrive), set]
}

/// Reports what strangers see of the own profile.
pub fn strangers(can_read: Option<bool>) -> Option<Check> {
    let says = if can_read? {
        "anyone can read your name and your user status, also without an account"
    } else {
        "only those with an account can read your profile"
    };
    Some(Check::fine("strangers", says))
}

/// Checks whether the server supports busy.
pub fn busy(offered: bool, server_kind: ServerKind) -> Check {
    let advice = match server_kind {
        ServerKind::Synapse | ServerKind::Unknown => {
            "Others see unavailable instead. To offer busy, the administrator sets experimental_features: {msc3026_enabled: true}."
        }
        _ => "Others see unavailable instead. This server has no setting for busy.",
    };
    if offered {
        Check::fine("busy", "the server supports busy (MSC3026)")
    } else {
        Check::wrong("busy", "the server does not support busy (MSC3026)", advice)
    }
}

/// Lists the other sessions, which may hold busy on some servers.
pub fn sessions(others: &[OtherSession], server_kind: ServerKind) -> Check {
    if others.is_empty() {
        return Check::fine("sessions", "no other session of yours");
    }
    let now = Timestamp::now();
    let name = |it: &OtherSession| {
        let seen = it.last_seen.map(|at| format!(" ({})", age::words(at, now))).unwrap_or_default();
        format!("{}{seen}", text::cut(&text::clean(&it.name), 40))
    };
    let mut names: Vec<String> = others.iter().take(5).map(name).collect();
    if others.len() > names.len() {
        names.push(format!("{} more", others.len() - names.len()));
    }
    let note =
        if server_kind.spreads_busy() { "; one that syncs while you are busy can hold busy" } else { "" };
    Check::fine("sessions", format!("your other sessions: {}{note}", names.join(", ")))
}

/// Names the server's pages that end the other sessions, where it has them.
pub(crate) fn account_pages(others: &[OtherSession]) -> Vec<Check> {
    let page = |it: &OtherSession| {
        let page = it.account_page.as_ref()?;
        Some(Check::fine("session", format!("to end {}: {page}", text::cut(&text::clean(&it.name), 40))))
    };
    others.iter().filter_map(page).take(5).collect()
}

/// Checks whether there are contacts.
pub fn contacts(model: &Model) -> Check {
    let contacts = model.contacts();
    if contacts.total() == 0 && model.rooms_not_loaded() > 0 {
        return Check::wrong("contacts", "the server does not tell who is in your rooms", "Try again later.");
    }
    if contacts.total() == 0 {
        let advice = "Join a room: the server shares the presence of its members.";
        return Check::wrong("contacts", "you share no room with anybody", advice);
    }
    Check::fine("contacts", share(contacts))
}

fn share(contacts: &Contacts) -> String {
    match contacts.total() {
        1 => "1 shares a room with you".to_owned(),
        count => format!("{count} share a room with you"),
    }
}

/// Checks whether there are contacts, and whether anything was heard of them.
pub fn heard(model: &Model) -> Check {
    let contacts = model.contacts();
    let people = contacts.people().filter(|(_, contact)| contact.is_counted());
    let silent = people.filter(|(_, contact)| contact.heard.is_none()).count();
    match silent {
        0 => self::contacts(model),
        silent if silent == contacts.total() => Check::wrong(
            "contacts",
            format!(
                "{}; nothing was heard of {}",
                share(contacts),
                if silent == 1 { "them" } else { "any of them" }
            ),
            "They may never have set a presence, or their servers share none. Ask one of them to be online, and run \
             this again.",
        ),
        silent => Check::fine("contacts", format!("{}; nothing was heard of {silent}", share(contacts))),
    }
}

/// Reports that presence is switched off, and what the administrator has to write.
pub fn switched_off(server: impl Display, server_kind: ServerKind) -> Check {
    let Some(lines) = server_kind.presence_setting() else {
        let advice = "Ask the administrator of the server to switch presence on.";
        return Check::wrong("presence", format!("presence is switched off at {server}"), advice);
    };
    Check::wrong(
        "presence",
        format!("presence is switched off at {server}"),
        format!("Only the administrator can change that: {lines}, and a restart."),
    )
}
