//! The sign-in form.

use tui_input::Input;

use super::insert;
use crate::{
    model::event::{Account, Credentials, Effect, Event, Secret, Update},
    ui::keymap::{self, Edit},
};

/// A line of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The homeserver's URL or name, or a whole user ID.
    Server,
    /// The user's name, where the first line does not say it.
    User,
    /// The password.
    Password,
}

impl Field {
    /// All, from top to bottom.
    pub const ALL: [Self; 3] = [Self::Server, Self::User, Self::Password];

    /// What the line asks for.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Server => "Homeserver or user ID",
            Self::User => "User",
            Self::Password => "Password",
        }
    }
}

/// What has been typed into the form, and what came of it.
#[derive(Default)]
pub struct SignIn {
    inputs: [Input; Field::ALL.len()],
    focus: usize,
    /// Whether the server is being asked.
    pub waiting: bool,
    /// Why it did not work, and what to do.
    pub error: Option<String>,
}

/// The password stays out of every log.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("focus", &self.focus()).finish_non_exhaustive()
    }
}

impl SignIn {
    /// The form after the server has ended a session: all but the password is known.
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

    /// The line being typed into.
    #[must_use]
    pub fn focus(&self) -> Field {
        Field::ALL[self.focus]
    }

    /// What stands in a line.
    #[must_use]
    pub fn input(&self, field: Field) -> &Input {
        &self.inputs[field as usize]
    }

    pub(super) fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => keymap::edit(&key).map_or_else(Vec::new, |edit| self.edit(edit)),
            Event::Paste(text) if !self.waiting => {
                insert(&mut self.inputs[self.focus], &text);
                Vec::new()
            }
            Event::Update(Update::SignInFailed(error)) => {
                self.waiting = false;
                self.error = Some(error);
                self.focus = Field::Password as usize;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        let last = Field::ALL.len() - 1;
        match edit {
            Edit::Quit | Edit::Cancel => return vec![Effect::Quit],
            _ if self.waiting => {}
            Edit::Submit if self.focus == last || self.missing().is_none() => return self.submit(),
            Edit::Submit if self.is_whole_id() => self.focus = last,
            Edit::Submit | Edit::Next => self.focus = (self.focus + 1).min(last),
            Edit::Previous => self.focus = self.focus.saturating_sub(1),
            Edit::Text(request) => {
                self.inputs[self.focus].handle(request);
            }
        }
        Vec::new()
    }

    fn value(&self, field: Field) -> &str {
        self.input(field).value().trim()
    }

    fn is_whole_id(&self) -> bool {
        self.value(Field::Server).starts_with('@')
    }

    /// The first line without which nobody can sign in, and what to do about it.
    fn missing(&self) -> Option<(Field, &'static str)> {
        if self.value(Field::Server).is_empty() {
            Some((Field::Server, "Type your user ID (@you:example.org) or your homeserver first."))
        } else if self.value(Field::User).is_empty() && !self.is_whole_id() {
            let what = "Type your user name, or a whole user ID (@you:example.org) in the first line.";
            Some((Field::User, what))
        } else if self.input(Field::Password).value().is_empty() {
            Some((Field::Password, "Type your password."))
        } else {
            None
        }
    }

    fn submit(&mut self) -> Vec<Effect> {
        if let Some((field, what)) = self.missing() {
            self.focus = field as usize;
            self.error = Some(what.to_owned());
            return Vec::new();
        }
        let (server, user) = (self.value(Field::Server).to_owned(), self.value(Field::User).to_owned());
        let secret = Secret::Password(self.input(Field::Password).value().to_owned());
        self.waiting = true;
        self.error = None;
        vec![Effect::SignIn(Credentials { server, user, secret })]
    }
}
