//! What the engine knows of the contacts in sight: whom it looks up, whose profile, and whose status it follows.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};

use crate::model::{AT_ONCE, Model, contacts::Contact, event::Command};

/// How often the engine is told that details are shown.
const PROFILE: SignedDuration = SignedDuration::from_mins(1);
/// How often the engine is told whose statuses are in sight.
const IN_SIGHT: SignedDuration = SignedDuration::from_mins(10);

/// The contacts that the person sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct InSight<'a> {
    /// The selected contact, and those in the rows.
    pub(super) contacts: &'a [&'a UserId],
    /// The contact with details.
    pub(super) detailed: Option<&'a UserId>,
}

/// What the engine was told of the contacts in sight, since the connection is live.
#[derive(Debug, Default)]
pub(super) struct LookedAt {
    /// Whom the engine was asked to look up and has not yet: no more than it looks up at once.
    looking_up: Vec<OwnedUserId>,
    /// Whose profile the engine was asked for last, and when.
    profile_asked: Option<(OwnedUserId, Timestamp)>,
    /// The contacts that the engine was told to be in sight, and when.
    in_sight: Option<(Vec<OwnedUserId>, Timestamp)>,
    /// Whether the connection was live at the last refresh.
    was_live: bool,
}

impl LookedAt {
    /// Returns what the engine has to be told of the contacts that are seen now.
    pub(super) fn refresh(&mut self, model: &Model, in_sight: InSight<'_>, now: Timestamp) -> Vec<Command> {
        if !model.connection().is_live() {
            self.was_live = false;
            return Vec::new();
        }
        if !self.was_live {
            *self = Self { was_live: true, ..Self::default() };
        }
        let commands = [
            self.look_up(model, in_sight),
            self.look_up_profile(in_sight, now),
            self.tell_who_is_in_sight(model, in_sight, now),
        ];
        commands.into_iter().flatten().collect()
    }

    /// Returns when the engine has to be told something again.
    pub(super) fn wake(&self, detailed: Option<&UserId>, now: Timestamp) -> Option<Timestamp> {
        let profile = self.profile_asked.as_ref().filter(|(user_id, _)| detailed == Some(user_id));
        let profile = profile.and_then(|(_, at)| at.checked_add(PROFILE).ok());
        let in_sight = self.in_sight.as_ref().filter(|(told, _)| !told.is_empty());
        let in_sight = in_sight.and_then(|(_, at)| at.checked_add(IN_SIGHT).ok());
        [profile, in_sight].into_iter().flatten().filter(|&at| at > now).min()
    }

    /// Looks up the contacts in sight of whom the server says nothing by itself, the selected contact first. Nobody
    /// waits in the engine's queue: a contact may be out of sight by then.
    fn look_up(&mut self, model: &Model, in_sight: InSight<'_>) -> Option<Command> {
        if !model.is_presence_tracked() {
            return None;
        }
        let is_half_known =
            |user_id: &UserId| model.contacts().get(user_id).is_some_and(Contact::is_half_known);
        self.looking_up.retain(|user_id| is_half_known(user_id) && !model.has_looked_up(user_id));
        let half_known = in_sight.contacts.iter().copied().filter(|user_id| is_half_known(user_id));
        let new = half_known.filter(|&user_id| {
            !model.has_looked_up(user_id) && self.looking_up.iter().all(|asked| asked != user_id)
        });
        let free = AT_ONCE.saturating_sub(self.looking_up.len());
        let new: Vec<OwnedUserId> = new.take(free).map(ToOwned::to_owned).collect();
        self.looking_up.extend(new.iter().cloned());
        (!new.is_empty()).then_some(Command::LookUp(new))
    }

    /// Asks for the profile of the contact with details, again and again while the details are shown.
    fn look_up_profile(&mut self, in_sight: InSight<'_>, now: Timestamp) -> Option<Command> {
        let user_id = in_sight.detailed?;
        let asked = self
            .profile_asked
            .as_ref()
            .is_some_and(|(asked, at)| *asked == user_id && now.duration_since(*at) < PROFILE);
        if asked {
            return None;
        }
        self.profile_asked = Some((user_id.to_owned(), now));
        Some(Command::LookUpProfile(user_id.to_owned()))
    }

    /// Tells the engine whose statuses are in sight, where the server sends no changes of them.
    fn tell_who_is_in_sight(
        &mut self,
        model: &Model,
        in_sight: InSight<'_>,
        now: Timestamp,
    ) -> Option<Command> {
        if !model.profile_support().fields {
            return None;
        }
        let in_sight = in_sight.contacts.iter().filter(|user_id| !model.is_profile_pushed(user_id));
        let in_sight: Vec<OwnedUserId> = in_sight.map(|&user_id| user_id.to_owned()).collect();
        let is_told = match &self.in_sight {
            Some((told, at)) => *told == in_sight && (told.is_empty() || now.duration_since(*at) < IN_SIGHT),
            None => in_sight.is_empty(),
        };
        if is_told {
            return None;
        }
        self.in_sight = Some((in_sight.clone(), now));
        Some(Command::InSight(in_sight))
    }
}
