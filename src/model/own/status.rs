//! The own user status: typed by the person, written into the profile, cleared at the end that the person chose.
//!
//! A status is public. So nothing here sets one that nobody has asked for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::{
    deadline::Deadline,
    event::{Answer, Effect, StatusUpdate},
    profile::{FieldChange, NewStatus, Profile, StatusRequest, UserStatus},
    text::Clean,
};

/// How long to wait after a request without an answer.
const RETRY: SignedDuration = SignedDuration::from_secs(5);

/// The own status, from the request to the profile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OwnStatus {
    /// What the profile says. `None`: it is not known yet.
    profile: Option<Profile>,
    /// What has to be written.
    pending: Option<StatusUpdate>,
    in_flight: Option<StatusUpdate>,
    /// When to write again.
    wait: Option<Wait>,
    /// Why the server refuses the last request.
    refused: Option<Clean>,
    saved: SavedStatus,
}

/// What outlives the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedStatus {
    /// The status that ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<EndingStatus>,
    /// Whether the person has been told that a status is public.
    #[serde(default)]
    explained: bool,
    /// Whether busy becomes a status where presence is switched off. `None`: the person was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead_of_busy: Option<bool>,
}

/// A status with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct EndingStatus {
    #[serde(flatten)]
    end: Deadline,
    status: NewStatus,
}

impl OwnStatus {
    pub(super) fn restored(saved: Option<SavedStatus>) -> Self {
        Self { saved: saved.unwrap_or_default(), ..Self::default() }
    }

    /// Returns what to save. `None`: nothing.
    pub(super) fn saved(&self) -> Option<SavedStatus> {
        Some(self.saved.clone()).filter(|saved| *saved != SavedStatus::default())
    }

    /// Applies a request of the person.
    pub(in crate::model) fn request(&mut self, request: StatusRequest) {
        self.refused = None;
        self.wait = None;
        let StatusRequest { status, until } = request;
        self.saved.ends = status.clone().zip(until).map(|(status, end)| EndingStatus { end, status });
        self.saved.explained |= status.is_some();
        self.pending = Some(status.map_or(StatusUpdate::Clear(None), StatusUpdate::Set));
    }

    /// Notes whether busy becomes a status where presence is switched off.
    pub(in crate::model) fn answer_for_busy(&mut self, instead: bool) {
        self.saved.instead_of_busy = Some(instead);
    }

    /// Lets the status follow the busy that the person has set or left, if that was agreed.
    pub(super) fn follow_busy(&mut self, busy: bool, until: Option<Deadline>) {
        if self.saved.instead_of_busy != Some(true) {
            return;
        }
        if busy {
            self.request(StatusRequest { status: Some(NewStatus::busy()), until });
        } else if self.is_busy() {
            self.saved.ends = None;
            self.pending = Some(StatusUpdate::Clear(Some(NewStatus::busy())));
        }
    }

    /// Returns whether the status is, or is about to be, the one instead of busy.
    pub(in crate::model) fn is_busy(&self) -> bool {
        let busy = NewStatus::busy();
        match self.pending.as_ref().or(self.in_flight.as_ref()) {
            Some(StatusUpdate::Set(status)) => *status == busy,
            Some(StatusUpdate::Clear(_)) => false,
            None => self.shown() == busy.shown().as_ref(),
        }
    }

    /// Applies what the profile says.
    pub(in crate::model) fn on_profile(&mut self, profile: Profile) {
        self.profile = Some(profile);
    }

    /// Applies changes of the profile.
    pub(in crate::model) fn on_changes(&mut self, changes: Vec<FieldChange>) {
        self.profile.get_or_insert_default().extend(changes);
    }

    /// Notes the loss of the connection, and with it of the answer.
    pub(super) fn on_disconnected(&mut self) {
        self.pending = self.pending.take().or(self.in_flight.take());
        self.in_flight = None;
    }

    /// Applies the answer to a write. Returns whether the profile was written.
    pub(super) fn on_answer(&mut self, answer: Answer, now: Timestamp) -> bool {
        let Some(written) = self.in_flight.take() else { return false };
        self.wait = None;
        match answer {
            Answer::Accepted => {
                self.accept(written);
                return true;
            }
            Answer::Limited(wait) => {
                self.again(written, SignedDuration::try_from(wait).unwrap_or(RETRY), now);
            }
            Answer::Failed => self.again(written, RETRY, now),
            Answer::Refused(why) | Answer::Forbidden(why) => self.refuse(&written, why),
            Answer::SwitchedOff => self.refuse(&written, "profiles have no status there".into()),
        }
        false
    }

    fn accept(&mut self, written: StatusUpdate) {
        let changes = match written {
            StatusUpdate::Set(status) => vec![FieldChange::UnstableStatus(status.shown())],
            StatusUpdate::Clear(only) => {
                let ended = self.saved.ends.as_ref().is_some_and(|ends| Some(&ends.status) == only.as_ref());
                if ended && self.pending.is_none() {
                    self.saved.ends = None;
                }
                let profile = self.profile.get_or_insert_default();
                let is_ours = only.is_none_or(|only| only.shown().as_ref() == profile.status());
                if is_ours {
                    vec![FieldChange::Status(None), FieldChange::UnstableStatus(None)]
                } else {
                    Vec::new()
                }
            }
        };
        self.profile.get_or_insert_default().extend(changes);
    }

    fn again(&mut self, written: StatusUpdate, wait: SignedDuration, now: Timestamp) {
        self.pending.get_or_insert(written);
        self.wait = Some(Wait::new(now, wait));
    }

    /// Gives up. A status that was not set has no end.
    fn refuse(&mut self, written: &StatusUpdate, why: Clean) {
        if self.pending.is_none() {
            self.saved.ends = None;
            self.refused = Some(why);
        }
        tracing::info!(?written, "the server refuses the status");
    }

    /// Returns the next effect. `connected`: a write can be sent.
    pub(super) fn next(&mut self, connected: bool, now: Timestamp) -> Option<Effect> {
        if let Some(ends) = &mut self.saved.ends {
            ends.end = ends.end.clamped(now);
            let is_idle = self.pending.is_none() && self.in_flight.is_none();
            if ends.end.is_over(now) && is_idle {
                self.pending = Some(StatusUpdate::Clear(Some(ends.status.clone())));
            }
        }
        if !connected || self.in_flight.is_some() || self.wait.is_some_and(|wait| !wait.is_over(now)) {
            return None;
        }
        let update = self.pending.take()?;
        self.in_flight = Some(update.clone());
        Some(Effect::PublishStatus(update))
    }

    /// Returns when [`OwnStatus::next`] may return an effect without an event.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        if self.in_flight.is_some() {
            return None;
        }
        if self.pending.is_some() {
            return self.wait.map(|wait| wait.until);
        }
        self.saved.ends.as_ref().map(|ends| ends.end.at)
    }

    /// Returns the status in the profile.
    #[must_use]
    pub fn shown(&self) -> Option<&UserStatus> {
        self.profile.as_ref()?.status()
    }

    /// Returns the status that is about to be set. `Some(None)`: it is about to be cleared.
    #[must_use]
    pub fn changing(&self) -> Option<Option<UserStatus>> {
        Some(match self.pending.as_ref().or(self.in_flight.as_ref())? {
            StatusUpdate::Set(status) => status.shown(),
            StatusUpdate::Clear(_) => None,
        })
    }

    /// Returns when whosin clears the status, if it is still the one that it has set.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let ends = self.saved.ends.as_ref()?;
        let is_ours = self.changing().is_some() || ends.status.shown().as_ref() == self.shown();
        is_ours.then_some(ends.end.at)
    }

    /// Returns whether a status waits for its end, whatever the profile says.
    #[must_use]
    pub fn is_to_end(&self) -> bool {
        self.saved.ends.is_some()
    }

    /// Returns why the server refuses the last request.
    #[must_use]
    pub fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Returns whether the person has still to be told that a status is public.
    #[must_use]
    pub fn is_unexplained(&self) -> bool {
        !self.saved.explained
    }

    /// Returns whether busy becomes a status where presence is switched off. `None`: the person was not asked.
    #[must_use]
    pub fn instead_of_busy(&self) -> Option<bool> {
        self.saved.instead_of_busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn holiday() -> NewStatus {
        NewStatus::parse("🌴 On holiday").unwrap()
    }

    fn until(seconds: i64) -> StatusRequest {
        StatusRequest { status: Some(holiday()), until: Some(Deadline { at: at(seconds), lasts: None }) }
    }

    fn sent(own: &mut OwnStatus, now: Timestamp) -> Option<StatusUpdate> {
        match own.next(true, now)? {
            Effect::PublishStatus(update) => Some(update),
            effect => panic!("{effect:?}"),
        }
    }

    #[test]
    fn a_status_is_set_and_cleared_at_its_end() {
        let mut own = OwnStatus::default();
        assert!(own.is_unexplained());
        own.request(until(60));
        assert!(own.next(false, at(0)).is_none(), "not connected");
        assert_eq!(sent(&mut own, at(0)), Some(StatusUpdate::Set(holiday())));
        assert!(own.on_answer(Answer::Accepted, at(0)));
        assert_eq!(own.shown().map(ToString::to_string).as_deref(), Some("🌴 On holiday"));
        assert_eq!((own.ends(), own.wake()), (Some(at(60)), Some(at(60))));
        assert!(!own.is_unexplained());
        assert_eq!(sent(&mut own, at(59)), None);
        assert_eq!(sent(&mut own, at(60)), Some(StatusUpdate::Clear(Some(holiday()))));
        own.on_answer(Answer::Accepted, at(60));
        assert_eq!((own.shown(), own.is_to_end()), (None, false));
    }

    #[test]
    fn the_end_survives_a_crash_and_leaves_another_status_alone() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        let mut own = OwnStatus::restored(own.saved());
        let mut profile = Profile::default();
        profile.extend([FieldChange::UnstableStatus(UserStatus::new("🏃", "AFK"))]);
        own.on_profile(profile);
        assert_eq!(own.ends(), None, "somebody else has set another status");
        assert_eq!(
            sent(&mut own, at(3_600)),
            Some(StatusUpdate::Clear(Some(holiday()))),
            "the server is asked"
        );
        own.on_answer(Answer::Accepted, at(3_600));
        assert_eq!(own.shown().map(ToString::to_string).as_deref(), Some("🏃 AFK"));
        assert!(!own.is_to_end());
    }

    #[test]
    fn what_is_not_answered_is_sent_again_and_what_is_refused_is_not() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        sent(&mut own, at(0)).unwrap();
        own.on_answer(Answer::Failed, at(0));
        assert_eq!((sent(&mut own, at(4)), own.wake()), (None, Some(at(5))));
        assert!(sent(&mut own, at(5)).is_some());
        own.on_disconnected();
        assert!(sent(&mut own, at(6)).is_some());
        own.on_answer(Answer::Refused("no".into()), at(6));
        assert_eq!((sent(&mut own, at(7)), own.refused(), own.is_to_end()), (None, Some("no"), false));
    }

    #[test]
    fn a_newer_request_replaces_one_that_is_on_its_way() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        sent(&mut own, at(0)).unwrap();
        own.request(StatusRequest { status: None, until: None });
        own.on_answer(Answer::Limited(std::time::Duration::from_secs(9)), at(0));
        assert_eq!(sent(&mut own, at(9)), Some(StatusUpdate::Clear(None)));
        own.on_answer(Answer::Accepted, at(9));
        assert_eq!((own.shown(), own.changing()), (None, None));
    }

    #[test]
    fn busy_becomes_a_status_only_if_that_was_agreed() {
        let mut own = OwnStatus::default();
        own.follow_busy(true, None);
        assert_eq!(sent(&mut own, at(0)), None);
        own.answer_for_busy(true);
        own.follow_busy(true, None);
        assert_eq!(sent(&mut own, at(0)), Some(StatusUpdate::Set(NewStatus::busy())));
        own.on_answer(Answer::Accepted, at(0));
        own.follow_busy(false, None);
        assert_eq!(sent(&mut own, at(1)), Some(StatusUpdate::Clear(Some(NewStatus::busy()))));
        own.on_answer(Answer::Accepted, at(1));
        own.follow_busy(false, None);
        assert_eq!(sent(&mut own, at(2)), None, "there is nothing to clear");
    }
}
