//! The real client without a terminal, signed in to a demo homeserver.

use std::time::{Duration, Instant};

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use whosin::{
    cli::config::Config,
    demo::{self, Cast, Demo},
    engine::tasks::Link,
    model::{
        app::{App, Connection, Dashboard, Stage},
        event::{Credentials, Event, Secret},
        own::SavedPresence,
        presence::Presence,
        quirks::ServerQuirks,
    },
    server::{ServerError, Session},
};

use super::home::Home;
use super::wait::{LIMIT, LOOK_AGAIN};

pub const BOB: &str = "@bob:demo.localhost";
pub const ROOM: &str = "!room:demo.localhost";

/// A client that handles updates as the program does.
pub struct Client {
    pub demo: Demo,
    pub app: App,
    pub link: Link,
}

impl Client {
    /// Starts with Bob in our room and without rate limits.
    pub async fn start() -> Self {
        Self::start_with(demo::Options { put_limit: None, ..demo::Options::default() }).await
    }

    pub async fn start_with(options: demo::Options) -> Self {
        Self::with(options, Config::default(), None).await
    }

    async fn with(options: demo::Options, config: Config, memory: Option<SavedPresence>) -> Self {
        let options = demo::Options { cast: small_cast(), ..options };
        let demo = Demo::start(options).await.unwrap();
        let session = sign_in(&demo).await.unwrap();
        let account = Some(session.account().clone());
        let app = App::prepared(account, (80, 24), TimeZone::UTC, config, memory, None);
        let mut link = Link::new(None);
        link.attach(session);
        let mut client = Self { demo, app, link };
        client.until("the list is complete", |it| it.connection == Connection::Live).await;
        client
    }

    /// Starts with `watch_only`.
    pub async fn watch(options: demo::Options) -> Self {
        Self::with(options, Config { watch_only: true, ..Config::default() }, None).await
    }

    /// Starts with the quirks that an earlier run has learned.
    pub async fn remembering(options: demo::Options, quirks: ServerQuirks) -> Self {
        let user_id = demo::USER.try_into().unwrap();
        let memory = SavedPresence { user_id, quirks, warned: false, layers: None };
        Self::with(options, Config::default(), Some(memory)).await
    }

    /// Sets the message, as `m` does.
    pub fn say(&mut self, message: &str) {
        self.press('m');
        self.happens(Event::Paste(message.to_owned()));
        self.press('\r');
    }

    pub fn dashboard(&self) -> &Dashboard {
        match &self.app.stage {
            Stage::Dashboard(dashboard) => dashboard,
            Stage::SignIn(_) => panic!("signed out"),
        }
    }

    /// The state and message of a contact in the list.
    pub fn state_of(&self, name: &str) -> Option<String> {
        let contacts = &self.dashboard().contacts;
        let mut rows = (0..contacts.len()).filter_map(|row| contacts.at(row));
        let (_, contact) = rows.find(|(_, contact)| &*contact.name == name)?;
        let heard = contact.heard.as_ref();
        let message = heard.and_then(|heard| heard.status_msg.as_deref()).unwrap_or_default();
        Some(
            format!("{} {message}", heard.map_or("silent", |heard| heard.presence.label())).trim().to_owned(),
        )
    }

    /// Handles the next update.
    pub async fn turn(&mut self) {
        let now = Timestamp::now();
        let wake =
            self.app.wake(now).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        let event = tokio::select! {
            update = self.link.next() => Event::Update(update),
            () = sleep(wake.unwrap_or(Duration::MAX)) => Event::Clock,
        };
        self.happens(event);
    }

    pub fn happens(&mut self, event: Event) {
        for effect in self.app.update(event, Timestamp::now()) {
            self.link.carry_out(effect);
        }
    }

    pub fn press(&mut self, key: char) {
        use crossterm::event::KeyCode;

        let code = if key == '\r' { KeyCode::Enter } else { KeyCode::Char(key) };
        self.happens(Event::Key(crossterm::event::KeyEvent::new(code, crossterm::event::KeyModifiers::NONE)));
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

    pub async fn until(&mut self, what: &str, reached: impl Fn(&Dashboard) -> bool) {
        let wait = async {
            while !reached(self.dashboard()) {
                self.turn().await;
            }
        };
        let in_time = timeout(LIMIT, wait).await.is_ok();
        assert!(in_time, "not within {LIMIT:?}: {what}\n{:#?}", self.dashboard().connection);
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
        let seen = |it: &Dashboard| it.own.report().seen.map(|seen| seen.presence.clone());
        self.until(&format!("seen as {presence}"), |it| seen(it) == Some(presence.clone())).await;
    }

    pub fn lost_because(&self) -> String {
        match &self.dashboard().connection {
            Connection::Lost { reason, .. } => reason.clone(),
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
        let session = sign_in(demo).await.expect("the demo lets everybody in").kept().expect("it is kept");
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
