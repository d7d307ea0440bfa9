//! A real Synapse for tests: installed on first use, started on a free loopback port, gone with the test process.

mod configuration;
mod directory;
mod federation;
mod installation;
mod server;
mod user;

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

pub use configuration::{Busy, Limits, Profiles, Setup, Timers, Tracking};
use directory::Directory;
pub use installation::{announce, lock, python, run, target};
use server::Server;
pub use user::User;

/// A homeserver without users. Every test registers its own users and rooms.
#[derive(Debug)]
pub struct Synapse {
    server: Option<Server>,
    directory: Directory,
    /// The port for other servers, and the certificate there.
    _federation: Option<Directory>,
}

/// The one Synapse with this setup that all tests of the run share. The first caller starts it.
///
/// `None` where Synapse is left out, after a message on stderr: `let Some(synapse) = … else { return };`
#[track_caller]
pub fn shared(setup: Setup) -> Option<&'static Synapse> {
    static SHARED: Mutex<Option<HashMap<Setup, &'static OnceLock<Synapse>>>> = Mutex::new(None);

    if skipped() {
        return None;
    }
    // Locked to find the place and not to fill it, so that different setups start at the same time.
    let place = *SHARED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .entry(setup)
        .or_insert_with(|| Box::leak(Box::default()));
    Some(place.get_or_init(|| Synapse::launch(setup)))
}

impl Synapse {
    /// A Synapse for one test that stops it. `None` as in [`shared`].
    #[track_caller]
    pub fn start(setup: Setup) -> Option<Self> {
        (!skipped()).then(|| Self::launch(setup))
    }

    /// The same with more lines of configuration, which may depend on its address. They win over those before.
    #[track_caller]
    pub fn start_with(setup: Setup, more: impl FnOnce(&str) -> String) -> Option<Self> {
        (!skipped()).then(|| Self::launch_with(setup, more))
    }

    /// A Synapse for one test that exchanges rooms and profiles with others on this machine. `None` as in [`shared`].
    #[track_caller]
    pub fn start_federating(setup: Setup) -> Option<Self> {
        let launch = || {
            let (directory, federation) = (Directory::create()?, Directory::create()?);
            let more = federation::configuration(directory.port(), &federation)?;
            Self::launch_in(directory, Some(federation), setup, &more)
        };
        (!skipped()).then(|| launch().unwrap_or_else(|sentence| none(&sentence)))
    }

    #[track_caller]
    fn launch(setup: Setup) -> Self {
        Self::launch_with(setup, |_| String::new())
    }

    #[track_caller]
    fn launch_with(setup: Setup, more: impl FnOnce(&str) -> String) -> Self {
        let launched = Directory::create().and_then(|directory| {
            let more = more(&format!("http://127.0.0.1:{}", directory.port()));
            Self::launch_in(directory, None, setup, &more)
        });
        launched.unwrap_or_else(|sentence| none(&sentence))
    }

    fn launch_in(
        directory: Directory,
        federation: Option<Directory>,
        setup: Setup,
        more: &str,
    ) -> Result<Self, String> {
        setup.write(directory.path(), directory.port(), more).map_err(|error| error.to_string())?;
        let server = Some(Server::start(&directory)?);
        Ok(Self { server, directory, _federation: federation })
    }

    /// Where clients find it, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.directory.port())
    }

    /// Registers a new user, named `prefix` and a random suffix.
    pub fn user(&self, prefix: &str) -> User {
        let suffix: String = (0..6).map(|_| fastrand::lowercase()).collect();
        User::register(&self.url(), format!("{prefix}-{suffix}"))
    }

    /// Kills the server. Nothing listens at its address until it is started again.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Starts it again at the same address with the same data.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.kill();
        match Server::start(&self.directory) {
            Ok(server) => self.server = Some(server),
            Err(sentence) => panic!("Synapse did not come back: {sentence}"),
        }
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        // Before its files go.
        self.kill();
    }
}

#[track_caller]
fn none(sentence: &str) -> ! {
    panic!("no Synapse to test against: {sentence}")
}

fn skipped() -> bool {
    let skip = std::env::var_os("WHOSIN_SKIP_SYNAPSE").is_some_and(|value| value == "1");
    if skip {
        let test = std::thread::current();
        let name = test.name().unwrap_or("a test");
        announce(&format!("skipped: {name} needs Synapse, and WHOSIN_SKIP_SYNAPSE=1 is set"));
    }
    skip
}
