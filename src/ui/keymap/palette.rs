//! The palette: everything that has a name, found by typing a part of it.

use tui_input::Input as Line;

use super::{Action, Binding, Edit, Key, Keymap};

/// The typed text and the selected command.
#[derive(Debug, Default)]
pub struct Palette {
    line: Line,
    /// The selected command among those that match.
    at: usize,
}

impl Palette {
    /// Returns the typed text.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Returns the typed text, to change it. The first match becomes the selected one.
    pub fn line_mut(&mut self) -> &mut Line {
        self.at = 0;
        &mut self.line
    }

    /// Returns the place of the selected command among the matches.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Returns the commands that match what is typed, with their keys. Names that begin with it come first.
    #[must_use]
    pub fn matches<'a>(&self, keymap: &'a Keymap) -> Vec<(&'static Binding, &'a [Key])> {
        let typed = self.line.value().trim().to_lowercase();
        let mut found: Vec<_> = keymap
            .bindings()
            .filter(|(binding, _)| binding.action != Action::Palette)
            .filter_map(|command| Some((rank(command.0, &typed)?, command)))
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, command)| command).collect()
    }

    /// Moves the selection or changes the text. Submitting and closing are up to the caller.
    pub fn edit(&mut self, edit: Edit, keymap: &Keymap) {
        let last = self.matches(keymap).len().saturating_sub(1);
        match edit {
            Edit::Next => self.at = (self.at + 1).min(last),
            Edit::Previous => self.at = self.at.saturating_sub(1),
            Edit::Text(request) => _ = self.line_mut().handle(request),
            Edit::Submit | Edit::Cancel | Edit::Quit => {}
        }
    }

    /// Returns the action of the selected command.
    #[must_use]
    pub fn selected(&self, keymap: &Keymap) -> Option<Action> {
        self.matches(keymap).get(self.at).map(|(binding, _)| binding.action.clone())
    }
}

/// Returns how well a command matches: 0 if its name begins with the text, 1 if each typed word begins a word of its
/// name or description, 2 if each is a part of them.
fn rank(binding: &Binding, typed: &str) -> Option<u8> {
    let text = format!("{} {}", binding.name, binding.help).to_lowercase();
    let begins = |typed: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(typed));
    if binding.name.starts_with(typed) {
        Some(0)
    } else if typed.split_whitespace().all(begins) {
        Some(1)
    } else if typed.split_whitespace().all(|word| text.contains(word)) {
        Some(2)
    } else {
        None
    }
}
