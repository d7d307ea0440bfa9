//! Signed-in sessions, and how their states become one presence per user.

use std::time::Duration;

use super::{
    recent_syncs::RecentSyncs,
    rules::Rules,
    software::Software,
    state::{Presence, State},
    world::World,
};

/// How long a session on Synapse stays online without activity inside one request (`idle_timeout`).
const IDLE: Duration = Duration::from_mins(5);
/// How long tuwunel shows a user as unavailable before its timer looks again (`presence_offline_timeout_s`).
const GONE: Duration = Duration::from_mins(30);

/// A signed-in device. It outlives its token, because the state that it set does.
pub struct Session {
    pub user: usize,
    pub device_id: Box<str>,
    pub display_name: Option<Box<str>>,
    /// `None` once signed out or expired.
    pub token: Option<Box<str>>,
    sign_ins: u32,
    /// Unix time of the last request.
    pub last_seen: Duration,
    state: Presence,
    /// The message that this session has set, where each session has its own.
    status_msg: Option<Box<str>>,
    last_active: Duration,
    last_sync: Duration,
    /// When its state last faded into the next one.
    faded: Duration,
    /// Requests to `/sync` under way that count for presence.
    polls: usize,
}

/// The write of a `/sync` that sets a state.
pub struct Ping {
    presence: Presence,
    message: Message,
}

enum Message {
    Keep,
    /// The write brings back the message that was there at the read, so a PUT in between loses its own.
    Restore(Option<Box<str>>),
}

impl Session {
    fn last_sign_of_life(&self) -> Duration {
        self.last_sync.max(self.last_active).max(self.faded)
    }
}

impl World {
    /// Signs a user in. A known device ID keeps its state and gets a new token.
    pub fn sign_in(
        &mut self,
        user: usize,
        device_id: Option<&str>,
        name: Option<&str>,
        now: Duration,
    ) -> usize {
        let new = self.sessions.len();
        let device_id = device_id.map_or_else(|| format!("DEMO{new}"), ToOwned::to_owned);
        let known = self.sessions.iter().position(|it| it.user == user && *it.device_id == *device_id);
        let session = known.unwrap_or(new);
        if known.is_none() {
            self.sessions.push(Session {
                user,
                device_id: device_id.into(),
                display_name: None,
                token: None,
                sign_ins: 0,
                last_seen: now,
                state: Presence::Offline,
                status_msg: None,
                last_active: now,
                last_sync: now,
                faded: now,
                polls: 0,
            });
        }
        let it = &mut self.sessions[session];
        it.sign_ins += 1;
        it.token = Some(format!("demo_token_{session}_{}", it.sign_ins).into());
        it.display_name = name.map(Into::into).or(it.display_name.take());
        session
    }

    /// Gives a session a new access token. The old one is invalid.
    pub fn renew(&mut self, session: usize) {
        let it = &mut self.sessions[session];
        it.sign_ins += 1;
        let old = it.token.replace(format!("demo_token_{session}_{}", it.sign_ins).into());
        self.grants.expiries.remove(&*old.unwrap_or_default());
    }

    pub fn session(&self, token: &str) -> Option<usize> {
        self.sessions.iter().position(|it| it.token.as_deref() == Some(token))
    }

    /// Returns the sessions of a user that have a valid token.
    pub fn signed_in(&self, user: usize) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |it| it.user == user && it.token.is_some())
    }

    pub fn expire_tokens(&mut self) {
        for it in &mut self.sessions {
            it.token = None;
        }
    }

    /// Carries out a PUT. Without a message the old one is cleared.
    pub fn put(&mut self, session: usize, presence: &Presence, status_msg: Option<Box<str>>, now: Duration) {
        self.sessions[session].last_active = now;
        self.sessions[session].status_msg.clone_from(&status_msg);
        self.assign(session, presence);
        let user = self.sessions[session].user;
        let mut state = self.users[user].state.clone();
        let status_msg = self.message_of_sessions(user, now).or(status_msg);
        state.status_msg = self.rules.after_put(state.status_msg.take(), status_msg);
        state.pinged = false;
        self.recompute_active(user, state, now);
    }

    /// Reads what a `/sync` is going to write. `None`: it does not count for presence, and must not be ended.
    /// One that comes too soon after another has no effect and no error.
    pub fn read_ping(&mut self, session: usize, asked: Option<Presence>, now: Duration) -> Option<Ping> {
        let user = self.sessions[session].user;
        let in_turn = take_turn(&mut self.users[user].last_sync, self.rules.limit, now).is_ok();
        let asked = asked.filter(|_| in_turn && self.rules.presence)?;
        let state = &self.users[user].state;
        let presence = self.rules.after_sync(&state.presence, asked);
        let message = if state.presence == presence {
            Message::Keep
        } else if self.rules.sync_removes_message() {
            Message::Restore(None)
        } else if self.rules.writes_late() {
            Message::Restore(state.status_msg.clone())
        } else {
            Message::Keep
        };
        Some(Ping { presence, message })
    }

    /// Begins a `/sync` that counts for presence.
    pub fn sync_begins(&mut self, session: usize, ping: Ping, now: Duration) {
        let it = &mut self.sessions[session];
        (it.last_active, it.last_sync) = (now, now);
        it.polls += 1;
        let user = it.user;
        let Ping { mut presence, message } = ping;
        if self.rules.weighs_recent_syncs() {
            let Some(highest) = self.users[user].recent_syncs.add(presence, now) else { return };
            presence = highest;
        }
        self.assign(session, &presence);
        let mut state = self.users[user].state.clone();
        if let Message::Restore(message) = message {
            state.status_msg = message;
        }
        state.status_msg = self.message_of_sessions(user, now).or(state.status_msg);
        state.pinged = true;
        self.recompute_active(user, state, now);
    }

    pub fn sync_ends(&mut self, session: usize, now: Duration) {
        let it = &mut self.sessions[session];
        it.polls = it.polls.saturating_sub(1);
        it.last_sync = now;
    }

    /// Ends the states of sessions that are gone, and the activity of those that are idle.
    pub fn time_out(&mut self, now: Duration) {
        for session in 0..self.sessions.len() {
            while self.fade(session, now) {}
        }
        if self.rules.software.ranks_sessions() || self.rules.weighs_recent_syncs() {
            (0..self.users.len()).for_each(|user| self.time_out_user(user, now));
        }
    }

    /// Lets a session's state fade into the next one, if it is time.
    fn fade(&mut self, session: usize, now: Duration) -> bool {
        let it = &self.sessions[session];
        let quiet = self.quiet(session, now);
        let next = self.rules.fades(&it.state);
        let faded = next.filter(|(after, _)| quiet.is_some_and(|quiet| quiet > *after));
        let idle = self.rules.software == Software::Synapse
            && it.state == Presence::Online
            && now.saturating_sub(it.last_active) > IDLE;
        let presence = match faded {
            Some((after, presence)) => {
                self.sessions[session].faded = now.saturating_sub(quiet.unwrap_or_default()) + after;
                presence
            }
            None if idle => Presence::Unavailable,
            None => return false,
        };
        self.assign(session, &presence);
        let user = self.sessions[session].user;
        self.recompute(user, self.users[user].state.clone(), now);
        true
    }

    /// Carries out what Dendrite and tuwunel do per user, and not per session.
    fn time_out_user(&mut self, user: usize, now: Duration) {
        if let Some(presence) = self.users[user].recent_syncs.recheck(now) {
            let sessions = self.sessions.iter_mut().filter(|it| it.user == user);
            sessions.for_each(|it| it.state = presence.clone());
            self.recompute(user, self.users[user].state.clone(), now);
        }
        let of_sessions = self.sessions.iter().any(|it| it.user == user && it.state != Presence::Offline);
        let it = &self.users[user];
        let due = match it.state.presence {
            Presence::Online => true,
            Presence::Unavailable => now.saturating_sub(it.announced) >= GONE,
            // There is no timer for busy, so it stays until a session of the user is active.
            _ => false,
        };
        if due && of_sessions && self.rules.software.ranks_sessions() {
            self.recompute(user, self.users[user].state.clone(), now);
        }
    }

    /// Returns how long nothing was heard of a session, or of any of the user's where they are not told apart. `None`:
    /// one polls.
    fn quiet(&self, session: usize, now: Duration) -> Option<Duration> {
        let (user, apart) = (self.sessions[session].user, self.rules.tells_sessions_apart());
        let concerned = self.sessions.iter().enumerate();
        let mut concerned = concerned.filter(|(index, it)| *index == session || (!apart && it.user == user));
        concerned.try_fold(Duration::MAX, |quiet, (_, it)| {
            let own = now.saturating_sub(it.last_sign_of_life());
            (it.polls == 0).then(|| quiet.min(own))
        })
    }

    /// Does to presence what a restart does. A state that survives belongs to no session, so none can change it.
    pub fn restart(&mut self, now: Duration) {
        for user in 0..self.users.len() {
            let presence = self.rules.after_restart(&self.users[user].state.presence);
            self.users[user].recent_syncs = RecentSyncs::default();
            let states = self.sessions.iter_mut().filter(|it| it.user == user);
            states.for_each(|it| (it.state, it.status_msg) = (Presence::Offline, None));
            if presence != Presence::Offline {
                let nobody = self.sign_in(user, Some(""), None, now);
                let it = &mut self.sessions[nobody];
                (it.token, it.state) = (None, presence);
                (it.last_active, it.last_sync) = (now, now);
            }
            self.recompute(user, self.users[user].state.clone(), now);
        }
    }

    /// Gives a session a state, and with it all others of the user where they are not told apart.
    fn assign(&mut self, session: usize, presence: &Presence) {
        let (user, apart) = (self.sessions[session].user, self.rules.tells_sessions_apart());
        for (index, it) in self.sessions.iter_mut().enumerate() {
            if index == session || (!apart && it.user == user) {
                it.state = presence.clone();
            }
        }
    }

    /// Makes the highest state of a user's sessions the user's own.
    fn recompute(&mut self, user: usize, state: State, now: Duration) {
        if let Some(presence) = self.highest(user, now) {
            self.update(user, State { presence, set: true, ..state }, now);
        }
    }

    /// Like [`World::recompute`], but after activity of the user.
    fn recompute_active(&mut self, user: usize, mut state: State, now: Duration) {
        if self.highest(user, now).is_some_and(|it| it == Presence::Online || it.is_busy()) {
            state.last_active = Some(now);
            state.active = true;
        }
        self.recompute(user, state, now);
    }

    /// Returns the message of the session that was active last, among those with a message. `None`: no session has one,
    /// or the server does not tell their messages apart.
    fn message_of_sessions(&self, user: usize, now: Duration) -> Option<Box<str>> {
        let counts = |it: &&Session| it.user == user && now.saturating_sub(it.last_active) < GONE;
        let sessions = self.sessions.iter().filter(|_| self.rules.software.ranks_sessions()).filter(counts);
        let told = sessions.filter(|it| it.status_msg.as_ref().is_some_and(|message| !message.is_empty()));
        told.max_by_key(|it| it.last_active)?.status_msg.clone()
    }

    fn highest(&self, user: usize, now: Duration) -> Option<Presence> {
        let states = self.sessions.iter().filter(|it| it.user == user).map(|it| {
            let quiet = now.saturating_sub(it.last_active.max(it.last_sync));
            self.rules.counts_as(&it.state, quiet)
        });
        states.max_by_key(Rules::rank)
    }
}

/// Takes a user's turn, or returns how long it is to the next.
pub fn take_turn(
    last: &mut Option<Duration>,
    limit: Option<Duration>,
    now: Duration,
) -> Result<(), Duration> {
    let next = last.zip(limit).map_or(Duration::ZERO, |(last, limit)| last + limit);
    if now < next {
        return Err(next.saturating_sub(now));
    }
    *last = Some(now);
    Ok(())
}
