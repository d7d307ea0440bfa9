//! The state of the sign-in form.

use crossterm::event::KeyEvent;
use tui_input::Input;

use super::screen::insert;
use crate::{
    model::{
        credentials::{Credentials, Secret},
        event::Account,
    },
    ui::keymap::{self, Edit},
};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The homeserver's URL or name, or a full user ID.
    Server,
    /// The user's name. Not needed if the first field has a full user ID.
    User,
    /// The password.
    Password,
}

impl Field {
    /// All fields, from top to bottom.
    pub const ALL: [Self; 3] = [Self::Server, Self::User, Self::Password];

    /// The label of the field.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Server => "Homeserver or user ID",
            Self::User => "User",
            Self::Password => "Password",
        }
    }
}

/// What the form says about a missing password.
const WITHOUT_PASSWORD: &str = "Type your password. To sign in by a browser instead, press Enter again.";

/// The typed text and the outcome of the last attempt.
#[derive(Default)]
pub struct SignIn {
    inputs: [Input; Field::ALL.len()],
    focus: usize,
    /// Whether an attempt is in progress.
    pub waiting: bool,
    /// Why the last attempt failed, and what to do.
    pub error: Option<String>,
    /// What to do in a browser, while the sign-in waits for it.
    pub visit: Option<Visit>,
    /// Whether Enter without a password signs in by a browser: the form has said so.
    without_password: bool,
}

/// A page to visit in a browser.
pub struct Visit {
    /// Its address.
    pub address: String,
    /// The address for a camera, which can have the code in it.
    pub scan: String,
    /// The code to type there, where there is one. A browser on this machine needs none.
    pub code: Option<String>,
    /// Why the sign-in does not get on at the moment.
    pub problem: Option<String>,
}

/// Without the typed text: the password must not reach a log.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("focus", &self.focus()).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Returns the form for a session that the server has ended. Only the password is missing.
    #[must_use]
    pub fn again(account: &Account) -> Self {
        let mut form = Self::default();
        form.inputs[Field::Server as usize] = Input::new(account.homeserver.clone());
        form.inputs[Field::User as usize] = Input::new(account.user_id.to_string());
        form.focus = Field::Password as usize;
        form.error = Some(
            "The server has ended this session: it was signed out elsewhere or has expired. Sign in again."
                .into(),
        );
        form
    }

    /// The field with the cursor.
    #[must_use]
    pub fn focus(&self) -> Field {
        Field::ALL[self.focus]
    }

    /// The text of a field.
    #[must_use]
    pub fn input(&self, field: Field) -> &Input {
        &self.inputs[field as usize]
    }

    /// Handles a key press. Returns what the person asks for, if anything.
    #[must_use]
    pub fn press(&mut self, key: &KeyEvent) -> Option<Asked> {
        let last = Field::ALL.len() - 1;
        match keymap::edit(key)? {
            Edit::Cancel if self.visit.is_some() => {
                self.visit = None;
                self.waiting = false;
                return Some(Asked::Cancel);
            }
            Edit::Quit | Edit::Cancel => return Some(Asked::Quit),
            _ if self.waiting => {}
            Edit::Submit if self.focus == last || self.missing().is_none() => {
                return self.submit();
            }
            Edit::Submit if self.is_whole_id() => self.focus = last,
            Edit::Submit | Edit::Next => self.focus = (self.focus + 1).min(last),
            Edit::Previous => self.focus = self.focus.saturating_sub(1),
            Edit::Text(request) => {
                self.inputs[self.focus].handle(request);
            }
        }
        None
    }

    /// Inserts pasted text.
    pub fn paste(&mut self, text: &str) {
        if !self.waiting {
            insert(&mut self.inputs[self.focus], text);
        }
    }

    /// Shows why the attempt failed and what to do.
    pub fn on_failed(&mut self, why: String) {
        self.waiting = false;
        self.visit = None;
        self.error = Some(why);
        self.focus = Field::Password as usize;
    }

    fn value(&self, field: Field) -> &str {
        self.input(field).value().trim()
    }

    fn is_whole_id(&self) -> bool {
        self.value(Field::Server).starts_with('@')
    }

    /// Returns the first required field that is empty, and what to do about it.
    fn missing(&self) -> Option<(Field, &'static str)> {
        if self.value(Field::Server).is_empty() {
            Some((Field::Server, "Type your user ID (@you:example.org) or your homeserver first."))
        } else if self.value(Field::User).is_empty() && !self.is_whole_id() {
            let what = "Type your user name, or a whole user ID (@you:example.org) in the first line.";
            Some((Field::User, what))
        } else if self.input(Field::Password).value().is_empty() {
            Some((Field::Password, WITHOUT_PASSWORD))
        } else {
            None
        }
    }

    fn submit(&mut self) -> Option<Asked> {
        let missing = self.missing();
        let without_password = matches!(missing, Some((Field::Password, _)));
        if let Some((field, what)) = missing
            && !(without_password && self.without_password)
        {
            self.focus = field as usize;
            self.error = Some(what.to_owned());
            self.without_password = without_password;
            return None;
        }
        let (server, user) = (self.value(Field::Server).to_owned(), self.value(Field::User).to_owned());
        self.waiting = true;
        self.error = None;
        self.without_password = false;
        if without_password {
            return Some(Asked::Browser { server, user });
        }
        let secret = Secret::Password(self.input(Field::Password).value().to_owned());
        Some(Asked::SignIn(Credentials { server, user, secret }))
    }
}

/// What the person asks for in the form.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Sign in with these credentials.
    SignIn(Credentials),
    /// Sign in by a browser, in the way that the server offers.
    Browser {
        /// A homeserver's URL, a server's name, or a whole user ID.
        server: String,
        /// The user's name or ID; empty where `server` is a whole user ID.
        user: String,
    },
    /// Wait for the browser no longer.
    Cancel,
    /// End the program.
    Quit,
}
