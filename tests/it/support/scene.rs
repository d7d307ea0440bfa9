//! Alice, who runs the program on a real Synapse, and Bob, who sees her presence.

use std::{
    fs,
    sync::{
        Arc, Mutex, MutexGuard,
        mpsc::{Sender, TryRecvError, channel},
    },
    thread::{self, JoinHandle},
};

use jiff::Timestamp;
use serde_json::Value;

use crate::support::{
    home::Home,
    synapse::{Synapse, User},
    terminal::Terminal,
    wait,
};

/// Busy on Synapse's wire.
pub const BUSY: &str = "org.matrix.msc3026.busy";

/// Alice and Bob in one room, and Alice's home.
pub struct Scene {
    pub alice: User,
    pub bob: User,
    pub home: Home,
}

impl Scene {
    pub fn on(synapse: &Synapse) -> Self {
        let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
        let room = bob.create_room("Room");
        alice.join(&room);
        let home = Home::signed_in(&synapse.url(), &alice.localpart, &alice.password);
        // As on a system without a runtime directory: the socket is beside the state. Other tests have one.
        Self { alice, bob, home: home.without_runtime_directory() }
    }

    /// Writes Alice's configuration.
    pub fn configured(mut self, toml: &str) -> Self {
        self.home = self.home.configured(toml);
        self
    }

    /// Starts the program and waits until it shows the room.
    pub fn open(&self) -> Terminal {
        self.open_with(&[])
    }

    /// Like [`Self::open`], with more environment variables.
    pub fn open_with(&self, environment: &[(&str, &str)]) -> Terminal {
        let environment = [&[("WHOSIN_LOG", "trace")], environment].concat();
        let terminal = self.home.open(&["--log", "log"], &environment);
        terminal.wait_for("live");
        terminal.wait_for(&self.bob.localpart);
        terminal
    }

    /// What Bob sees of Alice.
    pub fn seen(&self) -> Value {
        self.bob.presence_of(&self.alice.id)
    }

    #[track_caller]
    pub fn until_seen_as(&self, state: &str) {
        wait::until(
            || self.seen()["presence"] == state,
            || format!("Bob sees {state}; he sees {}", self.seen()),
        );
    }

    /// Writes down each state and message of Alice that Bob is told of from now on.
    pub fn record(&self) -> Recording {
        Recording::begin(&self.bob, &self.alice)
    }

    pub fn file(&self, path: &str) -> String {
        fs::read_to_string(self.home.path().join(path)).unwrap()
    }
}

/// What Bob's client is told of Alice. It leaves Bob's own presence alone.
pub struct Recording {
    stop: Sender<()>,
    syncing: JoinHandle<()>,
    told: Arc<Mutex<Vec<(Timestamp, String)>>>,
}

impl Recording {
    pub fn begin(bob: &User, alice: &User) -> Self {
        let (bob, alice) = (bob.another_session(), alice.id.clone());
        let (stop, stopped) = channel();
        let sync = move |query: &str| bob.get(&format!("sync?set_presence=offline&{query}")).ok();
        let mut batch = sync("timeout=0")["next_batch"].as_str().expect("a position").to_owned();
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&told);
        let syncing = thread::spawn(move || {
            loop {
                let is_last = stopped.try_recv() != Err(TryRecvError::Empty);
                let synced = sync(&format!("timeout={}&since={batch}", if is_last { 0 } else { 200 }));
                synced["next_batch"].as_str().expect("a position").clone_into(&mut batch);
                let events = synced["presence"]["events"].as_array().into_iter().flatten();
                for event in events.filter(|event| event["sender"] == *alice) {
                    let text = |field: &str| event["content"][field].as_str().unwrap_or_default().to_owned();
                    let seen = format!("{} {}", text("presence"), text("status_msg")).trim().to_owned();
                    let mut list: MutexGuard<'_, Vec<(Timestamp, String)>> = list.lock().unwrap();
                    if list.last().is_none_or(|(_, last)| *last != seen) {
                        list.push((Timestamp::now(), seen));
                    }
                }
                if is_last {
                    return;
                }
            }
        });
        Self { stop, syncing, told }
    }

    /// Waits until the last that Bob's client was told is this state and message. A state that the server replaces at
    /// once may be told to nobody. Returns when it was told.
    #[cfg(target_os = "linux")]
    pub fn until_told(&self, seen: &str) -> Timestamp {
        let last = || self.told.lock().unwrap().last().filter(|(_, last)| last == seen).map(|(at, _)| *at);
        wait::until(|| last().is_some(), || format!("{seen}: {:?}", self.told.lock().unwrap()));
        last().unwrap_or_else(|| panic!("{seen} was replaced at once: {:?}", self.told.lock().unwrap()))
    }

    /// Ends with all that Bob's server knows by now. Returns each state once until the next one.
    pub fn end(self) -> Vec<String> {
        self.end_with_times().into_iter().map(|(_, seen)| seen).collect()
    }

    /// The same, and when Bob's client was told.
    pub fn end_with_times(self) -> Vec<(Timestamp, String)> {
        drop(self.stop);
        self.syncing.join().expect("Bob's client goes on");
        self.told.lock().unwrap().clone()
    }
}
