//! The engine's tasks: requests to the homeserver and file writes, so that the loop waits for neither.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    select,
    sync::{Mutex, Notify, mpsc, watch},
    task::{JoinHandle, spawn_blocking},
    time::{sleep, timeout},
};

mod recorder;
mod supervisor;

use recorder::Recorder;
use supervisor::Supervisor;

use super::shutdown::{shut_down, stay_offline};
use crate::{
    model::{
        Model,
        cache::{Cache, Position},
        event::{Effect, Entry, PresenceUpdate, SyncPresence, Update},
        history::REACH,
        own::{SavedPresence, SessionPresence, Shutdown},
        preferences::Preferences,
        presence::BusyName,
    },
    server::{Session, SyncControl, follow},
    store::{files::Files, history::Archive, state_file::StateFile},
};

/// How many updates may wait for the loop before `/sync` waits too.
const BACKLOG: usize = 64;
/// How long a presence waits for the first `/sync` of a connection.
const CATCH_UP: Duration = Duration::from_secs(2);
/// How long the end waits for a presence that is on its way.
const IN_FLIGHT: Duration = Duration::from_secs(3);
/// How long to wait before an essential task is restarted.
const RESTART: Duration = Duration::from_secs(5);

/// The session and its tasks.
pub(super) struct Tasks {
    files: Option<Files>,
    /// Whether the last save of the wanted presence failed.
    presence_failed: bool,
    /// Whether the last save of pins and notifications failed.
    preferences_failed: bool,
    /// What any process of the profile has saved last.
    saved: Option<StateFile<SavedPresence>>,
    cache: Option<StateFile<Cache>>,
    /// The position of the contacts that were last kept, and how many look-ups were answered by then.
    kept: Option<(String, usize)>,
    keeping: Option<JoinHandle<()>>,
    session: Option<Session>,
    running: Supervisor,
    updates: mpsc::Receiver<Update>,
    tell: mpsc::Sender<Update>,
    publish: watch::Sender<Option<(PresenceUpdate, BusyName)>>,
    /// Locked while a presence is on its way to the server.
    publishing: Arc<Mutex<()>>,
    sync_presence: watch::Sender<Option<SyncPresence>>,
    retry: Arc<Notify>,
    recorder: Option<Recorder>,
}

impl Tasks {
    /// Returns tasks without a session.
    pub(super) fn new(
        files: Option<Files>,
        saved: Option<StateFile<SavedPresence>>,
        cache: Option<StateFile<Cache>>,
    ) -> Self {
        let (tell, updates) = mpsc::channel(BACKLOG);
        Self {
            recorder: archive(files.as_ref()).map(Recorder::start),
            files,
            presence_failed: false,
            preferences_failed: false,
            saved,
            cache,
            kept: None,
            keeping: None,
            session: None,
            running: Supervisor::default(),
            updates,
            tell,
            publish: watch::Sender::new(None),
            publishing: Arc::default(),
            sync_presence: watch::Sender::new(None),
            retry: Arc::new(Notify::new()),
        }
    }

    /// Changes where the history and the contacts are kept. What is pending is written where it was to be.
    pub(super) fn keep_in(&mut self, files: &Files) {
        (self.cache, self.kept) = (files.cache.clone(), None);
        let Some(before) = self.files.as_mut().filter(|before| before.history != files.history) else {
            return;
        };
        before.history.clone_from(&files.history);
        let recorder = archive(Some(before)).map(Recorder::start);
        if let Some(recorder) = std::mem::replace(&mut self.recorder, recorder) {
            tokio::spawn(recorder.end());
        }
    }

    /// Starts to follow the server with a session, from a position.
    pub(super) fn attach(&mut self, session: Session, position: Position) {
        self.session = Some(session);
        self.start(Duration::ZERO, position);
    }

    /// Follows the server from the beginning. Answers to requests from a position are dropped.
    pub(super) fn begin_anew(&mut self) {
        self.sync_presence.send_replace(None);
        self.start(Duration::ZERO, Position::default());
    }

    /// Starts the essential tasks after a delay. Replaces running ones.
    fn start(&mut self, delay: Duration, position: Position) {
        let Some(session) = self.session.clone() else { return };
        self.running = Supervisor::default();
        // Drops pending updates of the previous tasks.
        (self.tell, self.updates) = mpsc::channel(BACKLOG);
        // A new one each time: the tasks before may have ended while they held it.
        let catching_up: Arc<Mutex<()>> = Arc::default();
        let control = SyncControl {
            sync_presence: self.sync_presence.subscribe(),
            session_presence: self.session_presence(&session),
            retry: self.retry.clone(),
            catching_up: catching_up.clone(),
        };
        let recall = archive(self.files.as_ref()).filter(|_| delay.is_zero());
        let (follower, tell) = (session.clone(), self.tell.clone());
        self.running.spawn_essential("following the server", async move {
            sleep(delay).await;
            if let Some(archive) = recall {
                let since = Timestamp::now().saturating_sub(REACH).unwrap_or(Timestamp::MIN);
                recorder::recall(archive, follower.account().user_id.clone(), since, &tell).await;
            }
            follow(follower, control, position, tell).await;
        });
        let locks = Locks { catching_up, publishing: self.publishing.clone() };
        let newest = self.publish.subscribe();
        self.running
            .spawn_essential("publishing presence", publish(session, newest, locks, self.tell.clone()));
    }

    /// Returns a function that reads which state the session has set last.
    fn session_presence(&self, session: &Session) -> Arc<dyn Fn() -> Option<SessionPresence> + Send + Sync> {
        let (saved, device_id) = (self.saved.clone(), session.account().device_id.clone());
        Arc::new(move || {
            let saved = saved.as_ref()?.load().inspect_err(|error| tracing::warn!(%error, "presence.json"));
            saved.ok()??.session.filter(|it| it.device_id == device_id)
        })
    }

    /// Waits for the next update. Cancel safe.
    pub(super) async fn next(&mut self) -> Update {
        let problem = async {
            match &mut self.recorder {
                Some(recorder) => recorder.problem().await,
                None => std::future::pending().await,
            }
        };
        select! {
            biased;
            Some(update) = self.updates.recv() => {
                if let Update::SignedOut = update {
                    // Without a session there is nothing to do.
                    self.running = Supervisor::default();
                }
                update
            }
            problem = problem => Update::Problem(problem.into()),
            why = self.running.failed() => self.restart(&why),
        }
    }

    /// Restarts the essential tasks after one has ended. Returns the update about the lost connection.
    fn restart(&mut self, why: &str) -> Update {
        tracing::error!(why, "an essential task has ended");
        // Sends the newest presence again, because the result of the last request is unknown.
        self.publish.send_replace(None);
        self.start(RESTART, Position::default());
        Update::Lost { reason: format!("whosin failed: {why}. This is a bug.").into(), retry_in: RESTART }
    }

    /// Carries out an effect that needs the server or the history.
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Publish(update, busy_name) => {
                self.publish.send_replace(Some((update, busy_name)));
            }
            Effect::SyncPresence(sync_presence) => {
                self.sync_presence.send_replace(Some(sync_presence));
            }
            Effect::PublishStatus(update) => {
                self.ask(async |session| Update::StatusPublished(session.publish_status(update).await));
            }
            Effect::LookUpOwn => {
                self.ask(async |session| Update::OwnStatus(session.look_up_own().await));
            }
            Effect::LookUpSessions => {
                // No answer does not mean that there is no session: those that are known stay.
                self.ask_for(async |session| {
                    let sessions = session.other_sessions().await;
                    sessions
                        .inspect_err(|error| tracing::info!(%error, "no sessions"))
                        .ok()
                        .map(Update::Sessions)
                });
            }
            Effect::LookUp(user_id) => self.ask(async |session| {
                let presence = session.presence_of(&user_id).await;
                let presence = presence.inspect_err(|error| tracing::info!(%error, "no presence"));
                Update::LookedUp { user_id, presence: presence.ok() }
            }),
            Effect::LookUpProfile(user_id) => self.ask(async |session| {
                let answer = session.profile_of(&user_id).await;
                Update::Profile { user_id, answer }
            }),
            Effect::Record(entries) => self.record(entries),
            Effect::Retry => self.retry.notify_one(),
            Effect::AskIdle
            | Effect::SavePresence
            | Effect::SavePreferences
            | Effect::Notify(_)
            | Effect::Changed(_)
            | Effect::StatusChanged(_) => {}
        }
    }

    /// Sends a request. The answer becomes an update.
    fn ask<F>(&mut self, question: impl FnOnce(Session) -> F)
    where
        F: Future<Output = Update> + Send + 'static,
    {
        self.ask_for(|session| question(session).map(Some));
    }

    /// Sends a request. The answer becomes an update, if there is one.
    fn ask_for<F>(&mut self, question: impl FnOnce(Session) -> F)
    where
        F: Future<Output = Option<Update>> + Send + 'static,
    {
        if let Some(session) = self.session.clone() {
            let (tell, answer) = (self.tell.clone(), question(session));
            self.running.spawn(async move {
                if let Some(update) = answer.await {
                    let _ = tell.send(update).await;
                }
            });
        }
    }

    fn record(&mut self, entries: Vec<Entry>) {
        if let (Some(recorder), Some(session)) = (&mut self.recorder, &self.session) {
            recorder.record(session.account().user_id.clone(), entries);
        }
    }

    /// Ends the history: writes the last entry and everything pending.
    pub(super) async fn end_record(&mut self) {
        self.record(vec![Entry::Ended(Timestamp::now())]);
        if let Some(recorder) = self.recorder.take() {
            recorder.end().await;
        }
    }

    /// Saves the wanted presence before anything else happens, so that it survives a killed process. It is small and
    /// changes rarely.
    pub(super) fn save_presence(&mut self, presence: &SavedPresence) {
        let Some(files) = &self.files else { return };
        let update = match save(&files.presence, presence) {
            Err(why) => Some(Update::PresenceNotSaved(why)),
            Ok(()) => self.presence_failed.then_some(Update::PresenceSaved),
        };
        self.presence_failed = self.tell_failed(update);
    }

    /// Saves pins and notifications.
    pub(super) fn save_preferences(&mut self, preferences: &Preferences) {
        let Some(files) = &self.files else { return };
        // What is in a file that cannot be read is chosen by the person, maybe with a newer whosin. It is not replaced.
        let file = &files.preferences;
        let readable = file.load().map(drop);
        let readable = readable.map_err(|error| format!("{} cannot be read: {error}", file.path().display()));
        let update = match readable.and_then(|()| save(file, preferences)) {
            Err(why) => Some(Update::PreferencesNotSaved(why)),
            Ok(()) => self.preferences_failed.then_some(Update::PreferencesSaved),
        };
        self.preferences_failed = self.tell_failed(update);
    }

    /// Tells what is new about a save. Returns whether the next one that succeeds is news.
    fn tell_failed(&self, update: Option<Update>) -> bool {
        let Some(update) = update else { return false };
        let failed = matches!(update, Update::PresenceNotSaved(_) | Update::PreferencesNotSaved(_));
        // If the channel is full, the loop will save again.
        self.tell.try_send(update).is_err() || failed
    }

    /// Notes that the contacts are those of the file. Returns whether there are any.
    pub(super) fn note_kept(&mut self, model: &Model) -> bool {
        self.kept = reached(model);
        self.kept.is_some()
    }

    /// Keeps the contacts for the next start, without delaying the loop. Returns whether there is anything to keep.
    pub(super) fn save_cache(&mut self, model: &Model) -> bool {
        let Some(write) = self.cache(model) else { return false };
        self.keeping = Some(tokio::spawn(write));
        true
    }

    /// Like [`Tasks::save_cache`], but waits.
    pub(super) async fn finish_cache(&mut self, model: &Model) {
        if let Some(keeping) = self.keeping.take() {
            let _ = keeping.await;
        }
        if let Some(write) = self.cache(model) {
            write.await;
        }
    }

    /// Returns the write of the contacts, if there is anything new. A failure costs only the time of the next start.
    fn cache(&mut self, model: &Model) -> Option<impl Future<Output = ()> + Send + use<>> {
        // Most events leave the position as it is.
        let reached = reached(model)?;
        if self.kept.as_ref() == Some(&reached) {
            return None;
        }
        let (file, (cache, contacts)) = (self.cache.clone()?, model.cache()?);
        self.kept = Some(reached);
        let json = StateFile::<Cache>::encode(&cache, &contacts);
        Some(async move {
            let written = spawn_blocking(move || file.write(&json?)).await;
            if let Ok(Err(error)) = written {
                tracing::warn!(%error, "the contacts are not kept for the next start");
            }
        })
    }

    /// Ends the tasks of somebody who is offline, and makes sure that others see that.
    pub(super) async fn stay_offline(&mut self, put: PresenceUpdate) {
        self.running = Supervisor::default();
        if let Some(session) = &self.session {
            stay_offline(session, put).await;
        }
    }

    /// Leaves the server within seconds. `say` receives what others still see.
    pub(super) async fn shut_down(&mut self, shutdown: Shutdown, say: impl Fn(&str)) {
        // The server may answer two requests in any order. One that sets busy must not come after the last one.
        self.publish.send_replace(None);
        let _ = timeout(IN_FLIGHT, self.publishing.lock()).await;
        self.running = Supervisor::default();
        if let Some(session) = &self.session {
            shut_down(session, shutdown, say).await;
        }
    }
}

/// Returns the position of the contacts, and how many look-ups were answered. `None`: something is still loading.
fn reached(model: &Model) -> Option<(String, usize)> {
    Some((model.since()?.to_owned(), model.looked_up()))
}

fn archive(files: Option<&Files>) -> Option<Archive> {
    files?.history.clone()
}

/// Saves a value. The error is a sentence that says which file cannot be written, and why.
fn save<T: Serialize + DeserializeOwned>(file: &StateFile<T>, value: &T) -> Result<(), String> {
    file.save(value).map_err(|error| format!("{} cannot be written: {error}", file.path().display()))
}

/// What orders the requests that set the presence.
struct Locks {
    /// See [`SyncControl::catching_up`].
    catching_up: Arc<Mutex<()>>,
    /// Locked while a presence is on its way to the server.
    publishing: Arc<Mutex<()>>,
}

/// Publishes the newest presence, one request at a time.
async fn publish(
    session: Session,
    mut newest: watch::Receiver<Option<(PresenceUpdate, BusyName)>>,
    locks: Locks,
    tell: mpsc::Sender<Update>,
) {
    while newest.changed().await.is_ok() {
        let presence = newest.borrow_and_update().clone();
        if let Some((update, busy_name)) = presence {
            let _ = timeout(CATCH_UP, locks.catching_up.lock()).await;
            let in_flight = locks.publishing.lock().await;
            let answer = session.publish(update, busy_name).await;
            drop(in_flight);
            if tell.send(Update::Published(answer)).await.is_err() {
                return;
            }
        }
    }
}
