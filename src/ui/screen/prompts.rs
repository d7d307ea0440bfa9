//! What keys, pasted text and clicks do in each mode.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

use super::{
    Action, Field, Mode, PICKS, Pick, Screen, StatusPrompt, Target, UntilPrompt, insert, keys::is_for_help,
};
use crate::{
    model::{Model, event::Command, presence::Presence, request::PresenceRequest, text},
    ui::{
        keymap::{self, Edit},
        palette::Chosen,
    },
};

impl Screen {
    pub(super) fn press_in_mode(&mut self, key: &KeyEvent, model: &Model, now: Timestamp) -> Vec<Action> {
        match self.mode {
            Mode::Pick(at) => self.press_in_picker(at, key, model, now),
            Mode::Palette(_) => {
                keymap::edit(key).map(|edit| self.edit_palette(edit, model, now)).unwrap_or_default()
            }
            Mode::Help(ref help) if help.is_typing() => {
                if let Some(edit) = keymap::edit(key) {
                    self.edit_help_search(edit);
                }
                Vec::new()
            }
            Mode::List => {
                let Some(action) = self.preferences.keymap.action(key) else { return Vec::new() };
                self.run(&action, model, now)
            }
            // Keys act on what is seen, and the help covers the list.
            Mode::Help(_) => {
                let action = self.preferences.keymap.action(key).filter(is_for_help);
                action.and_then(|action| self.act(&action, model, now)).into_iter().collect()
            }
            Mode::Until(_) => {
                keymap::edit(key).and_then(|edit| self.edit_until(edit, model, now)).into_iter().collect()
            }
            Mode::Status(_) => {
                keymap::edit(key).and_then(|edit| self.edit_status(edit, model, now)).into_iter().collect()
            }
            Mode::OfferStatus(_) => self.answer_offer(key),
            Mode::Filter(_) | Mode::Message(_) => {
                keymap::edit(key).and_then(|edit| self.edit(edit, model)).into_iter().collect()
            }
        }
    }

    pub(super) fn edit(&mut self, edit: Edit, model: &Model) -> Option<Action> {
        match (edit, &mut self.mode) {
            (Edit::Quit, _) => return Some(Action::Quit),
            (Edit::Text(request), Mode::Filter(line)) => {
                line.handle(request);
                self.rows.filter_by(line.value(), model);
            }
            (Edit::Text(request), Mode::Message(field)) => field.edit(request),
            (Edit::Submit, Mode::Message(field)) => {
                let message = field.value().trim().to_owned();
                let is_new = !message.is_empty() && message != own_message(model);
                if is_new && has_status_alone(model) {
                    // The prompt may be older than the knowledge that nobody would see a message.
                    self.mode = Mode::Status(StatusPrompt::instead_of_message(message, model.server()));
                    return None;
                }
                self.mode = Mode::List;
                return Some(Action::Command(Command::SetMessage(message)));
            }
            (Edit::Cancel, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.rows.clear_filter(model);
            }
            (Edit::Next | Edit::Previous, Mode::Message(line)) if model.profile_support().fields => {
                let typed = line.value().to_owned();
                let typed = if typed == own_message(model) { own_status(model) } else { typed };
                self.mode = Mode::Status(StatusPrompt::new(typed));
            }
            (Edit::Next, Mode::Filter(_)) => self.scroll(1, model),
            (Edit::Previous, Mode::Filter(_)) => self.scroll(-1, model),
            (Edit::Submit, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.rows.keep_filter(model);
            }
            (Edit::Submit | Edit::Cancel, _) => self.mode = Mode::List,
            (Edit::Next | Edit::Previous | Edit::Text(_), _) => {}
        }
        None
    }

    /// Edits the user status. Tab goes to the message of the presence, with what is typed.
    fn edit_status(&mut self, edit: Edit, model: &Model, now: Timestamp) -> Option<Action> {
        let Mode::Status(prompt) = &mut self.mode else { return None };
        match edit {
            Edit::Quit => return Some(Action::Quit),
            Edit::Cancel => self.mode = Mode::List,
            Edit::Next | Edit::Previous => {
                let typed = prompt.line().value();
                let field = if typed == own_status(model) {
                    Field::selected(&own_message(model))
                } else {
                    Field::new(typed)
                };
                self.mode = Mode::Message(field);
            }
            Edit::Text(request) => {
                prompt.line_mut().handle(request);
            }
            Edit::Submit => {
                let request = prompt.submit(now, &self.zone)?;
                self.mode = Mode::List;
                return Some(Action::Command(Command::SetStatus(request)));
            }
        }
        None
    }

    /// Answers whether busy becomes a status. Any other key decides nothing.
    fn answer_offer(&mut self, key: &KeyEvent) -> Vec<Action> {
        let Mode::OfferStatus(command) = &self.mode else { return Vec::new() };
        let instead = match key.code {
            KeyCode::Char('y' | 'Y') | KeyCode::Enter => true,
            KeyCode::Char('n' | 'N') => false,
            _ => {
                self.mode = Mode::List;
                return Vec::new();
            }
        };
        let commands = [Command::StatusInsteadOfBusy(instead), (**command).clone()];
        self.mode = Mode::List;
        commands.map(Action::Command).into()
    }

    /// Asks for the end of busy.
    pub(super) fn open_until(&mut self, model: &Model, now: Timestamp) {
        self.mode = Mode::Until(UntilPrompt::new(model, now, &self.zone));
    }

    /// Edits the end of busy and its message. Tab and the arrows offer common ends. An invalid end stays for
    /// correction.
    fn edit_until(&mut self, edit: Edit, model: &Model, now: Timestamp) -> Option<Action> {
        let Mode::Until(prompt) = &mut self.mode else { return None };
        match edit {
            Edit::Quit => return Some(Action::Quit),
            Edit::Cancel => self.mode = Mode::List,
            Edit::Next => prompt.offer(1, now, &self.zone),
            Edit::Previous => prompt.offer(-1, now, &self.zone),
            Edit::Text(request) => prompt.edit(request),
            Edit::Submit => {
                let request = prompt.submit(now, &self.zone)?;
                self.mode = Mode::List;
                return self.become_busy(Command::Set(request), model);
            }
        }
        None
    }

    /// Edits the name of a command or a setting. Enter takes the selected row.
    fn edit_palette(&mut self, edit: Edit, model: &Model, now: Timestamp) -> Vec<Action> {
        let Mode::Palette(palette) = &mut self.mode else { return Vec::new() };
        let context = self.preferences.context(model.contacts());
        match edit {
            Edit::Cancel => self.mode = Mode::List,
            Edit::Submit => match palette.submit(&context) {
                Some(Chosen::Command(action)) => {
                    self.mode = Mode::List;
                    return self.run(&action, model, now);
                }
                Some(Chosen::Setting(setting)) => return vec![Action::Keep(setting)],
                None => {}
            },
            edit => palette.edit(edit, &context),
        }
        Vec::new()
    }

    /// Edits the search in the help.
    fn edit_help_search(&mut self, edit: Edit) {
        let Mode::Help(help) = &mut self.mode else { return };
        match edit {
            Edit::Quit => {}
            Edit::Cancel => _ = help.clear_search(),
            Edit::Submit => help.keep_search(),
            Edit::Text(request) => help.edit(request),
            Edit::Next => help.scroll(1, keymap::KEYMAP.len()),
            Edit::Previous => help.scroll(-1, keymap::KEYMAP.len()),
        }
    }

    pub(super) fn paste(&mut self, pasted: &str, model: &Model) {
        match &mut self.mode {
            Mode::Message(field) => field.paste(pasted),
            Mode::Until(prompt) => prompt.paste(pasted),
            Mode::Filter(line) => {
                insert(line, pasted);
                self.rows.filter_by(line.value(), model);
            }
            Mode::Status(prompt) => insert(prompt.line_mut(), pasted),
            Mode::Palette(palette) => insert(palette.line_mut(), pasted),
            Mode::Help(help) if help.is_typing() => insert(help.line_mut(), pasted),
            Mode::List | Mode::Pick(_) | Mode::Help(_) | Mode::OfferStatus(_) => {}
        }
    }

    pub(super) fn click(&mut self, target: Option<Target>, model: &Model, now: Timestamp) -> Option<Action> {
        let twice = self.pointer.is_double(target.as_ref(), now);
        match (&self.mode, target) {
            (Mode::Pick(_), Some(Target::Pick(at))) => return self.pick(at, model, now),
            (Mode::Pick(_), _) => self.mode = Mode::List,
            (Mode::List, Some(Target::Own)) => self.open_picker(model),
            (Mode::List | Mode::Filter(_), Some(Target::View(at))) => {
                let view = self.rows.list().views().nth(at);
                if let Some(view) = view {
                    self.rows.show(view, model);
                }
            }
            (Mode::List | Mode::Filter(_), Some(Target::Room(room))) => self.show_room(room, model),
            (Mode::List | Mode::Filter(_), Some(Target::Contact(user_id))) => {
                self.rows.select(user_id.clone());
                if twice {
                    return self.act(&keymap::Action::Details, model, now);
                }
                let seen = model.alert_of(&user_id).is_some();
                return seen.then_some(Action::Command(Command::DismissAlert(user_id)));
            }
            _ => {}
        }
        None
    }

    /// Opens the picker at the wanted state, unless this screen only watches.
    pub(super) fn open_picker(&mut self, model: &Model) {
        if !self.is_watching(model) {
            let wanted = model.own().report().wanted.clone();
            let at = PICKS.iter().position(|pick| pick.presence == wanted).unwrap_or_default();
            self.mode = Mode::Pick(at);
        }
    }

    /// Handles a key: arrows, Enter, or the key of a state itself.
    pub(super) fn press_in_picker(
        &mut self,
        at: usize,
        key: &KeyEvent,
        model: &Model,
        now: Timestamp,
    ) -> Vec<Action> {
        use keymap::Action as Key;
        let last = PICKS.len() - 1;
        let action = self.preferences.keymap.action(key);
        match (keymap::edit(key), action) {
            (Some(Edit::Quit), _) => return vec![Action::Quit],
            (Some(Edit::Submit), _) => return self.pick(at, model, now).into_iter().collect(),
            (Some(Edit::Cancel), _) | (_, Some(Key::Back | Key::PickState | Key::Quit)) => {
                self.mode = Mode::List;
            }
            (Some(Edit::Next), _) => self.mode = Mode::Pick((at + 1).min(last)),
            (Some(Edit::Previous), _) => self.mode = Mode::Pick(at.saturating_sub(1)),
            (_, Some(Key::Move(rows))) => {
                self.mode = Mode::Pick(at.saturating_add_signed(rows).min(last));
            }
            (_, Some(action)) => {
                let same = |pick: &Pick| keymap::action_of(pick.binding) == Some(&action);
                if let Some(at) = PICKS.iter().position(same) {
                    return self.pick(at, model, now).into_iter().collect();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Sets the state of an entry, or asks for the end of busy.
    pub(super) fn pick(&mut self, at: usize, model: &Model, now: Timestamp) -> Option<Action> {
        let pick = &PICKS[at];
        self.mode = Mode::List;
        if pick.binding == "busy-for" {
            self.open_until(model, now);
            return None;
        }
        Some(set(pick.presence.clone()))
    }
}

/// Returns the action that sets a state and keeps the message.
pub(super) fn set(presence: Presence) -> Action {
    Action::Command(Command::Set(PresenceRequest::state(presence)))
}

/// Returns the own message, as it is edited.
pub(super) fn own_message(model: &Model) -> String {
    text::clean(model.own().status_msg()).into_owned()
}

/// Returns whether others can see a status of ours, but no presence and no message.
pub(super) fn has_status_alone(model: &Model) -> bool {
    model.own().is_tracked() == Some(false) && model.profile_support().fields
}

/// Returns the own user status, as it is edited.
pub(super) fn own_status(model: &Model) -> String {
    model.own().status().shown().map(ToString::to_string).unwrap_or_default()
}
