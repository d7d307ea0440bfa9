//! Own presence: wanted by the person, sent to the server, seen by others; and what follows from each.
//!
//! The rules are pure: what happens goes in with its time, [`Own::next`] says what to do about it.

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::OwnedUserId;
use serde::{Deserialize, Serialize};

use super::{
    event::{Effect, PresenceUpdate, SyncPresence},
    presence::{Presence, Status},
    quirks::ServerQuirks,
    request::{HoldId, PresenceRequest},
    settings::Settings,
};

mod shutdown;
mod stuck_busy;
mod gate;
mod hold;
mod saved;
mod server;
mod report;
mod wait;
mod layers;

use gate::Gate;
use hold::Holds;
use layers::Layers;
pub use layers::{Layer, SavedLayers};
pub use report::{Reason, Report};
pub use saved::SavedPresence;
pub use shutdown::Shutdown;
use stuck_busy::StuckBusy;
pub use wait::Wait;

/// How often to ask whether the desktop is in use while the keyboard is not.
const DESKTOP: SignedDuration = SignedDuration::from_secs(5);

/// The own presence, from the wish to its echo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Own {
    user_id: OwnedUserId,
    settings: Settings,
    layers: Layers,
    /// What follows from the wish at the last look at the clock, whatever the server can do.
    wanted: PresenceUpdate,
    origin: Origin,
    /// What was asked for before it was known what there was before.
    pending: Vec<OwnCommand>,
    /// Whether the server takes busy; `None` until one has been reached.
    busy_offered: Option<bool>,
    quirks: ServerQuirks,
    /// Whether the other spelling of busy has been tried on a server that nobody has measured.
    respelled: bool,
    connected: bool,
    /// What others see: the last echo, or the answer to a look-up.
    seen: Option<Status>,
    /// What the server accepted last; `None` lets what is seen decide whether anything is owed.
    sent: Option<PresenceUpdate>,
    /// What is on its way to the server.
    in_flight: Option<PresenceUpdate>,
    /// What the server will not take, and its words.
    refused: Option<(PresenceUpdate, String)>,
    /// Whether accepted states show: an accepted state that never shows means that the server drops them.
    tracked: Option<bool>,
    gate: Gate,
    /// When to ask the server what others see, because no echo says so.
    check: Option<Wait>,
    /// When to ask anyway, where the server never says by itself.
    poll: Option<Wait>,
    /// How long not to send again a state that was lost.
    resend_cooldown: Option<Wait>,
    stuck_busy: StuckBusy,
    /// When to ask again whether the desktop is in use.
    desktop: Option<Wait>,
    /// What is on disk.
    on_disk: Option<SavedPresence>,
}

/// Where the wish comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub fn new(user_id: OwnedUserId, settings: &Settings, saved: Option<SavedPresence>) -> Self {
        let saved = saved.filter(|saved| saved.user_id == user_id);
        let idle_after = settings.idle_after.filter(|_| !settings.watch_only);
        let mut layers = Layers::new(settings.start.presence(), idle_after);
        let mut origin = Origin::Start;
        let mut stuck_busy = StuckBusy::default();
        let mut quirks = ServerQuirks::default();
        if let Some(saved) = saved.clone() {
            quirks = saved.quirks;
            stuck_busy.warned = saved.warned;
            if let Some(saved) = saved.layers {
                layers.restore(saved);
                origin = Origin::Restored;
            }
        }
        Self {
            user_id,
            settings: settings.clone(),
            wanted: layers.effective(),
            layers,
            origin,
            pending: Vec::new(),
            busy_offered: None,
            quirks,
            respelled: false,
            connected: false,
            seen: None,
            sent: None,
            in_flight: None,
            refused: None,
            tracked: None,
            gate: Gate::FirstSync,
            check: None,
            poll: None,
            resend_cooldown: None,
            stuck_busy,
            desktop: None,
            on_disk: saved,
        }
    }
}

/// What follows.
impl Own {
    /// What is to be done now, if anything; to be asked again until there is nothing.
    pub fn next(&mut self, now: Timestamp) -> Option<Effect> {
        self.layers.tick(now);
        self.wanted = self.layers.effective();
        self.remember().or_else(|| self.ask_desktop(now)).or_else(|| self.act(now))
    }

    fn act(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.connected || self.in_flight.is_some() {
            return None;
        }
        if self.needs_publish() && !self.is_held_back(now) {
            let put = self.target();
            self.in_flight = Some(put.clone());
            return Some(Effect::Publish(put, self.quirks.busy_name));
        }
        let questions = [self.check, self.poll].into_iter().flatten();
        if !self.needs_publish() && questions.into_iter().any(|wait| wait.is_over(now)) {
            self.check = self.check.map(|_| Wait::FOR_EVER);
            self.poll = self.poll.map(|_| Wait::FOR_EVER);
            return Some(Effect::LookUpOwn);
        }
        self.look_up_sessions(now)
    }

    /// Whether the desktop is in use is asked only when it makes a difference.
    fn ask_desktop(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.layers.is_quiet() {
            self.desktop = None;
            return None;
        }
        let due = self.desktop.is_none_or(|wait| wait.is_over(now));
        due.then(|| {
            self.desktop = Some(Wait::new(now, DESKTOP));
            Effect::AskIdle
        })
    }

    /// Nobody has used the desktop for so long; without one the keyboard alone counts.
    pub fn on_idle(&mut self, idle: Option<SignedDuration>, now: Timestamp) {
        match idle {
            Some(idle) => self.layers.active(now.saturating_sub(idle).unwrap_or(Timestamp::MIN)),
            None => self.desktop = self.desktop.map(|_| Wait::FOR_EVER),
        }
        self.layers.tick(now);
        self.layers.confirm_idle();
    }

    /// When [`Own::next`] may have something to do although nothing happens.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let waits = if self.needs_publish() { [self.gate.wait(), None] } else { [self.check, self.poll] };
        let server = waits.into_iter().flatten().chain(self.stuck_busy.wait());
        let server = server.filter(|_| self.connected && self.in_flight.is_none());
        let waits = server.chain(self.desktop).map(|wait| wait.until);
        waits.chain(self.layers.wake()).min()
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
    pub fn sync_presence(&self) -> Option<SyncPresence> {
        self.busy_offered?;
        let busy_name = self.quirks.busy_name;
        let server_kind = self.quirks.server_kind();
        if self.settings.watch_only {
            return Some(SyncPresence { presence: Presence::Offline, busy_name, watching: true });
        }
        let presence = match self.target().presence {
            Presence::Busy if self.quirks.repeats => Presence::Busy,
            Presence::Busy => Presence::Unavailable,
            // Any other value would make this session busy again, and a second one that holds busy.
            _ if server_kind.spreads_busy() && self.is_seen_busy() => Presence::Offline,
            presence => presence,
        };
        Some(SyncPresence { presence, busy_name, watching: false })
    }

    /// What the server is to be sent: the wish, as far as the server can grant it.
    fn target(&self) -> PresenceUpdate {
        let presence = self.wanted.presence.clone().or_fallback(self.busy_offered == Some(true));
        PresenceUpdate { presence, ..self.wanted.clone() }
    }

    /// Whether the server does not have the newest wish.
    fn needs_publish(&self) -> bool {
        if self.settings.watch_only {
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
        match self.gate.wait() {
            Some(wait) => !wait.is_over(now),
            None => self.gate == Gate::FirstSync,
        }
    }

    fn is_seen(&self, put: &PresenceUpdate) -> bool {
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
    fn is_outranked(&self) -> bool {
        let target = self.target().presence.precedence();
        self.seen.as_ref().is_some_and(|seen| seen.presence.precedence() > target)
    }

    /// Whether no wish is on its way and the echo of the last one is not either.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.in_flight.is_none() && !self.needs_publish() && self.check.is_none_or(|wait| wait.is_over(now))
    }
}

/// What somebody asks of the own presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnCommand {
    /// A state, with all that goes with it.
    Set(PresenceRequest),
    /// Busy, or what was before it.
    ToggleBusy,
    /// Another message; empty for none.
    SetMessage(String),
    /// A state until it is released.
    Hold(HoldId, PresenceRequest),
    /// What was before a hold.
    Release(HoldId),
}

/// What the person asks for.
impl Own {
    /// Does what somebody asks for. Before the first connection that waits: what returns in the end is not known yet.
    pub fn request(&mut self, command: OwnCommand) {
        if self.settings.watch_only {
            return;
        }
        if self.busy_offered.is_none() && command.depends_on_before() {
            self.pending.push(command);
            return;
        }
        self.apply(command);
    }

    fn apply(&mut self, command: OwnCommand) {
        let layers = &mut self.layers;
        match command {
            OwnCommand::Set(request) => layers.grant(request),
            OwnCommand::ToggleBusy => layers.toggle_busy(),
            OwnCommand::SetMessage(text) => layers.say(text),
            OwnCommand::Hold(id, request) => layers.hold(id, request),
            OwnCommand::Release(id) => layers.release(id),
        }
        let wanted = self.layers.effective();
        // Asking again for what others do not see sends it again.
        if self.wanted == wanted && !self.is_confirmed() {
            self.sent = None;
            self.refused = None;
        }
        self.wanted = wanted;
        self.origin = Origin::Pressed;
        if matches!(self.gate, Gate::FirstSync | Gate::Echo(_)) {
            self.gate = Gate::Nothing;
        }
    }

    /// Whether a state is held under this ID, or will be once there is a connection. It is not any more when something
    /// else has been set since.
    #[must_use]
    pub fn is_holding(&self, id: HoldId) -> bool {
        let pending = |command: &OwnCommand| matches!(command, OwnCommand::Hold(other, _) if *other == id);
        self.layers.is_holding(id) || self.pending.iter().any(pending)
    }

    /// The holds there are, oldest first.
    pub fn holds(&self) -> impl Iterator<Item = HoldId> {
        self.layers.held_ids()
    }

    /// Another process has taken over the engine, with what was wanted: what was on its way has no answer any more.
    pub fn on_engine_replaced(&mut self, settings: &Settings) {
        self.settings = settings.clone();
        self.layers.set_idle_after(settings.idle_after.filter(|_| !settings.watch_only));
        self.connected = false;
        self.in_flight = None;
        self.desktop = None;
    }

    /// Somebody is at the keys, or was at some time.
    pub fn active(&mut self, at: Timestamp) {
        self.layers.active(at);
    }

    /// The message that is wanted.
    #[must_use]
    pub fn status_msg(&self) -> &str {
        self.layers.status_msg()
    }
}

impl OwnCommand {
    /// Whether it depends on the state and message from before, which return in the end or are replaced.
    fn depends_on_before(&self) -> bool {
        match self {
            Self::Set(request) => request.status_msg.is_some() || request.until.is_some(),
            Self::Hold(..) | Self::Release(_) => true,
            Self::ToggleBusy | Self::SetMessage(_) => false,
        }
    }
}

fn message_of(status: &Status) -> &str {
    status.status_msg.as_deref().unwrap_or_default()
}
