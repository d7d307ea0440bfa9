//! Who's in? The presence of your Matrix contacts, live in a terminal, and your own with one key.
//!
//! # Map
//!
//! | folder | holds |
//! |---|---|
//! | [`model`] | what is true: contacts, own presence, rooms, calls, history. Pure |
//! | [`ui`] | what is seen and pressed: keymap, theme, view, terminal |
//! | [`server`] | one signed-in session on a homeserver |
//! | [`engine`] | the model running: its tasks, and the processes of a profile |
//! | [`store`] | files that outlive the program |
//! | [`host`] | the machine around: idle time, notifications, browser, the hook |
//! | [`cli`] | arguments, and a front end for each command |
//! | [`demo`] | a small homeserver on 127.0.0.1 and its cast |
//!
//! `tests/it/imports.rs` enforces who may know of whom.

pub mod model;
pub mod ui;
pub mod store;
pub mod host;
pub mod server;
pub mod engine;
pub mod demo;
pub mod cli;
