//! The tests of whosin: pure rules, screens, the client against the demo homeserver, the program against Synapse.

mod client;
mod contacts;
mod demo;
mod homeserver;
mod imports;
mod own;
mod presence;
mod screens;
mod shell;
mod synapse;
mod tape;
mod tapes;
mod terminal;
