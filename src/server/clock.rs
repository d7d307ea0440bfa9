//! The server's clock, as the `Date` of an answer tells it (RFC 9110, 6.6.1).

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use matrix_sdk::ruma::{
    api::{
        EndpointError, IncomingResponse, Metadata, OutgoingRequest,
        auth_scheme::{AccessTokenOptional, AuthScheme},
        error::{Error, FromHttpResponseError, IntoHttpError},
        path_builder::PathBuilder,
    },
    exports::{bytes::BufMut, http},
    metadata,
};

use super::{Session, Trouble, once};

impl Session {
    /// What time it is for the server, to a second; `None` where its answers have no date.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn server_time(&self) -> Result<Option<Timestamp>, Trouble> {
        let answer = self.client.send(Request).with_request_config(once()).await;
        answer.map(|answer| answer.date).map_err(|error| self.trouble(&error))
    }
}

/// `GET /versions`, of which only the date is read. The usual types of a request do not see it.
#[derive(Clone, Debug)]
struct Request;

metadata! {
    method: GET,
    rate_limited: false,
    authentication: AccessTokenOptional,
    path: "/_matrix/client/versions",
}

struct Answer {
    date: Option<Timestamp>,
}

impl OutgoingRequest for Request {
    type EndpointError = Error;
    type IncomingResponse = Answer;

    fn try_into_http_request<T: Default + BufMut + AsRef<[u8]>>(
        self,
        base_url: &str,
        authentication: <Self::Authentication as AuthScheme>::Input<'_>,
        path_input: <Self::PathBuilder as PathBuilder>::Input<'_>,
    ) -> Result<http::Request<T>, IntoHttpError> {
        let url = Self::make_endpoint_url(path_input, base_url, &[], "")?;
        let mut request = http::Request::builder().method(Self::METHOD).uri(url).body(T::default())?;
        Self::Authentication::add_authentication(&mut request, authentication)
            .map_err(|error| IntoHttpError::Authentication(error.into()))?;
        Ok(request)
    }
}

impl IncomingResponse for Answer {
    type EndpointError = Error;

    fn try_from_http_response<T: AsRef<[u8]>>(
        response: http::Response<T>,
    ) -> Result<Self, FromHttpResponseError<Error>> {
        if !response.status().is_success() {
            return Err(FromHttpResponseError::Server(Error::from_http_response(response)));
        }
        let date = response.headers().get(http::header::DATE);
        Ok(Self { date: date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) })
    }
}
