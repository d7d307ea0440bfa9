//! What is kept of a session between two starts.

use matrix_sdk::authentication::matrix::MatrixSession;
use serde::{Deserialize, Serialize};

use crate::store::state_file::StateFile;

/// What is kept of a session.
#[derive(Deserialize, Serialize)]
pub struct Kept {
    /// The homeserver's base URL.
    pub homeserver: String,
    /// Whose session it is, and its token.
    #[serde(flatten)]
    pub session: MatrixSession,
}

/// The file of the session.
pub type SessionFile = StateFile<Kept>;

/// The name of that file.
pub const SESSION: &str = "session.json";
