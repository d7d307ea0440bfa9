//! The own user status: typed by the person, written into the profile, cleared at the end that the person chose.
//!
//! A status is public. So nothing here sets one that nobody has asked for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Wait;
use crate::model::{
    deadline::Deadline,
    event::{Answer, Effect, StatusAnswer, StatusUpdate},
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
    /// The busy that the person has set or left, until it is known whether anybody sees presence here.
    busy: Option<bool>,
    saved: SavedStatus,
}

/// What outlives the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedStatus {
    /// The status that ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ends: Option<EndingStatus>,
    /// The status to restore when the status that stands for busy ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    covered: Option<StatusRequest>,
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

impl EndingStatus {
    /// Returns a requested status with its end. `None`: it has no end.
    fn of(request: StatusRequest) -> Option<Self> {
        request.status.zip(request.until).map(|(status, end)| Self { end, status })
    }
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
        self.saved.covered = None;
        self.saved.explained |= request.status.is_some();
        self.pending = Some(request.status.clone().map_or(StatusUpdate::Clear, StatusUpdate::Set));
        self.saved.ends = EndingStatus::of(request);
    }

    /// Notes whether busy becomes a status where presence is switched off.
    pub(in crate::model) fn answer_for_busy(&mut self, instead: bool) {
        self.saved.instead_of_busy = Some(instead);
    }

    /// Notes whether the person wants to be busy now.
    pub(super) fn note_busy(&mut self, busy: bool) {
        self.busy = Some(busy);
    }

    /// Follows the noted busy as soon as it is known whether anybody sees presence here.
    pub(super) fn on_tracked(&mut self, tracked: Option<bool>, until: Option<Deadline>, now: Timestamp) {
        match tracked {
            Some(false) => {
                if let Some(busy) = self.busy.take() {
                    self.follow_busy(busy, until, now);
                }
            }
            Some(true) => self.busy = None,
            None => {}
        }
    }

    /// Lets the status follow the busy that the person has set or left, if that was agreed. What the profile said before
    /// comes back with the end of busy.
    fn follow_busy(&mut self, busy: bool, until: Option<Deadline>, now: Timestamp) {
        if self.saved.instead_of_busy != Some(true) {
            return;
        }
        let status = NewStatus::busy();
        if busy {
            let covered = if self.is_busy() { self.saved.covered.take() } else { self.current() };
            self.request(StatusRequest { status: Some(status.clone()), until });
            self.saved.covered = covered;
            self.pending = Some(StatusUpdate::Cover(status));
        } else if self.is_busy() {
            // Saved until the server has answered, because the program may end before that.
            let end = Deadline { at: now, lasts: None };
            self.saved.ends = Some(EndingStatus { end, status: status.clone() });
            self.pending = Some(self.end_of(status, now));
        }
    }

    /// Returns the status that the profile has, or is about to have, with its end.
    fn current(&self) -> Option<StatusRequest> {
        let status = match self.pending.as_ref().or(self.in_flight.as_ref()) {
            Some(StatusUpdate::Set(status) | StatusUpdate::Cover(status)) => status.clone(),
            Some(StatusUpdate::Clear) => return None,
            Some(StatusUpdate::End { .. }) => return self.saved.covered.clone(),
            None => self.shown()?.into(),
        };
        let ends = self.saved.ends.as_ref().filter(|ends| ends.status.shown() == status.shown());
        Some(StatusRequest { until: ends.map(|ends| ends.end), status: Some(status) })
    }

    /// Returns the update that ends a status. One that it covers comes back, unless its own end has passed.
    fn end_of(&self, status: NewStatus, now: Timestamp) -> StatusUpdate {
        let covered = self.saved.covered.as_ref();
        let covered = covered.filter(|it| it.until.is_none_or(|end| !end.is_over(now)));
        StatusUpdate::End { status, next: covered.and_then(|it| it.status.clone()) }
    }

    /// Returns whether the status is, or is about to be, the one instead of busy.
    pub(in crate::model) fn is_busy(&self) -> bool {
        let busy = NewStatus::busy();
        match self.pending.as_ref().or(self.in_flight.as_ref()) {
            Some(StatusUpdate::Set(status) | StatusUpdate::Cover(status)) => *status == busy,
            Some(StatusUpdate::Clear | StatusUpdate::End { .. }) => false,
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
        // The next connection is the next try.
        self.wait = None;
    }

    /// Applies the answer to a write. Returns whether the profile was written.
    pub(super) fn on_answer(&mut self, answer: StatusAnswer, now: Timestamp) -> bool {
        let Some(written) = self.in_flight.take() else { return false };
        self.wait = None;
        match answer.answer {
            Answer::Accepted => {
                self.accept(written, answer.before);
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

    /// Notes that a write is done. `before` is the profile that it found, if it had to read it.
    fn accept(&mut self, written: StatusUpdate, before: Option<Box<Profile>>) {
        let known = self.shown().cloned();
        if let Some(before) = before {
            self.profile = Some(*before);
        }
        let status = match written {
            StatusUpdate::Set(status) => status.shown(),
            StatusUpdate::Cover(status) => {
                if self.pending.is_none() {
                    self.cover(&status, known.as_ref());
                }
                status.shown()
            }
            StatusUpdate::Clear => None,
            StatusUpdate::End { status, next } => {
                let next = next.and_then(|next| next.shown());
                // The answer to an earlier try may have been lost.
                let is_ours = [status.shown().as_ref(), next.as_ref()].contains(&self.shown());
                if self.pending.is_none() {
                    let covered = self.saved.covered.take().filter(|_| is_ours && next.is_some());
                    self.saved.ends = covered.and_then(EndingStatus::of);
                }
                if !is_ours {
                    return;
                }
                next
            }
        };
        let profile = self.profile.get_or_insert_default();
        if status.is_none() {
            profile.extend([FieldChange::Status(None)]);
        }
        profile.extend([FieldChange::UnstableStatus(status)]);
    }

    /// Notes what `status` covers, if another session has set that meanwhile. `known` is what was known of it.
    fn cover(&mut self, status: &NewStatus, known: Option<&UserStatus>) {
        let found = self.shown();
        if found != known && found != status.shown().as_ref() {
            self.saved.covered = found.map(|it| StatusRequest { status: Some(it.into()), until: None });
        }
    }

    fn again(&mut self, written: StatusUpdate, wait: SignedDuration, now: Timestamp) {
        self.pending.get_or_insert(written);
        self.wait = Some(Wait::new(now, wait));
    }

    /// Gives up. A status that was not set has no end, and covers none.
    fn refuse(&mut self, written: &StatusUpdate, why: Clean) {
        if self.pending.is_none() {
            let covered = self.saved.covered.take().filter(|_| matches!(written, StatusUpdate::Cover(_)));
            self.saved.ends = covered.and_then(EndingStatus::of);
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
                let status = ends.status.clone();
                self.pending = Some(self.end_of(status, now));
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
            StatusUpdate::Set(status) | StatusUpdate::Cover(status) => status.shown(),
            StatusUpdate::Clear => None,
            StatusUpdate::End { next, .. } => next.as_ref()?.shown(),
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

    fn end(status: NewStatus, next: Option<NewStatus>) -> StatusUpdate {
        StatusUpdate::End { status, next }
    }

    /// Answers the last write of a profile that nobody else has changed.
    fn answer(own: &mut OwnStatus, answer: Answer, now: Timestamp) -> bool {
        own.on_answer(StatusAnswer { answer, before: own.profile.clone().map(Box::new) }, now)
    }

    /// Lets another client set a status.
    fn elsewhere(emoji: &str, text: &str) -> Profile {
        Profile::from_iter([FieldChange::UnstableStatus(UserStatus::new(emoji, text))])
    }

    /// Returns the own status of somebody who is on holiday until a minute is over, and has a status instead of busy.
    fn busy_on_holiday(busy_until: Option<Deadline>) -> OwnStatus {
        let mut own = OwnStatus::default();
        own.answer_for_busy(true);
        own.request(until(60));
        sent(&mut own, at(0)).unwrap();
        answer(&mut own, Answer::Accepted, at(0));
        own.follow_busy(true, busy_until, at(1));
        assert_eq!(sent(&mut own, at(1)), Some(StatusUpdate::Cover(NewStatus::busy())));
        own
    }

    fn shown(own: &OwnStatus) -> Option<String> {
        own.shown().map(ToString::to_string)
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
        assert!(answer(&mut own, Answer::Accepted, at(0)));
        assert_eq!(own.shown().map(ToString::to_string).as_deref(), Some("🌴 On holiday"));
        assert_eq!((own.ends(), own.wake()), (Some(at(60)), Some(at(60))));
        assert!(!own.is_unexplained());
        assert_eq!(sent(&mut own, at(59)), None);
        assert_eq!(sent(&mut own, at(60)), Some(end(holiday(), None)));
        answer(&mut own, Answer::Accepted, at(60));
        assert_eq!((own.shown(), own.is_to_end()), (None, false));
    }

    #[test]
    fn the_end_survives_a_crash_and_leaves_another_status_alone() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        let mut own = OwnStatus::restored(own.saved());
        own.on_profile(elsewhere("🏃", "AFK"));
        assert_eq!(own.ends(), None, "somebody else has set another status");
        assert_eq!(sent(&mut own, at(3_600)), Some(end(holiday(), None)), "the server is asked");
        answer(&mut own, Answer::Accepted, at(3_600));
        assert_eq!(own.shown().map(ToString::to_string).as_deref(), Some("🏃 AFK"));
        assert!(!own.is_to_end());
    }

    #[test]
    fn what_is_not_answered_is_sent_again_and_what_is_refused_is_not() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        sent(&mut own, at(0)).unwrap();
        answer(&mut own, Answer::Failed, at(0));
        assert_eq!((sent(&mut own, at(4)), own.wake()), (None, Some(at(5))));
        assert!(sent(&mut own, at(5)).is_some());
        own.on_disconnected();
        assert!(sent(&mut own, at(6)).is_some());
        answer(&mut own, Answer::Refused("no".into()), at(6));
        assert_eq!((sent(&mut own, at(7)), own.refused(), own.is_to_end()), (None, Some("no"), false));
    }

    #[test]
    fn a_write_that_waits_is_no_reason_to_wake_while_the_connection_is_lost() {
        let mut own = OwnStatus::default();
        own.request(StatusRequest { status: Some(holiday()), until: None });
        sent(&mut own, at(0)).unwrap();
        answer(&mut own, Answer::Failed, at(0));
        own.on_disconnected();
        assert_eq!((own.next(false, at(6)), own.wake()), (None, None));
        assert!(sent(&mut own, at(7)).is_some());
    }

    #[test]
    fn a_newer_request_replaces_one_that_is_on_its_way() {
        let mut own = OwnStatus::default();
        own.request(until(60));
        sent(&mut own, at(0)).unwrap();
        own.request(StatusRequest { status: None, until: None });
        answer(&mut own, Answer::Limited(std::time::Duration::from_secs(9)), at(0));
        assert_eq!(sent(&mut own, at(9)), Some(StatusUpdate::Clear));
        answer(&mut own, Answer::Accepted, at(9));
        assert_eq!((own.shown(), own.changing()), (None, None));
    }

    #[test]
    fn busy_becomes_a_status_only_if_that_was_agreed() {
        let mut own = OwnStatus::default();
        own.follow_busy(true, None, at(0));
        assert_eq!(sent(&mut own, at(0)), None);
        own.answer_for_busy(true);
        own.follow_busy(true, None, at(0));
        assert_eq!(sent(&mut own, at(0)), Some(StatusUpdate::Cover(NewStatus::busy())));
        answer(&mut own, Answer::Accepted, at(0));
        own.follow_busy(false, None, at(1));
        assert_eq!(sent(&mut own, at(1)), Some(end(NewStatus::busy(), None)));
        answer(&mut own, Answer::Accepted, at(1));
        own.follow_busy(false, None, at(1));
        assert_eq!(sent(&mut own, at(2)), None, "there is nothing to clear");
    }

    #[test]
    fn the_status_before_busy_comes_back_with_its_end() {
        let mut own = busy_on_holiday(None);
        answer(&mut own, Answer::Accepted, at(1));
        assert_eq!((shown(&own).as_deref(), own.ends()), (Some("🔴 Busy"), None));
        let mut own = OwnStatus { profile: own.profile.clone(), ..OwnStatus::restored(own.saved()) };
        own.follow_busy(false, None, at(2));
        assert_eq!(own.changing().flatten().unwrap().to_string(), "🌴 On holiday");
        // A crash at this moment loses nothing.
        let again = OwnStatus::restored(own.saved()).next(true, at(9));
        assert_eq!(again, Some(Effect::PublishStatus(end(NewStatus::busy(), Some(holiday())))));
        assert_eq!(sent(&mut own, at(2)), Some(end(NewStatus::busy(), Some(holiday()))));
        answer(&mut own, Answer::Accepted, at(2));
        assert_eq!((shown(&own).as_deref(), own.ends()), (Some("🌴 On holiday"), Some(at(60))));
        assert_eq!(sent(&mut own, at(60)), Some(end(holiday(), None)));
    }

    #[test]
    fn the_status_before_busy_does_not_come_back_after_its_end_or_after_another_request() {
        let later = Deadline { at: at(90), lasts: None };
        let mut own = busy_on_holiday(Some(later));
        answer(&mut own, Answer::Accepted, at(1));
        assert_eq!(sent(&mut own, at(60)), None, "busy is what others see");
        assert_eq!(sent(&mut own, at(90)), Some(end(NewStatus::busy(), None)));

        let mut own = busy_on_holiday(None);
        answer(&mut own, Answer::Accepted, at(1));
        own.request(StatusRequest { status: None, until: None });
        assert_eq!(sent(&mut own, at(2)), Some(StatusUpdate::Clear));
        answer(&mut own, Answer::Accepted, at(2));
        own.follow_busy(false, None, at(3));
        assert_eq!((sent(&mut own, at(60)), own.is_to_end()), (None, false));
    }

    #[test]
    fn what_another_client_has_set_comes_back_after_busy() {
        for known in [None, Some(Profile::default())] {
            let mut own = OwnStatus { profile: known, ..OwnStatus::default() };
            own.answer_for_busy(true);
            own.follow_busy(true, None, at(0));
            sent(&mut own, at(0)).unwrap();
            let before = Some(Box::new(elsewhere("🏃", "AFK")));
            own.on_answer(StatusAnswer { answer: Answer::Accepted, before }, at(0));
            // Busy for longer, which covers no more.
            own.follow_busy(true, None, at(1));
            sent(&mut own, at(1)).unwrap();
            answer(&mut own, Answer::Accepted, at(1));
            own.follow_busy(false, None, at(2));
            let next = NewStatus { emoji: "🏃".to_owned(), text: "AFK".to_owned() };
            assert_eq!(sent(&mut own, at(2)), Some(end(NewStatus::busy(), Some(next))));
            // Meanwhile the person has changed it there again.
            let before = Some(Box::new(elsewhere("🍕", "Lunch")));
            own.on_answer(StatusAnswer { answer: Answer::Accepted, before }, at(2));
            assert_eq!((shown(&own).as_deref(), own.is_to_end()), (Some("🍕 Lunch"), false));
        }
    }

    #[test]
    fn a_busy_that_the_server_refuses_leaves_the_end_of_the_status_before_it() {
        let mut own = busy_on_holiday(None);
        answer(&mut own, Answer::Refused("no".into()), at(1));
        assert_eq!((shown(&own).as_deref(), own.ends()), (Some("🌴 On holiday"), Some(at(60))));
    }
}
