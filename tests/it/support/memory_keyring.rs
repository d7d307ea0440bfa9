//! A keyring in memory, which can be locked and can die in the middle.

use std::{collections::BTreeMap, sync::Mutex};

use whosin::store::secrets::{Keyring, KeyringError};

#[derive(Default)]
pub struct MemoryKeyring {
    pub entries: Mutex<BTreeMap<String, String>>,
    /// How many more calls it answers. `None`: all.
    left: Mutex<Option<usize>>,
}

impl MemoryKeyring {
    /// Answers this many more calls, and is locked then. `None`: answers all.
    pub fn answers(&self, calls: Option<usize>) {
        *self.left.lock().unwrap() = calls;
    }

    fn check(&self) -> Result<(), KeyringError> {
        match &mut *self.left.lock().unwrap() {
            None => Ok(()),
            Some(0) => Err(KeyringError::Locked),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

impl Keyring for MemoryKeyring {
    fn get(&self, entry: &str) -> Result<Option<String>, KeyringError> {
        self.check().map(|()| self.entries.lock().unwrap().get(entry).cloned())
    }

    fn set(&self, entry: &str, text: &str) -> Result<(), KeyringError> {
        self.check().map(|()| drop(self.entries.lock().unwrap().insert(entry.to_owned(), text.to_owned())))
    }

    fn delete(&self, entry: &str) -> Result<(), KeyringError> {
        self.check().map(|()| drop(self.entries.lock().unwrap().remove(entry)))
    }
}
