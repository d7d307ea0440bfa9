//! Keys that nobody means: a name typed without the filter, a paste without brackets, an auto-repeat.
//!
//! A key that changes what others see acts only after a quiet moment. In a word it is a letter, and the word becomes a
//! search. Pure: time is an argument.

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};

use crate::ui::keymap::{Action, Key};

/// How long the keys wait that stand for one state: too short to be noticed.
const SHORT: SignedDuration = SignedDuration::from_millis(350);
/// How long the keys wait that are frequent letters of names. X11 repeats a key that is held down after 660 ms.
const LONG: SignedDuration = SignedDuration::from_millis(700);
/// The longest pause within a word.
const PAUSE: SignedDuration = SignedDuration::from_millis(600);
/// The pause before a letter that belongs to the word before it, although that has set nothing.
const RHYTHM: SignedDuration = SignedDuration::from_millis(400);
/// Nobody presses one key twice in less time. A key that is held down repeats about 30 times a second.
const REPEAT: SignedDuration = SignedDuration::from_millis(100);
/// A key that has acted so recently may still be down. Keyboards begin to repeat after a second at most.
const STILL_DOWN: SignedDuration = SignedDuration::from_secs(1);
/// Nobody types faster. Pasted letters arrive at once.
const BURST: SignedDuration = SignedDuration::from_millis(20);

/// The keys right before the next one.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// The letters so far, each soon after the one before.
    word: String,
    /// The last key, and when it was pressed.
    last: Option<(Key, Timestamp)>,
    held: Option<Held>,
    did: Did,
    /// The key that has acted last, and when, until another one is pressed.
    acted: Option<(Key, Timestamp)>,
}

/// What the keys of states in a word have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Did {
    /// There is none.
    #[default]
    Nothing,
    /// One was held back.
    Held,
    /// One has acted.
    Acted,
}

/// A key that waits for its quiet moment.
#[derive(Debug)]
struct Held {
    key: Key,
    action: Action,
    due: Timestamp,
}

/// What becomes of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its action.
    Act,
    /// Its action later, by [`Typing::release`].
    Wait,
    /// Nothing: the key repeats by itself, or was pasted.
    Drop,
    /// Nothing: the second press takes the first one back.
    TakeBack,
    /// Nothing, and what the key has done is undone: it is held down.
    Undo,
    /// A search for this word.
    Search(String, Did),
}

impl Typing {
    /// Returns whether the next letter begins a word.
    pub(super) fn is_between_words(&self, now: Timestamp) -> bool {
        self.word.is_empty() || self.since(now) >= PAUSE
    }

    /// Returns the action that waits.
    pub(super) fn held(&self) -> Option<&Action> {
        self.held.as_ref().map(|held| &held.action)
    }

    /// Returns when the action that waits is due.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.held.as_ref().map(|held| held.due)
    }

    /// Drops the action that waits. Returns whether there was one.
    pub(super) fn cancel(&mut self) -> bool {
        self.held.take().is_some()
    }

    /// Forgets the word so far. When the last key was pressed still counts.
    pub(super) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    /// Notes a key that is no word: it is text of a filter, or moves in the help.
    pub(super) fn pass(&mut self, key: Key, now: Timestamp) {
        self.clear();
        self.last = Some((key, now));
    }

    /// Returns the action that waits if it is due, or if `key` cannot be the next letter of a word.
    pub(super) fn release(&mut self, key: Option<Key>, now: Timestamp) -> Option<Action> {
        let held = self.held.as_ref()?;
        let ends = key.is_some_and(|key| key != held.key && letter(key).is_none());
        if now >= held.due || (ends && self.since(now) >= BURST) {
            self.did = Did::Acted;
            self.acted = Some((held.key, now));
            return self.held.take().map(|held| held.action);
        }
        if ends {
            self.held = None;
        }
        None
    }

    /// Judges a key of the list. `changes` is its action, if that changes what others see.
    pub(super) fn press(&mut self, key: Key, changes: Option<&Action>, now: Timestamp) -> Verdict {
        let since = self.since(now);
        let repeats = since < REPEAT && self.last.is_some_and(|(last, _)| last == key);
        let is_meant = !repeats && since >= BURST;
        self.last = Some((key, now));
        self.acted.take_if(|(acted, _)| *acted != key);
        if repeats && self.acted.is_some_and(|(_, at)| now.duration_since(at) < STILL_DOWN) {
            self.clear();
            return Verdict::Undo;
        }
        let Some(letter) = letter(key) else {
            (self.word, self.did) = (String::new(), Did::Nothing);
            return changes.map_or(Verdict::Act, |action| self.hold(key, action, is_meant, now));
        };
        if since >= PAUSE {
            (self.word, self.did) = (String::new(), Did::Nothing);
        }
        // Several times the same letter is the way down the list.
        let is_word = self.word.chars().count() == 1 || !is_one_letter(&self.word);
        let follows = is_word && !self.word.ends_with(letter) && since < RHYTHM;
        if !self.word.is_empty() || letter.is_alphanumeric() {
            self.word.push(letter);
        }
        let other = self.held.as_ref().map_or(self.did == Did::Held, |held| held.key != key);
        if (other && !is_one_letter(&self.word)) || (follows && changes.is_some()) {
            return self.search();
        }
        changes.map_or(Verdict::Act, |action| self.hold(key, action, is_meant, now))
    }

    /// Judges a key of a prompt. A prompt that opens in the middle of pasted letters was not meant.
    pub(super) fn press_in_prompt(&mut self, key: Key, now: Timestamp) -> Verdict {
        let is_pasted = !self.word.is_empty() && self.since(now) < BURST;
        self.last = Some((key, now));
        match letter(key) {
            Some(letter) if is_pasted => {
                self.word.push(letter);
                self.search()
            }
            None if is_pasted => Verdict::Drop,
            _ => {
                self.clear();
                Verdict::Act
            }
        }
    }

    fn search(&mut self) -> Verdict {
        let (word, did) = (std::mem::take(&mut self.word), self.did);
        self.clear();
        Verdict::Search(word, did)
    }

    fn hold(&mut self, key: Key, action: &Action, is_meant: bool, now: Timestamp) -> Verdict {
        let held = self.held.take();
        if self.did == Did::Nothing {
            self.did = Did::Held;
        }
        if !is_meant {
            return Verdict::Drop;
        }
        if held.is_some() && *action == Action::ToggleBusy {
            return Verdict::TakeBack;
        }
        let moment = match action {
            Action::SetPresence(_) => LONG,
            _ => SHORT,
        };
        let due = now.saturating_add(moment).unwrap_or(now);
        self.held = Some(Held { key, action: action.clone(), due });
        Verdict::Wait
    }

    /// Returns how long ago the last key was pressed.
    fn since(&self, now: Timestamp) -> SignedDuration {
        self.last.map_or(SignedDuration::MAX, |(_, at)| now.duration_since(at).abs())
    }
}

/// Returns the letter of a key, if a name or a message can contain it.
fn letter(key: Key) -> Option<char> {
    match key {
        Key::Plain(KeyCode::Char(c)) => Some(c),
        _ => None,
    }
}

/// Returns whether a word repeats one letter, as a key does that is held down.
fn is_one_letter(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_none_or(|first| letters.all(|letter| letter == first))
}
