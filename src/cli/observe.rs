//! What `whosin list` and `whosin watch` share.

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use tokio::select;

use super::{
    StateFilter, config,
    exit::UsageError,
    output::{self, OutputError, message, print},
    session::{files, signed_in},
    signals::Signals,
    status::{is_nobody, tells_nothing},
};
use crate::{
    cli::config::Config,
    engine::observer::{News, Observer},
    model::{
        contacts::{Contact, Contacts, View},
        presence::State,
    },
};

/// The most look-ups of offline contacts: as many rows as fit on a large screen.
const LOOK_UPS: usize = 200;

/// Why a command ends when the server has ended the session.
pub const SIGNED_OUT: &str = "the server has ended the session; run whosin login";

/// Starts watching with the kept session and the configuration of the dashboard.
pub async fn begin(view: Option<&str>) -> Result<Observer> {
    let session = signed_in().await?;
    let mut config = config::load()?;
    if let Some(view) = view {
        choose(view, &mut config);
    }
    let preferences = files()?.preferences.load().unwrap_or_else(|error| {
        message(format_args!("cannot read your pins, so no contact is a favourite: {error}"));
        None
    });
    Observer::begin(session, config, preferences).wrap_err("cannot install signal handlers")
}

/// Chooses the view. A name that is not a view is a room.
fn choose(typed: &str, config: &mut Config) {
    config.view = match typed.to_lowercase().as_str() {
        "favourites" | "favorites" => View::Favourites,
        "direct" => View::Direct,
        "people" => View::People,
        "everyone" => View::Everyone,
        _ => {
            config.rooms.push(typed.to_owned());
            View::Room(config.rooms.len() - 1)
        }
    };
}

/// Waits until all contacts are known.
pub async fn until_known(observer: &mut Observer) -> Result<()> {
    loop {
        match observer.next().await {
            News::Connected => break,
            News::Lost(reason) => return Err(eyre!(reason)),
            News::SignedOut => bail!(SIGNED_OUT),
            News::Ended if !output::has_reader() => bail!(OutputError::NoReader),
            News::Ended => bail!("interrupted before the server answered"),
            News::Changed(_) | News::Else => {}
        }
    }
    match unknown_room(&observer.dashboard().contacts) {
        Some(room) => Err(UsageError(format!("you are not in a room or space named {room}")).into()),
        None => Ok(()),
    }
}

/// Looks up offline contacts, which the server reports only on request, if they are to be printed. Returns whether the
/// server may have presence switched off.
pub async fn complete(observer: &mut Observer, users: &[OwnedUserId], states: &[StateFilter]) -> bool {
    if explain_silence(observer).await {
        return true;
    }
    if states.is_empty() || states.contains(&StateFilter::State(State::Offline)) {
        let half_known = watched(users, &observer.dashboard().contacts).filter(|(_, it)| it.is_half_known());
        let half_known = half_known.map(|(user, _)| user.to_owned()).take(LOOK_UPS).collect();
        observer.look_up(half_known, Timestamp::now()).await;
    }
    false
}

/// Prints a result, unless a signal ends the wait for a reader who does not read.
pub async fn print_unless_ended(text: &str, signals: &mut Signals) -> Result<bool> {
    select! {
        printed = print(text) => Ok(printed.map(|()| true)?),
        _ = signals.next() => Ok(false),
    }
}

/// Returns the contacts shown, in the order of the screen, or the known ones among `users`.
pub fn watched<'a>(
    users: &'a [OwnedUserId],
    contacts: &'a Contacts,
) -> impl Iterator<Item = (&'a UserId, &'a Contact)> {
    let rows = if users.is_empty() { contacts.len() } else { 0 };
    let all = (0..rows).filter_map(|row| contacts.at(row));
    all.chain(users.iter().filter_map(|user| Some((&**user, contacts.get(user)?))))
}

/// Says why no presence is known, if none is. Returns whether the server may have presence switched off.
async fn explain_silence(observer: &Observer) -> bool {
    let contacts = &observer.dashboard().contacts;
    if contacts.total() + contacts.hidden() == 0 {
        message("nobody shares a room with you yet");
        return false;
    }
    if !contacts.is_silent() {
        return false;
    }
    match is_nobody(observer.session()).await {
        Ok(false) => false,
        Ok(true) => {
            message(tells_nothing(observer.dashboard().server(), "anybody"));
            true
        }
        Err(error) => {
            message(format_args!("cannot tell why no presence arrives: {error:#}"));
            true
        }
    }
}

/// Returns the name of the room to view if we are not in it.
pub fn unknown_room(contacts: &Contacts) -> Option<String> {
    let view = contacts.view();
    contacts.is_unknown(view).then(|| contacts.view_name(view))
}

/// Whether a contact is in one of the states; any contact is if there are none.
pub fn is_in(contact: &Contact, states: &[StateFilter]) -> bool {
    states.is_empty() || states.iter().any(|state| state.matches(contact))
}
