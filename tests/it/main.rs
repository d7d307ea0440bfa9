//! The tests of whosin, one crate so that they link once: pure rules, screens, the client against the demo
//! homeserver, the program in a pseudo-terminal against Synapse.

mod archive;
mod calls;
mod client;
mod config;
mod contacts;
mod dashboard;
mod demo;
mod doctor;
mod guest;
mod history;
mod history_on_synapse;
mod home;
mod homeserver;
mod hook;
mod imports;
mod keymap;
mod lines;
mod list;
mod manual;
mod notices;
mod own;
mod own_on_synapse;
mod presence;
mod rooms;
mod scene;
mod screens;
mod servers;
mod shell;
mod signed_in;
mod status;
mod synapse;
mod tape;
mod tapes;
mod terminal;
mod watch;
