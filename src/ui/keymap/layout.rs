//! The keymap in use: the default bindings with the changes of the configuration.

use std::fmt;

use crossterm::event::KeyEvent;

use super::{Action, Binding, KEYMAP, Key};

/// Quits in every configuration, so that there is always a way out.
const ALWAYS_QUITS: Key = Key::Ctrl('c');

/// The keys of each binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    /// In the order of [`KEYMAP`].
    keys: Vec<Vec<Key>>,
}

/// A key with two actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// The names of its bindings.
    pub names: [&'static str; 2],
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { key: ALWAYS_QUITS, .. } => f.write_str("Ctrl-C always quits"),
            Self { key, names: [first, second] } => {
                write!(f, "{key} cannot be both {first} and {second}; give one of them other keys")
            }
        }
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self { keys: KEYMAP.iter().map(|binding| binding.keys.to_vec()).collect() }
    }
}

impl Keymap {
    /// Returns each binding with its keys, the main one first. A binding may have none.
    #[must_use]
    pub(crate) fn bindings(&self) -> impl ExactSizeIterator<Item = (&'static Binding, &[Key])> {
        KEYMAP.iter().zip(&self.keys).map(|(binding, keys)| (binding, keys.as_slice()))
    }

    /// Returns the action of a key press.
    #[must_use]
    pub fn action(&self, event: &KeyEvent) -> Option<Action> {
        let key = Key::of(event)?;
        let (binding, _) = self.bindings().find(|(_, keys)| keys.contains(&key))?;
        Some(binding.action.clone())
    }

    /// Returns the main key of the binding with this name, if it has one.
    #[must_use]
    pub(crate) fn key_of(&self, name: &str) -> Option<Key> {
        self.bindings().find(|(binding, _)| binding.name == name)?.1.first().copied()
    }

    /// Returns the main key as text. Without a key, returns the name of the binding in parentheses.
    #[must_use]
    pub fn shown(&self, name: &str) -> String {
        self.key_of(name).map_or_else(|| format!("({name})"), |key| key.to_string())
    }

    /// Replaces the keys of a binding.
    ///
    /// # Errors
    ///
    /// A similar name, if there is one, when no binding has this name.
    pub fn bind(&mut self, name: &str, mut keys: Vec<Key>) -> Result<(), Option<&'static str>> {
        let Some(at) = KEYMAP.iter().position(|binding| binding.name == name) else {
            let names = KEYMAP.iter().map(|binding| binding.name);
            let near = names.map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
            return Err(near
                .filter(|(distance, _)| *distance <= 3 && *distance < name.len())
                .map(|(_, known)| known));
        };
        if KEYMAP[at].action == Action::Quit && !keys.contains(&ALWAYS_QUITS) {
            keys.push(ALWAYS_QUITS);
        }
        self.keys[at] = keys;
        Ok(())
    }

    /// Checks other keys of a binding.
    ///
    /// # Errors
    ///
    /// A [`String`] with the reason if there is no such binding, or a key has two actions then.
    pub fn check(&self, name: &str, keys: &[Key]) -> Result<(), String> {
        let mut changed = self.clone();
        changed.bind(name, keys.to_vec()).map_err(|_| format!("there is no command {name}"))?;
        changed.conflict().map_or(Ok(()), |conflict| Err(conflict.to_string()))
    }

    /// Returns the first key with two actions.
    #[must_use]
    pub(crate) fn conflict(&self) -> Option<Conflict> {
        let all: Vec<(Key, &'static str)> =
            self.bindings().flat_map(|(binding, keys)| keys.iter().map(|key| (*key, binding.name))).collect();
        all.iter().enumerate().find_map(|(at, (key, name))| {
            let (_, first) = all[..at].iter().find(|(other, owner)| other == key && owner != name)?;
            Some(Conflict { key: *key, names: [first, name] })
        })
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn press(keymap: &Keymap, code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        keymap.action(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn by_default_no_key_asks_for_two_things() {
        assert_eq!(Keymap::default().conflict(), None);
    }

    #[test]
    fn a_binding_has_the_keys_it_is_given_and_no_others() {
        let mut keymap = Keymap::default();
        keymap.bind("busy", vec![Key::Plain(KeyCode::F(2))]).unwrap();
        assert_eq!(press(&keymap, KeyCode::F(2), KeyModifiers::NONE), Some(Action::ToggleBusy));
        assert_eq!(press(&keymap, KeyCode::Char('b'), KeyModifiers::NONE), None);
        assert_eq!(keymap.key_of("busy"), Some(Key::Plain(KeyCode::F(2))));
        keymap.bind("busy", Vec::new()).unwrap();
        assert_eq!(keymap.key_of("busy"), None);
    }

    #[test]
    fn ctrl_c_always_quits() {
        let mut keymap = Keymap::default();
        keymap.bind("quit", Vec::new()).unwrap();
        assert_eq!(press(&keymap, KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        keymap.bind("busy", vec![Key::Ctrl('c')]).unwrap();
        assert_eq!(keymap.conflict().unwrap().names, ["busy", "quit"]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let mut keymap = Keymap::default();
        assert_eq!(keymap.bind("bussy", Vec::new()), Err(Some("busy")));
        assert_eq!(keymap.bind("dance-a-jig", Vec::new()), Err(None));
    }
}
