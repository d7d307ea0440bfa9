//! Candidates for completion in a shell: from the running engine or the kept contacts, never from the network.
//!
//! Others choose their names and, on their servers, their user IDs. Only what no shell obeys becomes a candidate.

use std::{ffi::OsStr, fs, time::Duration};

use clap_complete::CompletionCandidate;
use matrix_sdk::ruma::UserId;
use tokio::{runtime::Builder, time::timeout};

use super::{
    config,
    session::{account, kept_contacts},
    watch::NAMED,
};
use crate::{
    engine::{Inquiry, protocol::Scope},
    model::{contacts::Contacts, text},
    store::profile::{self, Profile},
    ui::list::NAMES,
};

/// How long the engine may take. A person waits.
const LIMIT: Duration = Duration::from_millis(40);
/// The most candidates. No person reads more.
const MOST: usize = 1_000;

/// Returns users: those of our own server by the name before the colon, unless an `@` is typed.
pub(super) fn users(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    with_contacts(|contacts, me| {
        let known = contacts.people().filter(|(_, contact)| contact.is_counted());
        let name = |user_id: &UserId| {
            let is_near = user_id.server_name() == me.server_name() && !typed.starts_with('@');
            if is_near { user_id.localpart().to_owned() } else { user_id.to_string() }
        };
        let is_safe = |name: &String| is_word(name, |c| c.is_ascii_alphanumeric() || "._=/+-@:".contains(c));
        let names = known.map(|(user_id, _)| name(user_id)).filter(is_safe);
        candidates(names.filter(|name| name.starts_with(&*typed)))
    })
}

/// Returns views: those that are always there, those of the configuration, and the rooms and spaces by name.
pub(super) fn views(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    let config = config::load().unwrap_or_default();
    with_contacts(|contacts, _| {
        let rooms = contacts.rooms();
        let named = (0..rooms.ids().count()).filter(|room| rooms.is_named(*room));
        let named = named.map(|room| contacts.room_name(room));
        let always = NAMES.map(str::to_owned).into_iter();
        let all = always.chain(config.rooms.clone()).chain(named);
        let is_safe = |name: &String| is_word(name, |c| c.is_alphanumeric() || " ._-".contains(c));
        candidates(all.filter(is_safe).filter(|name| name.to_lowercase().starts_with(&typed)))
    })
}

/// Returns the profiles that are signed in.
pub(super) fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let directory = Profile::default().state_directory().and_then(fs::read_dir);
    let entries = directory.into_iter().flatten().flatten();
    let signed_in = entries.filter(|entry| entry.path().join("session.json").exists());
    let names = signed_in.filter_map(|entry| entry.file_name().into_string().ok());
    let is_profile = |name: &String| name.parse::<Profile>().is_ok() && name.starts_with(&*typed);
    candidates(names.filter(is_profile))
}

/// Returns the formats that have a name.
pub(super) fn formats(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    candidates(NAMED.map(str::to_owned).into_iter().filter(|name| name.starts_with(&*typed)))
}

/// Returns whether a name is one word of an argument in each shell, or several with blanks, which shells quote.
fn is_word(name: &str, is_safe: impl Fn(char) -> bool) -> bool {
    !name.starts_with(['-', ' ', '=']) && text::width(name) > 0 && name.chars().all(is_safe)
}

fn candidates(names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().take(MOST).map(CompletionCandidate::new).collect()
}

/// Reads the contacts that the running engine knows, or else those that were kept.
fn with_contacts<T: Default>(read: impl FnOnce(&Contacts, &UserId) -> T) -> T {
    profile::choose(chosen_profile());
    let Ok(account) = account() else { return T::default() };
    let runtime = Builder::new_current_thread().enable_all().build();
    let inquiry = runtime.ok().and_then(|runtime| {
        let ask = Inquiry::about(&account.user_id, &[], Scope::Contacts);
        runtime.block_on(async { timeout(LIMIT, ask).await.ok().flatten() })
    });
    if let Some(inquiry) = inquiry {
        return read(inquiry.model.contacts(), &account.user_id);
    }
    kept_contacts(&account).map(|kept| read(&kept.contacts, &account.user_id)).unwrap_or_default()
}

/// Returns the profile on the command line that is being completed, or of the environment.
fn chosen_profile() -> Profile {
    let words: Vec<String> = std::env::args().collect();
    let typed = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--profile")? {
        "" => words.get(at + 1).cloned(),
        value => value.strip_prefix('=').map(ToOwned::to_owned),
    });
    let name = typed.or_else(|| std::env::var("WHOSIN_PROFILE").ok()).unwrap_or_default();
    name.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_shell_obeys_becomes_a_word() {
        let of_user = |c: char| c.is_ascii_alphanumeric() || "._=/+-@:".contains(c);
        for fine in ["bob", "@bob:example.org:8448", "@_irc_bob=2f:example.org"] {
            assert!(is_word(fine, of_user), "{fine}");
        }
        for hostile in [
            "",
            "-x",
            "@$(id):evil",
            "@`id`:evil",
            "@a b:evil",
            "@a;b:evil",
            "@a\n:evil",
            "@[ab]:x",
            "@a'b:x",
            "@~:x",
            // zsh makes a path of it.
            "=ls",
        ] {
            assert!(!is_word(hostile, of_user), "{hostile}");
        }
    }
}
