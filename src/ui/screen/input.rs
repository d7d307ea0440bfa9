//! The effects of keys in each mode.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::OwnedUserId;

use super::{
    Action, Field, Help, LogSize, Mode, Screen, Setting, StatusPrompt, Target, Value, insert,
    typing::{Did, Verdict},
};
use crate::{
    model::{
        Model,
        deadline::{self, DeadlineError},
        event::{Command, OtherSession},
        notices,
        own::Reason,
        presence::Presence,
        request::PresenceRequest,
        text,
    },
    ui::{
        keymap::{self, Edit, Key},
        list::View,
    },
};

/// The most time between the clicks of a double click.
const DOUBLE: SignedDuration = SignedDuration::from_millis(400);

/// Who receives the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The program, which captures it.
    Taken,
    /// The terminal, for selecting text, until the person changes it.
    LetGo,
    /// The terminal, by configuration.
    Unwanted,
}

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
        let action = self.keymap.action(event);
        let action = action.filter(|action| self.is_seen_by_others(key, action, model));
        match self.mode {
            Mode::Pick(_) if key == Key::Plain(KeyCode::Enter) => self.typing.press_in_prompt(key, now),
            Mode::List | Mode::Pick(_) => {
                if self.typing.is_between_words(now) {
                    self.before_word = Some((self.rows.arrangement(), self.log));
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

    /// Whether a key changes what others see. Quitting does. Ctrl-C is no letter of a name, so it need not wait.
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
            self.log = log;
        }
        self.rows.filter_by(&word, model);
        self.mode = Mode::Filter(word.into());
    }

    /// Carries out an action. What it does to the own presence makes the warning about busy superfluous.
    fn run(&mut self, action: &keymap::Action, model: &Model, now: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        // The warning is about becoming busy, so the key for busy keeps it on screen.
        let busy = matches!(action, keymap::Action::ToggleBusy | keymap::Action::BusyUntil);
        if model.own().report().warning.is_some() && (!busy || model.own().is_wanted_busy()) {
            actions.push(Action::Command(Command::DismissWarning));
        }
        actions.extend(self.act(action, model, now));
        actions
    }

    fn press_in_mode(&mut self, key: &KeyEvent, model: &Model, now: Timestamp) -> Vec<Action> {
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
                let Some(action) = self.keymap.action(key) else { return Vec::new() };
                self.run(&action, model, now)
            }
            // Keys act on what is seen, and the help covers the list.
            Mode::Help(_) => {
                let action = self.keymap.action(key).filter(is_for_help);
                action.and_then(|action| self.act(&action, model, now)).into_iter().collect()
            }
            Mode::Until(..) => {
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

    pub(super) fn act(&mut self, action: &keymap::Action, model: &Model, now: Timestamp) -> Option<Action> {
        use keymap::Action as Key;
        let height = usize::from(self.size.1);
        let half = isize::try_from(height / 2).unwrap_or(1);
        if matches!(action, Key::View(_) | Key::Toggle(_) | Key::Sort | Key::EditFilter) && !self.is_wide() {
            // Details that cover the list would cover what changes.
            self.details = false;
        }
        match action {
            Key::ToggleBusy
            | Key::SetPresence(_)
            | Key::BusyUntil
            | Key::EditMessage
            | Key::PickState
            | Key::Undo
                if self.is_watching(model) => {}
            Key::ToggleBusy => return self.become_busy(Command::ToggleBusy, model),
            // Where a status takes the place of busy, another state ends it.
            Key::SetPresence(_) if is_untracked(model) && !has_status_instead(model) => {
                self.say_untracked(model);
            }
            Key::SetPresence(presence) => return Some(set(presence.clone())),
            Key::BusyUntil => self.open_until(model, now),
            Key::EditMessage if model.own().is_tracked() == Some(false) && model.profile_support().fields => {
                self.mode = Mode::Status(StatusPrompt::new(own_status(model)));
            }
            Key::EditMessage => self.mode = Mode::Message(Field::selected(&own_message(model))),
            Key::PickState => self.open_picker(model),
            Key::EditFilter => match &mut self.mode {
                Mode::Help(help) => help.search(),
                mode => *mode = Mode::Filter(self.rows.filter().into()),
            },
            Key::Palette => self.mode = Mode::Palette(keymap::Palette::default()),
            Key::View(steps) => self.rows.turn_view(*steps, model),
            Key::Toggle(groups) => self.rows.toggle(groups, model),
            Key::Sort => self.rows.sort_by_next(model),
            Key::Move(rows) => self.scroll(*rows, model),
            Key::Page(halves) => self.scroll(halves * half, model),
            Key::First => self.scroll(isize::MIN, model),
            Key::Last => self.scroll(isize::MAX, model),
            Key::Details => {
                self.details = !self.shows_details(model);
                self.rows.select_first(model);
            }
            Key::Log => self.toggle_log(model),
            Key::Back => self.back(model),
            Key::Pin => return self.pin(model),
            Key::Notify => return self.notify(model),
            Key::ShowAlert => return self.show_alert(model),
            Key::DismissAlerts => return dismiss_alert(model),
            Key::Theme => return Some(self.next_theme()),
            Key::Keep => return self.keep(),
            Key::CopyId => return self.copy_id(model),
            Key::OpenChat => return self.open_chat(model),
            Key::OpenAccount => return self.open_account(model),
            Key::ToggleMouse => return Some(self.toggle_mouse()),
            Key::Help => {
                self.mode =
                    if let Mode::Help(_) = self.mode { Mode::List } else { Mode::Help(Help::default()) };
            }
            Key::Suspend => return Some(Action::Suspend),
            Key::Undo => return Some(Action::Command(Command::Undo)),
            Key::Quit if self.has_layer(model) => self.close_layer(),
            Key::Quit => return Some(Action::Quit),
        }
        None
    }

    /// Shows the next set of colors, and offers to keep it.
    fn next_theme(&mut self) -> Action {
        self.palette = self.palette.next();
        let name = self.palette.name();
        self.offered = Some(Setting { key: "theme", value: Value::Text(name.to_owned()) });
        let (next, keep) = (self.keymap.shown("theme"), self.keymap.shown("keep"));
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

    /// Selects the first contact whom the person has waited for and who has become free.
    fn show_alert(&mut self, model: &Model) -> Option<Action> {
        let Some(&(user_id, _)) = model.alerts().first() else {
            let key = self.keymap.shown("notify");
            self.feedback
                .say(format!("Nobody you wait for has become free. {key} waits for the selected contact."));
            return None;
        };
        self.rows.select(user_id.to_owned());
        if self.rows.selected_row(model).is_none() {
            self.rows.filter_by("", model);
            self.rows.show(View::Everyone, model);
        }
        Some(Action::Command(Command::DismissAlert(user_id.to_owned())))
    }

    fn edit(&mut self, edit: Edit, model: &Model) -> Option<Action> {
        match (edit, &mut self.mode) {
            (Edit::Quit, _) => return Some(Action::Quit),
            (Edit::Text(request), Mode::Filter(line)) => {
                line.handle(request);
                self.rows.filter_by(line.value(), model);
            }
            (Edit::Text(request), Mode::Message(field)) => field.edit(request),
            (Edit::Submit, Mode::Message(field)) => {
                let message = field.value().trim().to_owned();
                self.mode = Mode::List;
                return Some(Action::Command(Command::SetMessage(message)));
            }
            (Edit::Cancel, Mode::Filter(_)) => {
                self.mode = Mode::List;
                self.rows.filter_by("", model);
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
                if !self.rows.filter().is_empty() && !self.rows.list().is_empty() {
                    self.rows.select_first(model);
                }
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

    fn say_untracked(&mut self, model: &Model) {
        let server = model.server();
        self.feedback.say(format!("Presence is switched off at {server}, so nobody would see it."));
    }

    /// Sends a command that sets busy. Where nobody sees presence, asks once whether a status takes its place.
    fn become_busy(&mut self, command: Command, model: &Model) -> Option<Action> {
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

    /// Asks for the end of busy. Starts with the present end.
    fn open_until(&mut self, model: &Model, now: Timestamp) {
        let own = model.own().report();
        let text = match own.ends.filter(|_| *own.wanted == Presence::Busy) {
            Some(end) => {
                let end = deadline::words(end, now, &self.zone);
                format!("until {end} {}", text::clean(model.own().status_msg())).trim().to_owned()
            }
            None => String::new(),
        };
        self.mode = Mode::Until(Field::selected(&text), None);
    }

    /// Edits the end of busy and its message. Tab and the arrows offer common ends. An invalid end stays for
    /// correction.
    fn edit_until(&mut self, edit: Edit, model: &Model, now: Timestamp) -> Option<Action> {
        let Mode::Until(field, error) = &mut self.mode else { return None };
        *error = None;
        match edit {
            Edit::Quit => return Some(Action::Quit),
            Edit::Cancel => self.mode = Mode::List,
            Edit::Next => field.set(&common_end(field.value(), 1, now, &self.zone)),
            Edit::Previous => field.set(&common_end(field.value(), -1, now, &self.zone)),
            Edit::Text(request) => field.edit(request),
            Edit::Submit => match deadline::split_message(field.value(), now, &self.zone) {
                Ok((Some(end), message)) => {
                    let status_msg = (!message.is_empty()).then(|| message.to_owned());
                    self.mode = Mode::List;
                    let request = PresenceRequest {
                        until: Some(end),
                        status_msg,
                        ..PresenceRequest::state(Presence::Busy)
                    };
                    return self.become_busy(Command::Set(request), model);
                }
                Ok((None, _)) => *error = Some(DeadlineError::Unreadable.to_string()),
                Err(why) => *error = Some(why.to_string()),
            },
        }
        None
    }

    pub(super) fn paste(&mut self, pasted: &str, model: &Model) {
        match &mut self.mode {
            Mode::Message(field) | Mode::Until(field, _) => field.paste(pasted),
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

    /// Whether something covers the list.
    fn has_layer(&self, model: &Model) -> bool {
        !matches!(self.mode, Mode::List) || (self.shows_details(model) && !self.is_wide())
    }

    /// Closes what covers the list.
    fn close_layer(&mut self) {
        match self.mode {
            Mode::List => self.details = false,
            _ => self.mode = Mode::List,
        }
    }

    /// Edits the name of a command. Enter runs the selected one.
    fn edit_palette(&mut self, edit: Edit, model: &Model, now: Timestamp) -> Vec<Action> {
        let Mode::Palette(palette) = &mut self.mode else { return Vec::new() };
        match edit {
            Edit::Cancel => self.mode = Mode::List,
            Edit::Submit => {
                if let Some(action) = palette.selected(&self.keymap) {
                    self.mode = Mode::List;
                    return self.run(&action, model, now);
                }
            }
            edit => palette.edit(edit, &self.keymap),
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

    /// Closes the topmost part of the screen.
    fn back(&mut self, model: &Model) {
        if let Mode::Help(help) = &mut self.mode
            && help.clear_search()
        {
            return;
        }
        if self.has_layer(model) || self.shows_details(model) {
            self.close_layer();
        } else if !self.rows.filter().is_empty() {
            self.rows.filter_by("", model);
        } else if self.rows.selected().is_some() {
            self.rows.unselect();
        } else {
            self.log = LogSize::Off;
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

    /// Shows more of the log, or hides it. Beside the list it takes all the room, or a part of it.
    fn toggle_log(&mut self, model: &Model) {
        if self.is_wide() && model.history().entries().len() == 0 {
            self.feedback.say("Nothing has happened yet; the log fills by itself.");
            return;
        }
        self.log = if self.is_wide() { self.log.next_beside() } else { self.log.next() };
    }

    /// Returns the selected contact. Without one, the reply asks for one.
    fn selected_or_reply(&mut self, model: &Model) -> Option<OwnedUserId> {
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
        let key = self.keymap.shown("notify");
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
        let url = self.selected_or_reply(model)?.matrix_to_uri().to_string();
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

    pub(super) fn click(&mut self, target: Option<Target>, model: &Model, now: Timestamp) -> Option<Action> {
        let before = self.clicked.take();
        let twice = before.is_some_and(|(before, at)| {
            Some(&before) == target.as_ref() && now.duration_since(at).abs() <= DOUBLE
        });
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
            (Mode::List | Mode::Filter(_), Some(Target::Contact(user_id))) => {
                self.rows.select(user_id.clone());
                if twice {
                    return self.act(&keymap::Action::Details, model, now);
                }
                self.clicked = Some((Target::Contact(user_id.clone()), now));
                let seen = model.alert_of(&user_id).is_some();
                return seen.then_some(Action::Command(Command::DismissAlert(user_id)));
            }
            _ => {}
        }
        None
    }

    /// Releases the mouse so that the terminal can select text, or captures it.
    pub(super) fn toggle_mouse(&mut self) -> Action {
        self.mouse = match self.mouse {
            Mouse::Taken => Mouse::LetGo,
            Mouse::LetGo | Mouse::Unwanted => Mouse::Taken,
        };
        Action::CaptureMouse(self.mouse == Mouse::Taken)
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
        let action = self.keymap.action(key);
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

/// Takes the first alert away.
fn dismiss_alert(model: &Model) -> Option<Action> {
    let &(user_id, _) = model.alerts().first()?;
    Some(Action::Command(Command::DismissAlert(user_id.to_owned())))
}

/// Whether the person has agreed that a status takes the place of busy.
fn has_status_instead(model: &Model) -> bool {
    model.own().status().instead_of_busy() == Some(true)
}

/// Whether the server passes no presence on.
fn is_untracked(model: &Model) -> bool {
    model.own().report().reason == Some(Reason::Untracked)
}

/// Whether a key takes back the one that waits.
fn is_cancel(key: Key) -> bool {
    matches!(key, Key::Plain(KeyCode::Esc | KeyCode::Backspace))
}

/// Whether an action makes sense while the help covers the list.
fn is_for_help(action: &keymap::Action) -> bool {
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

/// Returns the action that sets a state and keeps the message.
pub(super) fn set(presence: Presence) -> Action {
    Action::Command(Command::Set(PresenceRequest::state(presence)))
}

/// Replaces the end in a typed text by the common end this many places after it, or by the first or the last.
fn common_end(typed: &str, steps: isize, now: Timestamp, zone: &TimeZone) -> String {
    let (end, message) = deadline::split_message(typed, now, zone).unwrap_or((None, ""));
    let typed = if end.is_some() { &typed[..typed.trim_end().len() - message.len()] } else { "" };
    let len = deadline::PICKS.len().cast_signed();
    let next = match deadline::PICKS.iter().position(|pick| *pick == typed.trim()) {
        Some(at) => (at.cast_signed() + steps).rem_euclid(len),
        None if steps < 0 => len - 1,
        None => 0,
    };
    format!("{} {message}", deadline::PICKS[next.cast_unsigned()]).trim_end().to_owned()
}

/// Returns the own message, as it is edited.
fn own_message(model: &Model) -> String {
    text::clean(model.own().status_msg()).into_owned()
}

/// Returns the own user status, as it is edited.
fn own_status(model: &Model) -> String {
    model.own().status().shown().map(ToString::to_string).unwrap_or_default()
}
