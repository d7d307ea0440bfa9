//! Where an observer hears what happens.

use std::{future::pending, time::Duration};

use tokio::time::timeout;

use crate::{
    engine::ipc::Caller,
    model::{control::Request, event::Update},
    server::Session,
};

/// How long to wait for a dashboard to say that it is there: it does at once, unless it is stopped.
const TURN: Duration = Duration::from_secs(2);

/// Whoever tells.
pub(super) enum Source {
    /// It is to be found out.
    Unknown,
    /// The running dashboard of the profile.
    Dashboard {
        /// The connection to it.
        caller: Caller,
        /// Whether it has told anything.
        heard: bool,
    },
    /// The server.
    Server,
}

impl Source {
    /// The next that a dashboard tells; `None` if there is none that does. Whoever stops waiting for it loses nothing.
    pub(super) async fn next(&mut self, session: &Session) -> Option<Update> {
        loop {
            match self {
                Self::Unknown => {
                    let caller = call(session).await?;
                    *self = Self::Dashboard { caller, heard: false };
                }
                Self::Dashboard { caller, heard } => {
                    match caller.next().await.inspect_err(|error| tracing::warn!(%error, "not understood")) {
                        Ok(Some(update)) => {
                            *heard = true;
                            return Some(update);
                        }
                        // It has ended, and another one may have taken its place; or it was not read fast enough.
                        Ok(None) if *heard => *self = Self::Unknown,
                        Ok(None) | Err(_) => return None,
                    }
                }
                Self::Server => return pending().await,
            }
        }
    }
}

/// Calls the running dashboard, if there is one. One that does not answer is as good as none.
async fn call(session: &Session) -> Option<Caller> {
    let request = Request::Watch { user_id: session.account().user_id.clone() };
    let call = async {
        let mut caller = Caller::call(&request).await.ok()??;
        caller.outcome().await.ok()??;
        Some(caller)
    };
    timeout(TURN, call).await.ok().flatten()
}
