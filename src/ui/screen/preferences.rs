//! The configuration of a screen.

use crate::{
    model::contacts::Contacts,
    ui::{
        keymap::Keymap,
        list::View,
        settings::{Context, Values},
        theme,
    },
};

/// The configuration of a screen.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The first view. `None`: the one that was left.
    pub view: Option<View>,
    /// The rooms and spaces that have a view, by name, address or ID.
    pub rooms: Vec<String>,
    /// The key bindings.
    pub keymap: Keymap,
    /// Whether to capture the mouse.
    pub mouse: bool,
    /// Whether this screen never changes the own presence.
    pub watch_only: bool,
    /// The colors.
    pub palette: theme::Palette,
    /// The values of all settings that the palette of commands changes.
    pub values: Values,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            view: None,
            rooms: Vec::new(),
            keymap: Keymap::default(),
            mouse: true,
            watch_only: false,
            palette: theme::Palette::default(),
            values: Values::new(),
        }
    }
}

impl Preferences {
    /// Returns what the choices of the settings follow from.
    pub(super) fn context<'a>(&'a self, contacts: &'a Contacts) -> Context<'a> {
        Context { values: &self.values, keymap: &self.keymap, contacts }
    }
}
