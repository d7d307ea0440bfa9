//! Own presence: wanted by the person, sent to the server, seen by others; and what follows from each.
//!
//! The rules are pure: what happens goes in with its time, [`Own::next`] says what to do about it.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;

use crate::{
    cli::config::{Config, Start},
    model::{
        control::Want,
        event::{Effect, Put, SyncAs},
        presence::{Presence, Status},
        quirks::Dialect,
    },
};

mod input;
mod shutdown;
mod stuck_busy;
mod gate;
mod hold;
mod saved;
mod server;
mod report;
mod wait;
mod wish;

use gate::Hold;
use hold::Leases;
pub use report::{Reason, Report};
pub use saved::Memory;
pub use shutdown::Farewell;
use stuck_busy::Held;
pub use wait::Wait;
use wish::Wish;
pub use wish::{KeptWish, Layer};

/// How often to ask whether the desktop is in use while the keyboard is not.
const DESKTOP: SignedDuration = SignedDuration::from_secs(5);

/// The own presence, from the wish to its echo.
#[derive(Debug)]
pub struct Own {
    user_id: OwnedUserId,
    config: Config,
    /// Whether another dashboard of the account has its presence.
    second: bool,
    wish: Wish,
    /// What follows from the wish at the last look at the clock, whatever the server can do.
    wanted: Put,
    origin: Origin,
    /// What was asked for before it was known what there was before.
    asked: Vec<Want>,
    /// Whether the server takes busy; `None` until one has been reached.
    busy_offered: Option<bool>,
    dialect: Dialect,
    /// Whether the other spelling of busy has been tried on a server that nobody has measured.
    respelled: bool,
    connected: bool,
    /// What others see: the last echo, or the answer to a look-up.
    seen: Option<Status>,
    /// What the server accepted last; `None` lets what is seen decide whether anything is owed.
    sent: Option<Put>,
    /// What is on its way to the server.
    flying: Option<Put>,
    /// What the server will not take, and its words.
    refused: Option<(Put, String)>,
    /// Whether accepted states show: an accepted state that never shows means that the server drops them.
    tracked: Option<bool>,
    hold: Hold,
    /// When to ask the server what others see, because no echo says so.
    check: Option<Wait>,
    /// When to ask anyway, where the server never says by itself.
    patrol: Option<Wait>,
    /// How long not to send again a state that was lost.
    renewal: Option<Wait>,
    held: Held,
    /// When to ask again whether the desktop is in use.
    desktop: Option<Wait>,
    /// What is on disk.
    kept: Option<Memory>,
}

/// Where the wish comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Nobody has asked for anything yet.
    Start,
    /// An earlier run, which ended before the wish did.
    Restored,
    /// The person.
    Pressed,
}

impl Own {
    /// The own presence of an account at the start of the program, with what is remembered of it.
    #[must_use]
    pub fn new(user_id: OwnedUserId, config: &Config, memory: Option<Memory>) -> Self {
        let memory = memory.filter(|memory| memory.user_id == user_id);
        let idle_after = config.idle_after.filter(|_| !config.watch_only);
        let mut wish = Wish::new(config.start.presence(), idle_after);
        let mut origin = Origin::Start;
        let mut held = Held::default();
        let mut dialect = Dialect::default();
        if let Some(memory) = memory.clone() {
            dialect = memory.dialect;
            held.warned = memory.warned;
            if let Some(kept) = memory.wish {
                wish.restore(kept);
                origin = Origin::Restored;
            }
        }
        Self {
            user_id,
            config: config.clone(),
            second: false,
            wanted: wish.effective(),
            wish,
            origin,
            asked: Vec::new(),
            busy_offered: None,
            dialect,
            respelled: false,
            connected: false,
            seen: None,
            sent: None,
            flying: None,
            refused: None,
            tracked: None,
            hold: Hold::FirstSync,
            check: None,
            patrol: None,
            renewal: None,
            held,
            desktop: None,
            kept: memory,
        }
    }
}

/// What follows.
impl Own {
    /// What is to be done now, if anything; to be asked again until there is nothing.
    pub fn next(&mut self, now: Timestamp) -> Option<Effect> {
        self.wish.tick(now);
        self.wanted = self.wish.effective();
        self.remember().or_else(|| self.ask_desktop(now)).or_else(|| self.act(now))
    }

    fn act(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.connected || self.flying.is_some() {
            return None;
        }
        if self.is_owed() && !self.is_held_back(now) {
            let put = self.target();
            self.flying = Some(put.clone());
            return Some(Effect::Publish(put, self.dialect.busy_as));
        }
        let questions = [self.check, self.patrol].into_iter().flatten();
        if !self.is_owed() && questions.into_iter().any(|wait| wait.is_over(now)) {
            self.check = self.check.map(|_| Wait::FOR_EVER);
            self.patrol = self.patrol.map(|_| Wait::FOR_EVER);
            return Some(Effect::LookUpOwn);
        }
        self.look_up_sessions(now)
    }

    /// Whether the desktop is in use is asked only when it makes a difference.
    fn ask_desktop(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.wish.is_quiet() {
            self.desktop = None;
            return None;
        }
        let due = self.desktop.is_none_or(|wait| wait.is_over(now));
        due.then(|| {
            self.desktop = Some(Wait::new(now, DESKTOP));
            Effect::AskDesktop
        })
    }

    /// Nobody has used the desktop for so long; without one the keyboard alone counts.
    pub fn desktop_idle(&mut self, idle: Option<SignedDuration>, now: Timestamp) {
        match idle {
            Some(idle) => self.wish.active(now.saturating_sub(idle).unwrap_or(Timestamp::MIN)),
            None => self.desktop = self.desktop.map(|_| Wait::FOR_EVER),
        }
        self.wish.tick(now);
        self.wish.confirm_idle();
    }

    /// When [`Own::next`] may have something to do although nothing happens.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let waits = if self.is_owed() { [self.hold.wait(), None] } else { [self.check, self.patrol] };
        let server = waits.into_iter().flatten().chain(self.held.wait());
        let server = server.filter(|_| self.connected && self.flying.is_none());
        let waits = server.chain(self.desktop).map(|wait| wait.until);
        waits.chain(self.wish.wake()).min()
    }

    /// Whether the server shares presence; `None` where nothing of ours has shown that yet.
    #[must_use]
    pub fn is_tracked(&self) -> Option<bool> {
        self.tracked
    }

    /// The `set_presence` of each `/sync`; `None` until a server has been reached.
    ///
    /// Synapse answers 400 to busy here and lets no other value end it, so the closest one is sent: it is what
    /// others are to see if the server forgets busy. Where each `/sync` replaces the state, busy is repeated.
    #[must_use]
    pub fn sync_as(&self) -> Option<SyncAs> {
        self.busy_offered?;
        let busy_as = self.dialect.busy_as;
        let family = self.dialect.family();
        if self.config.watch_only {
            return Some(SyncAs { presence: Presence::Offline, busy_as, watching: true });
        }
        let presence = match self.target().presence {
            Presence::Busy if self.dialect.repeats => Presence::Busy,
            Presence::Busy => Presence::Unavailable,
            // Any other value would make this session busy again, and a second one that holds busy.
            _ if family.spreads_busy() && self.is_seen_busy() => Presence::Offline,
            presence => presence,
        };
        Some(SyncAs { presence, busy_as, watching: false })
    }

    /// What the server is to be sent: the wish, as far as the server can grant it.
    fn target(&self) -> Put {
        let presence = self.wanted.presence.clone().or_fallback(self.busy_offered == Some(true));
        Put { presence, ..self.wanted.clone() }
    }

    /// Whether the server does not have the newest wish.
    fn is_owed(&self) -> bool {
        if self.config.watch_only {
            return false;
        }
        let target = self.target();
        match (&self.refused, &self.sent) {
            (Some((refused, _)), _) if *refused == target => false,
            (_, Some(sent)) => *sent != target,
            (_, None) => !self.is_confirmed(),
        }
    }

    fn is_held_back(&self, now: Timestamp) -> bool {
        match self.hold.wait() {
            Some(wait) => !wait.is_over(now),
            None => self.hold == Hold::FirstSync,
        }
    }

    fn is_seen(&self, put: &Put) -> bool {
        self.seen
            .as_ref()
            .is_some_and(|seen| seen.presence == put.presence && message_of(seen) == put.status_msg)
    }

    fn is_seen_busy(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.presence == Presence::Busy)
    }

    /// Whether others see what is wanted, or as much of it as the server can show.
    fn is_confirmed(&self) -> bool {
        self.is_seen(&self.wanted) || self.is_seen(&self.target())
    }

    /// Whether others see a state that outranks ours: another session says so, and may be right.
    fn is_outdone(&self) -> bool {
        let target = self.target().presence.precedence();
        self.seen.as_ref().is_some_and(|seen| seen.presence.precedence() > target)
    }

    /// Whether no wish is on its way and the echo of the last one is not either.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.flying.is_none() && !self.is_owed() && self.check.is_none_or(|wait| wait.is_over(now))
    }
}

impl Start {
    /// What is wanted before the server has said anything.
    fn presence(self) -> Presence {
        match self {
            Self::Online | Self::Keep => Presence::Online,
            Self::Busy => Presence::Busy,
            Self::Unavailable => Presence::Unavailable,
            Self::Offline => Presence::Offline,
        }
    }
}

fn message_of(status: &Status) -> &str {
    status.status_msg.as_deref().unwrap_or_default()
}
