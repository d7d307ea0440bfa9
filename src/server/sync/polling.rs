//! The timing of requests: backoff, a guard against hot loops, the length of polls, and consideration for other
//! sessions.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    time::Duration,
};

use foldhash::fast::RandomState;
use matrix_sdk::ruma::UserId;

use crate::model::{
    event::Synced,
    presence::{Presence, Status},
    quirks::{LONG_POLL, SHORT_POLL, ServerKind},
};

/// The longest backoff, before jitter.
const LONGEST: Duration = Duration::from_mins(1);

/// Returns the backoff after a number of failures: 1 s, doubled each time up to a minute, plus up to a quarter. The
/// jitter spreads the clients of a server that returns.
///
/// `jitter` is a random number from 0 to 1.
#[must_use]
pub fn back_off(failures: u32, jitter: f64) -> Duration {
    let wait = Duration::from_secs(1 << failures.min(6)).min(LONGEST);
    wait.mul_f64(1.0 + jitter / 4.0)
}

/// Detects answers that come too fast: empty ones that did not wait, and too many of any kind.
#[derive(Debug)]
pub struct HotLoopGuard {
    in_a_row: u32,
    /// How many requests may be sent without a wait.
    credit: f64,
}

impl Default for HotLoopGuard {
    fn default() -> Self {
        Self { in_a_row: 0, credit: BURST }
    }
}

/// How many requests per second news may cause. Faster changes arrive together.
const MOST_A_SECOND: f64 = 25.0;
/// How many requests may exceed that at once.
const BURST: f64 = 50.0;

impl HotLoopGuard {
    /// Returns the wait before the next request. A few fast empty answers are normal after a change of the own
    /// presence. A series means that a server, or two of our sessions, run in circles.
    pub fn after(&mut self, took: Duration, had_news: bool) -> Duration {
        let wait = self.after_useless(took, had_news).max(self.after_any(took));
        self.credit = (self.credit + wait.as_secs_f64() * MOST_A_SECOND).min(BURST);
        wait
    }

    fn after_useless(&mut self, took: Duration, had_news: bool) -> Duration {
        if had_news || took >= Duration::from_millis(500) {
            self.in_a_row = 0;
            return Duration::ZERO;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        match self.in_a_row.checked_sub(4) {
            Some(excess) => Duration::from_millis(100 << excess.min(6)).min(Duration::from_secs(5)),
            None => Duration::ZERO,
        }
    }

    fn after_any(&mut self, took: Duration) -> Duration {
        self.credit = (self.credit + took.as_secs_f64() * MOST_A_SECOND).min(BURST) - 1.0;
        if self.credit < 0.0 { Duration::from_secs_f64(-self.credit / MOST_A_SECOND) } else { Duration::ZERO }
    }
}

/// Hashes of each user's last presence. A server that repeats itself has no news.
#[derive(Debug, Default)]
pub struct LastHeard(HashMap<u64, u64, RandomState>);

/// How many hashes are kept, at 16 bytes each.
const REMEMBERED: usize = 250_000;

impl LastHeard {
    /// Adds a response. Returns whether it has news about anybody but `me`.
    pub fn is_news(&mut self, synced: &Synced, me: &UserId) -> bool {
        let mut news = false;
        for event in synced.presence.iter().filter(|event| event.sender != *me) {
            let content =
                (&event.content.presence, &event.content.status_msg, event.content.currently_active);
            news |= self.is_new(&event.sender, content);
        }
        for update in synced.profiles.iter().filter(|update| update.user_id != *me) {
            news |= self.is_new(("profile", &update.user_id), &update.fields);
        }
        for (room_id, changes) in &synced.members {
            for change in changes {
                let content = (&change.member.displayname, change.joined);
                news |= self.is_new((room_id, &change.member.user_id), content);
            }
        }
        news
    }

    fn is_new(&mut self, whose: impl Hash, what: impl Hash) -> bool {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        let (whose, what) = (self.0.hasher().hash_one(whose), self.0.hasher().hash_one(what));
        self.0.insert(whose, what) != Some(what)
    }
}

/// The timeout of polls: long if a change of presence ends them, short otherwise.
#[derive(Debug)]
pub struct Polls {
    timeout: Duration,
    /// Whether the behavior of this kind of server was measured.
    sure: bool,
    /// How many answers in a row had news at the end of the timeout.
    late: u32,
    /// Whether the last poll ended without news.
    waited_in_vain: bool,
}

impl Default for Polls {
    fn default() -> Self {
        Self::of(ServerKind::Unknown)
    }
}

impl Polls {
    /// Returns the polls for a kind of server.
    pub fn of(server_kind: ServerKind) -> Self {
        let sure = server_kind != ServerKind::Unknown;
        Self { timeout: server_kind.poll(), sure, late: 0, waited_in_vain: false }
    }

    /// Returns the timeout of the next poll. One that only watches polls as rarely as proxies permit, and never in
    /// step with other sessions. `jitter` is a random number from 0 to 1.
    pub fn timeout(&self, watching: bool, jitter: f64) -> Duration {
        let rarely = watching && self.timeout == LONG_POLL;
        if rarely { Duration::from_secs(40).mul_f64(1.0 + jitter / 4.0) } else { self.timeout }
    }

    /// Adds an answer, and returns the wait before the next request. News at the end of a timeout may have been late.
    /// After two such answers in a row, polls become short.
    pub fn pause(&mut self, took: Duration, had_news: bool) -> Duration {
        let quick = took < Duration::from_millis(500);
        let to_its_end = took + Duration::from_millis(500) >= self.timeout;
        let late = had_news && (to_its_end || (quick && self.waited_in_vain));
        self.waited_in_vain = to_its_end && !had_news;
        if late {
            self.late += 1;
        } else if had_news {
            self.late = 0;
        }
        if !self.sure && self.timeout == LONG_POLL && self.late >= 2 {
            tracing::info!("presence does not wake this server's polls");
            self.timeout = SHORT_POLL;
        }
        // A server that does not wait at all is polled as often as one that does.
        if self.timeout == SHORT_POLL && quick && !had_news { SHORT_POLL } else { Duration::ZERO }
    }
}

/// The longest time that a `/sync` waits for other sessions.
pub const LONGEST_DELAY: Duration = Duration::from_secs(32);

/// Returns how long to wait, and then check again, before a `/sync` that must not use up another session's rate
/// limit.
///
/// Synapse counts one `/sync` in 10 s, and sets a user offline 30 s after the last one that it counted. The own
/// presence tells when that was. For 10 s ours does not count. For some seconds more, the limit recovers before the
/// other session's next poll, 25 to 30 s after its last.
pub fn delay(own: Option<&Status>) -> Duration {
    let Some(own) = own.filter(|own| own.presence != Presence::Offline) else { return Duration::ZERO };
    match own.last_active_ago {
        Some(14_000..45_000) => Duration::from_secs(1),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::presence::PresenceEvent;

    #[test]
    fn waits_double_up_to_a_minute_and_a_quarter_and_never_end() {
        let waits: Vec<u64> = (0..9).map(|failures| back_off(failures, 0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(back_off(u32::MAX, 1.0), Duration::from_secs(75));
    }

    #[test]
    fn a_row_of_quick_empty_answers_is_slowed_down_and_news_let_it_go() {
        let mut brake = HotLoopGuard::default();
        let quick = Duration::from_millis(3);
        let waits: Vec<u128> = (0..12).map(|_| brake.after(quick, false).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
        assert_eq!(brake.after(quick, true), Duration::ZERO);
        assert_eq!(brake.after(quick, false), Duration::ZERO);
        assert_eq!(brake.after(Duration::from_secs(30), false), Duration::ZERO);
    }

    #[test]
    fn news_without_end_are_asked_for_so_often_and_not_more() {
        let mut guard = HotLoopGuard::default();
        let took = Duration::from_millis(2);
        let time: Duration = (0..550).map(|_| took + guard.after(took, true)).sum();
        assert!((19.0..21.0).contains(&time.as_secs_f64()), "500 beyond the burst take 20 s: {time:?}");
        let burst: Duration = (0..10).map(|_| guard.after(Duration::from_millis(50), true)).sum();
        assert!(burst < Duration::from_millis(50), "changes 50 ms apart are not slowed down: {burst:?}");
    }

    #[test]
    fn a_server_that_repeats_itself_has_no_news() {
        let event = |sender: &str, presence, ago| PresenceEvent {
            sender: sender.try_into().unwrap(),
            content: Status { last_active_ago: Some(ago), ..Status::new(presence) },
        };
        let me: &UserId = "@me:x".try_into().unwrap();
        let mut heard = LastHeard::default();
        let mut is_news =
            |presence| heard.is_news(&Synced { presence: vec![presence], ..Synced::default() }, me);
        assert!(is_news(event("@a:x", Presence::Online, 1)));
        assert!(is_news(event("@b:x", Presence::Online, 1)));
        assert!(!is_news(event("@a:x", Presence::Online, 2)));
        assert!(!is_news(event("@b:x", Presence::Online, 3)));
        assert!(is_news(event("@a:x", Presence::Busy, 4)));
        assert!(!is_news(event("@me:x", Presence::Busy, 4)));
    }

    #[test]
    fn news_that_come_with_the_end_of_a_wait_twice_in_a_row_make_waits_short() {
        let (whole, soon) = (LONG_POLL, Duration::from_secs(3));
        let table: [(&[(Duration, bool)], Duration); 5] = [
            (&[(whole, true)], LONG_POLL),
            (&[(whole, true), (whole, true)], SHORT_POLL),
            (&[(whole, true), (soon, true), (whole, true)], LONG_POLL),
            (&[(whole, false), (Duration::ZERO, true), (whole, false), (Duration::ZERO, true)], SHORT_POLL),
            (&[(whole, false), (whole, false), (soon, true), (soon, true)], LONG_POLL),
        ];
        for (answers, timeout) in table {
            let mut polls = Polls::default();
            for (took, had_news) in answers {
                polls.pause(*took, *had_news);
            }
            assert_eq!(polls.timeout(false, 0.0), timeout, "{answers:?}");
        }
    }

    #[test]
    fn a_server_that_wakes_polls_is_never_asked_more_often() {
        let mut polls = Polls::of(ServerKind::Synapse);
        for _ in 0..9 {
            polls.pause(LONG_POLL, true);
        }
        assert_eq!(polls.timeout(false, 0.0), LONG_POLL);
    }

    #[test]
    fn a_considerate_sync_waits_while_another_session_is_about_to_ask() {
        let own = |presence, ago| Status { last_active_ago: Some(ago), ..Status::new(presence) };
        assert_eq!(delay(None), Duration::ZERO);
        assert_eq!(delay(Some(&own(Presence::Online, 12_000))), Duration::ZERO);
        assert_eq!(delay(Some(&own(Presence::Online, 25_000))), Duration::from_secs(1));
        assert_eq!(delay(Some(&own(Presence::Busy, 30_000))), Duration::from_secs(1));
        assert_eq!(delay(Some(&own(Presence::Online, 90_000))), Duration::ZERO);
        assert_eq!(delay(Some(&own(Presence::Offline, 25_000))), Duration::ZERO);
    }
}
