//! A sign-in under way, as plain data for a front end.

use jiff::Timestamp;
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};

use super::{
    code::{Dialogue, PATIENCE},
    error::SignInError,
    redirect::RedirectError,
    sign_out::sign_out,
};
use crate::model::session::SavedSession;

/// How many reports may wait for the front end before the sign-in waits with them.
const BACKLOG: usize = 16;

/// What a sign-in reports.
pub enum Progress {
    /// Open this address in a browser here. Or anywhere, and paste the address at which it ends.
    Address(String),
    /// Open an address in a browser anywhere, and type the code. Each report replaces the one before.
    Code {
        /// Where the code is typed.
        address: String,
        /// The same with the code in it, where the server has that.
        complete: Option<String>,
        /// The code, exactly as the person types it.
        code: String,
        /// When the next code follows.
        expires_at: Timestamp,
    },
    /// The server does not answer now. The sign-in goes on.
    Unreachable(String),
    /// What was pasted is not it. The sign-in waits on.
    PasteRefused(RedirectError),
    /// Signed in. The last report.
    Done(Box<SavedSession>),
    /// It did not work. The last report.
    Failed(SignInError),
}

/// Addresses and codes are for the person, and belong in no log.
impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(_) => f.write_str("Address([redacted])"),
            Self::Code { expires_at, .. } => {
                f.debug_struct("Code").field("expires_at", expires_at).finish_non_exhaustive()
            }
            Self::Unreachable(why) => f.debug_tuple("Unreachable").field(why).finish(),
            Self::PasteRefused(error) => f.debug_tuple("PasteRefused").field(error).finish(),
            Self::Done(session) => f.debug_tuple("Done").field(session).finish(),
            Self::Failed(error) => f.debug_tuple("Failed").field(error).finish(),
        }
    }
}

/// A sign-in under way. Dropping it ends it at once, and with it a session that was not handed out yet.
#[derive(Debug)]
pub struct Flow {
    progress: mpsc::Receiver<Progress>,
    paste: mpsc::Sender<String>,
    /// `None` after the last report.
    task: Option<JoinHandle<Result<UnclaimedSession, SignInError>>>,
}

impl Flow {
    pub(super) fn start<F>(sign_in: impl FnOnce(Dialogue) -> F) -> Self
    where
        F: Future<Output = Result<SavedSession, SignInError>> + Send + 'static,
    {
        let (report, progress) = mpsc::channel(BACKLOG);
        let (paste, pasted) = mpsc::channel(BACKLOG);
        let session = sign_in(Dialogue { patience: PATIENCE, progress: report, pasted });
        let task = tokio::spawn(async move { session.await.map(|session| UnclaimedSession(Some(session))) });
        Self { progress, paste, task: Some(task) }
    }

    /// Returns the next report. `None` after the last one. Cancel safe.
    pub async fn next(&mut self) -> Option<Progress> {
        // The channel ends when the task does.
        if let Some(progress) = self.progress.recv().await {
            return Some(progress);
        }
        let ended = self.task.as_mut()?.await;
        self.task = None;
        Some(match ended.ok()? {
            Ok(session) => Progress::Done(Box::new(session.take()?)),
            Err(error) => Progress::Failed(error),
        })
    }

    /// Passes on what the person pasted: the address at which the browser ended.
    pub fn paste(&self, text: String) {
        // A full backlog holds enough of them already.
        let _ = self.paste.try_send(text);
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// A session that nobody has taken yet. Dropping it ends it on the server, where nobody would know of it.
#[derive(Debug)]
struct UnclaimedSession(Option<SavedSession>);

impl UnclaimedSession {
    fn take(mut self) -> Option<SavedSession> {
        self.0.take()
    }
}

impl Drop for UnclaimedSession {
    fn drop(&mut self) {
        if let (Some(session), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = sign_out(&session).await {
                    tracing::warn!(%error, "a session that nobody took lives on");
                }
            });
        }
    }
}
