//! OAuth 2.0 as a delegating homeserver and its authorization server do it. It has discovery, registration, the device
//! code, the authorization code with PKCE, renewal and revocation. It also has the pages on which a person says yes.

use std::{collections::HashMap, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{USER, api_error::ApiError, homeserver::Shared, rules::SignIn, world::World};

/// How long a device code is good for, as on MAS.
const CODE_LIFETIME: Duration = Duration::from_mins(20);
/// How long an authorization code is good for.
const RETURN_LIFETIME: Duration = Duration::from_mins(1);
/// How long an access token is good for, as on MAS.
const TOKEN_LIFETIME: Duration = Duration::from_mins(5);
/// The seconds between two polls.
const INTERVAL: u64 = 1;

/// The grants of the authorization server.
#[derive(Default)]
pub struct Grants {
    /// Device codes and authorization codes, each good once.
    codes: Vec<Code>,
    /// Refresh tokens and the sessions that they renew.
    refresh_tokens: Vec<(String, usize)>,
    /// The access tokens that expire, and when.
    pub expiries: HashMap<String, Duration>,
    handed_out: u32,
}

/// A code on its way to becoming a session.
struct Code {
    secret: String,
    /// What the person types. Empty: an authorization code.
    typed: String,
    device_id: String,
    expires_at: Duration,
    decision: Option<Decision>,
    /// Where the browser returns with an authorization code.
    redirect_uri: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    Yes,
    No,
}

type Fields = HashMap<String, String>;

/// Reads a posted form, which is written like a query.
fn form(body: &Bytes) -> Fields {
    let uri = format!("/?{}", String::from_utf8_lossy(body)).parse::<Uri>();
    let fields = uri.ok().and_then(|uri| Query::<Fields>::try_from_uri(&uri).ok());
    fields.map(|Query(fields)| fields).unwrap_or_default()
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// Returns a code of letters that nobody confuses and that make no word.
fn user_code() -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    (0..8).map(|_| char::from(LETTERS[fastrand::usize(..LETTERS.len())])).collect()
}

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const DEVICE_SCOPE: &str = "urn:matrix:client:device:";

impl Grants {
    /// Returns a name that was not handed out before. Nothing here is secret.
    fn fresh(&mut self, kind: &str) -> String {
        self.handed_out += 1;
        format!("demo_{kind}_{}", self.handed_out)
    }

    /// Returns the device code that a person may decide about.
    fn waiting(&mut self, user_code: &str, now: Duration) -> Option<&mut Code> {
        let is_waiting = |it: &&mut Code| it.decision.is_none() && it.expires_at > now;
        self.codes.iter_mut().filter(is_waiting).find(|it| it.typed == user_code)
    }

    fn forget_expired(&mut self, now: Duration) {
        self.codes.retain(|code| code.expires_at + Duration::from_mins(1) > now);
    }
}

/// Fails where the homeserver does not delegate.
fn check(world: &World) -> Result<(), ApiError> {
    if world.rules.sign_in == SignIn::OAuth {
        Ok(())
    } else {
        Err(ApiError::unrecognized(StatusCode::NOT_FOUND))
    }
}

/// Returns the document of RFC 8414.
pub async fn metadata(State(server): State<Shared>) -> Result<Json<Value>, ApiError> {
    server.act(|world, _| check(world))?;
    let url = &server.url;
    Ok(Json(json!({
        "issuer": format!("{url}/"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/oauth2/token"),
        "registration_endpoint": format!("{url}/oauth2/registration"),
        "revocation_endpoint": format!("{url}/oauth2/revoke"),
        "device_authorization_endpoint": format!("{url}/oauth2/device"),
        "account_management_uri": format!("{url}/account"),
        "account_management_actions_supported": ["org.matrix.device_view", "org.matrix.device_delete"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT],
        "code_challenge_methods_supported": ["S256"],
    })))
}

/// Returns an error of OAuth 2.0.
fn refuse(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// Registers every client.
pub async fn register(State(server): State<Shared>) -> Result<Response, ApiError> {
    server.act(|world, _| check(world))?;
    Ok((StatusCode::CREATED, Json(json!({ "client_id": "demo_client" }))).into_response())
}

/// Returns the device that a scope names.
fn device_of(scope: &str) -> Option<&str> {
    scope.split(' ').find_map(|part| part.strip_prefix(DEVICE_SCOPE)).filter(|id| id.len() >= 10)
}

/// Hands out a device code.
pub async fn device(State(server): State<Shared>, body: Bytes) -> Result<Response, ApiError> {
    let fields = form(&body);
    let url = &server.url;
    server.act(|world, now| {
        check(world)?;
        let Some(device_id) = device_of(field(&fields, "scope")) else {
            return Ok(refuse("invalid_scope", "The scope names no device"));
        };
        let grants = &mut world.grants;
        grants.forget_expired(now);
        let (code, user_code) = (grants.fresh("device"), user_code());
        let answer = json!({
            "device_code": code,
            "user_code": user_code,
            "verification_uri": format!("{url}/link"),
            "verification_uri_complete": format!("{url}/link?code={user_code}"),
            "expires_in": CODE_LIFETIME.as_secs(),
            "interval": INTERVAL,
        });
        grants.codes.push(Code {
            secret: code,
            typed: user_code,
            device_id: device_id.to_owned(),
            expires_at: now + CODE_LIFETIME,
            decision: None,
            redirect_uri: String::new(),
        });
        Ok(Json(answer).into_response())
    })
}

/// Answers at the token endpoint.
pub async fn token(State(server): State<Shared>, body: Bytes) -> Result<Response, ApiError> {
    let fields = form(&body);
    server.act(|world, now| {
        check(world)?;
        Ok(match field(&fields, "grant_type") {
            DEVICE_GRANT => by_device_code(world, field(&fields, "device_code"), now),
            "authorization_code" => by_code(world, &fields, now),
            "refresh_token" => by_refresh_token(world, field(&fields, "refresh_token"), now),
            _ => refuse("unsupported_grant_type", "This grant is not supported"),
        })
    })
}

fn by_device_code(world: &mut World, code: &str, now: Duration) -> Response {
    let Some(at) = world.grants.codes.iter().position(|it| it.secret == code && !it.typed.is_empty()) else {
        return refuse("invalid_grant", "This code is not known");
    };
    if world.grants.codes[at].expires_at <= now {
        return refuse("expired_token", "This code has expired");
    }
    match world.grants.codes[at].decision {
        None => refuse("authorization_pending", "Nobody has decided yet"),
        Some(Decision::No) => refuse("access_denied", "The person has said no"),
        Some(Decision::Yes) => {
            let code = world.grants.codes.remove(at);
            grant(world, &code.device_id, now)
        }
    }
}

/// Exchanges an authorization code. Does not compare the challenge with the verifier: there is nothing to protect.
fn by_code(world: &mut World, fields: &Fields, now: Duration) -> Response {
    let is_asked = |it: &Code| it.typed.is_empty() && it.secret == field(fields, "code");
    let Some(at) = world.grants.codes.iter().position(is_asked) else {
        return refuse("invalid_grant", "This code is not known");
    };
    let code = world.grants.codes.remove(at);
    if code.redirect_uri != field(fields, "redirect_uri") || field(fields, "code_verifier").is_empty() {
        return refuse("invalid_grant", "The redirect is another one, or there is no verifier");
    }
    grant(world, &code.device_id, now)
}

fn by_refresh_token(world: &mut World, token: &str, now: Duration) -> Response {
    let Some(at) = world.grants.refresh_tokens.iter().position(|(it, _)| it == token) else {
        return refuse("invalid_grant", "This refresh token is not known");
    };
    let (_, session) = world.grants.refresh_tokens.remove(at);
    world.renew(session);
    tokens(world, session, now)
}

/// Signs the account of the demo in.
fn grant(world: &mut World, device_id: &str, now: Duration) -> Response {
    let user = world.user_or_new(USER);
    let session = world.sign_in(user, Some(device_id), Some("whosin"), now);
    tokens(world, session, now)
}

/// Returns the answer with tokens for a session.
fn tokens(world: &mut World, session: usize, now: Duration) -> Response {
    let access_token = world.sessions[session].token.clone().unwrap_or_default();
    world.grants.expiries.insert(access_token.to_string(), now + TOKEN_LIFETIME);
    let refresh_token = world.grants.fresh("refresh");
    let answer = json!({
        "access_token": access_token,
        "refresh_token": refresh_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME.as_secs(),
    });
    world.grants.refresh_tokens.push((refresh_token, session));
    Json(answer).into_response()
}

/// Ends the session of a refresh token. An unknown one is fine (RFC 7009).
pub async fn revoke(State(server): State<Shared>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let fields = form(&body);
    server.act(|world, _| {
        check(world)?;
        let is_it = |(token, _): &(String, usize)| token == field(&fields, "token");
        if let Some(at) = world.grants.refresh_tokens.iter().position(is_it) {
            let (_, session) = world.grants.refresh_tokens.remove(at);
            world.sessions[session].token = None;
        }
        Ok::<_, ApiError>(())
    })?;
    server.wake();
    Ok(Json(json!({})))
}

/// Returns the page on which the person types a code, and says yes or no to it.
pub async fn link(
    State(server): State<Shared>,
    Query(fields): Query<Fields>,
) -> Result<Html<String>, ApiError> {
    let code = field(&fields, "code").trim().to_uppercase();
    server.act(|world, now| {
        check(world)?;
        if code.is_empty() {
            return Ok(page(TITLE, TYPE_THE_CODE));
        }
        if world.grants.waiting(&code, now).is_none() {
            return Ok(page(TITLE, &format!("<p>{UNKNOWN}</p>{TYPE_THE_CODE}")));
        }
        let body = format!(
            "<p>A program asks to sign in as {USER}. It shows this code:</p><p class=\"code\">{code}</p>\
             <form method=\"post\"><input type=\"hidden\" name=\"code\" value=\"{code}\">{BUTTONS}</form>"
        );
        Ok(page(TITLE, &body))
    })
}

const TITLE: &str = "Sign in to the demo";
const UNKNOWN: &str = "This code is not known, or has expired.";
const BUTTONS: &str = "<button name=\"decision\" value=\"yes\">Yes, that is me</button> \
                       <button name=\"decision\" value=\"no\">No</button>";
const TYPE_THE_CODE: &str = "<form><p>Type the code that the program shows:</p>\
    <p><input name=\"code\" autofocus autocomplete=\"off\"> <button>Continue</button></p></form>";

/// Takes the person's decision.
pub async fn decide(State(server): State<Shared>, body: Bytes) -> Html<String> {
    let fields = form(&body);
    let is_yes = field(&fields, "decision") == "yes";
    let decision = if is_yes { Decision::Yes } else { Decision::No };
    let is_known = server.act(|world, now| {
        let code = world.grants.waiting(field(&fields, "code"), now);
        code.map(|code| code.decision = Some(decision)).is_some()
    });
    match (is_known, is_yes) {
        (false, _) => page(TITLE, &format!("<p>{UNKNOWN}</p>")),
        (true, true) => page("Signed in", "<p>Go back to the terminal. You can close this page.</p>"),
        (true, false) => page("Not signed in", "<p>You said no. You can close this page.</p>"),
    }
}

/// Returns the page of the authorization code grant.
pub async fn authorize(
    State(server): State<Shared>,
    Query(fields): Query<Fields>,
) -> Result<Html<String>, ApiError> {
    server.act(|world, _| check(world))?;
    let hidden = |name| {
        let value = escaped(field(&fields, name));
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    let hidden: String = ["redirect_uri", "state", "scope"].map(hidden).concat();
    let body = format!(
        "<p>A program on this machine asks to sign in as {USER}.</p>\
         <form method=\"post\" action=\"authorize\">{hidden}{BUTTONS}</form>"
    );
    Ok(page(TITLE, &body))
}

/// Sends the browser back to the program.
pub async fn authorized(State(server): State<Shared>, body: Bytes) -> Response {
    let fields = form(&body);
    let (redirect_uri, state) = (field(&fields, "redirect_uri"), field(&fields, "state"));
    let Some(device_id) = device_of(field(&fields, "scope")).filter(|_| redirect_uri.starts_with(LOOPBACK))
    else {
        return page(TITLE, "<p>The program is not on this machine, or names no device.</p>").into_response();
    };
    if field(&fields, "decision") != "yes" {
        return Redirect::to(&format!("{redirect_uri}?error=access_denied&state={state}")).into_response();
    }
    let code = server.act(|world, now| {
        let code = world.grants.fresh("code");
        world.grants.codes.push(Code {
            secret: code.clone(),
            typed: String::new(),
            device_id: device_id.to_owned(),
            expires_at: now + RETURN_LIFETIME,
            decision: Some(Decision::Yes),
            redirect_uri: redirect_uri.to_owned(),
        });
        code
    });
    Redirect::to(&format!("{redirect_uri}?code={code}&state={state}")).into_response()
}

/// Where programs on this machine listen.
const LOOPBACK: &str = "http://127.0.0.1:";

/// Returns the account page.
pub async fn account(State(server): State<Shared>) -> Result<Html<String>, ApiError> {
    server.act(|world, _| check(world))?;
    Ok(page("Your account", "<p>Here a real server lists your sessions and ends them.</p>"))
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\"><style>\n\
         :root {{ color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }}\n\
         body {{ max-width: 30rem; margin: 20vh auto; padding: 0 1rem }}\n\
         button, input {{ font: inherit; padding: .3em 1em }}\n\
         .code {{ font: 2rem monospace; letter-spacing: .1em }}\n\
         </style></head><body><h1>{title}</h1>{body}</body></html>\n"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
