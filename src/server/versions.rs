//! A homeserver's clock, software and features.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    ErrorKind, ServerError, Session,
    error::cleaned,
    http::{Answer, Limits, Request},
    json::Object,
};
use crate::model::{presence::BUSY_FLAG, quirks::Software};

/// The time limit for the software's name. Not all servers answer, and a connection must not wait.
const SOFTWARE: Duration = Duration::from_secs(3);

impl Session {
    /// Returns the server's clock, to a second. `None`: its answers have no date.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, ServerError> {
        Ok(self.versions().await?.date)
    }

    /// Returns whether the server offers MSC3026's busy.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no answer.
    pub async fn offers_busy(&self) -> Result<bool, ServerError> {
        let answer = self.versions().await?;
        let versions = Object::parse(&answer.body);
        let versions = versions.ok_or_else(|| self.error(ErrorKind::ProtocolError))?;
        Ok(versions.object("unstable_features").truth(BUSY_FLAG) == Some(true))
    }

    /// Returns the server's software. `None`: it does not name it.
    pub async fn software(&self) -> Option<Software> {
        let path = ["_matrix", "federation", "v1", "version"];
        let answer = self.send(Request::get(&path, Limits::SMALL.within(SOFTWARE))).await;
        let answer =
            answer.inspect_err(|error| tracing::info!(%error, "the server does not name its software"));
        let body = answer.ok()?.body;
        let server = Object::parse(&body)?.object("server");
        let version = server.text("version").unwrap_or_default();
        Some(Software { name: cleaned(&server.text("name")?), version: cleaned(&version) })
    }

    async fn versions(&self) -> Result<Answer, ServerError> {
        self.send(Request::get(&["_matrix", "client", "versions"], Limits::SMALL)).await
    }
}
