//! The parsers of all that is sent at sign-in. Each returns the texts that people see.

use jiff::Timestamp;
use matrix_sdk::reqwest::StatusCode;
use oauth2::CsrfToken;

use crate::model::{session::SessionKind, text};

use super::{
    device_code::Authorization,
    discovery::{read, read_flows},
    error::SignInError,
    flow::Progress,
    form::{Answer, OAuthError},
    redirect::{Expected, Return},
    registration::read_client,
    sign_in::read_session,
    tokens::{from_login, from_response},
};

pub(in crate::server) fn login_flows(body: &str) -> Vec<String> {
    let flows = read_flows(body);
    flows.into_iter().flat_map(|flow| flow.providers).map(|provider| provider.name.to_string()).collect()
}

pub(in crate::server) fn login(body: &str) -> Vec<String> {
    let tokens = from_login(body, Timestamp::UNIX_EPOCH);
    let session = read_session(body, "https://example.org".to_owned(), tokens, SessionKind::Password);
    session.map(|session| text::id(session.user_id.as_str()).into_owned()).into_iter().collect()
}

pub(in crate::server) fn registration(body: &str) -> Vec<String> {
    // The client's ID is shown to nobody.
    let _ = read_client(body);
    Vec::new()
}

pub(in crate::server) fn metadata(body: &str) -> Vec<String> {
    [true, false]
        .into_iter()
        .filter_map(|insecure| read(body, insecure).err())
        .map(|why| why.to_string())
        .collect()
}

pub(in crate::server) fn device_code(body: &str) -> Vec<String> {
    match Authorization::read(body).map(|it| it.progress()) {
        Ok(Progress::Code { address, complete, code, .. }) => {
            [address, code].into_iter().chain(complete).collect()
        }
        Ok(_) => Vec::new(),
        Err(why) => vec![why],
    }
}

pub(in crate::server) fn error(body: &str) -> Vec<String> {
    let answer = Answer { status: StatusCode::BAD_REQUEST, body: body.to_owned() };
    answer.oauth_error().map(refusal).into_iter().collect()
}

pub(in crate::server) fn tokens(body: &str) -> Vec<String> {
    // Their secrets are seen by nobody.
    let tokens = [from_response(body, Timestamp::UNIX_EPOCH), from_login(body, Timestamp::UNIX_EPOCH)];
    tokens.into_iter().flatten().map(|tokens| format!("{:?}", tokens.renew_after)).collect()
}

pub(in crate::server) fn redirect(pasted: &str) -> Vec<String> {
    let mut shown = Vec::new();
    for parameter in ["code", "loginToken"] {
        let expected = Expected { parameter, state: CsrfToken::new("state".to_owned()), issuer: None };
        for read in [expected.read(pasted), expected.read_pasted(pasted)] {
            match read {
                Ok(Return::Refused(error)) => shown.push(refusal(error)),
                Ok(Return::Secret(_)) => {}
                Err(error) => shown.push(error.to_string()),
            }
        }
    }
    shown
}

fn refusal(error: OAuthError) -> String {
    SignInError::refused("example.org", error).to_string()
}
