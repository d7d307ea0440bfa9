//! Alice, who runs the program on a real Synapse, and Bob, who sees what others see of her.

use std::fs;

use serde_json::Value;

use crate::support::{
    signed_in,
    synapse::{Synapse, User},
    terminal::{Program, Terminal},
    wait,
};

/// The built program.
pub const WHOSIN: &str = env!("CARGO_BIN_EXE_whosin");
/// Busy on Synapse's wire.
pub const BUSY: &str = "org.matrix.msc3026.busy";

/// The two, in one room, and Alice's program with its home.
pub struct Scene {
    pub alice: User,
    pub bob: User,
    pub program: Program,
}

impl Scene {
    pub fn on(synapse: &Synapse) -> Self {
        let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
        let room = bob.create_room("Room");
        alice.join(&room);
        let program = signed_in::program(WHOSIN, synapse, &alice).env("WHOSIN_LOG", "trace");
        Self { alice, bob, program }
    }

    /// Writes Alice's configuration.
    pub fn configured(self, toml: &str) -> Self {
        let directory = self.program.home().join(".config/whosin");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("config.toml"), toml).unwrap();
        self
    }

    /// Starts the program and waits until it shows the room.
    pub fn open(&self) -> Terminal {
        let terminal = Terminal::start(&self.program, 24, 100);
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
        fs::read_to_string(self.program.home().join(path)).unwrap()
    }
}
