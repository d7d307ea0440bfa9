//! Own presence: wanted by the person, sent to the server, seen by others.
//!
//! The rules are pure: functions take events with their time, and [`Own::next`] returns the next effect.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    contacts::LastPresence,
    event::{Account, Effect, PresenceUpdate},
    presence::Presence,
    quirks::{ServerQuirks, Software},
    request::HoldId,
    settings::{Settings, Start},
};

mod command;
mod contest;
mod desktop;
mod exchange;
mod gate;
mod hold;
mod layers;
mod look_ups;
mod messages;
mod published;
mod report;
mod restore;
mod saved;
mod seen;
mod server;
mod session_presence;
mod shutdown;
mod status;
mod stuck_busy;
mod undo;
mod wait;

pub use command::OwnCommand;
use contest::Contest;
use desktop::Desktop;
use gate::Gate;
use hold::Holds;
use layers::Layers;
pub use layers::{Layer, SavedLayers};
use look_ups::OwnLookUps;
use messages::OtherMessages;
use published::Published;
pub use report::{Reason, Report};
use restore::Restore;
pub use saved::SavedPresence;
use seen::Seen;
use server::Server;
pub use session_presence::SessionPresence;
pub use shutdown::Shutdown;
pub use status::{OwnStatus, SavedStatus};
use stuck_busy::StuckBusy;
use undo::Undo;
pub use wait::Wait;

/// The own presence, from the request to the echo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Own {
    account: Account,
    settings: Settings,
    layers: Layers,
    /// The presence of the strongest layer at the last [`Own::next`]. The server may not support it.
    wanted: PresenceUpdate,
    origin: Origin,
    /// Commands from before the first connection. They depend on the state that the server will report.
    pending: Vec<OwnCommand>,
    server: Server,
    seen: Seen,
    messages: OtherMessages,
    /// What a write to the profile replaces. A front end that only watches restores it too.
    restore: Restore,
    contest: Contest,
    published: Published,
    gate: Gate,
    look_ups: OwnLookUps,
    /// How long not to resend a state that the server has lost.
    resend_cooldown: Option<Wait>,
    stuck_busy: StuckBusy,
    desktop: Desktop,
    /// The state that this session has set last, if the server tells sessions apart.
    session: Option<SessionPresence>,
    status: OwnStatus,
    /// The saved state, as it is on disk.
    on_disk: Option<SavedPresence>,
    /// The last change of the person, for as long as it can be undone.
    undo: Option<Undo>,
}

/// Where the wanted presence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Origin {
    /// The configured start. Nothing was requested yet.
    Start,
    /// The state that an earlier process saved.
    Restored,
    Pressed,
}

impl Own {
    /// Returns the own presence at the start, with what an earlier process saved.
    #[must_use]
    pub fn new(account: Account, settings: &Settings, saved: Option<SavedPresence>) -> Self {
        let saved = saved.filter(|saved| saved.user_id == account.user_id);
        let idle_after = settings.idle_after.filter(|_| !settings.watch_only);
        let mut layers = Layers::new(settings.start.presence(), idle_after);
        let mut origin = Origin::Start;
        let mut stuck_busy = StuckBusy::default();
        let mut quirks = ServerQuirks::default();
        let mut session = None;
        let status = OwnStatus::restored(saved.as_ref().and_then(|saved| saved.status.clone()));
        if let Some(saved) = saved.clone() {
            quirks = saved.quirks;
            session = saved.session.filter(|session| session.device_id == account.device_id);
            stuck_busy = StuckBusy::new(saved.warned);
            if let Some(saved) = saved.layers {
                layers.restore(saved);
                origin = Origin::Restored;
                if settings.start != Start::Keep {
                    layers.arrive(&settings.start.presence());
                }
            }
        }
        Self {
            account,
            settings: settings.clone(),
            wanted: layers.effective(),
            layers,
            origin,
            pending: Vec::new(),
            server: Server::new(quirks),
            seen: Seen::default(),
            messages: OtherMessages::default(),
            restore: Restore::default(),
            contest: Contest::default(),
            published: Published::Nothing,
            gate: Gate::FirstSync,
            look_ups: OwnLookUps::default(),
            resend_cooldown: None,
            stuck_busy,
            desktop: Desktop::default(),
            session,
            status,
            on_disk: saved,
            undo: None,
        }
    }
}

/// Effects.
impl Own {
    /// Returns the next effect. Call it until it returns `None`.
    pub fn next(&mut self, now: Timestamp) -> Option<Effect> {
        self.layers.tick(now);
        self.contest.tick(now);
        self.stuck_busy.tick(now);
        self.wanted = self.layers.effective();
        let connected = self.server.is_connected();
        self.status.on_tracked(self.server.tracked(), self.layers.deadline(), now);
        self.remember(now)
            .or_else(|| self.ask_desktop(now))
            .or_else(|| self.status.next(connected, now))
            .or_else(|| self.act(now))
    }

    fn act(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.server.is_connected() || self.published.is_in_flight() {
            return None;
        }
        if !self.gate.is_closed(now)
            && let Some(before) = self.restore.send()
        {
            return Some(self.publish(if self.settings.watch_only { before } else { self.target() }));
        }
        if self.needs_polls() {
            self.look_ups.poll(now);
        } else {
            self.look_ups.stop_polling();
        }
        if self.needs_publish() && !self.is_held_back(now) {
            let put = self.target();
            self.messages.on_publish(&put.status_msg, self.seen.message());
            return Some(self.publish(put));
        }
        let due = if self.needs_publish() { None } else { self.look_ups.ask(now) };
        due.or_else(|| self.look_up_sessions(now))
    }

    fn publish(&mut self, put: PresenceUpdate) -> Effect {
        self.published.send(put.clone());
        Effect::Publish(put, self.server.busy_name())
    }

    /// Asks the machine for its idle time, but only while the answer makes a difference.
    fn ask_desktop(&mut self, now: Timestamp) -> Option<Effect> {
        if !self.layers.is_quiet() {
            self.desktop.stop();
            return None;
        }
        self.desktop.ask(now)
    }

    /// Applies the machine's idle time. `None`: nothing on the machine tells, and the state stays. The person may work
    /// in another window all day.
    pub fn on_idle(&mut self, idle: Option<SignedDuration>, now: Timestamp) {
        self.desktop.on_answer(idle, now);
        if let Some(idle) = idle {
            self.layers.active(now.saturating_sub(idle).unwrap_or(Timestamp::MIN));
            self.layers.tick(now);
            self.layers.confirm_idle();
        }
    }

    /// Returns whether online is to become unavailable by itself, but nothing on the machine tells when.
    #[must_use]
    pub fn is_idle_unknown(&self) -> bool {
        self.desktop.tells_nothing() && self.layers.idle_after().is_some()
    }

    /// Returns when [`Own::next`] may return an effect without an event.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let questions = if self.needs_publish() { [None, None] } else { self.look_ups.waits() };
        let gate = self.gate.wait().filter(|_| self.needs_publish() || self.restore.is_due());
        let others = [gate, self.stuck_busy.wait(), self.contest.wait()];
        let server = questions.into_iter().chain(others).flatten();
        let server = server.filter(|_| self.server.is_connected() && !self.published.is_in_flight());
        let waits = server.chain(self.desktop.wait()).map(|wait| wait.until);
        waits.chain(self.layers.wake()).chain(self.status.wake()).min()
    }

    /// Returns whether the server shares presence. `None`: unknown until a state of ours was seen.
    #[must_use]
    pub fn is_tracked(&self) -> Option<bool> {
        self.server.tracked()
    }

    /// Returns whether no state of ours can show that the server shares presence. We set none, or offline, which
    /// servers without presence report too.
    pub(in crate::model) fn proves_no_tracking(&self) -> bool {
        let sets_nothing = self.settings.watch_only || self.target().presence == Presence::Offline;
        self.server.tracked().is_none() && sets_nothing
    }

    /// Returns whether the server has said on this connection what others see and what it offers.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.server.is_connected()
    }

    /// Returns what others see. `None`: the server has not said.
    #[must_use]
    pub fn heard(&self) -> Option<LastPresence> {
        self.seen.heard().filter(|_| self.server.is_connected())
    }

    /// Returns whether to look up regularly what others see. Some servers send no echo. On others a `/sync` of another
    /// session may replace the state.
    fn needs_polls(&self) -> bool {
        let server_kind = self.server_kind();
        let may_be_replaced = server_kind.last_sync_wins() && self.target().presence != Presence::Online;
        !server_kind.echoes() || (may_be_replaced && !self.settings.watch_only)
    }

    /// Recalls the server's software from an earlier process, unless the server has named it.
    pub(super) fn recall_software(&mut self, software: Option<Software>) {
        self.server.recall_software(software);
    }

    /// Returns the server's software, if it is known.
    pub(super) fn software(&self) -> Option<&Software> {
        self.server.quirks().software.as_ref()
    }

    /// Returns the presence to send: the wanted one, as far as the server supports it.
    fn target(&self) -> PresenceUpdate {
        let presence = self.wanted.presence.clone().or_fallback(self.server.offers_busy());
        PresenceUpdate { presence, status_msg: self.sent_message(&self.wanted.status_msg) }
    }

    /// Returns the message to send.
    fn sent_message(&self, wanted: &str) -> String {
        self.messages.to_send(wanted, self.server_kind())
    }

    /// Takes over the message of another session. `None`: that session has removed it.
    fn adopt_message(&mut self, message: Option<&str>) {
        self.layers.set_message(message.unwrap_or_default().to_owned());
        self.messages.adopt(message);
        self.wanted = self.layers.effective();
    }

    /// Returns whether the server lacks the wanted presence.
    fn needs_publish(&self) -> bool {
        if self.settings.watch_only {
            return false;
        }
        let target = self.target();
        if self.published.refusal_of(&target).is_some() {
            return false;
        }
        match self.published.accepted() {
            Some(accepted) => *accepted != target,
            None => !self.is_confirmed(),
        }
    }

    fn is_held_back(&self, now: Timestamp) -> bool {
        match self.gate.wait() {
            Some(wait) => !wait.is_over(now),
            None => self.gate == Gate::FirstSync,
        }
    }

    fn has_accepted_busy(&self) -> bool {
        self.published.accepted().is_some_and(|put| put.presence == Presence::Busy)
    }

    /// Returns whether others see the wanted presence, or as much of it as the server supports.
    fn is_confirmed(&self) -> bool {
        self.seen.is(&self.wanted) || self.seen.is(&self.target())
    }

    /// Returns whether others see a stronger state. Another session has set it, and may be right.
    fn is_outranked(&self) -> bool {
        self.seen.outranks(&self.target().presence)
    }

    /// Returns whether nothing needs sending and no echo is expected.
    fn is_settled(&self, now: Timestamp) -> bool {
        !self.published.is_in_flight() && !self.needs_publish() && !self.look_ups.expects_echo(now)
    }
}

/// The user status.
impl Own {
    /// Returns the own user status.
    #[must_use]
    pub fn status(&self) -> &OwnStatus {
        &self.status
    }

    /// Changes the own user status. Unlike the presence, a front end that only watches may do so.
    pub(in crate::model) fn status_mut(&mut self) -> &mut OwnStatus {
        &mut self.status
    }

    /// Returns whether the presence before a write to the profile is still to be restored.
    #[must_use]
    pub fn is_restoring(&self) -> bool {
        self.settings.watch_only && self.restore.is_pending()
    }

    /// Notes whether the person wants to be busy now.
    fn note_busy(&mut self) {
        let busy = self.layers.layer() == Layer::Pressed && self.wanted.presence == Presence::Busy;
        self.status.note_busy(busy);
    }

    /// Returns whether to ask the person if busy becomes a status, because nobody sees presence here.
    #[must_use]
    pub fn can_offer_status(&self) -> bool {
        self.server.tracked() == Some(false)
            && self.status.instead_of_busy().is_none()
            && !self.settings.watch_only
    }
}

/// Requests.
impl Own {
    /// Applies a request. Before the first connection, one that depends on the previous presence waits.
    pub fn request(&mut self, command: OwnCommand) {
        if self.settings.watch_only {
            return;
        }
        if !self.server.was_reached() && command.depends_on_before() {
            self.pending.push(command);
            return;
        }
        self.apply(command);
    }

    fn apply(&mut self, command: OwnCommand) {
        if command.chooses_message() {
            let may_stay = self.messages.on_chosen(self.server_kind());
            if may_stay {
                // It may be this session's own, set by an earlier process that did not save it.
                self.published.forget();
            }
        }
        let layers = &mut self.layers;
        match command {
            OwnCommand::Set(request) => layers.apply(request),
            OwnCommand::ToggleBusy => layers.toggle_busy(),
            OwnCommand::SetMessage(text) => layers.set_message(text),
            OwnCommand::Hold(id, request) => layers.hold(id, request),
            OwnCommand::Release(id) => layers.release(id),
        }
        self.want();
        self.note_busy();
    }

    /// Makes what the person has just requested the wanted presence.
    fn want(&mut self) {
        let wanted = self.layers.effective();
        // Requesting what others do not see sends it again.
        if self.wanted == wanted && !self.is_confirmed() {
            self.published.forget();
        }
        self.wanted = wanted;
        self.origin = Origin::Pressed;
        if matches!(self.gate, Gate::FirstSync | Gate::Echo(_)) {
            self.gate = Gate::Nothing;
        }
    }

    /// Remembers the present state, right before the person changes it.
    pub fn remember_for_undo(&mut self, now: Timestamp) {
        self.undo = (!self.settings.watch_only).then(|| Undo::new(&self.layers, now));
    }

    /// Forgets the last change: something else has changed the state since.
    pub(in crate::model) fn forget_undo(&mut self) {
        self.undo = None;
    }

    /// Undoes the last change, if it is recent.
    pub fn undo(&mut self, now: Timestamp) {
        if let Some(layers) = self.undo.take().and_then(|undo| undo.layers(now)) {
            self.pending.clear();
            self.layers.go_back_to(layers);
            self.want();
            self.note_busy();
        }
    }

    /// Returns the state to which an undo returns, and until when one is possible.
    #[must_use]
    pub fn can_undo_to(&self, now: Timestamp) -> Option<(&Presence, Timestamp)> {
        self.undo.as_ref()?.target(now)
    }

    /// Returns whether a hold is active, or waits for the first connection. Any other request ends all holds.
    #[must_use]
    pub fn is_holding(&self, id: HoldId) -> bool {
        let pending = |command: &OwnCommand| matches!(command, OwnCommand::Hold(other, _) if *other == id);
        self.layers.is_holding(id) || self.pending.iter().any(pending)
    }

    /// Returns the active holds, oldest first.
    pub fn holds(&self) -> impl Iterator<Item = HoldId> {
        self.layers.held_ids()
    }

    /// Changes the settings. The configured start has no effect any more.
    pub fn configure(&mut self, settings: &Settings) {
        self.settings = settings.clone();
        self.layers.set_idle_after(settings.idle_after.filter(|_| !settings.watch_only));
    }

    /// Prepares for an engine in another process. Requests of the previous process get no answer any more.
    pub fn on_engine_replaced(&mut self, settings: &Settings) {
        self.configure(settings);
        if settings.start != Start::Keep {
            self.layers.arrive(&settings.start.presence());
        }
        self.server.on_disconnected();
        self.published.take();
        self.restore.send_again();
        self.status.on_disconnected();
        self.look_ups.ask_again();
        self.desktop = Desktop::default();
    }

    /// Notes that the person was active at a time.
    pub fn active(&mut self, at: Timestamp) {
        self.layers.active(at);
    }

    /// Returns the wanted message.
    #[must_use]
    pub fn status_msg(&self) -> &str {
        self.layers.status_msg()
    }
}
