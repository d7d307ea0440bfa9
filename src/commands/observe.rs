//! What `whosin list` and `whosin watch` begin with.

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use super::{config, files, signed_in, status::is_nobody};
use crate::{
    cli::{Mistake, State},
    config::Config,
    contacts::{Contact, Contacts, Group, View},
    observer::{News, Observer},
};

/// What the server says when it has ended the session.
pub const SIGNED_OUT: &str = "the server has ended the session; sign in again: whosin login";

/// Begins to watch with the kept session, as its owner has configured the dashboard.
pub async fn begin(view: Option<&str>) -> Result<Observer> {
    let session = signed_in().await?;
    let mut config = config::load()?;
    if let Some(view) = view {
        choose(view, &mut config);
    }
    // What was chosen and cannot be read costs the favourites, and nothing else.
    let choices = files()?.choices.load().ok().flatten();
    Observer::begin(session, config, choices).wrap_err("the system does not tell of its signals")
}

/// Begins with another view than the configuration does. What is no view's name is a room's.
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
            News::Ended => bail!("it was ended before the server had answered"),
            News::Changed(_) | News::Else => {}
        }
    }
    match unknown_room(&observer.dashboard().contacts) {
        Some(room) => Err(Mistake(format!("you are in no room or space that is called {room}")).into()),
        None => Ok(()),
    }
}

/// Says why nothing is known, if nothing is known of anybody; whether the server may keep it to itself.
pub async fn explain_silence(observer: &Observer) -> bool {
    let contacts = &observer.dashboard().contacts;
    if contacts.total() + contacts.hidden() == 0 {
        eprintln!("whosin: nobody shares a room with you yet.");
        return false;
    }
    let untold = contacts.is_silent() && is_nobody(observer.session()).await.unwrap_or(false);
    if untold {
        eprintln!(
            "whosin: {} tells nothing of anybody: presence may be switched off there, or was never set; see: whosin doctor",
            observer.dashboard().server(),
        );
    }
    untold
}

/// The room that is to be viewed, if there is no such room.
pub fn unknown_room(contacts: &Contacts) -> Option<String> {
    let view = contacts.view();
    contacts.is_unknown(view).then(|| contacts.view_name(view))
}

/// Whether a contact is in one of some states; in any, where there are none.
pub fn is_in(contact: &Contact, states: &[State]) -> bool {
    states.is_empty() || states.iter().any(|&state| contact.group() == group(state))
}

/// The group of contacts in a state.
pub fn group(state: State) -> Group {
    match state {
        State::Online => Group::Online,
        State::Busy => Group::Busy,
        State::Unavailable => Group::Unavailable,
        State::Other => Group::Other,
        State::Offline => Group::Offline,
    }
}
