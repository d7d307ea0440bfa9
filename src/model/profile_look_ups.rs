//! Look-ups of profiles, within a budget that leaves the person's other clients alone.
//!
//! Synapse allows one look-up a second for all sessions of a user together. It asks the server of a contact for each
//! one. So whosin asks once in 5 s, and never for everybody.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedServerName, OwnedUserId, ServerName, UserId};
use serde::{Deserialize, Serialize};

use super::{
    contacts::{Contact, Contacts, ProfileSource, Section},
    event::ProfileAnswer,
    preferences::Preferences,
    profile::{Profile, ProfileSupport},
};

/// How often to ask. A rate limit doubles it.
const INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// The longest such time.
const LONGEST_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
/// How many look-ups may be sent at once after a pause.
const BURST: i32 = 20;
/// How many answers may be outstanding.
const AT_ONCE: usize = 4;
/// How old a profile gets while its details are shown.
const DETAILS: SignedDuration = SignedDuration::from_mins(1);
/// How long details count as shown after a front end has said so.
const SHOWN: SignedDuration = SignedDuration::from_secs(90);
/// How old a profile of our own server gets.
const HERE: SignedDuration = SignedDuration::from_mins(10);
/// How old a profile of another server gets. Each look-up costs that server a request.
const ELSEWHERE: SignedDuration = SignedDuration::from_mins(30);
/// How long a server rests that does not answer ours. Each look-up there would hang for 10 s.
const REST: SignedDuration = SignedDuration::from_hours(1);
/// How long a time zone is valid.
const TIME_ZONE: SignedDuration = SignedDuration::from_hours(24);
/// How long a front end that tells no more counts as looking at its contacts.
const IN_SIGHT: SignedDuration = SignedDuration::from_mins(15);
/// The most contacts in sight: more than any screen shows.
const MOST_IN_SIGHT: usize = 256;
/// Up to how many contacts all are looked up, and not just those in sight, favourites and direct chats.
const FEW: usize = 50;

/// Which profiles are looked up, and when.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProfileLookUps {
    support: ProfileSupport,
    answers: HashMap<OwnedUserId, Answered>,
    under_way: BTreeSet<OwnedUserId>,
    /// The contact whose details are shown, and until when they count as shown.
    selected: Option<(OwnedUserId, Timestamp)>,
    in_sight: Vec<OwnedUserId>,
    in_sight_until: Timestamp,
    /// Until when the look-ups so far use up the budget, at one in each interval.
    paid_until: Timestamp,
    interval: SignedDuration,
    /// When the rate limit allows the next look-up.
    not_before: Timestamp,
    /// Until when a server is not asked about its users.
    resting: BTreeMap<OwnedServerName, Timestamp>,
    /// When something may be due. Looking for it costs a pass over the contacts.
    look_at: Timestamp,
    /// How many answers about others there were.
    #[serde(skip)]
    pub(super) answered: usize,
}

/// The last answer about a user.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    at: Timestamp,
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    time_zone: Option<TimeZone>,
}

impl Default for ProfileLookUps {
    fn default() -> Self {
        Self {
            support: ProfileSupport::default(),
            answers: HashMap::new(),
            under_way: BTreeSet::new(),
            selected: None,
            in_sight: Vec::new(),
            in_sight_until: Timestamp::MIN,
            paid_until: Timestamp::MIN,
            interval: INTERVAL,
            not_before: Timestamp::MIN,
            resting: BTreeMap::new(),
            look_at: Timestamp::MIN,
            answered: 0,
        }
    }
}

/// Whom a look-up may concern.
pub(super) struct People<'a> {
    pub(super) me: &'a UserId,
    pub(super) contacts: &'a Contacts,
    pub(super) preferences: &'a Preferences,
}

impl ProfileLookUps {
    /// Notes a new connection. Answers of the one before never come.
    pub(super) fn on_connected(&mut self, support: ProfileSupport) {
        self.support = support;
        self.under_way.clear();
        self.resting.clear();
        self.answers.retain(|_, answered| answered.time_zone.is_some());
        self.interval = INTERVAL;
        self.look_at = Timestamp::MIN;
    }

    /// Notes that the server sends no profiles after all.
    pub(super) fn on_refused(&mut self) {
        self.support.pushed = false;
        self.look_at = Timestamp::MIN;
    }

    /// Returns what the server does with profile fields.
    pub(super) fn support(&self) -> ProfileSupport {
        self.support
    }

    /// Returns whether the server sends the changes of a user's profile.
    pub(super) fn is_pushed(&self, user_id: &UserId, me: &UserId) -> bool {
        self.support.pushed && user_id.server_name() == me.server_name()
    }

    pub(super) fn time_zone_of(&self, user_id: &UserId) -> Option<&TimeZone> {
        self.answers.get(user_id)?.time_zone.as_ref()
    }

    /// Looks again for somebody to look up: the contacts, or what the person has marked, have changed.
    pub(super) fn look_again(&mut self) {
        self.look_at = Timestamp::MIN;
    }

    /// Notes the contact whose details are shown.
    pub(super) fn select(&mut self, user_id: OwnedUserId, now: Timestamp) {
        self.selected = Some((user_id, after(now, SHOWN)));
        self.look_at = Timestamp::MIN;
    }

    /// Notes the contacts in sight, the most important first.
    pub(super) fn see(&mut self, mut user_ids: Vec<OwnedUserId>, now: Timestamp) {
        user_ids.truncate(MOST_IN_SIGHT);
        self.in_sight = user_ids;
        self.in_sight_until = now.saturating_add(IN_SIGHT).unwrap_or(Timestamp::MAX);
        self.look_at = Timestamp::MIN;
    }

    /// Applies an answer. Returns the profile, or `None` if the answer has none.
    pub(super) fn on_answer(
        &mut self,
        user_id: &UserId,
        me: &UserId,
        answer: ProfileAnswer,
        now: Timestamp,
    ) -> Option<Profile> {
        self.under_way.remove(user_id);
        self.look_at = Timestamp::MIN;
        let (profile, time_zone) = match answer {
            ProfileAnswer::Found { profile, time_zone } => (Some(*profile), time_zone),
            ProfileAnswer::None => (Some(Profile::default()), None),
            ProfileAnswer::Limited(wait) => {
                self.slow_down(wait, now);
                return None;
            }
            ProfileAnswer::Unreachable | ProfileAnswer::Failed => {
                let elsewhere = user_id.server_name() != me.server_name();
                if elsewhere && answer == ProfileAnswer::Unreachable {
                    self.resting.insert(user_id.server_name().to_owned(), after(now, REST));
                }
                let time_zone = self.answers.remove(user_id).and_then(|answered| answered.time_zone);
                (None, time_zone)
            }
        };
        self.answers.insert(user_id.to_owned(), Answered { at: now, time_zone });
        self.answered += usize::from(user_id != me);
        profile.filter(|_| self.support.fields && !self.is_pushed(user_id, me))
    }

    /// Waits as long as a rate limit says, and asks half as often from then on.
    fn slow_down(&mut self, wait: Duration, now: Timestamp) {
        let wait = SignedDuration::try_from(wait).unwrap_or(LONGEST_INTERVAL);
        self.not_before = self.not_before.max(after(now, wait));
        self.interval = (self.interval * 2).min(LONGEST_INTERVAL);
        self.paid_until = after(self.not_before, self.interval * (BURST - 1));
    }

    /// Returns whether answers are outstanding.
    pub(super) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Returns whether answers about others are outstanding.
    pub(super) fn is_under_way_but_for(&self, me: &UserId) -> bool {
        self.under_way.iter().any(|user_id| user_id != me)
    }

    /// Returns when [`ProfileLookUps::next`] may return somebody without an event.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        (self.under_way.len() < AT_ONCE && self.look_at < Timestamp::MAX).then_some(self.look_at)
    }

    /// Returns the users to look up now, the most important first.
    pub(super) fn next(&mut self, people: &People<'_>, now: Timestamp) -> Vec<OwnedUserId> {
        // The clock may have been set back.
        self.paid_until = self.paid_until.min(after(now.max(self.not_before), self.interval * BURST));
        if now < self.look_at || self.under_way.len() >= AT_ONCE {
            return Vec::new();
        }
        let mut next = Vec::new();
        let mut look_at = Timestamp::MAX;
        for (user_id, due_at) in self.candidates(people, now) {
            if due_at > now {
                look_at = look_at.min(due_at);
                continue;
            }
            let allowed_at = self.allowed_at();
            if now < allowed_at {
                look_at = look_at.min(allowed_at);
                break;
            }
            if self.under_way.len() >= AT_ONCE {
                // The next answer is an event.
                break;
            }
            if self.is_blocked(user_id, people.me) {
                continue;
            }
            self.paid_until = after(self.paid_until.max(now), self.interval);
            self.under_way.insert(user_id.to_owned());
            next.push(user_id.to_owned());
        }
        self.look_at = look_at;
        next
    }

    /// Returns whether another user of the same foreign server is being looked up, or the user is.
    fn is_blocked(&self, user_id: &UserId, me: &UserId) -> bool {
        let server = user_id.server_name();
        let foreign = server != me.server_name();
        self.under_way.iter().any(|other| *other == *user_id || (foreign && other.server_name() == server))
    }

    /// Returns when the budget and the rate limit allow the next look-up.
    fn allowed_at(&self) -> Timestamp {
        let burst = self.interval * (BURST - 1);
        self.paid_until.saturating_sub(burst).unwrap_or(Timestamp::MIN).max(self.not_before)
    }

    /// Returns who may be looked up, the most important first, and when.
    fn candidates<'a>(&self, people: &People<'a>, now: Timestamp) -> Vec<(&'a UserId, Timestamp)> {
        let mut candidates: Vec<(&UserId, Timestamp)> = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |user_id: &'a UserId, due_at: Option<Timestamp>| {
            if seen.insert(user_id) {
                candidates.extend(due_at.map(|due_at| (user_id, due_at)));
            }
        };
        let contacts = people.contacts;
        let find = |user_id: &UserId| contacts.index_of(user_id).map(|index| contacts.person(index).0);
        let selected = self.selected.as_ref().filter(|(_, until)| now < *until);
        if let Some(selected) = selected.and_then(|(user_id, _)| find(user_id)) {
            add(selected, Some(self.due_in_details(selected, people)));
        }
        add(people.me, self.due_at(people.me, people));
        let in_sight = self.in_sight.iter().filter(|_| now < self.in_sight_until);
        for user_id in in_sight.filter_map(|user_id| find(user_id)) {
            add(user_id, self.due_at(user_id, people));
        }
        if !self.support.fields {
            return candidates;
        }
        let preferences = people.preferences;
        let notified = preferences.notify_once.iter().chain(&preferences.notify_each);
        for user_id in preferences.pins.iter().chain(notified).filter_map(|user_id| find(user_id)) {
            add(user_id, self.due_at(user_id, people));
        }
        let here = people.me.server_name();
        let unpushed = |contact: &Contact, server: &ServerName| {
            contact.is_counted() && contact.is_known() && !(self.support.pushed && server == here)
        };
        let others =
            || contacts.people().filter(|(user_id, contact)| unpushed(contact, user_id.server_name()));
        let all = others().take(FEW + 1).count() <= FEW;
        for (user_id, contact) in others() {
            if all || contact.section == Section::Direct {
                add(user_id, self.due_at(user_id, people));
            }
        }
        candidates
    }

    /// Returns when a contact is due whose details are shown: for the status, and for the time zone.
    fn due_in_details(&self, user_id: &UserId, people: &People<'_>) -> Timestamp {
        let answered = self.answers.get(user_id);
        let zone = answered.map_or(Timestamp::MIN, |answered| after(answered.at, TIME_ZONE));
        let looked_up = self.support.fields && !self.is_pushed(user_id, people.me);
        let status = looked_up
            .then(|| self.looked_up_at(user_id, people).map_or(Timestamp::MIN, |at| after(at, DETAILS)));
        let due_at = status.map_or(zone, |status| status.min(zone));
        due_at.max(self.rests_until(user_id))
    }

    /// Returns when a status is due. `None`: never, because the server sends it or has none.
    fn due_at(&self, user_id: &UserId, people: &People<'_>) -> Option<Timestamp> {
        if !self.support.fields || self.is_pushed(user_id, people.me) {
            return None;
        }
        let good_for = if user_id.server_name() == people.me.server_name() { HERE } else { ELSEWHERE };
        let due_at = self.looked_up_at(user_id, people).map_or(Timestamp::MIN, |at| after(at, good_for));
        Some(due_at.max(self.rests_until(user_id)))
    }

    /// Returns when a profile was last looked up, by this process or by an earlier one.
    fn looked_up_at(&self, user_id: &UserId, people: &People<'_>) -> Option<Timestamp> {
        let answered = self.answers.get(user_id).map(|answered| answered.at);
        let index = people.contacts.index_of(user_id);
        let kept = index.and_then(|index| match people.contacts.person(index).1.profile_source {
            ProfileSource::LookedUp(at) => Some(at),
            ProfileSource::Unknown | ProfileSource::Pushed => None,
        });
        answered.max(kept)
    }

    fn rests_until(&self, user_id: &UserId) -> Timestamp {
        self.resting.get(user_id.server_name()).copied().unwrap_or(Timestamp::MIN)
    }
}

fn after(at: Timestamp, time: SignedDuration) -> Timestamp {
    at.saturating_add(time).unwrap_or(Timestamp::MAX)
}
