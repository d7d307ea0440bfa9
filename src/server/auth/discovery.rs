//! Which ways a homeserver offers to sign in, the best first.

use matrix_sdk::{
    Client, ruma::api::client::discovery::get_authorization_server_metadata::v1::AuthorizationServerMetadata,
};
use serde_json::{Map, Value};

use super::{
    super::{
        ErrorKind, ServerError,
        error::words,
        host,
        http::{Limits, Request},
        json::Object,
        sign_in::send,
    },
    address::of_web,
    error::SignInError,
};
use crate::model::{
    credentials::{Provider, Way},
    text::Clean,
};

/// The stable path (Matrix 1.15) and the one before it (MSC2965).
const METADATA_PATHS: [&[&str]; 2] = [
    &["_matrix", "client", "v1", "auth_metadata"],
    &["_matrix", "client", "unstable", "org.matrix.msc2965", "auth_metadata"],
];

/// What a homeserver says about signing in.
#[derive(Clone, Debug)]
pub(crate) struct Discovery {
    /// The authorization server, where the homeserver delegates to one.
    pub metadata: Option<AuthorizationServerMetadata>,
    /// The ways that it offers, the best first.
    pub ways: Vec<Way>,
}

/// Asks a homeserver which ways it offers.
///
/// # Errors
///
/// [`SignInError::Metadata`] for a document that cannot be read, [`SignInError::NoRegistration`] where that leaves no
/// way, and [`SignInError::Homeserver`] for anything else.
pub(crate) async fn discover(client: &Client) -> Result<Discovery, SignInError> {
    let metadata = fetch_metadata(client).await?;
    let server = host(client.homeserver().as_str());
    let request = Request::get(&["_matrix", "client", "v3", "login"], Limits::SMALL);
    let flows = match send(client, None, request).await {
        Ok(answer) => read_flows(&answer.body),
        // Synapse has no /login where it delegates to an authorization server.
        Err(error) if is_not_there(&error) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let ways = ways(metadata.as_ref(), &flows);
    let registers = metadata.as_ref().is_none_or(|it| it.registration_endpoint.is_some());
    match &ways[..] {
        [Way::Token] if !registers => Err(SignInError::NoRegistration { server }),
        [Way::Token] if metadata.is_none() && flows.is_empty() => {
            Err(ServerError::new(&server, ErrorKind::NotMatrix).into())
        }
        _ => Ok(Discovery { metadata, ways }),
    }
}

/// Asks for the authorization server. `None` where the homeserver has none.
///
/// # Errors
///
/// [`SignInError::Metadata`] for a document that cannot be read, [`SignInError::Homeserver`] without an answer.
pub(crate) async fn fetch_metadata(
    client: &Client,
) -> Result<Option<AuthorizationServerMetadata>, SignInError> {
    let homeserver = client.homeserver();
    for path in METADATA_PATHS {
        match send(client, None, Request::get(path, Limits::TOKEN)).await {
            Ok(answer) => {
                let server = host(homeserver.as_str());
                return read(&answer.body, homeserver.scheme() == "http")
                    .map(Some)
                    .map_err(|reason| SignInError::Metadata { server, reason });
            }
            Err(error) if is_not_there(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// Returns whether the server does not know the path. Any 404: palpo says `M_NOT_FOUND`, proxies say it in HTML.
/// Servers before Matrix 1.6 say `M_UNRECOGNIZED` with a 400.
pub(super) fn is_not_there(error: &ServerError) -> bool {
    matches!(error.kind, ErrorKind::NotMatrix | ErrorKind::Refused { status: 404 | 405, .. })
        || error.kind.is_refused_with("M_UNRECOGNIZED")
}

/// The addresses of the metadata. Without the first four, whosin cannot sign in.
const ADDRESSES: [&str; 7] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "registration_endpoint",
    "device_authorization_endpoint",
    "account_management_uri",
];
const REQUIRED_ADDRESSES: &[&str] = ADDRESSES.split_at(4).0;
/// The lists of the metadata that are read.
const LISTS: [&str; 4] = [
    "response_types_supported",
    "grant_types_supported",
    "code_challenge_methods_supported",
    "account_management_actions_supported",
];

/// Reads the metadata. Only a homeserver without TLS may name addresses without it. A part that is not needed and
/// cannot be read costs only itself.
pub(super) fn read(body: &str, insecure: bool) -> Result<AuthorizationServerMetadata, Clean> {
    let object = Object::parse(body).ok_or("it is not a JSON object")?;
    let mut document = Map::new();
    for name in ADDRESSES {
        let address = object.text(name).and_then(|text| of_web(&text));
        match address.filter(|address| insecure || address.scheme() == "https") {
            Some(address) => _ = document.insert(name.to_owned(), address.as_str().into()),
            None if REQUIRED_ADDRESSES.contains(&name) && object.get(name).is_some() => {
                let scheme = if insecure { "https or http" } else { "https" };
                return Err(format!("{name} is not an {scheme} address").into());
            }
            None => {}
        }
    }
    for name in LISTS {
        let text = |json: &str| serde_json::from_str::<String>(json).ok().map(Value::String);
        if let Some(elements) = object.elements(name) {
            document.insert(name.to_owned(), elements.iter().filter_map(|it| text(it.get())).collect());
        }
    }
    let metadata: AuthorizationServerMetadata =
        serde_json::from_value(document.into()).map_err(|error| words(&error.to_string()))?;
    let valid = if insecure { metadata.insecure_validate_urls() } else { metadata.validate_urls() };
    valid.map_err(|error| words(&error.to_string()))?;
    Ok(metadata)
}

/// The type of the flow that takes a password.
const PASSWORD: &str = "m.login.password";

/// A way to sign in by `/login`.
#[derive(Debug)]
pub(super) struct LoginFlow {
    kind: String,
    pub(super) providers: Vec<Provider>,
    /// Only for programs that know no OAuth 2.0.
    oauth_aware_preferred: bool,
}

/// The name of `oauth_aware_preferred`, and the one before it (MSC3824).
const OAUTH_AWARE_PREFERRED: [&str; 2] =
    ["oauth_aware_preferred", "org.matrix.msc3824.delegated_oidc_compatibility"];

/// Reads the answer of `GET /login`. What is no flow is left out.
pub(super) fn read_flows(body: &str) -> Vec<LoginFlow> {
    let flows = Object::parse(body).unwrap_or_default().array("flows");
    flows.into_iter().filter_map(|flow| read_flow(flow.get())).collect()
}

/// Returns whether an answer of `GET /login` offers passwords.
pub(super) fn offers_passwords(body: &str) -> bool {
    read_flows(body).iter().any(|flow| flow.kind == PASSWORD)
}

fn read_flow(json: &str) -> Option<LoginFlow> {
    let flow = Object::parse(json)?;
    let provider = |json: &str| {
        let provider = Object::parse(json)?;
        let id = provider.text("id")?;
        let name = provider.text("name").unwrap_or_else(|| id.clone());
        Some(Provider { id, name: words(&name) })
    };
    let providers = flow.array("identity_providers");
    Some(LoginFlow {
        kind: flow.text("type")?,
        providers: providers.into_iter().filter_map(|it| provider(it.get())).collect(),
        oauth_aware_preferred: OAUTH_AWARE_PREFERRED.iter().any(|name| flow.truth(name) == Some(true)),
    })
}

fn ways(metadata: Option<&AuthorizationServerMetadata>, flows: &[LoginFlow]) -> Vec<Way> {
    let mut ways = Vec::new();
    if let Some(metadata) = metadata.filter(|it| it.registration_endpoint.is_some()) {
        ways.push(Way::Browser);
        if metadata.device_authorization_endpoint.is_some() {
            ways.push(Way::DeviceCode);
        }
    }
    let has = |kind: &str| flows.iter().find(|flow| flow.kind == kind);
    if let Some(sso) = has("m.login.sso").filter(|sso| !sso.oauth_aware_preferred || ways.is_empty()) {
        if sso.providers.is_empty() {
            ways.push(Way::Sso(None));
        }
        ways.extend(sso.providers.iter().cloned().map(|provider| Way::Sso(Some(provider))));
    }
    if has(PASSWORD).is_some() {
        ways.push(Way::Password);
    }
    ways.push(Way::Token);
    ways
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        json!({
            "issuer": "https://auth.example.org/",
            "authorization_endpoint": "https://auth.example.org/authorize",
            "token_endpoint": "https://auth.example.org/oauth2/token",
            "registration_endpoint": "https://auth.example.org/oauth2/registration",
            "revocation_endpoint": "https://auth.example.org/oauth2/revoke",
            "device_authorization_endpoint": "https://auth.example.org/oauth2/device",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    fn without(field: &str) -> Value {
        let mut document = document();
        document.as_object_mut().unwrap().remove(field);
        document
    }

    fn offered(metadata: Option<Value>, flows: &Value) -> Vec<Way> {
        let metadata = metadata.map(|it| read(&it.to_string(), false).unwrap());
        ways(metadata.as_ref(), &read_flows(&json!({ "flows": flows }).to_string()))
    }

    #[test]
    fn oauth_comes_first_and_a_server_with_nothing_else_is_offered_no_password() {
        assert_eq!(offered(Some(document()), &json!([])), [Way::Browser, Way::DeviceCode, Way::Token]);
        let no_device = without("device_authorization_endpoint");
        assert_eq!(offered(Some(no_device), &json!([])), [Way::Browser, Way::Token]);
        assert_eq!(offered(Some(without("registration_endpoint")), &json!([])), [Way::Token]);
    }

    #[test]
    fn single_sign_on_for_old_programs_gives_way_to_oauth() {
        let flows = json!([
            {"type": "m.login.password"},
            {"type": "m.login.sso", "oauth_aware_preferred": true},
            {"type": "m.login.token"},
        ]);
        let with_oauth = offered(Some(document()), &flows);
        assert_eq!(with_oauth, [Way::Browser, Way::DeviceCode, Way::Password, Way::Token]);
        assert_eq!(offered(None, &flows), [Way::Sso(None), Way::Password, Way::Token]);
    }

    #[test]
    fn providers_are_offered_by_clean_names() {
        let flows = json!([{"type": "m.login.sso", "identity_providers": [
            {"id": "oidc-google", "name": "Goo\u{1b}[1mgle\u{202e}"},
            {"id": "cas", "name": "CAS"},
        ]}]);
        let sso = |id: &str, name: &str| Way::Sso(Some(Provider { id: id.to_owned(), name: name.into() }));
        assert_eq!(offered(None, &flows), [sso("oidc-google", "Google"), sso("cas", "CAS"), Way::Token]);
    }

    #[test]
    fn a_document_with_a_missing_field_or_an_address_without_tls_is_an_error() {
        for field in ["issuer", "token_endpoint", "revocation_endpoint", "code_challenge_methods_supported"] {
            let sentence = read(&without(field).to_string(), false).unwrap_err();
            assert!(sentence.contains(field), "{sentence}");
        }
        assert!(read("<html>", false).is_err());
        let mut insecure = document();
        insecure["token_endpoint"] = json!("http://auth.example.org/token");
        assert!(read(&insecure.to_string(), false).is_err());
        assert!(read(&insecure.to_string(), true).is_ok());
        for body in ["<html>", "[]", "", "null", "7"] {
            assert_eq!(read(body, false).unwrap_err(), "it is not a JSON object", "{body}");
        }
    }

    #[test]
    fn no_browser_and_no_request_gets_an_address_that_is_not_of_the_web() {
        let long = format!("https://auth.example.org/{}", "x".repeat(100_000));
        for hostile in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "smb://evil.example/share",
            "data:text/html,x",
            "mailto:you@example.org",
            "steam://run/1",
            "-x:y",
            "https://auth.example.org@evil.example/",
            "https://you:secret@auth.example.org/",
            &long,
            "",
        ] {
            for name in ADDRESSES {
                let mut document = document();
                document[name] = json!(hostile);
                for insecure in [true, false] {
                    let read = read(&document.to_string(), insecure);
                    if REQUIRED_ADDRESSES.contains(&name) {
                        assert!(read.unwrap_err().contains(name), "{name} {hostile:.40}");
                    } else {
                        let text = serde_json::to_string(&read.unwrap()).unwrap();
                        assert!(hostile.is_empty() || !text.contains(hostile), "{name} {hostile:.40}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_part_that_is_not_needed_costs_only_itself() {
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for (name, needed) in [
            ("device_authorization_endpoint", true),
            ("account_management_uri", false),
            ("account_management_actions_supported", false),
            ("response_modes_supported", false),
            ("prompt_values_supported", false),
            ("scopes_supported", false),
        ] {
            for odd in ["null", "7", "[7, null]", "{}", r#""\ud800""#, "1e999", &deep] {
                let mut document = document();
                document[name] = json!("HERE");
                let body = document.to_string().replace("\"HERE\"", odd);
                let metadata = read(&body, false).unwrap_or_else(|why| panic!("{name} {odd:.20}: {why}"));
                let ways = ways(Some(&metadata), &[]);
                assert_eq!(ways.contains(&Way::DeviceCode), !needed, "{name} {odd:.20}");
            }
        }
        let mut odd = document();
        odd["grant_types_supported"] = json!([null, "authorization_code", 7, "refresh_token"]);
        assert!(read(&odd.to_string(), false).is_ok());
    }
}
