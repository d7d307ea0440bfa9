//! The sign-in form.

use tui_input::Input;

use super::insert;
use crate::{
    event::{Account, Credentials, Effect, Event, Secret, Update},
    keymap::{self, Edit},
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
            Edit::Submit if self.focus == last => return self.submit(),
            Edit::Submit | Edit::Next => self.focus = (self.focus + 1).min(last),
            Edit::Previous => self.focus = self.focus.saturating_sub(1),
            Edit::Text(request) => {
                self.inputs[self.focus].handle(request);
            }
        }
        Vec::new()
    }

    fn submit(&mut self) -> Vec<Effect> {
        let value = |field| self.input(field).value().to_owned();
        let server = value(Field::Server).trim().to_owned();
        let user = value(Field::User).trim().to_owned();
        let secret = Secret::Password(value(Field::Password));
        let complaint = if server.is_empty() {
            Some((Field::Server, "Type your user ID (@you:example.org) or your homeserver first."))
        } else if user.is_empty() && !server.starts_with('@') {
            Some((
                Field::User,
                "Type your user name, or a whole user ID (@you:example.org) in the first line.",
            ))
        } else {
            None
        };
        if let Some((field, complaint)) = complaint {
            self.focus = field as usize;
            self.error = Some(complaint.to_owned());
            return Vec::new();
        }
        self.waiting = true;
        self.error = None;
        vec![Effect::SignIn(Credentials { server, user, secret })]
    }
}
