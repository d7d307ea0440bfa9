//! The settings of a screen, and a changed one for the configuration.

use crate::ui::{keymap::Keymap, list::View, theme};

/// A setting of the configuration with its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the configuration.
    pub key: &'static str,
    /// The value.
    pub value: Value,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

/// The configuration of a screen.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The first view.
    pub view: View,
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
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            view: View::default(),
            rooms: Vec::new(),
            keymap: Keymap::default(),
            mouse: true,
            watch_only: false,
            palette: theme::Palette::default(),
        }
    }
}
