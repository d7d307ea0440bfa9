//! The real binary as a process or in a pseudo-terminal, against the demo homeserver or a real Synapse.

mod beside;
mod config;
mod daemon;
mod dashboard;
mod dashboards;
mod doctor;
mod encryption;
mod endings;
mod environment;
mod history;
mod hostile_text;
mod hold;
mod homeserver;
#[cfg(target_os = "linux")]
mod idle;
mod keymap;
mod keyring;
mod list;
mod manual;
mod mouse;
mod notices;
mod output;
mod own;
mod profile;
mod secrets;
mod servers;
mod sessions;
mod set;
mod shell;
mod sign_in;
mod socket;
mod status;
mod tapes;
mod untyped;
mod views;
mod watch;
