//! A small homeserver on 127.0.0.1 with an invented cast, for a look around and for tests.
//!
//! Its presence behaves like Synapse's, MSC3026 included, or like another homeserver's. It shares no code with the
//! client:
//!
//! ```text
//! request ─ observe (faults) ─ caller ─▶ login · oauth · rooms · presence · sync ─▶ World ─▶ news ─▶ long polls
//!                                                                                    ▲ play (cast), tests
//! ```

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

mod fault;
mod authentication;
mod cast;
mod content;
mod discovery;
mod faults;
mod homeserver;
mod login;
mod oauth;
mod playback;
mod presence;
mod profile;
mod recent_syncs;
mod api_error;
mod rooms;
mod rules;
mod sessions;
mod software;
mod state;
mod sync;
mod world;

pub use cast::Cast;
pub use fault::Answer;
pub use faults::Request;
use homeserver::{Homeserver, Shared};
use rules::Rules;
pub use rules::{Federation, Profiles, SignIn};
pub use software::Software;
use state::{Presence, State};
use world::{Change, StateEvent, World};

/// The account that the demo signs in with. Every other contact may sign in too, with the same password.
pub const USER: &str = "@you:demo.localhost";

/// The password of every account; no secret, because there is nothing behind it.
pub const PASSWORD: &str = "demo";

const SERVER_NAME: &str = "demo.localhost";

/// The properties of a demo homeserver.
pub struct Options {
    /// Its users and rooms, and what happens in them.
    pub cast: Cast,
    /// Whether a Synapse offers busy (MSC3026). Other software decides that by itself.
    pub busy: bool,
    /// Synapse's limit: one PUT of presence per user in this time. One `/sync` in this time counts for presence.
    pub put_limit: Option<Duration>,
    /// Whether presence is switched on. Without it, Synapse accepts every state and forgets it.
    pub presence: bool,
    /// The homeserver that it behaves like.
    pub software: Software,
    /// Whether it names its software. Some proxies block that request.
    pub named: bool,
    /// Whether it talks to other homeservers.
    pub federation: Federation,
    /// The time between read and write in a `/sync` that sets a state on tuwunel 1.4 and continuwuity. They write
    /// back the message that they read, so a PUT in between loses its message.
    pub ping: Duration,
    /// How it signs people in.
    pub sign_in: SignIn,
    /// What it does with profile fields.
    pub profiles: Profiles,
}

/// The bundled cast on a Synapse that offers busy, with Synapse's default limit.
impl Default for Options {
    fn default() -> Self {
        let put_limit = Some(Duration::from_secs(10));
        Self {
            cast: Cast::bundled(),
            busy: true,
            put_limit,
            presence: true,
            software: Software::default(),
            named: true,
            federation: Federation::On,
            ping: Duration::ZERO,
            sign_in: SignIn::default(),
            profiles: Profiles::default(),
        }
    }
}

/// A running demo homeserver. Dropping it closes the port and ends open requests.
pub struct Demo {
    server: Shared,
    _running: watch::Sender<()>,
    _tasks: JoinSet<()>,
}

impl Demo {
    /// Starts a homeserver on a free port of 127.0.0.1, inside the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if no port can be opened.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let Options { cast, busy, put_limit, presence, software, named, federation, .. } = options;
        let Options { ping, sign_in, profiles, .. } = options;
        let (running, stopped) = watch::channel(());
        let limit = put_limit.filter(|_| software == Software::Synapse);
        let rules = Rules { software, named, federation, busy, limit, presence, ping, sign_in, profiles };
        let server = Homeserver::new(url, World::new(rules), stopped);
        server.act(|world, now| playback::enter(world, &cast, now));
        let server = Arc::new(server);
        serve(listener, server.clone());
        let mut tasks = JoinSet::new();
        let stage = server.clone();
        tasks.spawn(async move { playback::play(&stage, &cast.script).await });
        tasks.spawn(keep_time(server.clone()));
        Ok(Self { server, _running: running, _tasks: tasks })
    }

    /// Returns the URL to sign in at: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// Delivers an event unchanged to every user in the next `/sync`. It need not be a valid `m.presence` event.
    pub fn say(&self, event: serde_json::Value) {
        self.server.act(|world, _| world.stream.push(Change::Verbatim(event)));
    }

    /// Sets a user's state by its name on the wire, as of now. Either name of busy becomes the one that this
    /// homeserver delivers.
    pub fn set(&self, user_id: &str, presence: &str, status_msg: Option<&str>) {
        self.server.act(|world, now| {
            let presence = world.rules.relayed(&Presence::from_wire(presence));
            let user = world.user_or_new(user_id);
            let status_msg = status_msg.map(Into::into);
            let state = State { presence, status_msg, last_active: Some(now), set: true, ..State::default() };
            world.update(user, state, now);
        });
    }

    /// Sets a field of a user's profile. `None` removes it.
    pub fn set_profile(&self, user_id: &str, field: &str, value: Option<serde_json::Value>) {
        self.server.act(|world, _| {
            let user = world.user_or_new(user_id);
            world.set_field(user, field, value);
        });
    }

    /// Returns a field of a user's profile.
    #[must_use]
    pub fn profile(&self, user_id: &str, field: &str) -> Option<serde_json::Value> {
        self.server.act(|world, _| world.users[world.user(user_id)?].profile.get(field).cloned())
    }

    /// Adds a user to a room. Creates both if they are new.
    pub fn join(&self, user_id: &str, room_id: &str) {
        self.server.act(|world, now| {
            let (user, room) = (world.user_or_new(user_id), world.room_or_new(room_id));
            world.join(user, room, now);
        });
    }

    /// Removes a user from a room.
    pub fn leave(&self, user_id: &str, room_id: &str) {
        self.server.act(|world, now| {
            let (user, room) = (world.user_or_new(user_id), world.room_or_new(room_id));
            world.leave(user, room, now);
        });
    }

    /// Changes a user's display name in all rooms.
    pub fn rename(&self, user_id: &str, displayname: &str) {
        self.server.act(|world, now| {
            let user = world.user_or_new(user_id);
            world.rename(user, displayname, now);
        });
    }

    /// Sets account data of the account that the demo signs in with.
    pub fn set_account_data(&self, r#type: &str, content: serde_json::Value) {
        self.server.act(|world, _| world.set_account_data(r#type, content));
    }

    /// Sends a state event into a room on behalf of a user.
    #[expect(clippy::too_many_arguments, reason = "these are the fields of a state event")]
    pub fn send_state(
        &self,
        sender: &str,
        room_id: &str,
        r#type: &str,
        state_key: &str,
        content: &serde_json::Value,
    ) {
        self.server.act(|world, now| {
            let room = world.room_or_new(room_id);
            world.send_state(room, &StateEvent { sender, r#type, state_key, content }, now);
        });
    }

    /// Refuses every `since` token given out so far, as a homeserver does after a restore from a backup.
    pub fn restore(&self) {
        self.server.act(|world, _| world.restore());
    }

    /// Applies what a restart of the homeserver does to presence.
    pub fn restart(&self) {
        self.server.act(World::restart);
    }

    /// Replaces the answer to the next request whose path contains `path_part`. Several answers queue up. A part such
    /// as `PUT /_matrix/client/v3/presence/` names the method too.
    pub fn answer_next(&self, path_part: &str, answer: Answer) {
        self.server.faults.add(path_part, answer, false);
    }

    /// Replaces the answer to all requests whose path contains `path_part`, until [`Demo::answer_truly`]. This
    /// includes requests that are waiting for an answer.
    pub fn answer_all(&self, path_part: &str, answer: Answer) {
        self.server.faults.add(path_part, answer, true);
    }

    /// Removes all replaced answers.
    pub fn answer_truly(&self) {
        self.server.faults.clear();
    }

    /// Ends all access tokens. A new sign-in gives a valid one.
    pub fn expire_tokens(&self) {
        self.server.act(|world, _| world.expire_tokens());
        self.server.wake();
    }

    /// Moves the homeserver's clock forward. Limits, time-outs, ages and the script follow it.
    pub fn skip(&self, time: Duration) {
        self.server.skip(time);
    }

    /// Returns the last 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.server.faults.asked()
    }
}

/// Answers requests until the demo is dropped.
fn serve(listener: TcpListener, server: Shared) {
    // Answers are small, and clients wait for them: Nagle's algorithm would delay them.
    let listener = listener.tap_io(|connection| _ = connection.set_nodelay(true));
    let app = routes(server.clone());
    let stopped = async move { server.stopped().await };
    tokio::spawn(async move { axum::serve(listener, app).with_graceful_shutdown(stopped).await });
}

async fn keep_time(server: Shared) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        server.act(World::time_out);
    }
}

fn routes(server: Shared) -> Router {
    let client = Router::new()
        .route("/login", get(login::flows).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/account/whoami", get(login::whoami))
        .route("/devices", get(login::devices))
        .route("/joined_rooms", get(rooms::joined_rooms))
        .route("/rooms/{room_id}/joined_members", get(rooms::joined_members))
        .route("/rooms/{room_id}/state/{*of}", get(rooms::state))
        .route("/profile/{user_id}", get(profile::get))
        .route(
            "/profile/{user_id}/{field}",
            get(profile::get_field).put(profile::put_field).delete(profile::delete_field),
        )
        .route("/capabilities", get(profile::capabilities))
        .route("/presence/{user_id}/status", get(presence::get).put(presence::put))
        .route("/sync", get(sync::sync));
    Router::new()
        .route("/.well-known/matrix/client", get(discovery::well_known))
        .route("/_matrix/client/versions", get(discovery::versions))
        .route("/_matrix/federation/v1/version", get(discovery::software))
        .route("/{vendor}/server_version", get(discovery::own_software))
        .route("/_synapse/admin/v1/server_version", get(discovery::synapse_version))
        .route(
            "/_matrix/client/unstable/uk.tcpip.msc4133/profile/{user_id}/{field}",
            get(profile::get_any_field).put(profile::put_any_field).delete(profile::delete_any_field),
        )
        .nest("/_matrix/client/v3", client)
        .route("/_matrix/client/v1/auth_metadata", get(oauth::metadata))
        .route("/_matrix/client/unstable/org.matrix.msc2965/auth_metadata", get(oauth::metadata))
        .route("/oauth2/registration", post(oauth::register))
        .route("/oauth2/device", post(oauth::device))
        .route("/oauth2/token", post(oauth::token))
        .route("/oauth2/revoke", post(oauth::revoke))
        .route("/link", get(oauth::link).post(oauth::decide))
        .route("/authorize", get(oauth::authorize).post(oauth::authorized))
        .route("/account", get(oauth::account))
        .fallback(discovery::unrecognized)
        .method_not_allowed_fallback(discovery::wrong_method)
        .layer(middleware::from_fn_with_state(server.clone(), faults::observe))
        .with_state(server)
}
