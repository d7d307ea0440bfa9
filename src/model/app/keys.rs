//! What keys do in the dashboard, depending on what they are for at the moment.

use jiff::{Timestamp, tz::TimeZone};
use tui_input::Input;

use super::{Dashboard, LogSize, Mode, insert};
use crate::{
    model::{
        deadline::{self, PICKS},
        event::{Effect, KeyEvent},
    },
    ui::keymap::{self, Action, Edit},
};

impl Dashboard {
    pub(super) fn press(
        &mut self,
        key: &KeyEvent,
        height: usize,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<Effect> {
        match self.mode {
            Mode::Pick(at) => self.press_in_picker(at, key),
            Mode::List | Mode::Help(_) => {
                let action = self.keymap.action(key)?;
                // What is about busy is still of use to whoever goes busy.
                if !matches!(action, Action::ToggleBusy | Action::BusyUntil) || self.own.is_wanted_busy() {
                    self.own.dismiss_warning();
                }
                self.act(action, height)
            }
            Mode::Until(..) => keymap::edit(key).and_then(|edit| self.edit_until(edit, now, zone)),
            Mode::Filter(_) | Mode::Message(_) => keymap::edit(key).and_then(|edit| self.edit(edit)),
        }
    }

    pub(super) fn act(&mut self, action: Action, height: usize) -> Option<Effect> {
        match action {
            Action::BusyUntil | Action::EditMessage if self.own.is_watching() => {}
            Action::ToggleBusy => self.own.toggle_busy(),
            Action::PresenceRequest(presence) => self.own.ask(presence),
            Action::BusyUntil => self.mode = Mode::Until(Input::default(), None),
            Action::EditMessage => self.mode = Mode::Message(self.own.status_msg().into()),
            Action::EditFilter => self.mode = Mode::Filter(self.filter.as_str().into()),
            Action::View(steps) => self.turn_view(steps),
            Action::Pin => return self.pin(),
            Action::Toggle(groups) => self.toggle(groups),
            Action::Sort => self.turn_sort(),
            Action::Move(rows) => self.scroll(rows),
            Action::Page(halves) => self.scroll(halves * isize::try_from(height / 2).unwrap_or(1)),
            Action::First => self.scroll(isize::MIN),
            Action::Last => self.scroll(isize::MAX),
            Action::Details => self.toggle_details(),
            Action::Log => self.log = self.log.next(),
            Action::Back => self.back(),
            Action::TellOnce => return self.tell_once(),
            Action::TellEach => return self.tell_each(),
            Action::PickState => self.open_picker(),
            Action::ToggleMouse => return Some(self.toggle_mouse()),
            Action::CopyId => return self.copy_id(),
            Action::OpenChat => return self.open_chat(),
            Action::Help => {
                self.mode = if let Mode::Help(_) = self.mode { Mode::List } else { Mode::Help(0) }
            }
            Action::Suspend => return Some(Effect::Suspend),
            Action::Quit => return Some(Effect::Quit),
        }
        None
    }

    fn edit(&mut self, edit: Edit) -> Option<Effect> {
        match (edit, &mut self.mode) {
            (Edit::Quit, _) => return Some(Effect::Quit),
            (Edit::Text(request), Mode::Filter(input)) => {
                input.handle(request);
                self.filter = input.value().to_owned();
                self.contacts.filter(&self.filter);
            }
            (Edit::Text(request), Mode::Message(input)) => {
                input.handle(request);
            }
            (Edit::Submit, Mode::Message(input)) => {
                self.own.say(input.value().trim().to_owned());
                self.mode = Mode::List;
            }
            (Edit::Cancel, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.clear_filter();
            }
            (Edit::Next, Mode::Filter(_)) => self.scroll(1),
            (Edit::Previous, Mode::Filter(_)) => self.scroll(-1),
            (Edit::Submit, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.select_find();
            }
            (Edit::Submit | Edit::Cancel, _) => self.mode = Mode::List,
            (Edit::Next | Edit::Previous | Edit::Text(_), _) => {}
        }
        None
    }

    /// Tab and the arrows offer common ends; what makes no sense stays to be corrected.
    fn edit_until(&mut self, edit: Edit, now: Timestamp, zone: &TimeZone) -> Option<Effect> {
        let Mode::Until(input, mistake) = &mut self.mode else { return None };
        match edit {
            Edit::Quit => return Some(Effect::Quit),
            Edit::Cancel => self.mode = Mode::List,
            Edit::Next => *input = pick(input.value(), 1).into(),
            Edit::Previous => *input = pick(input.value(), -1).into(),
            Edit::Text(request) => {
                input.handle(request);
                *mistake = None;
            }
            Edit::Submit => match deadline::parse(input.value(), now, zone) {
                Ok(end) => {
                    self.own.busy_until(end);
                    self.mode = Mode::List;
                }
                Err(why) => *mistake = Some(why.to_string()),
            },
        }
        None
    }

    pub(super) fn paste(&mut self, text: &str) {
        match &mut self.mode {
            Mode::Message(input) | Mode::Until(input, _) => insert(input, text),
            Mode::Filter(input) => {
                insert(input, text);
                self.filter = input.value().to_owned();
                self.contacts.filter(&self.filter);
            }
            Mode::List | Mode::Pick(_) | Mode::Help(_) => {}
        }
    }

    fn back(&mut self) {
        if let Mode::Help(_) = self.mode {
            self.mode = Mode::List;
        } else if self.shows_details() {
            self.details = false;
        } else if !self.filter.is_empty() {
            self.clear_filter();
        } else if self.selected.is_some() {
            self.selected = None;
        } else {
            self.log = LogSize::Off;
        }
    }

    fn clear_filter(&mut self) {
        self.filter.clear();
        self.contacts.filter("");
    }

    /// Moves the selection by so many rows, or scrolls the help.
    pub(super) fn scroll(&mut self, rows: isize) {
        if let Mode::Help(top) = &mut self.mode {
            *top = top.saturating_add_signed(rows).min(keymap::KEYMAP.len());
            return;
        }
        let last = self.contacts.len().saturating_sub(1);
        let row = match self.selected_row() {
            Some(row) => row.saturating_add_signed(rows).min(last),
            None if rows == isize::MAX => last,
            None => 0,
        };
        self.selected = self.contacts.at(row).map(|(user_id, _)| user_id.to_owned());
    }
}

/// The common end so many places after the one that is typed; the first after anything else.
fn pick(typed: &str, steps: isize) -> &'static str {
    let len = PICKS.len().cast_signed();
    let next = match PICKS.iter().position(|pick| *pick == typed) {
        Some(at) => (at.cast_signed() + steps).rem_euclid(len),
        None if steps < 0 => len - 1,
        None => 0,
    };
    PICKS[next.cast_unsigned()]
}
