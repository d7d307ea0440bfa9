//! The closed list of what can happen to the program, and of what it can want done.

use std::time::Duration;

pub use crossterm::event::KeyEvent;
use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

mod synced;
mod update;

pub use synced::{CallEvent, CallMembership, Member, MemberChange, RoomChange, Synced};
pub use update::{Answer, Greeting, OtherSession, Update};

use crate::model::{
    control::PresenceCommand,
    presence::{BusyName, Change, Presence},
};

/// Anything that can happen.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed, repeated or released.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse wheel turned: so many steps down, or up where negative.
    Scroll(isize),
    /// The mouse was pressed on something, or on nothing that a click means anything to.
    Click(Option<Target>),
    /// A sign of somebody at the terminal that asks for nothing: the mouse moves, the window gets the focus.
    Active,
    /// Nobody has used the desktop for so long; `None` where there is no desktop to ask.
    Desktop(Option<Duration>),
    /// The terminal has so many columns and rows now.
    Resize(u16, u16),
    /// A command asks for something.
    Asked(PresenceCommand),
    /// A command begins to watch along.
    Watched,
    /// News from the homeserver.
    Update(Update),
    /// The time came that `App::wake` named.
    Clock,
    /// Something that the person has asked for does not work; a sentence says what and why.
    Trouble(String),
    /// The program was stopped and goes on.
    Continued,
    /// The system asks the program to end: SIGTERM, SIGHUP or a closed terminal.
    Terminate,
}

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A contact's row.
    Contact(OwnedUserId),
    /// The view in this place of the row of views.
    View(usize),
    /// The own state.
    Own,
    /// A place in the list of own states.
    Pick(usize),
}

/// Who is signed in where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The own user ID.
    pub user_id: OwnedUserId,
    /// The homeserver's base URL.
    pub homeserver: String,
    /// The ID of this session.
    pub device_id: String,
}

/// One `PUT /presence/{me}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceUpdate {
    /// The state to send.
    pub presence: Presence,
    /// The message to send with it; empty for none. A PUT without it deletes the message on Synapse.
    pub status_msg: String,
}

/// What each `/sync` says of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPresence {
    /// The state that goes along.
    pub presence: Presence,
    /// How the server wants busy spelled.
    pub busy_name: BusyName,
    /// Whether it must change nothing, neither what others see nor what other sessions of ours can do.
    pub watching: bool,
}

/// What the history is made of, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// From now on the program knows how everybody is, and is told when that changes.
    Began(Timestamp),
    /// A contact's state or message became another.
    Changed(Change),
    /// Nothing could be heard between two moments; what changed meanwhile is told at the second.
    Missed {
        /// When the server was last heard.
        since: Timestamp,
        /// When it was heard again.
        until: Timestamp,
    },
    /// How many were there from this moment on.
    Counted(Timestamp, Counts),
    /// The program was told nothing from this moment on.
    Ended(Timestamp),
}

impl Entry {
    /// When it was, or where it has lasted, when it was over.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Changed(change) => change.at,
            Self::Began(at) | Self::Missed { until: at, .. } | Self::Counted(at, _) | Self::Ended(at) => *at,
        }
    }
}

/// How many contacts are in the states in which one can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the states' own names")]
pub struct Counts {
    pub online: u32,
    pub busy: u32,
    pub unavailable: u32,
}

/// What the program wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sign in.
    SignIn(Credentials),
    /// Send our presence; a newer wish replaces one that has not left yet.
    Publish(PresenceUpdate, BusyName),
    /// Send this `set_presence` with every `/sync` from now on.
    SyncPresence(SyncPresence),
    /// Ask the server for the own presence.
    LookUpOwn,
    /// Ask the server for the account's other sessions.
    LookUpSessions,
    /// Ask the server for a contact's presence.
    LookUp(OwnedUserId),
    /// Ask the server for a contact's time zone.
    LookUpTimeZone(OwnedUserId),
    /// Ask the desktop how long nobody has used it.
    AskDesktop,
    /// Write down what is to outlive the program of the own presence.
    SavePresence,
    /// Write down what the person has chosen in the dashboard.
    SavePreferences,
    /// Tell the person something, wherever they look.
    Tell(Notice),
    /// Pass on that a contact became different.
    Changed(Change),
    /// Put this text into the clipboard.
    Copy(String),
    /// Open this address in a browser.
    Open(String),
    /// Write down what happened.
    Record(Vec<Entry>),
    /// Try to reach the server now instead of later.
    Retry,
    /// Take what the mouse does from the terminal, or leave it to it.
    CaptureMouse(bool),
    /// Stop and give the terminal back to the shell until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// What the person is told wherever they look. Others choose parts of it: whoever shows it cleans and cuts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub title: String,
    /// More about it, if there is more.
    pub body: Option<String>,
}

/// What somebody types to sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// A homeserver's URL, a server's name, or a whole user ID.
    pub server: String,
    /// The user's name or ID; empty where `server` is a whole user ID.
    pub user: String,
    /// What proves it.
    pub secret: Secret,
}

/// A password or an access token, which never shows in a log.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The account's password.
    Password(String),
    /// An access token of a session that exists already.
    Token(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("server", &self.server).finish_non_exhaustive()
    }
}
