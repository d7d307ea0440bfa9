//! What keys do in the list and in the details, and which of them nobody means.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use matrix_sdk::ruma::OwnedUserId;

use super::{
    Action, Field, Help, LogSize, Mode, Mouse, Screen, StatusPrompt,
    prompts::{has_status_alone, own_message, own_status, set},
    typing::{Did, Verdict},
};
use crate::{
    model::{
        Model,
        event::{Command, OtherSession},
        notices,
        own::Reason,
        presence::Presence,
        text,
    },
    ui::{
        keymap::{self, Key},
        list::View,
        palette::Palette,
        settings::{Setting, Value},
    },
};

impl Screen {
    /// Handles a key. A key that changes what others see waits for a quiet moment.
    pub(super) fn press(&mut self, event: &KeyEvent, model: &Model, now: Timestamp) -> Vec<Action> {
        let Some(key) = Key::of(event) else { return self.press_in_mode(event, model, now) };
        if is_cancel(key) && self.typing.cancel() {
            self.typing.clear();
            return Vec::new();
        }
        let mut actions = self.release(Some(key), model, now);
        // In every mode, so that there is always a way out.
        if key == Key::Ctrl('c') {
            actions.push(Action::Quit);
            return actions;
        }
        match self.judge(key, event, model, now) {
            Verdict::Act => actions.extend(self.press_in_mode(event, model, now)),
            Verdict::Wait | Verdict::Drop => {}
            Verdict::TakeBack => self.feedback.say(format!("{key} twice: nothing is changed.")),
            Verdict::Undo => {
                self.feedback.say(format!("{key} is held down: the change is undone."));
                actions.push(Action::Command(Command::Undo));
            }
            Verdict::Search(word, did) => {
                self.search(word, model);
                let undone = if did == Did::Acted { "the change is undone" } else { "nothing is set" };
                self.feedback.say(format!("These letters are a search, so {undone}. Esc ends it."));
                actions.extend((did == Did::Acted).then_some(Action::Command(Command::Undo)));
            }
        }
        actions
    }

    /// Carries out the action that waits, if its quiet moment is over or `key` ends it.
    pub(super) fn release(&mut self, key: Option<Key>, model: &Model, now: Timestamp) -> Vec<Action> {
        let Some(action) = self.typing.release(key, now) else { return Vec::new() };
        if let Mode::Pick(_) = self.mode {
            self.mode = Mode::List;
        }
        self.run(&action, model, now)
    }

    fn judge(&mut self, key: Key, event: &KeyEvent, model: &Model, now: Timestamp) -> Verdict {
        let action = self.preferences.keymap.action(event);
        let action = action.filter(|action| self.is_seen_by_others(key, action, model));
        match self.mode {
            Mode::Pick(_) if key == Key::Plain(KeyCode::Enter) => self.typing.press_in_prompt(key, now),
            Mode::List | Mode::Pick(_) => {
                if self.typing.is_between_words(now) {
                    self.before_word = Some((self.rows.arrangement(), self.log()));
                }
                self.typing.press(key, action.as_ref(), now)
            }
            Mode::Message(_) | Mode::Status(_) | Mode::Until(..) | Mode::Palette(_) => {
                self.typing.press_in_prompt(key, now)
            }
            Mode::Filter(_) | Mode::Help(_) | Mode::OfferStatus(_) => {
                self.typing.pass(key, now);
                Verdict::Act
            }
        }
    }

    /// Returns whether a key changes what others see. Quitting does. Ctrl-C is no letter of a name, so it need not
    /// wait.
    fn is_seen_by_others(&self, key: Key, action: &keymap::Action, model: &Model) -> bool {
        use keymap::Action as Is;
        match action {
            Is::ToggleBusy | Is::SetPresence(_) | Is::Undo => !self.is_watching(model),
            Is::Quit => matches!(key, Key::Plain(KeyCode::Char(_))) && !self.has_layer(model),
            _ => false,
        }
    }

    /// Makes a word the filter, and takes back what its letters have done to the list.
    fn search(&mut self, word: String, model: &Model) {
        if let Some((arrangement, log)) = self.before_word.take() {
            self.rows.rearrange(arrangement, model);
            self.layout.set_log(log);
        }
        self.rows.filter_by(&word, model);
        self.mode = Mode::Filter(word.into());
    }

    /// Carries out an action. What it does to the own presence makes the warning about busy superfluous.
    pub(super) fn run(&mut self, action: &keymap::Action, model: &Model, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        // The warning is about becoming busy, so the key for busy keeps it on screen.
        let busy = matches!(action, keymap::Action::ToggleBusy | keymap::Action::BusyUntil);
        if model.own().report().warning.is_some() && (!busy || model.own().is_wanted_busy()) {
            actions.push(Action::Command(Command::DismissWarning));
        }
        actions.extend(self.act(action, model, now));
        actions
    }

    pub(super) fn act(&mut self, action: &keymap::Action, model: &Model, now: Timestamp) -> Option<Action> {
        use keymap::Action as Is;
        match action {
            Is::ToggleBusy
            | Is::SetPresence(_)
            | Is::BusyUntil
            | Is::EditMessage
            | Is::PickState
            | Is::Undo => return self.act_on_own(action, model, now),
            Is::View(_) | Is::Toggle(_) | Is::Sort | Is::EditFilter | Is::Log => self.arrange(action, model),
            Is::Move(rows) => self.scroll(*rows, model),
            Is::Page(halves) => self.scroll(halves * self.layout.half(), model),
            Is::First => self.scroll(isize::MIN, model),
            Is::Last => self.scroll(isize::MAX, model),
            Is::Details => self.open_details(model),
            Is::Room(steps) => self.select_room(*steps, model),
            Is::Back => self.back(model),
            Is::Pin => return self.pin(model),
            Is::Notify => return self.notify(model),
            Is::ShowAlert => return self.show_alert(model),
            Is::DismissAlerts => return dismiss_alert(model),
            Is::CopyId => return self.copy_id(model),
            Is::OpenChat => return self.open_chat(model),
            Is::OpenAccount => return self.open_account(model),
            Is::Theme => return Some(self.next_theme()),
            Is::Keep => return self.keep(),
            Is::ToggleMouse => {
                self.pointer.toggle();
                return Some(Action::CaptureMouse(self.mouse() == Mouse::Taken));
            }
            Is::Palette => self.mode = Mode::Palette(Palette::default()),
            Is::Help if matches!(self.mode, Mode::Help(_)) => self.mode = Mode::List,
            Is::Help => self.mode = Mode::Help(Help::default()),
            Is::Suspend => return Some(Action::Suspend),
            Is::Quit if self.has_layer(model) => self.close_layer(),
            Is::Quit => return Some(Action::Quit),
        }
        None
    }

    /// Carries out an action on the own presence, unless this screen only watches.
    fn act_on_own(&mut self, action: &keymap::Action, model: &Model, now: Timestamp) -> Option<Action> {
        use keymap::Action as Is;
        match action {
            _ if self.is_watching(model) => {}
            Is::ToggleBusy => return self.become_busy(Command::ToggleBusy, model),
            // Where a status takes the place of busy, another state ends it.
            Is::SetPresence(_) if is_untracked(model) && !has_status_instead(model) => {
                self.say_untracked(model);
            }
            Is::SetPresence(presence) => return Some(set(presence.clone())),
            Is::BusyUntil => self.open_until(model, now),
            Is::EditMessage if has_status_alone(model) => {
                self.mode = Mode::Status(StatusPrompt::new(own_status(model)));
            }
            Is::EditMessage => self.mode = Mode::Message(Field::selected(&own_message(model))),
            Is::PickState => self.open_picker(model),
            Is::Undo => return Some(Action::Command(Command::Undo)),
            _ => {}
        }
        None
    }

    /// Changes which contacts are listed, or how much of the log. Details that cover the list would cover the change.
    fn arrange(&mut self, action: &keymap::Action, model: &Model) {
        use keymap::Action as Is;
        if *action != Is::Log {
            self.layout.uncover_list();
        }
        match action {
            Is::View(steps) => self.rows.turn_view(*steps, model),
            Is::Toggle(groups) => self.rows.toggle(groups, model),
            Is::Sort => self.rows.sort_by_next(model),
            Is::EditFilter => match &mut self.mode {
                Mode::Help(help) => help.search(),
                mode => *mode = Mode::Filter(self.rows.filter().into()),
            },
            Is::Log if self.is_wide() && model.history().entries().len() == 0 => {
                self.feedback.say("Nothing has happened yet; the log fills by itself.");
            }
            Is::Log => self.layout.turn_log(),
            _ => {}
        }
    }

    /// Opens the view of the selected room, or else the details of the selected contact, or closes them. Where the
    /// details are beside the list already, selects a room.
    fn open_details(&mut self, model: &Model) {
        if let Some(room) = self.selected_room(model) {
            self.show_room(room, model);
            return;
        }
        if self.is_wide() && self.rows.selected_row(model).is_some() {
            self.select_room(1, model);
            return;
        }
        if self.shows_details(model) {
            self.layout.close_details();
        } else {
            self.layout.open_details();
        }
        self.rows.select_first(model);
    }

    /// Shows the next set of colors, and offers to keep it.
    fn next_theme(&mut self) -> Action {
        self.palette = self.palette.next();
        let name = self.palette.name();
        self.offered = Some(Setting { key: "theme".to_owned(), value: Value::Text(name.to_owned()) });
        let (next, keep) = (self.preferences.keymap.shown("theme"), self.preferences.keymap.shown("keep"));
        self.feedback.say(format!("Colors: {name}. {next}: the next ones. {keep} keeps them."));
        Action::ShowTheme(self.palette)
    }

    /// Keeps the setting that was offered last.
    fn keep(&mut self) -> Option<Action> {
        if self.offered.is_none() {
            self.feedback.say("Nothing has been changed that could be kept.");
        }
        self.offered.take().map(Action::Keep)
    }

    /// Selects a room of the selected contact, and opens the details for it. Before the first one there is none.
    fn select_room(&mut self, steps: isize, model: &Model) {
        let Some(user_id) = self.selected_or_reply(model) else { return };
        let rooms: Vec<usize> =
            model.contacts().rooms_of(&user_id).into_iter().map(|(room, _)| room).collect();
        let at = self.selected_room(model).and_then(|room| rooms.iter().position(|it| *it == room));
        let next = match at {
            Some(at) => at.checked_add_signed(steps).map(|next| next.min(rooms.len() - 1)),
            None => (steps > 0).then_some(0),
        };
        if next.is_some() && !self.is_wide() {
            self.layout.open_details();
        }
        self.room = next.and_then(|next| Some((user_id, *rooms.get(next)?)));
    }

    /// Shows the view of a room. Offers to keep the view if the configuration has none.
    pub(super) fn show_room(&mut self, room: usize, model: &Model) {
        let written = self.rows.show_room(room, model);
        self.room = None;
        self.layout.close_details();
        let Some(written) = written else { return };
        let keep = self.preferences.keymap.shown("keep");
        self.feedback.say(format!("{keep} keeps the view of {}.", model.contacts().room_name(room)));
        let rooms = self.preferences.rooms.iter().cloned().chain([written]).collect();
        self.offered = Some(Setting { key: "rooms".to_owned(), value: Value::List(rooms) });
    }

    /// Selects the first contact whom the person has waited for and who has become free.
    fn show_alert(&mut self, model: &Model) -> Option<Action> {
        let Some(&(user_id, _)) = model.alerts().first() else {
            let key = self.preferences.keymap.shown("notify");
            self.feedback
                .say(format!("Nobody you wait for has become free. {key} waits for the selected contact."));
            return None;
        };
        self.rows.select(user_id.to_owned());
        if self.rows.selected_row(model).is_none() {
            self.rows.clear_filter(model);
            self.rows.show(View::Everyone, model);
        }
        Some(Action::Command(Command::DismissAlert(user_id.to_owned())))
    }

    fn say_untracked(&mut self, model: &Model) {
        let server = model.server();
        let setting = model.own().server_kind().presence_setting();
        let advice = setting.map(|setting| format!(" Its administrator can switch it on by {setting}."));
        let advice = advice.unwrap_or_default();
        self.feedback.say(format!("Presence is switched off at {server}, so nobody would see it.{advice}"));
    }

    /// Sends a command that sets busy. Where nobody sees presence, asks once whether a status takes its place.
    pub(super) fn become_busy(&mut self, command: Command, model: &Model) -> Option<Action> {
        let own = model.own();
        let refused = own.status().instead_of_busy() == Some(false);
        if is_untracked(model) && (refused || !model.profile_support().fields) {
            self.say_untracked(model);
            return None;
        }
        if own.is_wanted_busy() || !own.can_offer_status() || !model.profile_support().fields {
            return Some(Action::Command(command));
        }
        self.mode = Mode::OfferStatus(Box::new(command));
        None
    }

    /// Returns whether something covers the list.
    pub(super) fn has_layer(&self, model: &Model) -> bool {
        !matches!(self.mode, Mode::List) || (self.shows_details(model) && !self.is_wide())
    }

    /// Closes what covers the list.
    fn close_layer(&mut self) {
        match self.mode {
            Mode::List => self.layout.close_details(),
            _ => self.mode = Mode::List,
        }
    }

    /// Closes the topmost part of the screen.
    fn back(&mut self, model: &Model) {
        if let Mode::Help(help) = &mut self.mode
            && help.clear_search()
        {
            return;
        }
        if self.selected_room(model).is_some() && matches!(self.mode, Mode::List) {
            self.room = None;
        } else if self.has_layer(model) {
            self.close_layer();
        } else if !self.rows.filter().is_empty() {
            self.rows.clear_filter(model);
        } else if self.rows.selected().is_some() {
            self.layout.close_details();
            self.rows.unselect();
        } else {
            self.layout.set_log(LogSize::Off);
        }
    }

    /// Moves the selection by this many rows, or scrolls the help.
    pub(super) fn scroll(&mut self, rows: isize, model: &Model) {
        if let Mode::Help(help) = &mut self.mode {
            help.scroll(rows, keymap::KEYMAP.len());
            return;
        }
        self.rows.scroll(rows, model);
    }

    /// Returns the selected contact. Without one, the reply asks for one.
    pub(super) fn selected_or_reply(&mut self, model: &Model) -> Option<OwnedUserId> {
        // Keys act on what is seen: the list or the details show the contact.
        let seen = self.rows.selected_row(model).is_some() || self.detailed(model).is_some();
        if !seen {
            self.feedback.say("Select a contact first.");
        }
        self.rows.selected().filter(|_| seen).map(ToOwned::to_owned)
    }

    fn pin(&mut self, model: &Model) -> Option<Action> {
        let user_id = self.selected_or_reply(model)?;
        let name = &model.contacts().get(&user_id)?.name;
        self.feedback.say(if model.preferences().pins.contains(&user_id) {
            format!("{name} is no longer a favourite.")
        } else {
            format!("{name} is now a favourite.")
        });
        Some(Action::Command(Command::Pin(user_id)))
    }

    /// Waits for the selected contact once, then for each change, then no more.
    fn notify(&mut self, model: &Model) -> Option<Action> {
        let user_id = self.selected_or_reply(model)?;
        let contact = model.contacts().get(&user_id)?;
        let name = notices::name(&user_id, contact);
        let free = contact.heard.as_ref().is_some_and(|heard| heard.presence == Presence::Online);
        let key = self.preferences.keymap.shown("notify");
        let preferences = model.preferences();
        let (once, each) =
            (preferences.notify_once.contains(&user_id), preferences.notify_each.contains(&user_id));
        let sentence = match (once, each, free) {
            (_, true, _) => format!("You will not be told of {name} any more."),
            (true, ..) => format!("You will be told of each change of {name}. {key} again: no more."),
            (.., false) => {
                format!("You will be told once when {name} is free. {key} again: of each change.")
            }
            (.., true) => {
                format!("{name} is free now. You will be told the next time. {key} again: of each change.")
            }
        };
        if once || each {
            self.feedback.say(sentence);
        } else {
            self.feedback.promise(user_id.clone(), sentence);
        }
        Some(Action::Command(Command::CycleNotify(user_id)))
    }

    /// Copies the selected contact's user ID.
    fn copy_id(&mut self, model: &Model) -> Option<Action> {
        let user_id = self.selected_or_reply(model)?;
        let user_id = text::id(user_id.as_str()).into_owned();
        self.feedback.say(format!("Copied {user_id}."));
        Some(Action::Copy(user_id))
    }

    /// Opens the chat with the selected contact at matrix.to, which offers a choice of clients.
    fn open_chat(&mut self, model: &Model) -> Option<Action> {
        let url = text::matrix_to(&self.selected_or_reply(model)?);
        self.feedback.say(format!("Opening {url}"));
        Some(Action::Open(url))
    }

    /// Opens the page that ends the session that is most likely to hold busy.
    fn open_account(&mut self, model: &Model) -> Option<Action> {
        let (name, page) = match model.own().likely_holder() {
            Some(OtherSession { name, account_page: Some(page), .. }) => (name, page),
            Some(_) => {
                self.feedback.say(format!("{} has no account page for your sessions.", model.server()));
                return None;
            }
            None => {
                self.feedback.say("No other session of yours is known.");
                return None;
            }
        };
        self.feedback.say(format!("Opening the account page of {name}: {page}"));
        Some(Action::Open(page.clone()))
    }
}

/// Takes the first alert away.
fn dismiss_alert(model: &Model) -> Option<Action> {
    let &(user_id, _) = model.alerts().first()?;
    Some(Action::Command(Command::DismissAlert(user_id.to_owned())))
}

/// Returns whether the person has agreed that a status takes the place of busy.
fn has_status_instead(model: &Model) -> bool {
    model.own().status().instead_of_busy() == Some(true)
}

/// Returns whether the server passes no presence on.
fn is_untracked(model: &Model) -> bool {
    model.own().report().reason == Some(Reason::Untracked)
}

/// Returns whether a key takes back the one that waits.
fn is_cancel(key: Key) -> bool {
    matches!(key, Key::Plain(KeyCode::Esc | KeyCode::Backspace))
}

/// Returns whether an action makes sense while the help covers the list.
pub(super) fn is_for_help(action: &keymap::Action) -> bool {
    use keymap::Action as Is;
    matches!(
        action,
        Is::Move(_)
            | Is::Page(_)
            | Is::First
            | Is::Last
            | Is::EditFilter
            | Is::Back
            | Is::Help
            | Is::Palette
            | Is::Quit
            | Is::Suspend
            | Is::ToggleMouse
    )
}
