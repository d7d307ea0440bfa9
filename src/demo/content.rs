//! The content of an `m.presence` event, as each kind of software writes it.

use std::time::Duration;

use serde::Serialize;

use super::{
    rules::Rules,
    software::Software,
    state::{Presence, State},
    world::User,
};

/// How long after the last activity a user counts as active (`last_active_granularity`).
const ACTIVE: Duration = Duration::from_mins(1);

/// The fields in the order of the specification. palpo has its own name for the display name.
#[derive(Default, PartialEq, Serialize)]
pub struct Content<'a> {
    presence: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_ago: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_msg: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currently_active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    displayname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
}

impl<'a> Content<'a> {
    /// Returns what a `/sync` delivers.
    pub fn of_event(user: &'a User, rules: &Rules, now: Duration) -> Self {
        let mut content = Self::of(&user.state, rules, now);
        if rules.software.is_of_conduwuit() {
            content.displayname = Some(&user.displayname);
        } else if rules.software == Software::Palpo {
            content.display_name = Some(&user.displayname);
        }
        content
    }

    /// Returns what a GET answers.
    pub fn of_reply(user: &'a User, rules: &Rules, now: Duration) -> Self {
        let mut content = Self::of(&user.state, rules, now);
        if rules.software.is_of_conduwuit() && content.currently_active == Some(true) {
            content.last_active_ago = None;
        }
        if rules.software == Software::Dendrite {
            content.status_msg.get_or_insert_default();
        }
        content
    }

    /// Returns a state and no more. Dendrite's reply has a message all the same.
    pub fn bare(presence: &'a str, rules: &Rules) -> Self {
        let status_msg = (rules.software == Software::Dendrite).then_some("");
        Self { presence, status_msg, ..Self::default() }
    }

    /// Returns whether both states are delivered in the same words, ages aside.
    pub fn is_same(one: &State, other: &State, rules: &Rules, now: Duration) -> bool {
        let ageless = |state| Content { last_active_ago: None, ..Content::of(state, rules, now) };
        ageless(one) == ageless(other)
    }

    fn of(state: &'a State, rules: &Rules, now: Duration) -> Self {
        let age = state.last_active.map(|at| now.saturating_sub(at));
        let message = state.status_msg.as_deref();
        let online = state.presence == Presence::Online;
        let active = online && state.active && age.is_some_and(|it| it < ACTIVE);
        let (with_age, currently_active) = match rules.software {
            Software::Synapse | Software::Dendrite => (true, online.then_some(active)),
            // After a PUT neither is there.
            Software::Palpo => (state.pinged && !online, state.pinged.then_some(active)),
            Software::OldTuwunel | Software::Continuwuity => (true, Some(active && state.pinged)),
            Software::Tuwunel1_5 | Software::Tuwunel => (true, Some(active)),
        };
        Self {
            presence: state.presence.wire(),
            last_active_ago: age
                .filter(|_| with_age)
                .map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
            status_msg: message.filter(|it| !it.is_empty() || rules.software == Software::Palpo),
            currently_active,
            ..Self::default()
        }
    }
}
