//! The errors whose text or code depends on the software.

use axum::http::StatusCode;

use super::{super::software::Software, ApiError, Rules};

impl Rules {
    /// Returns an error of this server. tuwunel repeats the code in the text.
    fn error(&self, status: StatusCode, errcode: &str, error: &str) -> ApiError {
        let error = if self.software.is_tuwunel() { format!("{errcode}: {error}") } else { error.to_owned() };
        ApiError::new(status, errcode, &error)
    }

    pub fn missing_token(&self) -> ApiError {
        let errcode = match self.software {
            Software::Continuwuity => "M_UNAUTHORIZED",
            _ => "M_MISSING_TOKEN",
        };
        self.error(StatusCode::UNAUTHORIZED, errcode, "Missing access token")
    }

    /// Returns the answer to a PUT of another user's presence.
    pub fn not_ones_own(&self) -> ApiError {
        if self.software.is_of_conduwuit() {
            let error = "Not allowed to set presence of other users";
            return self.error(StatusCode::BAD_REQUEST, "M_INVALID_PARAM", error);
        }
        ApiError::forbidden("Can only set your own presence state")
    }

    /// Returns the answer to a PUT without a state.
    pub fn missing_state(&self) -> ApiError {
        self.bad_state("Unable to parse state")
    }

    /// Returns the answer to a PUT with a state that is not a string.
    pub fn invalid_state(&self) -> ApiError {
        self.bad_state("Invalid presence state")
    }

    fn bad_state(&self, error: &str) -> ApiError {
        let errcode = if self.software == Software::Synapse { "M_UNKNOWN" } else { "M_BAD_JSON" };
        self.error(StatusCode::BAD_REQUEST, errcode, error)
    }

    /// Returns the answer to a request for the presence of a user without a shared room.
    pub fn stranger(&self) -> ApiError {
        match self.software {
            Software::Palpo => {
                let error = "You are not allowed to see their presence.";
                ApiError::new(StatusCode::UNAUTHORIZED, "M_UNAUTHORIZED", error)
            }
            it if it.is_of_conduwuit() => {
                let error = "Presence state for this user was not found";
                self.error(StatusCode::NOT_FOUND, "M_NOT_FOUND", error)
            }
            _ => ApiError::forbidden("You are not allowed to see their presence."),
        }
    }

    /// Returns the answer if presence is switched off. `None`: the answer looks like success.
    pub fn switched_off(&self) -> Option<ApiError> {
        let error = match self.software {
            _ if self.presence => return None,
            Software::Synapse | Software::Dendrite => return None,
            Software::Palpo => "presence is disabled on this server",
            _ => "Presence is disabled on this server",
        };
        Some(self.error(StatusCode::FORBIDDEN, "M_FORBIDDEN", error))
    }

    /// Returns the state of an unknown user, if that is not an error.
    pub fn unknown_state(&self) -> Option<&'static str> {
        match self.software {
            Software::Synapse => Some("offline"),
            Software::Dendrite => Some(""),
            // Registration counts as activity there.
            Software::Palpo => Some("online"),
            _ => None,
        }
    }

    pub fn wrong_password(&self) -> ApiError {
        self.error(StatusCode::FORBIDDEN, "M_FORBIDDEN", "Invalid username or password")
    }

    /// Returns the answer to a sign-in of an unknown user.
    pub fn unknown_user(&self) -> ApiError {
        if self.software == Software::Continuwuity {
            return ApiError::not_found("This account does not exist.");
        }
        self.wrong_password()
    }

    /// Returns the answer to a sign-in with the user ID of another server.
    pub fn foreign_user(&self) -> ApiError {
        if self.software.is_tuwunel() {
            let error = "User ID does not belong to this homeserver";
            return self.error(StatusCode::BAD_REQUEST, "M_UNKNOWN", error);
        }
        self.unknown_user()
    }

    /// Returns the answer on the path on which other servers ask for the software.
    pub fn no_federation(&self) -> ApiError {
        if self.software.is_of_conduwuit() {
            return self.error(StatusCode::FORBIDDEN, "M_FORBIDDEN", "Federation is disabled.");
        }
        ApiError::unrecognized(StatusCode::NOT_FOUND)
    }
}
