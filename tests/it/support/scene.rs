//! Alice, who runs the program on a real Synapse, and Bob, who sees her presence.

use std::fs;

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

    pub fn file(&self, path: &str) -> String {
        fs::read_to_string(self.home.path().join(path)).unwrap()
    }
}
