//! The state of the sign-in form: first the server, then one of the ways that it offers, then what that way needs.

use crossterm::event::KeyEvent;
use jiff::{SignedDuration, Timestamp};
use tui_input::{Input, InputRequest};

use super::screen::insert;
use crate::{
    model::{
        age,
        credentials::{Credentials, Secret, Way},
        session::SavedSession,
    },
    ui::keymap::{self, Edit},
};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The homeserver's URL or name, or a full user ID.
    Server,
    /// The user's name or ID.
    User,
    /// The password.
    Password,
    /// The access token.
    Token,
    /// The address at which the browser has ended.
    Redirect,
}

impl Field {
    const COUNT: usize = 5;

    /// Returns the label of the field.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Server => "Homeserver or user ID",
            Self::User => "User",
            Self::Password => "Password",
            Self::Token => "Access token",
            Self::Redirect => "Address",
        }
    }

    /// Returns what to do about the field when it is empty.
    fn missing(self) -> &'static str {
        match self {
            Self::Server => "Type your user ID (@you:example.org) or your homeserver first.",
            Self::User => "Type your user name first.",
            Self::Password => "Type your password first.",
            Self::Token => "Paste your access token first.",
            Self::Redirect => "Paste the address first.",
        }
    }

    /// Returns whether its text is hidden.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Token | Self::Redirect)
    }
}

/// What the form shows.
#[derive(Debug)]
pub enum Stage {
    /// The server is typed.
    Server,
    /// The server is asked what it offers.
    Finding,
    /// A way is chosen.
    Ways,
    /// The user and the password are typed, or the token.
    Secret,
    /// The attempt is in progress.
    Waiting,
    /// The person visits a page in a browser.
    Visit(Visit),
    /// The session is there and is being saved. Only the end of the program stops that.
    Saving,
}

/// What a server offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The server's host.
    pub server: String,
    /// The ways to sign in, the best first.
    pub ways: Vec<Way>,
    /// Whether its access tokens expire, so that a pasted one does not last.
    pub tokens_expire: bool,
}

/// A page to visit in a browser. `Debug` shows neither the address nor the code.
pub struct Visit {
    /// Its address.
    pub address: String,
    /// The address for a camera, which can have the code in it.
    pub scan: String,
    /// The code to type there, and when another one follows. A browser on this machine needs none.
    pub code: Option<(String, Timestamp)>,
    /// Whether a browser on this machine opens the page.
    pub opens: bool,
    /// Why the sign-in does not get on at the moment.
    pub problem: Option<String>,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("problem", &self.problem).finish_non_exhaustive()
    }
}

/// What the form knows, and what has been typed.
pub struct SignIn {
    inputs: [Input; Field::COUNT],
    stage: Stage,
    /// The field with the cursor, among those of the stage.
    focus: usize,
    offer: Option<Offer>,
    /// The chosen way, as its place in the offer.
    way: usize,
    /// The session that the server has ended.
    ended: Option<SavedSession>,
    /// The way to take without asking.
    at_once: Option<Way>,
    /// The server for which the user was typed.
    server_of_user: String,
    error: Option<String>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            inputs: Default::default(),
            stage: Stage::Server,
            focus: 0,
            offer: None,
            way: 0,
            ended: None,
            at_once: None,
            server_of_user: String::new(),
            error: None,
        }
    }
}

/// Without the typed text: the password must not reach a log.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// What the person asks for in the form.
#[derive(PartialEq, Eq)]
pub enum SignInAction {
    /// Ask a server what it offers.
    Find {
        /// A homeserver's URL, a server's name, or a whole user ID.
        server: String,
    },
    /// Sign in in a way that needs a browser.
    Browse {
        /// The way.
        way: Way,
        /// The user's name or ID. Empty: the browser decides.
        user: String,
    },
    /// Sign in with these credentials.
    SignIn(Credentials),
    /// Continue with the address at which the browser has ended.
    Redirected(String),
    /// Open this address in a browser on this machine.
    Open(String),
    /// End the attempt.
    Cancel,
    /// End the program.
    Quit,
}

/// Without the address at which the browser has ended: it has a code in it.
impl std::fmt::Debug for SignInAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Find { server } => f.debug_struct("Find").field("server", server).finish(),
            Self::Browse { way, user } => {
                f.debug_struct("Browse").field("way", way).field("user", user).finish()
            }
            Self::SignIn(credentials) => f.debug_tuple("SignIn").field(credentials).finish(),
            Self::Redirected(_) => f.write_str("Redirected([redacted])"),
            Self::Open(_) => f.write_str("Open([redacted])"),
            Self::Cancel => f.write_str("Cancel"),
            Self::Quit => f.write_str("Quit"),
        }
    }
}

/// The form from outside.
impl SignIn {
    /// Returns the form for a session that the server has ended. It asks the server at once.
    #[must_use]
    pub fn again(ended: SavedSession) -> Self {
        let mut form = Self::at(&ended.homeserver);
        form.inputs[Field::User as usize] = Input::new(ended.user_id.to_string());
        form.ended = Some(ended);
        form.error = Some(
            "The server has ended this session: it was signed out elsewhere or has expired. Sign in again."
                .into(),
        );
        form
    }

    /// Returns the form for a server that is to be signed in to by a code, without questions.
    #[must_use]
    pub(crate) fn by_code(server: &str) -> Self {
        Self { at_once: Some(Way::DeviceCode), ..Self::at(server) }
    }

    fn at(server: &str) -> Self {
        let mut form = Self { stage: Stage::Finding, ..Self::default() };
        form.inputs[Field::Server as usize] = Input::new(server.to_owned());
        server.clone_into(&mut form.server_of_user);
        form
    }

    /// Returns what the form asks for before a key is pressed.
    #[must_use]
    pub fn opening(&self) -> Option<SignInAction> {
        let server = self.value(Field::Server).to_owned();
        matches!(self.stage, Stage::Finding).then_some(SignInAction::Find { server })
    }

    /// Returns what the form shows.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Returns the fields of the stage, from top to bottom.
    #[must_use]
    pub fn fields(&self) -> &'static [Field] {
        match (&self.stage, self.way()) {
            (Stage::Server | Stage::Finding, _) => &[Field::Server],
            (Stage::Secret | Stage::Waiting, Some(Way::Password)) => &[Field::User, Field::Password],
            (Stage::Secret | Stage::Waiting, Some(Way::Token)) => &[Field::Token],
            (Stage::Visit(visit), _) if visit.code.is_none() => &[Field::Redirect],
            _ => &[],
        }
    }

    /// Returns the field with the cursor. `None`: nothing can be typed now.
    #[must_use]
    pub fn focus(&self) -> Option<Field> {
        let is_typed = !matches!(self.stage, Stage::Finding | Stage::Waiting);
        self.fields().get(self.focus).copied().filter(|_| is_typed)
    }

    /// Returns the text of a field.
    #[must_use]
    pub fn input(&self, field: Field) -> &Input {
        &self.inputs[field as usize]
    }

    /// Returns what the server offers, once it has answered.
    #[must_use]
    pub fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }

    /// Returns the place of the chosen way in the offer.
    #[must_use]
    pub fn chosen(&self) -> usize {
        self.way
    }

    /// Returns the chosen way.
    #[must_use]
    pub fn way(&self) -> Option<&Way> {
        self.offer.as_ref()?.ways.get(self.way)
    }

    /// Returns why the last attempt failed, and what to do.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Returns the way to which one key switches: from the browser to the code and back.
    #[must_use]
    pub(crate) fn other_way(&self) -> Option<Way> {
        let other = match self.way()? {
            Way::Browser => Way::DeviceCode,
            Way::DeviceCode => Way::Browser,
            _ => return None,
        };
        self.offer.as_ref().filter(|offer| offer.ways.contains(&other)).map(|_| other)
    }

    /// Returns when the picture changes although nothing happens: the code gets older.
    #[must_use]
    pub fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.stage {
            Stage::Visit(Visit { code: Some((_, expires_at)), .. }) if *expires_at > now => {
                Some(lifetime(*expires_at, now).1)
            }
            _ => None,
        }
    }
}

/// Returns how long a code is good for, in words, and when the words change.
#[must_use]
pub fn lifetime(expires_at: Timestamp, now: Timestamp) -> (String, Timestamp) {
    let seconds = age::countdown(expires_at, now);
    if seconds < 120 {
        return (format!("{seconds} s"), age::countdown_changes_at(expires_at, now));
    }
    let minutes = (seconds + 30) / 60;
    let left = SignedDuration::from_secs((minutes * 60 - 31).max(119));
    let changes_at = expires_at.saturating_sub(left).unwrap_or(expires_at);
    (format!("{minutes} minutes"), changes_at)
}

/// Begins with a capital letter, unless the first word is the name of a server.
fn sentence(words: String) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    match words.get(..1) {
        Some(letter) if first.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            letter.to_ascii_uppercase() + &words[1..]
        }
        _ => words,
    }
}

/// What happens to the form.
impl SignIn {
    /// Shows the ways that a server offers.
    #[must_use]
    pub fn on_found(&mut self, offer: Offer) -> Option<SignInAction> {
        let known = self.ended.as_ref().and_then(|ended| Way::place_of(&offer.ways, ended));
        self.way = known.unwrap_or_default();
        let at_once = self.at_once.take().and_then(|way| offer.ways.iter().position(|it| *it == way));
        let is_plain = offer.ways.iter().all(|way| matches!(way, Way::Password | Way::Token));
        self.offer = Some(offer);
        self.stage = Stage::Ways;
        if let Some(at) = at_once {
            self.way = at;
            return self.take_way();
        }
        let is_password = self.way() == Some(&Way::Password);
        // A list of one is no choice, and a person who had a password has one.
        if is_password && (is_plain || self.ended.is_some()) {
            let error = self.error.take();
            let action = self.take_way();
            self.error = error;
            return action;
        }
        None
    }

    /// Shows a page to visit.
    pub fn on_visit(&mut self, visit: Visit) {
        self.focus = 0;
        self.stage = Stage::Visit(visit);
    }

    /// Shows why the sign-in does not get on. It goes on trying.
    pub fn on_problem(&mut self, problem: String) {
        if let Stage::Visit(visit) = &mut self.stage {
            visit.problem = Some(sentence(problem));
        }
    }

    /// Notes that the session is there and is being saved.
    pub(crate) fn on_signed_in(&mut self) {
        self.stage = Stage::Saving;
    }

    /// Shows why the attempt failed and what to do.
    pub fn on_failed(&mut self, why: String) {
        self.error = Some(sentence(why));
        self.stage = match (&self.stage, self.way()) {
            (Stage::Finding, _) | (_, None) => Stage::Server,
            (Stage::Waiting, Some(Way::Password | Way::Token)) => Stage::Secret,
            _ => Stage::Ways,
        };
        self.focus = self.fields().len().saturating_sub(1);
    }

    /// Inserts pasted text.
    pub fn paste(&mut self, text: &str) {
        if let Some(field) = self.focus() {
            insert(&mut self.inputs[field as usize], text);
        }
    }

    /// Handles a key press. Returns what the person asks for, if anything.
    #[must_use]
    pub fn press(&mut self, key: &KeyEvent) -> Option<SignInAction> {
        match (keymap::edit(key)?, &self.stage) {
            (Edit::Quit, _) => Some(SignInAction::Quit),
            (_, Stage::Saving) | (Edit::Submit, Stage::Finding | Stage::Waiting) => None,
            (Edit::Cancel, _) => self.back(),
            (Edit::Next, Stage::Visit(_) | Stage::Waiting) => self.switch(),
            (edit, Stage::Ways) => self.choose(edit),
            (Edit::Submit, Stage::Visit(_)) => self.submit_visit(),
            (Edit::Submit, Stage::Server) => self.submit_server(),
            (Edit::Submit, Stage::Secret) => self.submit_secret(),
            (Edit::Next, _) => {
                self.focus = (self.focus + 1).min(self.fields().len().saturating_sub(1));
                None
            }
            (Edit::Previous, _) => {
                self.focus = self.focus.saturating_sub(1);
                None
            }
            (Edit::Text(request), _) => {
                if let Some(field) = self.focus() {
                    self.inputs[field as usize].handle(request);
                }
                None
            }
        }
    }
}

/// The keys.
impl SignIn {
    /// Goes one step back, and ends what is in progress.
    fn back(&mut self) -> Option<SignInAction> {
        let (stage, action) = match &self.stage {
            Stage::Server | Stage::Saving => return Some(SignInAction::Quit),
            Stage::Finding => (Stage::Server, Some(SignInAction::Cancel)),
            Stage::Ways => (Stage::Server, None),
            Stage::Secret => (Stage::Ways, None),
            Stage::Waiting if self.fields().is_empty() => (Stage::Ways, Some(SignInAction::Cancel)),
            Stage::Waiting => (Stage::Secret, Some(SignInAction::Cancel)),
            Stage::Visit(_) => (Stage::Ways, Some(SignInAction::Cancel)),
        };
        self.stage = stage;
        self.error = None;
        self.focus = self.fields().len().saturating_sub(1);
        action
    }

    fn choose(&mut self, edit: Edit) -> Option<SignInAction> {
        let count = self.offer.as_ref().map_or(0, |offer| offer.ways.len());
        match edit {
            Edit::Submit => return self.take_way(),
            Edit::Next | Edit::Text(InputRequest::InsertChar('j')) => {
                self.way = (self.way + 1).min(count.saturating_sub(1));
            }
            Edit::Previous | Edit::Text(InputRequest::InsertChar('k')) => {
                self.way = self.way.saturating_sub(1);
            }
            Edit::Text(InputRequest::InsertChar(c)) => {
                let number = c.to_digit(10).and_then(|number| usize::try_from(number).ok());
                if let Some(at) = number.and_then(|number| number.checked_sub(1)).filter(|at| *at < count) {
                    self.way = at;
                    return self.take_way();
                }
            }
            Edit::Text(_) | Edit::Cancel | Edit::Quit => {}
        }
        None
    }

    /// Begins with the chosen way.
    fn take_way(&mut self) -> Option<SignInAction> {
        let way = self.way()?.clone();
        self.error = None;
        if matches!(way, Way::Password | Way::Token) {
            self.stage = Stage::Secret;
            self.focus = usize::from(way == Way::Password && !self.value(Field::User).is_empty());
            return None;
        }
        self.stage = Stage::Waiting;
        self.inputs[Field::Redirect as usize].reset();
        Some(SignInAction::Browse { way, user: self.value(Field::User).to_owned() })
    }

    fn switch(&mut self) -> Option<SignInAction> {
        let other = self.other_way()?;
        self.way = self.offer.as_ref()?.ways.iter().position(|way| *way == other)?;
        self.take_way()
    }

    fn submit_server(&mut self) -> Option<SignInAction> {
        let server = self.value(Field::Server).to_owned();
        if server.is_empty() {
            self.error = Some(Field::Server.missing().to_owned());
            return None;
        }
        if server != self.server_of_user {
            let user = if server.starts_with('@') { server.clone() } else { String::new() };
            self.inputs[Field::User as usize] = Input::new(user);
            self.ended = None;
        }
        self.server_of_user.clone_from(&server);
        self.error = None;
        self.stage = Stage::Finding;
        Some(SignInAction::Find { server })
    }

    fn submit_secret(&mut self) -> Option<SignInAction> {
        if let Some(at) = self.fields().iter().position(|field| self.value(*field).is_empty()) {
            // Enter on a line that is filled in goes on to the one that is not.
            self.error = (at == self.focus).then(|| self.fields()[at].missing().to_owned());
            self.focus = at;
            return None;
        }
        let secret = match self.way()? {
            Way::Token => Secret::Token(self.value(Field::Token).to_owned()),
            _ => Secret::Password(self.input(Field::Password).value().to_owned()),
        };
        let (server, user) = (self.value(Field::Server).to_owned(), self.value(Field::User).to_owned());
        self.stage = Stage::Waiting;
        self.error = None;
        Some(SignInAction::SignIn(Credentials { server, user, secret }))
    }

    fn submit_visit(&mut self) -> Option<SignInAction> {
        let Stage::Visit(visit) = &mut self.stage else { return None };
        if visit.code.is_some() {
            return Some(SignInAction::Open(visit.address.clone()));
        }
        visit.problem = None;
        let address = self.value(Field::Redirect).to_owned();
        self.inputs[Field::Redirect as usize].reset();
        (!address.is_empty()).then_some(SignInAction::Redirected(address))
    }

    fn value(&self, field: Field) -> &str {
        self.input(field).value().trim()
    }
}
