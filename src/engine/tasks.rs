//! The tasks that talk to the homeserver and write files for a front end, which itself never waits for the network.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    select,
    sync::{Notify, mpsc, watch},
    task::JoinSet,
};

mod shutdown;
mod recorder;
mod sign_in;

use crate::store::files::{Files, cannot_be_written, left};
use recorder::Recorder;
use shutdown::{leave, say};
use sign_in::{SignedIn, sign_in_with};

use crate::{
    model::{
        event::{Effect, Entry, PresenceUpdate, SyncPresence, Update},
        history::REACH,
        own::{SavedPresence, Shutdown},
        preferences::Preferences,
        presence::BusyName,
    },
    server::{Orders, Session, follow},
    store::{history::Archive, state_file::StateFile},
};

/// How many updates may wait for the loop before the follower waits with them.
const BACKLOG: usize = 64;

/// The session and its tasks.
pub struct Link {
    files: Option<Files>,
    session: Option<Session>,
    tasks: JoinSet<()>,
    updates: mpsc::Receiver<Update>,
    tell: mpsc::Sender<Update>,
    signed_in: mpsc::Receiver<SignedIn>,
    sign_in: mpsc::Sender<SignedIn>,
    /// Why the session will not be there at the next start.
    unkept: Option<String>,
    publish: watch::Sender<Option<(PresenceUpdate, BusyName)>>,
    sync_presence: watch::Sender<Option<SyncPresence>>,
    retry: Arc<Notify>,
    recorder: Option<Recorder>,
}

impl Link {
    /// A link that leads nowhere yet. What begins here is kept in the files, if there are any.
    #[must_use]
    pub fn new(files: Option<Files>) -> Self {
        let (tell, updates) = mpsc::channel(BACKLOG);
        let (sign_in, signed_in) = mpsc::channel(1);
        let recorder = history(files.as_ref()).map(|archive| Recorder::start(archive, tell.clone()));
        Self {
            files,
            session: None,
            tasks: JoinSet::new(),
            updates,
            tell,
            signed_in,
            sign_in,
            unkept: None,
            publish: watch::Sender::new(None),
            sync_presence: watch::Sender::new(None),
            retry: Arc::new(Notify::new()),
            recorder,
        }
    }

    /// Follows the server with a session, and publishes with it.
    pub fn attach(&mut self, session: Session) {
        self.tasks = JoinSet::new();
        // What the tasks before these still had to say is of no use any more.
        (self.tell, self.updates) = mpsc::channel(BACKLOG);
        if self.session.is_some() {
            // What is wanted of this one comes anew.
            self.sync_presence.send_replace(None);
            self.publish.send_replace(None);
        }
        let orders = Orders { sync_presence: self.sync_presence.subscribe(), retry: self.retry.clone() };
        let (archive, follower, tell) = (history(self.files.as_ref()), session.clone(), self.tell.clone());
        self.tasks.spawn(async move {
            if let Some(archive) = archive {
                let since = Timestamp::now().saturating_sub(REACH).unwrap_or(Timestamp::MIN);
                recorder::recall(archive, follower.account().user_id.clone(), since, &tell).await;
            }
            follow(follower, orders, tell).await;
        });
        self.tasks.spawn(publish(session.clone(), self.publish.subscribe(), self.tell.clone()));
        self.session = Some(session);
    }

    /// The same with the session that is there, from the beginning.
    pub fn attach_again(&mut self) {
        if let Some(session) = self.session.clone() {
            self.attach(session);
        }
    }

    /// What an earlier run, or another one, has left.
    #[must_use]
    pub fn left(&self) -> (Option<SavedPresence>, Option<Preferences>) {
        let files = self.files.as_ref();
        (files.and_then(|files| left(&files.presence)), files.and_then(|files| left(&files.preferences)))
    }

    /// The next update.
    pub async fn next(&mut self) -> Update {
        select! {
            Some(update) = self.updates.recv() => update,
            Some(SignedIn { session, unkept }) = self.signed_in.recv() => {
                self.unkept = unkept;
                let account = session.account().clone();
                self.attach(session);
                Update::SignedIn(account)
            }
        }
    }

    /// Does what the program wants done with the server.
    pub fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::SignIn(credentials) => {
                let file = self.files.as_ref().map(|files| files.session.clone());
                let (sign_in, tell) = (self.sign_in.clone(), self.tell.clone());
                self.tasks.spawn(sign_in_with(credentials, file, sign_in, tell));
            }
            Effect::Publish(put, busy_name) => {
                self.publish.send_replace(Some((put, busy_name)));
            }
            Effect::SyncPresence(sync_presence) => {
                self.sync_presence.send_replace(Some(sync_presence));
            }
            Effect::LookUpOwn => {
                self.ask(async |session| Update::OwnStatus(session.look_up_own().await));
            }
            Effect::LookUpSessions => {
                self.ask(async |session| {
                    let sessions = session.other_sessions().await;
                    let sessions = sessions.inspect_err(|trouble| tracing::info!(%trouble, "sessions"));
                    Update::Sessions(sessions.unwrap_or_default())
                });
            }
            Effect::LookUp(user_id) => self.ask(async |session| {
                let status = session.presence_of(&user_id).await;
                let status = status.inspect_err(|trouble| tracing::info!(%trouble, "no presence"));
                Update::LookedUp { user_id, status: status.ok().flatten() }
            }),
            Effect::LookUpTimeZone(user_id) => self.ask(async |session| {
                let zone = session.time_zone_of(&user_id).await;
                let zone = zone.inspect_err(|trouble| tracing::info!(%trouble, "no profile"));
                Update::TimeZone { user_id, zone: zone.ok().flatten() }
            }),
            Effect::Record(entries) => self.record(entries),
            Effect::Retry => self.retry.notify_one(),
            Effect::AskDesktop
            | Effect::SavePresence
            | Effect::SavePreferences
            | Effect::Tell(_)
            | Effect::Changed(_)
            | Effect::Suspend
            | Effect::Copy(_)
            | Effect::Open(_)
            | Effect::CaptureMouse(_)
            | Effect::Quit => {}
        }
    }

    /// Asks the server something, and tells the answer as an update.
    fn ask<F>(&mut self, question: impl FnOnce(Session) -> F)
    where
        F: Future<Output = Update> + Send + 'static,
    {
        if let Some(session) = self.session.clone() {
            let (tell, answer) = (self.tell.clone(), question(session));
            self.tasks.spawn(async move {
                let _ = tell.send(answer.await).await;
            });
        }
    }

    fn record(&self, entries: Vec<Entry>) {
        if let (Some(recorder), Some(session)) = (&self.recorder, &self.session) {
            recorder.record(session.account().user_id.clone(), entries);
        }
    }

    /// Writes down that nothing is heard from now on, and what is left to be written.
    pub async fn end_record(&mut self) {
        self.record(vec![Entry::Ended(Timestamp::now())]);
        if let Some(recorder) = self.recorder.take() {
            recorder.end().await;
        }
    }

    /// Writes down what is to outlive the program, before anything else happens: it is little, and rare, and of
    /// use only if it is there when the program is killed.
    pub fn keep(&self, saved: &SavedPresence) {
        if let Some(files) = &self.files {
            self.write(&files.presence, saved, Update::PresenceNotSaved);
        }
    }

    /// Writes down what the person has chosen in the dashboard.
    pub fn save_preferences(&self, preferences: &Preferences) {
        if let Some(files) = &self.files {
            self.write(&files.preferences, preferences, Update::PreferencesNotSaved);
        }
    }

    fn write<T: Serialize + DeserializeOwned>(
        &self,
        file: &StateFile<T>,
        value: &T,
        failed: impl FnOnce(String) -> Update,
    ) {
        if let Err(error) = file.save(value) {
            // A full backlog means that the loop will be here again.
            let _ = self.tell.try_send(failed(cannot_be_written(file, &error)));
        }
    }

    /// Says what the person has to know once the terminal is theirs again.
    pub fn say_what_failed(&self) {
        if let Some(unkept) = &self.unkept {
            say(&format!("whosin: {unkept}"));
        }
    }

    /// Tells the server good-bye, within seconds, and the person what others go on seeing.
    pub async fn shut_down(&mut self, shutdown: Shutdown) {
        self.tasks.abort_all();
        if let Some(session) = &self.session {
            leave(session, shutdown).await;
        }
    }
}

fn history(files: Option<&Files>) -> Option<Archive> {
    files?.history.clone()
}

/// Sends each newest wish, one at a time.
async fn publish(
    session: Session,
    mut wishes: watch::Receiver<Option<(PresenceUpdate, BusyName)>>,
    tell: mpsc::Sender<Update>,
) {
    while wishes.changed().await.is_ok() {
        let wish = wishes.borrow_and_update().clone();
        if let Some((put, busy_name)) = wish {
            let answer = session.publish(put, busy_name).await;
            if tell.send(Update::Published(answer)).await.is_err() {
                return;
            }
        }
    }
}
