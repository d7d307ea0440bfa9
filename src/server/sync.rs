//! Following the homeserver: greet, `/sync` for ever, come back after every failure.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::{StreamExt, pin_mut};
use matrix_sdk::{
    config::RequestConfig,
    ruma::{
        OwnedRoomId,
        api::client::{filter::FilterDefinition, sync::sync_events::v3},
    },
};
use serde_json::json;
use tokio::{
    select,
    sync::{Notify, mpsc, watch},
    time::{Instant, sleep},
};

use super::{
    Kind, PATIENCE, Session, Trouble,
    calls::CALL_EVENTS,
    polling::{HotLoopGuard, LONGEST_DELAY, Polls, back_off, delay},
    read,
    rooms::ROOM_EVENTS,
};
use crate::model::{
    event::{Greeting, SyncPresence, Update},
    presence::Presence,
    quirks::ServerKind,
};

/// How long a first `/sync` may take: big accounts on cold servers need minutes.
const FIRST: Duration = Duration::from_mins(5);

/// What the program can tell a follower on its way.
#[derive(Clone)]
pub struct Orders {
    /// The `set_presence` of each `/sync`; nothing is asked until there is one.
    pub sync_presence: watch::Receiver<Option<SyncPresence>>,
    /// Try again now.
    pub retry: Arc<Notify>,
}

/// Tells all that the homeserver says until nobody listens or the session is over.
pub async fn follow(session: Session, mut orders: Orders, updates: mpsc::Sender<Update>) {
    let mut follower = Follower {
        session,
        updates,
        since: None,
        failures: 0,
        rooms: HashSet::new(),
        unknown: Vec::new(),
        caught_up: false,
        server_kind: ServerKind::default(),
        polls: Polls::default(),
    };
    loop {
        let Err(end) = follower.run(&mut orders).await;
        let End::Trouble(trouble) = end else { return };
        if trouble.kind == Kind::SignedOut {
            tracing::warn!("the server has ended the session");
            let _ = follower.updates.send(Update::SignedOut).await;
            return;
        }
        let retry_in = match trouble.kind {
            Kind::Limited(wait) => wait,
            _ => back_off(follower.failures, fastrand::f64()),
        };
        follower.failures += 1;
        tracing::warn!(%trouble, ?retry_in, "connection lost");
        if follower.tell(Update::Lost { reason: trouble.to_string(), retry_in }).await.is_err() {
            return;
        }
        select! {
            () = sleep(retry_in) => {}
            () = orders.retry.notified() => {}
        }
    }
}

struct Follower {
    session: Session,
    updates: mpsc::Sender<Update>,
    since: Option<String>,
    failures: u32,
    rooms: HashSet<OwnedRoomId>,
    /// Those of them whose members are not known, or not all.
    unknown: Vec<OwnedRoomId>,
    /// Whether the server has answered a `/sync` on this connection.
    caught_up: bool,
    server_kind: ServerKind,
    /// How long to let the server wait for news.
    polls: Polls,
}

enum End {
    Trouble(Trouble),
    /// Nobody listens any more.
    Unheard,
}

enum Never {}

impl Follower {
    async fn run(&mut self, orders: &mut Orders) -> Result<Never, End> {
        let greeting = self.greet().await?;
        self.tell(Update::Connected(greeting)).await?;
        orders.sync_presence.wait_for(Option::is_some).await.map_err(|_| End::Unheard)?;
        let mut brake = HotLoopGuard::default();
        self.caught_up = false;
        loop {
            self.introduce_members().await?;
            let sync_presence = self.say(orders).await;
            let asked = Instant::now();
            let had_news = self.sync(sync_presence).await?;
            self.failures = 0;
            self.caught_up = true;
            let pause =
                self.polls.pause(asked.elapsed(), had_news).max(brake.after(asked.elapsed(), had_news));
            sleep(pause).await;
        }
    }

    /// What the next `/sync` says of us. Whoever only watches says what changes nothing, at a time at which that takes
    /// no turn away from another session of ours, within reason.
    async fn say(&self, orders: &Orders) -> Option<SyncPresence> {
        let sync_presence = orders.sync_presence.borrow().clone()?;
        if !sync_presence.watching {
            return Some(sync_presence);
        }
        if self.server_kind.obeys_offline() {
            let seen = self.session.look_up_own().await;
            return Some(SyncPresence {
                presence: seen.map_or(Presence::Offline, |seen| seen.presence),
                ..sync_presence
            });
        }
        let begun = Instant::now();
        while self.server_kind.spreads_busy() && begun.elapsed() < LONGEST_DELAY {
            match delay(self.session.look_up_own().await.as_ref()) {
                Duration::ZERO => break,
                wait => sleep(wait).await,
            }
        }
        Some(sync_presence)
    }

    /// Asks what the server can do, and what it shows of us.
    async fn greet(&mut self) -> Result<Greeting, End> {
        let session = &self.session;
        let (busy_offered, software, own) =
            tokio::join!(session.offers_busy(), session.software(), session.look_up_own());
        let busy_offered = busy_offered.map_err(End::Trouble)?;
        tracing::info!(server = %self.session.account.homeserver, ?software, busy_offered, "connected");
        // One that says nothing this time is still what it was.
        if let Some(software) = &software {
            self.server_kind = ServerKind::of(software);
            self.polls = Polls::of(self.server_kind);
        }
        Ok(Greeting { busy_offered, software, own })
    }

    /// Asks for news once, and says whether there were any of others.
    async fn sync(&mut self, sync_presence: Option<SyncPresence>) -> Result<bool, End> {
        let initial = self.since.is_none();
        let says_busy = sync_presence.as_ref().is_some_and(|it| it.presence == Presence::Busy);
        let watching = sync_presence.as_ref().is_some_and(|it| it.watching);
        let mut request = v3::Request::new();
        request.filter = Some(v3::Filter::FilterDefinition(filter()));
        request.since.clone_from(&self.since);
        if let Some(it) = &sync_presence {
            request.set_presence = it.presence.to_wire(it.busy_name).into();
        }
        // The first answer says that all on screen is true again, news or not: nothing to wait for.
        let poll = self.polls.timeout(watching, fastrand::f64());
        request.timeout = Some(match (self.caught_up, watching) {
            (true, _) => poll,
            // Synapse repeats its answer to a first question for two minutes if nothing in it differs. A dashboard
            // catches up with the next; a command has only this one.
            (false, true) if initial => Duration::from_millis(fastrand::u64(1..1_000)),
            _ => Duration::ZERO,
        });
        let patience = if initial { FIRST } else { poll + PATIENCE };
        let config = RequestConfig::new().disable_retry().timeout(patience);
        let response = self.session.client.send(request).with_request_config(config).await;
        let response = match response.map_err(|error| self.session.trouble(&error)) {
            Ok(response) => response,
            Err(Trouble { kind: Kind::Refused(400, _), .. }) if says_busy => {
                self.tell(Update::SyncRefusedBusy).await?;
                return Ok(false);
            }
            Err(trouble) => return Err(End::Trouble(trouble)),
        };
        if initial {
            self.unknown = self.session.joined_rooms().await.map_err(|error| self.trouble(&error))?;
            self.rooms = self.unknown.iter().cloned().collect();
        } else {
            self.look_for_gaps(&response.rooms);
        }
        self.since = Some(response.next_batch.clone());
        let synced = read(response, initial);
        let (presence, rooms) = (synced.presence.len(), synced.members.len());
        tracing::debug!(initial, presence, rooms, "synced");
        let me = &self.session.account.user_id;
        let had_news = synced.presence.iter().any(|event| event.sender != *me) || !synced.members.is_empty();
        self.tell(Update::Synced(synced)).await?;
        if initial && self.unknown.is_empty() {
            self.tell(Update::Members { rooms: Vec::new(), missing: 0 }).await?;
        }
        Ok(had_news)
    }

    /// Notes the rooms in which we are new, and those of which the response leaves something out.
    fn look_for_gaps(&mut self, rooms: &v3::Rooms) {
        for (room_id, room) in &rooms.join {
            if self.rooms.insert(room_id.clone()) || room.timeline.limited {
                self.unknown.push(room_id.clone());
            }
        }
        for room_id in rooms.leave.keys() {
            self.rooms.remove(room_id);
        }
    }

    /// Tells who is in the rooms that are not known. They are asked for after the `/sync` that named them, so
    /// that what the next one says about them is newer.
    async fn introduce_members(&mut self) -> Result<(), End> {
        let mut missing = self.unknown.len();
        let members = self.session.members(self.unknown.clone());
        pin_mut!(members);
        while let Some(arrived) = members.next().await {
            let rooms = arrived.into_iter().collect::<Result<Vec<_>, _>>().map_err(End::Trouble)?;
            missing -= rooms.len();
            self.tell(Update::Members { rooms, missing }).await?;
        }
        self.unknown.clear();
        Ok(())
    }

    async fn tell(&self, update: Update) -> Result<(), End> {
        self.updates.send(update).await.map_err(|_| End::Unheard)
    }

    fn trouble(&self, error: &matrix_sdk::HttpError) -> End {
        End::Trouble(self.session.trouble(error))
    }
}

/// Presence, direct and ignored users, joins, leaves and renames, calls, and what rooms are; no messages, which would
/// wake the poll.
fn filter() -> FilterDefinition {
    let state = [&CALL_EVENTS[..], &ROOM_EVENTS].concat();
    let timeline = [&["m.room.member"][..], &state].concat();
    let filter = json!({
        "presence": {"types": ["m.presence"]},
        "account_data": {"types": ["m.direct", "m.ignored_user_list"]},
        "room": {
            "timeline": {"types": timeline, "limit": 50},
            "state": {"types": state, "lazy_load_members": true},
            "ephemeral": {"types": []},
            "account_data": {"types": []},
        },
    });
    serde_json::from_value(filter).expect("is a filter")
}
