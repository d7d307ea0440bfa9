//! The real binary as a process or in a pseudo-terminal, against the demo homeserver or a real Synapse.

mod beside;
mod config;
mod dashboard;
mod dashboards;
mod doctor;
mod encryption;
mod endings;
mod environment;
mod history;
mod hold;
mod homeserver;
mod keymap;
mod list;
mod manual;
mod mouse;
mod notices;
mod output;
mod own;
mod profile;
mod set;
mod shell;
mod socket;
mod status;
mod tapes;
mod views;
mod watch;
