//! Looking somebody up: `GET /presence/{user}/status`, and the time zone in `GET /profile/{user}`.

use jiff::tz::TimeZone;
use matrix_sdk::ruma::{
    UserId,
    api::{
        EndpointError, IncomingResponse, Metadata, OutgoingRequest,
        auth_scheme::{AccessToken, SendAccessToken},
        client::{presence::get_presence::v3::Request as GetPresence, profile::get_profile},
        error::{Error, FromHttpResponseError, IntoHttpError},
        path_builder::PathBuilder,
    },
    exports::{
        bytes::BufMut,
        http::{self, Method},
    },
};

use super::{Kind, Session, Trouble, once};
use crate::model::presence::Status;

/// The field of a profile that names its owner's time zone (MSC4175), and what it was called before.
const TIME_ZONE: [&str; 2] = ["m.tz", "us.cloke.msc4175.tz"];

impl Session {
    /// What somebody's server says of them; `None` where it does not share that with us.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one that says nothing of them.
    pub async fn presence_of(&self, user_id: &UserId) -> Result<Option<Status>, Trouble> {
        let request = Lenient(GetPresence::new(user_id.to_owned()));
        match self.client.send(request).with_request_config(once()).await {
            Ok(Answer(status)) => Ok(Some(status)),
            Err(error) => match self.trouble(&error) {
                Trouble { kind: Kind::Refused(401 | 403 | 404, _), .. } => Ok(None),
                trouble => Err(trouble),
            },
        }
    }

    /// What others see of us; `None` where the server does not say.
    pub async fn look_up_own(&self) -> Option<Status> {
        let answer = self.presence_of(&self.me()).await;
        answer.inspect_err(|trouble| tracing::info!(%trouble, "own presence")).ok().flatten()
    }

    /// The time zone that somebody says they are in; `None` where they say nothing that makes sense, or their server
    /// does not tell us.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn time_zone_of(&self, user_id: &UserId) -> Result<Option<TimeZone>, Trouble> {
        let request = get_profile::v3::Request::new(user_id.to_owned());
        // Some servers show profiles to nobody who is not signed in.
        match self.client.send(request).with_request_config(once().force_auth()).await {
            Ok(profile) => {
                let name = TIME_ZONE.iter().find_map(|field| profile.get(field)?.as_str());
                Ok(name.and_then(time_zone))
            }
            Err(error) => match self.trouble(&error) {
                Trouble { kind: Kind::Refused(..) | Kind::ProtocolError, .. } => Ok(None),
                trouble => Err(trouble),
            },
        }
    }
}

/// The time zone of that name in the time zone database; none for what others have made up.
fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| *zone != TimeZone::unknown())
}

/// Ruma's request with an [`Answer`] of our own: Ruma's fails with the first field that is not what it should be.
#[derive(Clone, Debug)]
struct Lenient(GetPresence);

impl Metadata for Lenient {
    const METHOD: Method = GetPresence::METHOD;
    const RATE_LIMITED: bool = GetPresence::RATE_LIMITED;
    type Authentication = AccessToken;
    type PathBuilder = <GetPresence as Metadata>::PathBuilder;
    const PATH_BUILDER: Self::PathBuilder = GetPresence::PATH_BUILDER;
}

impl OutgoingRequest for Lenient {
    type EndpointError = Error;
    type IncomingResponse = Answer;

    fn try_into_http_request<T: Default + BufMut + AsRef<[u8]>>(
        self,
        base_url: &str,
        token: SendAccessToken<'_>,
        path: <Self::PathBuilder as PathBuilder>::Input<'_>,
    ) -> Result<http::Request<T>, IntoHttpError> {
        self.0.try_into_http_request(base_url, token, path)
    }
}

/// What a server says of somebody, read field by field.
struct Answer(Status);

impl IncomingResponse for Answer {
    type EndpointError = Error;

    fn try_from_http_response<T: AsRef<[u8]>>(
        response: http::Response<T>,
    ) -> Result<Self, FromHttpResponseError<Error>> {
        if response.status().as_u16() >= 400 {
            return Err(FromHttpResponseError::Server(Error::from_http_response(response)));
        }
        let status = serde_json::from_slice(response.body().as_ref());
        status.map(Self).map_err(|error| FromHttpResponseError::Deserialization(error.into()))
    }
}
