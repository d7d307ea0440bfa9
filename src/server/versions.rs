//! What a homeserver says about itself: its clock, its software, and whether it offers busy.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    ErrorKind, ServerError, Session,
    error::cleaned,
    http::{Answer, Limits, Request},
    json::Object,
};
use crate::model::{presence::BUSY_FLAG, quirks::Software};

/// How long a server may take to name its software: not all do, and a connection must not wait for it.
const SOFTWARE: Duration = Duration::from_secs(3);

impl Session {
    /// The server's clock, to a second. `None` where its answers have no date.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when there is no answer.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, ServerError> {
        Ok(self.versions().await?.date)
    }

    /// Whether the server offers MSC3026's busy.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when there is no answer.
    pub async fn offers_busy(&self) -> Result<bool, ServerError> {
        let answer = self.versions().await?;
        let versions = Object::parse(&answer.body);
        let versions = versions.ok_or_else(|| self.error(ErrorKind::ProtocolError))?;
        Ok(versions.object("unstable_features").truth(BUSY_FLAG) == Some(true))
    }

    /// The server's software. `None` where it does not name it.
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
