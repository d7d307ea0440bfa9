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
    /// Notify of the selected contact once when free, of each change, or not at all.
    Notify,
    /// Select a contact whom the person has waited for.
    ShowAlert,
    /// Take the line away that says who is free now.
    DismissAlerts,
    /// Show or close the details of the selected contact.
    Details,
    /// Select the room this many places further on in the details, whose view Enter opens.
    Room(isize),
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
    /// Show the next set of colors.
    Theme,
    /// Keep the last change of a setting in the configuration.
    Keep,
    /// Close what is open. With nothing open, clear the filter, then the selection.
    Back,
    /// Show or hide the help.
    Help,
    /// Type the name of a command.
    Palette,
    /// Stop until `fg`.
    Suspend,
    /// End the program.
    Quit,
}

/// What an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The own state.
    Own,
    /// A contact.
    People,
    /// What is on screen.
    View,
    /// The program.
    Program,
}

impl Topic {
    /// All topics, in the order of the help screen.
    pub const ALL: [Self; 4] = [Self::Own, Self::People, Self::View, Self::Program];

    /// Returns the heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Own => "Your state",
            Self::People => "People",
            Self::View => "The list",
            Self::Program => "The program",
        }
    }
}

/// An action with its name and its default keys.
#[derive(Debug)]
pub struct Binding {
    /// The name in the configuration and in the palette of commands.
    pub name: &'static str,
    /// The default keys. The footer and messages name the first.
    pub keys: &'static [Key],
    /// The action.
    pub action: Action,
    /// What the action is about.
    pub topic: Topic,
    /// The action in words, for the help screen, in [`LONGEST_HELP`] columns at most.
    pub help: &'static str,
}

/// The most columns of a binding's words. Two columns of them fit on 80 columns.
pub const LONGEST_HELP: usize = 26;

const fn char(c: char) -> Key {
    Key::Plain(KeyCode::Char(c))
}

/// All bindings, in the order of the help screen.
#[rustfmt::skip]
pub const KEYMAP: &[Binding] = &[
    bind("busy", &[char('b')], Action::ToggleBusy, Topic::Own, "busy; again: as before"),
    bind("busy-for", &[char('B')], Action::BusyUntil, Topic::Own, "busy until, with a message"),
    bind("online", &[char('o')], Action::SetPresence(Presence::Online), Topic::Own, "online"),
    bind("unavailable", &[char('u'), char('a')], Action::SetPresence(Presence::Unavailable), Topic::Own, "unavailable (away)"),
    bind("offline", &[char('i')], Action::SetPresence(Presence::Offline), Topic::Own, "offline for others"),
    bind("pick", &[char('S')], Action::PickState, Topic::Own, "pick a state from a list"),
    bind("undo", &[char('z')], Action::Undo, Topic::Own, "undo, for ten seconds"),
    bind("message", &[char('m')], Action::EditMessage, Topic::Own, "your status message"),
    bind("account", &[char('W')], Action::OpenAccount, Topic::Own, "end your other session"),
    bind("filter", &[char('/')], Action::EditFilter, Topic::People, "find by name, message, …"),
    bind("down", &[char('j'), Key::Plain(KeyCode::Down)], Action::Move(1), Topic::People, "next contact"),
    bind("up", &[char('k'), Key::Plain(KeyCode::Up)], Action::Move(-1), Topic::People, "previous contact"),
    bind("page-down", &[Key::Plain(KeyCode::PageDown), Key::Ctrl('d')], Action::Page(1), Topic::People, "half a screen down"),
    bind("page-up", &[Key::Plain(KeyCode::PageUp), Key::Ctrl('u')], Action::Page(-1), Topic::People, "half a screen up"),
    bind("first", &[char('g'), Key::Plain(KeyCode::Home)], Action::First, Topic::People, "first contact"),
    bind("last", &[char('G'), Key::Plain(KeyCode::End)], Action::Last, Topic::People, "last contact"),
    bind("details", &[Key::Plain(KeyCode::Enter)], Action::Details, Topic::People, "details; a room's view"),
    bind("next-room", &[Key::Plain(KeyCode::Right)], Action::Room(1), Topic::People, "a room of theirs"),
    bind("previous-room", &[Key::Plain(KeyCode::Left)], Action::Room(-1), Topic::People, "the room before it"),
    bind("notify", &[char('n')], Action::Notify, Topic::People, "tell you: once, each, off"),
    bind("show-alert", &[char('f')], Action::ShowAlert, Topic::People, "select who is free now (▲)"),
    bind("dismiss-alert", &[char('d')], Action::DismissAlerts, Topic::People, "take the line with ▲ away"),
    bind("pin", &[char('p')], Action::Pin, Topic::People, "a favourite, or no longer"),
    bind("copy", &[char('y')], Action::CopyId, Topic::People, "copy the user ID"),
    bind("chat", &[char('w')], Action::OpenChat, Topic::People, "open the chat in a browser"),
    bind("next-view", &[Key::Plain(KeyCode::Tab)], Action::View(1), Topic::View, "next view"),
    bind("previous-view", &[Key::Plain(KeyCode::BackTab)], Action::View(-1), Topic::View, "previous view"),
    bind("sort", &[char('s')], Action::Sort, Topic::View, "another order"),
    bind("show-online", &[char('1')], Action::Toggle(&[Group::Online]), Topic::View, "list online, or leave out"),
    bind("show-busy", &[char('2')], Action::Toggle(&[Group::Busy]), Topic::View, "list busy, or leave out"),
    bind("show-unavailable", &[char('3')], Action::Toggle(&[Group::Unavailable]), Topic::View, "list unavailable, or not"),
    bind("show-other", &[char('4')], Action::Toggle(&[Group::Other]), Topic::View, "list other states, or not"),
    bind("show-offline", &[char('5')], Action::Toggle(&[Group::Offline]), Topic::View, "list offline, or leave out"),
    bind("hide-absent", &[char('h')], Action::Toggle(&[Group::Offline, Group::Silent]), Topic::View, "offline and silent at once"),
    bind("log", &[char('l')], Action::Log, Topic::View, "what happened: more, less"),
    bind("back", &[Key::Plain(KeyCode::Esc)], Action::Back, Topic::Program, "close, clear, select none"),
    bind("commands", &[char(':')], Action::Palette, Topic::Program, "commands and settings"),
    bind("theme", &[char('T')], Action::Theme, Topic::Program, "other colors"),
    bind("keep", &[char('K')], Action::Keep, Topic::Program, "keep a changed setting"),
    bind("mouse", &[char('M')], Action::ToggleMouse, Topic::Program, "let the terminal select"),
    bind("help", &[char('?'), Key::Plain(KeyCode::F(1))], Action::Help, Topic::Program, "this help"),
    bind("suspend", &[Key::Ctrl('z')], Action::Suspend, Topic::Program, "to the shell; fg returns"),
    bind("quit", &[char('q'), Key::Ctrl('c')], Action::Quit, Topic::Program, "quit"),
];

/// Returns the action of the binding with this name.
#[must_use]
pub(crate) fn action_of(name: &str) -> Option<&'static Action> {
    KEYMAP.iter().find(|binding| binding.name == name).map(|binding| &binding.action)
}

const fn bind(
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    topic: Topic,
    help: &'static str,
) -> Binding {
    Binding { name, keys, action, topic, help }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text;

    #[test]
    fn the_words_of_each_binding_fit_and_topics_are_not_mixed() {
        for binding in KEYMAP {
            assert!(text::width(binding.help) <= LONGEST_HELP, "{}", binding.help);
        }
        let topics = KEYMAP.chunk_by(|one, other| one.topic == other.topic).map(|chunk| chunk[0].topic);
        assert_eq!(topics.collect::<Vec<_>>(), Topic::ALL);
    }
}
