//! The key bindings of the dashboard: one table of actions and their default keys.

use crossterm::event::KeyCode;

use crate::model::{contacts::Group, presence::Presence};

mod edit;
mod key;
mod layout;

pub use edit::{Edit, edit};
pub use key::Key;
pub use layout::{Conflict, Keymap};

/// An action of the dashboard that a key can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Become busy, or restore the previous state.
    ToggleBusy,
    /// Set this state.
    SetPresence(Presence),
    /// Become busy until a time that the person types.
    BusyUntil,
    /// Undo the last change of the own presence.
    Undo,
    /// Edit the status message.
    EditMessage,
    /// Filter the list.
    EditFilter,
    /// Show the view this many places further on.
    View(isize),
    /// Add the selected contact to the favourites, or remove it.
    Pin,
    /// List the contacts in these states, or hide them.
    Toggle(&'static [Group]),
    /// Sort the list by the next criterion.
    Sort,
    /// Move the selection by this many rows.
    Move(isize),
    /// Move the selection by this many half screens.
    Page(isize),
    /// Select the first row.
    First,
    /// Select the last row.
    Last,
    /// Show the log small, then large, then hide it.
    Log,
    /// Notify once when the selected contact is online.
    NotifyOnce,
    /// Notify of each change of the selected contact.
    NotifyEach,
    /// Show or close the details of the selected contact.
    Details,
    /// Copy the selected contact's user ID.
    CopyId,
    /// Open the chat with the selected contact in a browser.
    OpenChat,
    /// Open the account page of the session that holds busy in a browser.
    OpenAccount,
    /// Pick the own state from a list.
    PickState,
    /// Stop or start to capture the mouse.
    ToggleMouse,
    /// Close what is open. With nothing open, clear the filter, then the selection.
    Back,
    /// Show or hide the help.
    Help,
    /// Stop until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// An action with its name and its default keys.
pub struct Binding {
    /// The name in the configuration.
    pub name: &'static str,
    /// The default keys. The footer and messages name the first.
    pub keys: &'static [Key],
    /// The action.
    pub action: Action,
    /// The action in words, for the help screen.
    pub help: &'static str,
    /// One word for the footer, if the action is worth its place there.
    pub hint: Option<&'static str>,
}

const fn char(c: char) -> Key {
    Key::Plain(KeyCode::Char(c))
}

/// All bindings, in the order of the help screen.
#[rustfmt::skip]
pub const KEYMAP: &[Binding] = &[
    bind("busy", &[char('b')], Action::ToggleBusy, "busy; again: back to what was before", Some("busy")),
    bind("busy-for", &[char('B')], Action::BusyUntil, "busy for a while; then back to before", None),
    bind("online", &[char('o')], Action::SetPresence(Presence::Online), "online", Some("online")),
    bind("unavailable", &[char('u'), char('a')], Action::SetPresence(Presence::Unavailable), "unavailable (away)", Some("unavailable")),
    bind("offline", &[char('i')], Action::SetPresence(Presence::Offline), "offline: stay connected, but invisible", Some("offline")),
    bind("pick", &[char('S')], Action::PickState, "pick your state from a list", None),
    bind("undo", &[char('z')], Action::Undo, "undo your last change, for ten seconds", None),
    bind("message", &[char('m')], Action::EditMessage, "edit your status message; Ctrl-U empties it", Some("message")),
    bind("filter", &[char('/')], Action::EditFilter, "find by name, user ID, message or room", Some("filter")),
    bind("next-view", &[Key::Plain(KeyCode::Tab)], Action::View(1), "next view: favourites, direct chats, …", Some("view")),
    bind("previous-view", &[Key::Plain(KeyCode::BackTab)], Action::View(-1), "previous view", None),
    bind("pin", &[char('p')], Action::Pin, "a favourite; again: no longer", None),
    bind("sort", &[char('s')], Action::Sort, "sort by state, name, last activity or room", None),
    bind("show-online", &[char('1')], Action::Toggle(&[Group::Online]), "list online people, or leave them out", None),
    bind("show-busy", &[char('2')], Action::Toggle(&[Group::Busy]), "the same for busy", None),
    bind("show-unavailable", &[char('3')], Action::Toggle(&[Group::Unavailable]), "the same for unavailable", None),
    bind("show-other", &[char('4')], Action::Toggle(&[Group::Other]), "the same for unknown states", None),
    bind("show-offline", &[char('5')], Action::Toggle(&[Group::Offline]), "the same for offline", None),
    bind("hide-absent", &[char('h')], Action::Toggle(&[Group::Offline, Group::Silent]), "the same for offline and silent at once", None),
    bind("down", &[char('j'), Key::Plain(KeyCode::Down)], Action::Move(1), "next contact", None),
    bind("up", &[char('k'), Key::Plain(KeyCode::Up)], Action::Move(-1), "previous contact", None),
    bind("page-down", &[Key::Plain(KeyCode::PageDown), Key::Ctrl('d')], Action::Page(1), "half a screen down", None),
    bind("page-up", &[Key::Plain(KeyCode::PageUp), Key::Ctrl('u')], Action::Page(-1), "half a screen up", None),
    bind("first", &[char('g'), Key::Plain(KeyCode::Home)], Action::First, "first contact", None),
    bind("last", &[char('G'), Key::Plain(KeyCode::End)], Action::Last, "last contact", None),
    bind("details", &[Key::Plain(KeyCode::Enter)], Action::Details, "more about the contact; again: the list", None),
    bind("log", &[char('l')], Action::Log, "what happened: a few lines, many, or none", None),
    bind("tell-once", &[char('n')], Action::NotifyOnce, "tell you once when free; again: no more", None),
    bind("tell-each", &[char('N')], Action::NotifyEach, "tell you of each change; again: no more", None),
    bind("copy", &[char('y')], Action::CopyId, "copy the user ID", None),
    bind("chat", &[char('w')], Action::OpenChat, "open the chat in a browser, by matrix.to", None),
    bind("account", &[char('W')], Action::OpenAccount, "end your other session on the account page", None),
    bind("back", &[Key::Plain(KeyCode::Esc)], Action::Back, "close, clear the filter, select nobody", None),
    bind("mouse", &[char('M')], Action::ToggleMouse, "let the mouse go, to select text", None),
    bind("help", &[char('?'), Key::Plain(KeyCode::F(1))], Action::Help, "show or hide this help", Some("help")),
    bind("suspend", &[Key::Ctrl('z')], Action::Suspend, "back to the shell; fg returns", None),
    bind("quit", &[char('q'), Key::Ctrl('c')], Action::Quit, "quit", Some("quit")),
];

/// Returns the action of the binding with this name.
#[must_use]
pub fn action_of(name: &str) -> Option<&'static Action> {
    KEYMAP.iter().find(|binding| binding.name == name).map(|binding| &binding.action)
}

const fn bind(
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    help: &'static str,
    hint: Option<&'static str>,
) -> Binding {
    Binding { name, keys, action, help, hint }
}
