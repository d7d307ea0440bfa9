//! The tasks that talk to the homeserver for the loop, which itself never waits for the network.

use std::{io::Write, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use crate::{
    event::{Answer, Credentials, Effect, Put, Update},
    matrix::{Orders, Session, SessionFile, follow},
    presence::Presence,
};

/// How many updates may wait for the loop before the follower waits with them.
const BACKLOG: usize = 64;
/// How long taking leave may take.
const LEAVE: Duration = Duration::from_secs(3);
/// How long it may take if others would go on seeing busy for an hour: one turn of the server's limit.
const LEAVE_BUSY: Duration = Duration::from_secs(12);

/// The session and its tasks.
pub struct Link {
    file: Option<SessionFile>,
    session: Option<Session>,
    tasks: JoinSet<()>,
    updates: mpsc::Receiver<Update>,
    tell: mpsc::Sender<Update>,
    signed_in: mpsc::Receiver<SignedIn>,
    sign_in: mpsc::Sender<SignedIn>,
    /// Why the session will not be there at the next start.
    unkept: Option<String>,
    publish: watch::Sender<Option<Put>>,
    sync_as: watch::Sender<Option<Presence>>,
    retry: Arc<Notify>,
}

/// A new session.
struct SignedIn {
    session: Session,
    /// Why it could not be kept, if it could not.
    unkept: Option<String>,
}

impl Link {
    /// A link that leads nowhere yet. Sessions that begin here are kept in the file, if there is one.
    #[must_use]
    pub fn new(file: Option<SessionFile>) -> Self {
        let (tell, updates) = mpsc::channel(BACKLOG);
        let (sign_in, signed_in) = mpsc::channel(1);
        Self {
            file,
            session: None,
            tasks: JoinSet::new(),
            updates,
            tell,
            signed_in,
            sign_in,
            unkept: None,
            publish: watch::Sender::new(None),
            sync_as: watch::Sender::new(None),
            retry: Arc::new(Notify::new()),
        }
    }

    /// Follows the server with a session, and publishes with it.
    pub fn attach(&mut self, session: Session) {
        self.tasks = JoinSet::new();
        self.sync_as.send_replace(None);
        self.publish.send_replace(None);
        let orders = Orders { sync_as: self.sync_as.subscribe(), retry: self.retry.clone() };
        self.tasks.spawn(follow(session.clone(), orders, self.tell.clone()));
        self.tasks.spawn(publish(session.clone(), self.publish.subscribe(), self.tell.clone()));
        self.session = Some(session);
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
                let (file, sign_in, tell) = (self.file.clone(), self.sign_in.clone(), self.tell.clone());
                self.tasks.spawn(sign_in_with(credentials, file, sign_in, tell));
            }
            Effect::Publish(put) => {
                self.publish.send_replace(Some(put));
            }
            Effect::SyncAs(presence) => {
                self.sync_as.send_replace(Some(presence));
            }
            Effect::LookUpOwn => {
                if let Some(session) = self.session.clone() {
                    let tell = self.tell.clone();
                    self.tasks.spawn(async move {
                        let _ = tell.send(Update::OwnStatus(session.look_up_own().await)).await;
                    });
                }
            }
            Effect::Retry => self.retry.notify_one(),
            Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Says what the person has to know once the terminal is theirs again.
    pub fn say_what_failed(&self) {
        if let Some(unkept) = &self.unkept {
            say(&format!("whosin: {unkept}"));
        }
    }

    /// Tells the server good-bye, within seconds, and the person what others go on seeing if that fails.
    pub async fn take_leave(&mut self, put: Put, busy: bool) {
        self.tasks.abort_all();
        let Some(session) = &self.session else { return };
        let server = session.account().user_id.server_name();
        let limit = if busy { LEAVE_BUSY } else { LEAVE };
        let left = select! {
            left = timeout(limit, leave(session, put, busy)) => left == Ok(true),
            _ = tokio::signal::ctrl_c() => false,
        };
        if busy && !left {
            say(&format!("whosin: {server} did not end busy; others may go on seeing it for up to an hour."));
        }
    }
}

/// Sends the last state; where the server limits changes, waits for a turn if leaving busy depends on it.
async fn leave(session: &Session, put: Put, busy: bool) -> bool {
    loop {
        match session.publish(put.clone()).await {
            // Accepted is not seen: another session, or one from before a restart of the server, may hold busy.
            Answer::Accepted if busy => {
                let seen = session.look_up_own().await;
                return seen.is_none_or(|seen| seen.presence != Presence::Busy);
            }
            Answer::Accepted => return true,
            Answer::Limited(wait) if busy => {
                let seconds = wait.as_secs_f64().ceil();
                say(&format!(
                    "whosin: ending busy in {seconds} s, when the server takes it. Ctrl-C: leave it."
                ));
                tokio::time::sleep(wait).await;
            }
            _ => return false,
        }
    }
}

/// Writes a line for the person, if there still is a terminal.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Sends each newest wish, one at a time.
async fn publish(session: Session, mut wishes: watch::Receiver<Option<Put>>, tell: mpsc::Sender<Update>) {
    while wishes.changed().await.is_ok() {
        let wish = wishes.borrow_and_update().clone();
        if let Some(put) = wish {
            let answer = session.publish(put).await;
            if tell.send(Update::Published(answer)).await.is_err() {
                return;
            }
        }
    }
}

/// Signs in and keeps the session. One that cannot be kept is used all the same.
async fn sign_in_with(
    credentials: Credentials,
    file: Option<SessionFile>,
    sign_in: mpsc::Sender<SignedIn>,
    tell: mpsc::Sender<Update>,
) {
    match Session::sign_in(&credentials).await {
        Ok(session) => {
            let unkept = file.zip(session.kept()).and_then(|(file, kept)| {
                let error = file.save(&kept).err()?;
                Some(format!("the session is not kept, {} cannot be written: {error}", file.path().display()))
            });
            let _ = sign_in.send(SignedIn { session, unkept }).await;
        }
        Err(trouble) => {
            let _ = tell.send(Update::SignInFailed(trouble.to_string())).await;
        }
    }
}
