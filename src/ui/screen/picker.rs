//! The state picker: the own states as a list, for the mouse and for those who do not know the keys.

use crossterm::event::KeyEvent;
use tui_input::Input as Line;

use super::{Action, Mode, Screen, keys::set};
use crate::{
    model::{Model, presence::Presence},
    ui::keymap::{self, Edit},
};

/// An entry of the picker.
#[derive(Debug)]
pub struct Pick {
    /// The text of the entry.
    pub label: &'static str,
    /// The name of the binding with the same effect.
    pub binding: &'static str,
    /// The state that the entry sets.
    pub presence: Presence,
}

/// All entries, from top to bottom.
pub const PICKS: [Pick; 5] = [
    pick("online", "online", Presence::Online),
    pick("busy", "busy", Presence::Busy),
    pick("busy for a while", "busy-for", Presence::Busy),
    pick("unavailable", "unavailable", Presence::Unavailable),
    pick("offline", "offline", Presence::Offline),
];

const fn pick(label: &'static str, binding: &'static str, presence: Presence) -> Pick {
    Pick { label, binding, presence }
}

impl Screen {
    /// Opens the picker at the wanted state, unless this screen only watches.
    pub(super) fn open_picker(&mut self, model: &Model) {
        if !self.is_watching(model) {
            let wanted = model.own().report().wanted.clone();
            let at = PICKS.iter().position(|pick| pick.presence == wanted).unwrap_or_default();
            self.mode = Mode::Pick(at);
        }
    }

    /// Handles a key: arrows, Enter, or the key of a state itself.
    pub(super) fn press_in_picker(&mut self, at: usize, key: &KeyEvent) -> Vec<Action> {
        use keymap::Action as Key;
        let last = PICKS.len() - 1;
        let action = self.keymap.action(key);
        match (keymap::edit(key), action) {
            (Some(Edit::Quit), _) | (_, Some(Key::Quit)) => return vec![Action::Quit],
            (Some(Edit::Submit), _) => return self.pick(at).into_iter().collect(),
            (Some(Edit::Cancel), _) | (_, Some(Key::Back | Key::PickState)) => self.mode = Mode::List,
            (Some(Edit::Next), _) => self.mode = Mode::Pick((at + 1).min(last)),
            (Some(Edit::Previous), _) => self.mode = Mode::Pick(at.saturating_sub(1)),
            (_, Some(Key::Move(rows))) => {
                self.mode = Mode::Pick(at.saturating_add_signed(rows).min(last));
            }
            (_, Some(action)) => {
                let same = |pick: &Pick| keymap::action_of(pick.binding) == Some(&action);
                if let Some(at) = PICKS.iter().position(same) {
                    return self.pick(at).into_iter().collect();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Sets the state of an entry, or asks for the end of busy.
    pub(super) fn pick(&mut self, at: usize) -> Option<Action> {
        let pick = &PICKS[at];
        self.mode = Mode::List;
        if pick.binding == "busy-for" {
            self.mode = Mode::Until(Line::default(), None);
            return None;
        }
        Some(set(pick.presence.clone()))
    }
}
