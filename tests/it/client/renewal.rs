//! Renewal on real servers whose tokens really expire.

use std::time::Duration;

use jiff::Timestamp;
use matrix_sdk::reqwest::Method;
use oauth2::AccessToken;
use serde_json::json;
use tokio::time::{sleep, timeout};
use whosin::{
    model::{
        event::{Answer, PresenceUpdate, ProfileAnswer},
        presence::{BusyName, Presence},
        session::{SavedSession, SessionKind, Tokens},
    },
    server::{
        ErrorKind, Session,
        auth::{BrowserWay, Homeserver, Progress, SignInError, Wanted, sign_out},
    },
};

use crate::support::{
    http::Http,
    sign_in_rig::{OAuthRig, browse, synapse_with_sso},
    wait::{LIMIT, LOOK_AGAIN},
};

async fn by_device_code(rig: &OAuthRig) -> SavedSession {
    let homeserver = Homeserver::find(&rig.homeserver()).await.unwrap();
    let mut flow = homeserver.start(BrowserWay::DeviceCode, Wanted::default());
    loop {
        match timeout(LIMIT, flow.next()).await.expect("in time") {
            Some(Progress::Code { code, .. }) => rig.approve(&code, "alice").await,
            Some(Progress::Done(session)) => return *session,
            other => panic!("{other:?}"),
        }
    }
}

/// The session without a hint of when its token expires, so that only the server's 401 says it.
fn unhinted(session: &SavedSession) -> SavedSession {
    let tokens = Tokens { renew_after: None, ..session.tokens.clone() };
    SavedSession { tokens, ..session.clone() }
}

/// The session with a token that the server does not know.
fn expired(session: &SavedSession) -> SavedSession {
    let tokens = Tokens { access_token: AccessToken::new("expired".to_owned()), ..session.tokens.clone() };
    unhinted(&SavedSession { tokens, ..session.clone() })
}

/// Waits until the server itself no longer takes the token. Returns what it says of the logout.
async fn until_expired(session: &SavedSession) -> bool {
    let http = Http::default().with_token(session.tokens.access_token.secret());
    let whoami = format!("{}_matrix/client/v3/account/whoami", session.homeserver);
    let wait = async {
        loop {
            let answer = http.ask(Method::GET, &whoami, None).await.unwrap();
            if answer.status == 401 {
                assert_eq!(answer.body["errcode"], "M_UNKNOWN_TOKEN");
                return answer.body["soft_logout"] == json!(true);
            }
            sleep(LOOK_AGAIN).await;
        }
    };
    timeout(LIMIT, wait).await.expect("it expires")
}

async fn is_renewed(session: &SavedSession) -> SavedSession {
    let client = Session::restore(unhinted(session), None).unwrap();
    client.check().await.expect("it is renewed");
    let renewed = client.saved();
    assert_ne!(renewed.tokens.access_token, session.tokens.access_token);
    renewed
}

#[tokio::test]
async fn a_token_that_expires_by_itself_is_renewed_by_oauth_and_by_the_homeserver() {
    let oauth = async {
        let Some(rig) = OAuthRig::start() else { return };
        rig.set(json!({"access_ttl": 2})).await;
        let session = by_device_code(&rig).await;
        assert!(!until_expired(&session).await, "soft_logout is false on Synapse");
        let session = is_renewed(&session).await;

        // Due by the hint, it is renewed before the request, which never fails.
        let due = SavedSession {
            tokens: Tokens { renew_after: Some(Timestamp::now()), ..session.tokens.clone() },
            ..session.clone()
        };
        let client = Session::restore(due, None).unwrap();
        client.check().await.unwrap();
        assert!(client.saved().tokens.renew_after > Some(Timestamp::now() - Duration::from_mins(1)));
    };
    let legacy = async {
        let lifetime = "refreshable_access_token_lifetime: 2s\nnonrefreshable_access_token_lifetime: 2h";
        let Some(synapse) = synapse_with_sso(lifetime).await else { return };
        let homeserver = Homeserver::find(&synapse.url()).await.unwrap();
        let mut flow = homeserver.start(BrowserWay::Sso(None), Wanted::default());
        let Some(Progress::Address(address)) = flow.next().await else { panic!("an address") };
        let token = browse(&address, &["--stop"]).await;
        let token = token.split("loginToken=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        flow.paste(token.clone());
        let Some(Progress::Done(session)) = flow.next().await else { panic!("a session") };
        assert_eq!(session.kind, SessionKind::Sso);

        // The login token is good once.
        let mut again = homeserver.start(BrowserWay::Sso(None), Wanted::default());
        assert!(matches!(again.next().await, Some(Progress::Address(_))));
        again.paste(token);
        let refusal = again.next().await;
        let Some(Progress::Failed(SignInError::Refused { reason, .. })) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(reason.contains("was used before"), "{reason}");

        assert!(until_expired(&session).await, "soft_logout is true for a legacy token");
        is_renewed(&session).await;
    };
    tokio::join!(oauth, legacy);
}

#[tokio::test]
async fn every_request_renews() {
    let Some(rig) = OAuthRig::start() else { return };
    let mut session = by_device_code(&rig).await;
    let me = session.user_id.clone();
    for what in ["versions", "profile", "devices", "presence", "own presence", "PUT presence", "whoami"] {
        let client = Session::restore(expired(&session), None).unwrap();
        match what {
            "versions" => drop(client.features().await.expect(what)),
            "profile" => {
                assert!(matches!(client.profile_of(&me).await, ProfileAnswer::Found { .. }), "{what}");
            }
            "devices" => assert!(client.other_sessions().await.expect(what).is_empty(), "{what}"),
            "presence" => drop(client.presence_of(&me).await.expect(what)),
            "own presence" => assert!(client.look_up_own().await.is_some(), "{what}"),
            "PUT presence" => {
                let put = PresenceUpdate { presence: Presence::Online, status_msg: String::new() };
                assert!(matches!(client.publish(put, BusyName::default()).await, Answer::Accepted), "{what}");
            }
            _ => client.check().await.expect(what),
        }
        session = client.saved();
        assert_ne!(session.tokens.access_token.secret(), "expired", "{what}");
    }
}

#[tokio::test]
async fn a_revocation_is_seen_at_once_and_by_the_refresh_token_too() {
    let Some(rig) = OAuthRig::start() else { return };
    let session = by_device_code(&rig).await;
    let client = Session::restore(session.clone(), None).unwrap();
    client.check().await.unwrap();
    sign_out(&session).await.unwrap();
    assert!(!until_expired(&session).await, "whoami is 401");
    assert_eq!(client.check().await.unwrap_err().kind, ErrorKind::SignedOut, "and so is the refresh token");
}

#[tokio::test]
async fn an_authorization_server_that_is_down_is_trouble_and_no_sign_out() {
    let Some(mut rig) = OAuthRig::start() else { return };
    let session = by_device_code(&rig).await;
    rig.stop();
    let client = Session::restore(expired(&session), None).unwrap();
    assert_eq!(
        client.check().await.unwrap_err().kind,
        ErrorKind::Unavailable(503),
        "it cannot be introspected"
    );
    let error = sign_out(&session).await.unwrap_err().to_string();
    assert!(error.contains("whosin logout --forget"), "{error}");
}
