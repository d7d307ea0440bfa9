//! What happened, as a fold of entries: flaps, the log, each contact's day and the overview.

use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use proptest::prelude::*;
use whosin::model::{
    contacts::Group,
    event::{Counts, Entry},
    history::{Episode, History, LogEntry, Span},
    presence::{Change, Presence},
};

/// A time, in seconds after the start.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}:example.org")).unwrap()
}

/// Bob's history, from what he changes to and when.
struct Bob {
    history: History,
    state: Option<Presence>,
}

impl Bob {
    fn was(state: Option<Presence>) -> Self {
        let mut history = History::default();
        history.record(&Entry::Began(at(0)));
        Self { history, state }
    }

    /// Returns whether the change is reported.
    fn turns(&mut self, seconds: i64, to: Presence) -> bool {
        self.says(seconds, to, None)
    }

    fn says(&mut self, seconds: i64, to: Presence, message: Option<&str>) -> bool {
        let from = self.state.replace(to.clone());
        let status_msg = message.map(Into::into);
        self.history.record(&Entry::Changed(Change {
            user_id: user("bob"),
            from,
            to,
            status_msg,
            at: at(seconds),
            in_large_rooms_only: false,
        }))
    }

    fn episodes<'a>(&'a self) -> Vec<&'a Episode> {
        let changed = |entry: &'a LogEntry| match entry {
            LogEntry::Changed(episode) => Some(episode),
            LogEntry::Status(_) | LogEntry::Missed { .. } => None,
        };
        self.history.entries().filter_map(changed).collect()
    }

    /// His time between two seconds, as states with their seconds.
    fn day(&self, from: i64, until: i64) -> Vec<(Option<Group>, i64)> {
        let now = Group::of(self.state.as_ref());
        lengths(&self.history.day(&user("bob"), now, at(from), at(until)))
    }
}

fn lengths<T: Copy>(spans: &[Span<T>]) -> Vec<(Option<T>, i64)> {
    spans.iter().map(|span| (span.value, span.length().as_secs())).collect()
}

#[test]
fn a_return_within_45_seconds_is_not_reported() {
    use Presence::{Busy, Offline, Online, Unavailable};
    let table = [
        (vec![(100, Busy)], vec![true]),
        (vec![(100, Offline), (144, Online)], vec![true, false]),
        (vec![(100, Offline), (145, Online)], vec![true, true]),
        (vec![(100, Offline), (130, Online), (160, Offline), (190, Online)], vec![true, false, false, false]),
        (vec![(100, Busy), (110, Unavailable), (120, Online)], vec![true, true, false]),
        (vec![(100, Busy), (110, Unavailable), (120, Offline)], vec![true, true, true]),
        (vec![(100, Offline), (130, Online), (200, Offline)], vec![true, false, true]),
    ];
    for (changes, expected) in table {
        let mut bob = Bob::was(Some(Online));
        let told: Vec<bool> = changes.iter().map(|(second, to)| bob.turns(*second, to.clone())).collect();
        assert_eq!(told, expected, "{changes:?}");
    }
}

#[test]
fn an_unknown_state_counts_as_offline_for_flaps() {
    let mut bob = Bob::was(None);
    assert!(bob.turns(100, Presence::Online));
    assert!(!bob.turns(120, Presence::Offline));
    assert!(bob.episodes()[0].is_back());
}

#[test]
fn a_flap_is_one_entry_that_says_how_often() {
    let mut bob = Bob::was(Some(Presence::Online));
    for (second, to) in
        [100, 110, 120, 130, 140, 150].into_iter().zip([Presence::Offline, Presence::Online].iter().cycle())
    {
        bob.turns(second, to.clone());
    }
    let [episode] = bob.episodes()[..] else { panic!("{:?}", bob.episodes()) };
    assert_eq!((episode.turns, &episode.via), (6, &Presence::Offline));
    assert_eq!((episode.change.at, episode.until), (at(100), at(150)));
    assert!(episode.is_back());
    bob.turns(160, Presence::Offline);
    assert!(!bob.episodes()[0].is_back());
}

#[test]
fn a_message_is_an_entry_and_joins_a_change_just_before_it() {
    let mut bob = Bob::was(Some(Presence::Online));
    assert!(bob.turns(100, Presence::Busy));
    assert!(bob.says(104, Presence::Busy, Some("in a meeting")));
    assert!(bob.says(300, Presence::Busy, Some("in another")));
    let episodes = bob.episodes();
    let told: Vec<_> =
        episodes.iter().map(|it| (it.turns, it.change.status_msg.as_deref().unwrap_or_default())).collect();
    assert_eq!(told, [(1, "in a meeting"), (0, "in another")]);
}

#[test]
fn changes_after_a_reconnect_are_logged_and_not_reported() {
    let mut bob = Bob::was(Some(Presence::Online));
    bob.history.record(&Entry::Missed { since: at(100), until: at(400) });
    assert!(!bob.turns(400, Presence::Busy));
    assert!(bob.episodes()[0].late);
    assert!(bob.turns(500, Presence::Online));
    assert_eq!(bob.history.entries().len(), 3, "and the gap is an entry");
}

#[test]
fn a_day_contains_only_the_time_watched() {
    use Group::{Busy, Online};
    let mut bob = Bob::was(Some(Presence::Online));
    assert_eq!(bob.day(-100, 50), [(None, 100), (Some(Online), 50)]);
    bob.turns(100, Presence::Busy);
    bob.turns(200, Presence::Offline);
    bob.turns(230, Presence::Busy);
    let day = bob.day(-100, 300);
    assert_eq!(day, [(None, 100), (Some(Online), 100), (Some(Busy), 200)], "without the flap");
    bob.history.record(&Entry::Missed { since: at(300), until: at(360) });
    let day = bob.day(150, 400);
    assert_eq!(day, [(Some(Busy), 150), (None, 60), (Some(Busy), 40)]);
}

#[test]
fn a_restart_keeps_the_past_and_leaves_a_gap() {
    use Group::{Busy, Offline, Online};
    let mut bob = Bob::was(Some(Presence::Online));
    bob.turns(100, Presence::Busy);
    bob.history.record(&Entry::Ended(at(200)));
    bob.history.record(&Entry::Began(at(500)));
    bob.state = Some(Presence::Offline);
    let day = bob.day(0, 600);
    assert_eq!(day, [(Some(Online), 100), (Some(Busy), 100), (None, 300), (Some(Offline), 100)]);
    assert_eq!(bob.history.since(&user("bob")), None);
    bob.turns(700, Presence::Online);
    assert_eq!(bob.history.since(&user("bob")), Some(at(700)));
    let day = bob.day(400, 800);
    assert_eq!(day, [(None, 100), (Some(Offline), 200), (Some(Online), 100)]);
}

#[test]
fn the_overview_holds_how_many_there_were_minute_by_minute() {
    let mut history = History::default();
    let counts = |online| Counts { online, ..Counts::default() };
    history.record(&Entry::Began(at(0)));
    for (second, online) in [(0, 1), (1, 2), (2, 3), (600, 4), (900, 4)] {
        history.record(&Entry::Counted(at(second), counts(online)));
    }
    let overview = lengths(&history.overview(at(-60), at(1_000)));
    assert_eq!(overview, [(None, 60), (Some(counts(3)), 600), (Some(counts(4)), 400)]);
}

#[test]
fn the_history_in_memory_is_bounded() {
    let mut history = History::default();
    history.record(&Entry::Began(at(0)));
    let states = [Presence::Online, Presence::Busy, Presence::Unavailable, Presence::Offline];
    for minute in 0..5_000_i64 {
        let state = |step: i64| states[usize::try_from(step.rem_euclid(4)).unwrap()].clone();
        history.record(&Entry::Changed(Change {
            user_id: user("bob"),
            from: Some(state(minute - 1)),
            to: state(minute),
            status_msg: None,
            at: at(minute * 60),
            in_large_rooms_only: false,
        }));
    }
    assert_eq!(history.entries().len(), 2_000);
    let day = history.day(&user("bob"), Group::Offline, at(0), at(5_000 * 60));
    assert!(day.len() < 300, "{}", day.len());
}

/// Any state, some seconds after the one before.
fn steps() -> impl Strategy<Value = Vec<(i64, Presence)>> {
    let state = prop_oneof![
        Just(Presence::Online),
        Just(Presence::Busy),
        Just(Presence::Unavailable),
        Just(Presence::Offline),
        Just(Presence::Other("brb".into())),
    ];
    proptest::collection::vec((1..120_i64, state), 0..60)
}

proptest! {
    #[test]
    fn the_time_that_is_known_is_the_time_watched(steps in steps(), gap in (0..2_000_i64, 1..500_i64)) {
        let mut bob = Bob::was(Some(Presence::Online));
        let mut now = 0;
        let mut missed = 0;
        for (wait, to) in steps {
            if (now..now + wait).contains(&gap.0) && missed == 0 {
                missed = gap.1;
                bob.history.record(&Entry::Missed { since: at(now), until: at(now + missed) });
                now += missed;
            }
            now += wait;
            if bob.state.as_ref() != Some(&to) {
                bob.turns(now, to);
            }
        }
        let day = bob.day(-500, now + 10);
        let total: i64 = day.iter().map(|(_, length)| length).sum();
        let known: i64 = day.iter().filter(|(state, _)| state.is_some()).map(|(_, length)| length).sum();
        prop_assert_eq!(total, now + 510);
        prop_assert_eq!(known, now + 10 - missed);
        prop_assert_eq!(day.last().unwrap().0, Some(Group::of(bob.state.as_ref())));
        prop_assert!(day.windows(2).all(|pair| pair[0].0 != pair[1].0), "{:?}", day);
    }

    #[test]
    fn every_change_of_state_is_in_exactly_one_entry(steps in steps()) {
        let mut bob = Bob::was(Some(Presence::Online));
        let (mut now, mut changes, mut told) = (0, 0, 0);
        for (wait, to) in steps {
            now += wait;
            if bob.state.as_ref() != Some(&to) {
                changes += 1;
                told += usize::from(bob.turns(now, to));
            }
        }
        prop_assert_eq!(bob.episodes().iter().map(|it| it.turns).sum::<usize>(), changes);
        prop_assert_eq!(bob.episodes().len(), told, "an entry begins with what is worth telling");
        prop_assert_eq!(bob.episodes().last().map(|it| it.change.to.clone()), bob.state.filter(|_| changes > 0));
    }
}
