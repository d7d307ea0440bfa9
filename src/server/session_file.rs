//! The saved session (`session.json`).

use matrix_sdk::authentication::matrix::MatrixSession;
use serde::{Deserialize, Serialize};

use crate::store::state_file::StateFile;

/// A saved session.
#[derive(Deserialize, Serialize)]
pub struct Kept {
    /// The homeserver's base URL.
    pub homeserver: String,
    /// The user, the device and the token.
    #[serde(flatten)]
    pub session: MatrixSession,
}

/// The file of the saved session.
pub type SessionFile = StateFile<Kept>;

/// The file name of the saved session.
pub const SESSION: &str = "session.json";
