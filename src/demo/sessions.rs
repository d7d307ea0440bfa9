//! Signed-in sessions, and how their states add up to one presence per user.

use std::time::Duration;

use super::{
    rules::Rules,
    software::Software,
    state::{Presence, State},
    world::World,
};

/// How long a session stays online without activity inside one request (`idle_timeout`).
const IDLE: Duration = Duration::from_mins(5);

/// One signed-in device. It outlives its token, because the state it set does.
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
    last_active: Duration,
    last_sync: Duration,
    /// Requests to `/sync` under way that count for presence.
    polls: usize,
}

impl World {
    /// Signs a user in. A device ID that is known keeps its state and gets a new token.
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
                last_active: now,
                last_sync: now,
                polls: 0,
            });
        }
        let it = &mut self.sessions[session];
        it.sign_ins += 1;
        it.token = Some(format!("demo_token_{session}_{}", it.sign_ins).into());
        it.display_name = name.map(Into::into).or(it.display_name.take());
        session
    }

    pub fn session(&self, token: &str) -> Option<usize> {
        self.sessions.iter().position(|it| it.token.as_deref() == Some(token))
    }

    /// One user's sessions that can still ask for something.
    pub fn signed_in(&self, user: usize) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |it| it.user == user && it.token.is_some())
    }

    pub fn expire_tokens(&mut self) {
        for it in &mut self.sessions {
            it.token = None;
        }
    }

    /// What a PUT does. Without a message the old one is gone.
    pub fn put(&mut self, session: usize, asked: &Presence, status_msg: Option<Box<str>>, now: Duration) {
        self.sessions[session].last_active = now;
        self.assign(session, asked);
        let user = self.sessions[session].user;
        let state = State { status_msg, ..self.users[user].state.clone() };
        self.combine(user, state, true, now);
    }

    /// What the start of a `/sync` does to presence; tells whether it counts, and so must be ended.
    /// One that comes too soon after another has no effect and no error.
    pub fn sync_begins(&mut self, session: usize, asked: Option<Presence>, now: Duration) -> bool {
        let user = self.sessions[session].user;
        let in_turn = take_turn(&mut self.users[user].last_sync, self.rules.limit, now).is_ok();
        let Some(asked) = asked.filter(|_| in_turn && self.rules.presence) else { return false };
        let asked = self.rules.after_sync(&self.users[user].state.presence, asked);
        let it = &mut self.sessions[session];
        (it.last_active, it.last_sync) = (now, now);
        it.polls += 1;
        self.assign(session, &asked);
        let mut state = self.users[user].state.clone();
        if self.rules.sync_removes_message() && state.presence != asked {
            state.status_msg = None;
        }
        self.combine(user, state, true, now);
        true
    }

    pub fn sync_ends(&mut self, session: usize, now: Duration) {
        let it = &mut self.sessions[session];
        it.polls = it.polls.saturating_sub(1);
        it.last_sync = now;
    }

    /// Lets go of the states of sessions that are gone, and of the activity of those that are idle.
    pub fn time_out(&mut self, now: Duration) {
        for session in 0..self.sessions.len() {
            let it = &self.sessions[session];
            let quiet = self.quiet(session, now);
            let next = self.rules.fades(&it.state);
            let faded = next.filter(|(after, _)| quiet.is_some_and(|quiet| quiet > *after));
            let idle = self.rules.software == Software::Synapse
                && it.state == Presence::Online
                && now.saturating_sub(it.last_active) > IDLE;
            let presence = match faded {
                Some((_, presence)) => presence,
                None if idle => Presence::Unavailable,
                None => continue,
            };
            self.assign(session, &presence);
            let user = self.sessions[session].user;
            self.combine(user, self.users[user].state.clone(), false, now);
        }
    }

    /// How long nothing was heard of a session, or of any of the user's where they are not told apart; `None` while
    /// one polls.
    fn quiet(&self, session: usize, now: Duration) -> Option<Duration> {
        let (user, apart) = (self.sessions[session].user, self.rules.tells_sessions_apart());
        let concerned = self.sessions.iter().enumerate();
        let mut concerned = concerned.filter(|(index, it)| *index == session || (!apart && it.user == user));
        concerned.try_fold(Duration::MAX, |quiet, (_, it)| {
            let own = now.saturating_sub(it.last_sync.max(it.last_active));
            (it.polls == 0).then(|| quiet.min(own))
        })
    }

    /// What a restart does to the states: what survives is nobody's any more, and no session can change it.
    pub fn restart(&mut self, now: Duration) {
        for user in 0..self.users.len() {
            let presence = self.rules.after_restart(&self.users[user].state.presence);
            let states = self.sessions.iter_mut().filter(|it| it.user == user);
            states.for_each(|it| it.state = Presence::Offline);
            if presence != Presence::Offline {
                let nobody = self.sign_in(user, Some(""), None, now);
                self.sessions[nobody].token = None;
                self.sessions[nobody].state = presence;
                (self.sessions[nobody].last_active, self.sessions[nobody].last_sync) = (now, now);
            }
            self.combine(user, self.users[user].state.clone(), false, now);
        }
    }

    /// Gives a session a state, and with it all others of the user where the server does not tell them apart.
    fn assign(&mut self, session: usize, asked: &Presence) {
        let (user, apart) = (self.sessions[session].user, self.rules.tells_sessions_apart());
        for (index, it) in self.sessions.iter_mut().enumerate() {
            if index == session || (!apart && it.user == user) {
                it.state = asked.clone();
            }
        }
    }

    /// Makes the highest state of a user's sessions the user's own.
    fn combine(&mut self, user: usize, mut state: State, active: bool, now: Duration) {
        let states = self.sessions.iter().filter(|it| it.user == user).map(|it| &it.state);
        let Some(highest) = states.max_by_key(|it| Rules::rank(it)).cloned() else { return };
        if active && (highest == Presence::Online || highest.is_busy()) {
            state.last_active = Some(now);
            state.active = true;
        }
        state.presence = highest;
        self.update(user, state, now);
    }
}

/// Takes a user's turn, or tells how long it is to the next.
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
