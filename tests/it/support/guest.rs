//! The real client without a terminal, signed in to a demo homeserver.

use std::{sync::Arc, time::Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;
use whosin::{
    demo::{self, Cast, Demo},
    engine::{self, Role, Setup, protocol::Scope},
    model::{
        Model,
        connection::Connection,
        credentials::{Credentials, Secret},
        event::Command,
        own::SavedPresence,
        presence::Presence,
        quirks::ServerQuirks,
        settings::Settings,
    },
    server::{ServerError, Session},
    store::{
        files::Files,
        secrets::{Patience, SystemKeyring},
        session_store::{SessionStore, StoredSession},
        state_file::StateFile,
    },
    ui::screen::{Action, Input, Preferences, Screen},
};

use super::home::Home;
use super::wait::{LIMIT, LOOK_AGAIN};

pub const BOB: &str = "@bob:demo.localhost";
pub const ROOM: &str = "!room:demo.localhost";

/// An engine of its own and a screen of 24 rows and 80 columns, as the program connects them.
pub struct Client {
    pub demo: Demo,
    engine: engine::Client,
    screen: Screen,
    /// How far the clock of the screen is ahead: nobody presses keys without a pause.
    ahead: SignedDuration,
    /// Where the engine saves state, if anywhere.
    _directory: Option<TempDir>,
}

impl Client {
    /// Starts with Bob in our room and without rate limits, and waits until the list is complete.
    pub async fn start() -> Self {
        Self::start_with(demo::Options { put_limit: None, ..demo::Options::default() }).await
    }

    pub async fn start_with(options: demo::Options) -> Self {
        Self::with(options, Settings::default()).await
    }

    async fn with(options: demo::Options, settings: Settings) -> Self {
        let demo = Demo::start(demo::Options { cast: small_cast(), ..options }).await.unwrap();
        Self::begin(demo, settings, None).await.with_list().await
    }

    async fn with_list(mut self) -> Self {
        self.until("the list is complete", |it| *it.connection() == Connection::Live).await;
        self
    }

    /// Signs in to a demo homeserver, and does not wait for its first answer.
    pub async fn of(demo: Demo) -> Self {
        Self::begin(demo, Settings::default(), None).await
    }

    async fn begin(demo: Demo, settings: Settings, files: Option<Files>) -> Self {
        let session = sign_in(&demo).await.unwrap();
        let setup = Setup { session, files, settings, role: Role::Apart, scope: Scope::Everything };
        let engine = engine::Client::connect(setup).await.expect("it needs nobody else");
        let screen = Screen::new(engine.model(), (80, 24), TimeZone::UTC, &Preferences::default());
        Self { demo, engine, screen, ahead: SignedDuration::ZERO, _directory: None }
    }

    /// Starts with `watch_only`.
    pub async fn watch(options: demo::Options) -> Self {
        Self::with(options, Settings { watch_only: true, ..Settings::default() }).await
    }

    /// Starts with the quirks that an earlier run has learned.
    pub async fn remembering(options: demo::Options, quirks: ServerQuirks) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().to_owned();
        let files = Files {
            session: SessionStore::new(
                StateFile::within(path.clone(), "session.json"),
                Arc::new(SystemKeyring(Patience::Immediate)),
            ),
            presence: StateFile::within(path.clone(), "presence.json"),
            preferences: StateFile::within(path, "preferences.json"),
            cache: None,
            history: None,
        };
        let user_id = demo::USER.try_into().unwrap();
        let saved =
            SavedPresence { user_id, quirks, warned: false, layers: None, status: None, session: None };
        files.presence.save(&saved).unwrap();
        let demo = Demo::start(demo::Options { cast: small_cast(), ..options }).await.unwrap();
        let client = Self::begin(demo, Settings::default(), Some(files)).await.with_list().await;
        Self { _directory: Some(directory), ..client }
    }

    /// Sets the message, as `m` does.
    pub fn say(&mut self, message: &str) {
        self.press('m');
        self.happens(Input::Paste(message.to_owned()));
        self.press('\r');
    }

    pub fn model(&self) -> &Model {
        self.engine.model()
    }

    /// The state and message of a contact in the list.
    pub fn state_of(&self, name: &str) -> Option<String> {
        let (contacts, list) = (self.model().contacts(), self.screen.list());
        let mut rows = (0..list.len()).filter_map(|row| list.at(row, contacts));
        let (_, contact) = rows.find(|(_, contact)| &*contact.name == name)?;
        let heard = contact.heard.as_ref();
        let message = heard.and_then(|heard| heard.status_msg.as_deref()).unwrap_or_default();
        Some(
            format!("{} {message}", heard.map_or("silent", |heard| heard.presence.label())).trim().to_owned(),
        )
    }

    /// Waits for the next event, and lets the screen follow.
    pub async fn turn(&mut self) {
        self.engine.turn().await;
        self.refresh();
    }

    /// Sends a command to the engine.
    pub fn send(&mut self, command: Command) {
        self.engine.send(command);
    }

    fn happens(&mut self, input: Input) {
        let actions = self.screen.update(input, self.engine.model(), self.now());
        self.carry_out(actions);
    }

    fn refresh(&mut self) {
        let actions = self.screen.refresh(self.engine.model(), self.now());
        self.carry_out(actions);
    }

    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            if let Action::Command(command) = action {
                self.engine.send(command);
            }
        }
    }

    /// Presses a key, and waits for what it does after a quiet moment.
    pub fn press(&mut self, key: char) {
        const PAUSE: SignedDuration = SignedDuration::from_secs(1);
        let code = if key == '\r' { KeyCode::Enter } else { KeyCode::Char(key) };
        self.happens(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        self.ahead += PAUSE;
        self.happens(Input::Quiet);
    }

    /// Goes on until something is true that no update announces, such as what the homeserver was asked.
    pub async fn until_so(&mut self, what: &str, mut reached: impl AsyncFnMut(&Self) -> bool) {
        let end = Instant::now() + LIMIT;
        while !reached(self).await {
            assert!(Instant::now() < end, "not within {LIMIT:?}: {what}");
            let _ = timeout(LOOK_AGAIN, self.turn()).await;
        }
    }

    /// Goes on until so many more polls have begun, each of them after the one before was answered.
    ///
    /// What the client does by itself after something, it does before these polls are over.
    pub async fn syncs(&mut self, times: usize) {
        for _ in 0..times {
            let before = self.asked("GET", "/sync").len();
            // Ends a long poll on every server, and means nothing to the client.
            self.demo.send_state(BOB, ROOM, "org.example.nudge", "", &json!({}));
            self.until_so("the next /sync", async |it| it.asked("GET", "/sync").len() > before).await;
        }
    }

    pub async fn until(&mut self, what: &str, reached: impl Fn(&Model) -> bool) {
        let wait = async {
            while !reached(self.model()) {
                self.turn().await;
            }
        };
        let in_time = timeout(LIMIT, wait).await.is_ok();
        assert!(in_time, "not within {LIMIT:?}: {what}\n{:#?}", self.model().connection());
    }

    pub async fn until_listed(&mut self, name: &str, state: Option<&str>) {
        let wait = async {
            while self.state_of(name).as_deref() != state {
                self.turn().await;
            }
        };
        let in_time = timeout(LIMIT, wait).await.is_ok();
        assert!(in_time, "{name} is {:?} and not {state:?}", self.state_of(name));
    }

    /// Waits until our own echo shows a state.
    pub async fn until_seen_as(&mut self, presence: Presence) {
        let seen = |it: &Model| it.own().report().seen.map(|seen| seen.presence.clone());
        self.until(&format!("seen as {presence}"), |it| seen(it) == Some(presence.clone())).await;
    }

    pub fn lost_because(&self) -> String {
        match self.model().connection() {
            Connection::Lost { reason, .. } => reason.to_string(),
            other => panic!("not lost: {other:?}"),
        }
    }

    pub fn asked(&self, method: &str, path_part: &str) -> Vec<demo::Request> {
        let mut requests = self.demo.requests();
        requests.retain(|request| request.method == method && request.path.contains(path_part));
        requests
    }
}

impl Home {
    /// A home with a new session on a demo homeserver.
    pub async fn at(demo: &Demo) -> Self {
        let session = sign_in(demo).await.expect("the demo lets everybody in").saved();
        let session = StoredSession::of(&session);
        Self::new().with_session(&serde_json::to_string(&session).expect("a session is JSON"))
    }
}

pub fn small_cast() -> Cast {
    let lines = [
        json!({"room_id": ROOM, "name": "Room"}),
        json!({"user_id": BOB, "displayname": "Bob", "presence": "online", "status_msg": "hi"}),
    ];
    Cast::parse(&lines.map(|line| line.to_string()).join("\n")).unwrap()
}

pub fn credentials(server: &str, user: &str, password: &str) -> Credentials {
    Credentials { server: server.into(), user: user.into(), secret: Secret::Password(password.into()) }
}

pub async fn sign_in(demo: &Demo) -> Result<Session, ServerError> {
    Session::sign_in(&credentials(demo.url(), demo::USER, demo::PASSWORD)).await
}

pub fn event(content: &Value) -> Value {
    json!({"type": "m.presence", "sender": BOB, "content": content})
}
