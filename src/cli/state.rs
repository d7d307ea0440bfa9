//! The states that contacts can be filtered by.

use clap::{ValueEnum, builder::PossibleValue};

use crate::model::{
    contacts::{Contact, Group},
    presence::{Presence, State},
};

/// A state to filter by: one of the four, or `other` for states unknown to whosin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// One of the four.
    State(State),
    /// Any other state.
    Other,
}

impl StateFilter {
    /// Returns whether a contact is in this state.
    pub(super) fn matches(self, contact: &Contact) -> bool {
        self.group() == contact.group()
    }

    /// Returns whether a user with this presence is in this state.
    pub(super) fn is(self, presence: &Presence) -> bool {
        self.group() == Group::of(Some(presence))
    }

    fn group(self) -> Group {
        match self {
            Self::State(state) => Group::of(Some(&state.into())),
            Self::Other => Group::Other,
        }
    }
}

impl ValueEnum for StateFilter {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::State(State::Online),
            Self::State(State::Busy),
            Self::State(State::Unavailable),
            Self::Other,
            Self::State(State::Offline),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::State(state) => state.to_possible_value(),
            Self::Other => Some(PossibleValue::new("other").help("A state that whosin does not know")),
        }
    }
}
