//! Who's in? The presence of your Matrix contacts, live in a terminal, and your own with one key.
//!
//! # The map
//!
//! What is true: pure, without clock, I/O and tokio, so that it cannot fail and tests need nothing.
//!
//! | part | is |
//! |---|---|
//! | [`presence`] | the states, their names on the wire, MSC3026's flag and fallback |
//! | [`text`], [`age`] | text from others made safe; ages in words |
//! | [`dialect`] | how homeservers differ in what concerns presence |
//! | [`control`] | what a command and a running dashboard say to each other |
//! | [`event`] | the closed list of what can happen, and of what the program can want done |
//! | [`rooms`] | what rooms are called, and which are in which space |
//! | [`contacts`] | everybody who shares a room with us: a fold of memberships and presence |
//! | [`record`] | the form in which other programs are told of a contact |
//! | [`calls`] | who is in a call |
//! | [`keymap`] | the keys, one table |
//! | [`deadline`], [`config`] | when something is to end; what can be configured |
//! | [`choices`] | what the person has chosen about contacts: pins, and whose changes to tell |
//! | [`history`] | what happened: the log, each contact's day, how many were there |
//! | [`own`] | own presence: wanted, sent, seen, and what follows |
//! | [`notices`] | whom to tell the person about |
//! | [`app`] | the whole state, and `App::update`, the only place where it changes |
//!
//! What is seen: pure functions of the state and the time.
//!
//! | part | is |
//! |---|---|
//! | [`theme`] | glyph, word and colour of each state |
//! | [`view`] | the screen, one pane per file |
//!
//! What touches the world.
//!
//! | part | is |
//! |---|---|
//! | [`profile`] | which of several accounts on one machine |
//! | [`state_file`] | files that outlive the program and that only its owner can read |
//! | [`archive`] | the history on disk, where that is wanted |
//! | [`matrix`] | a session on a homeserver: signing in, following, publishing |
//! | [`demo`] | a small, real homeserver on 127.0.0.1 and its cast |
//! | [`link`] | the tasks that talk to the homeserver and write files for a front end |
//! | [`desktop`] | the desktop around the terminal: its idle time, its notifications |
//! | [`notify`] | tells the person something wherever they look |
//! | [`hook`] | runs the program that the configuration names for changes |
//! | [`socket`] | where a running dashboard hears commands and tells what it knows, and who is the first of a profile |
//! | [`attendant`] | the program without a terminal, for commands |
//! | [`observer`] | the same for those that watch |
//! | [`keeper`] | who sets the own presence for a command |
//! | [`hold`] | a state kept while a command runs |
//! | [`tui`] | the event loop: terminal, keyboard, clock and homeserver meet here and nowhere else |
//! | [`cli`], [`commands`] | arguments, and a front end for each command |
//!
//! # Two straight lines
//!
//! ```text
//! /sync ─ matrix::follow ─ Update ─▶ mpsc ─▶ loop ─▶ App::update ─▶ Contacts ─▶ view::draw ─▶ screen
//! key   ─▶ loop ─▶ App::update ─▶ Own ─ Effect::Publish ─▶ watch (latest wins) ─▶ PUT presence
//!                                    └─ Effect::SyncAs ─▶ watch ─▶ set_presence of the next /sync
//! ```
//!
//! Nothing in the loop waits for the network, and nothing is drawn unless it differs from what is on screen.
//! `tests/it/imports.rs` enforces who may know of whom.

pub mod presence;
pub mod text;
pub mod age;
pub mod dialect;
pub mod deadline;
pub mod control;
pub mod event;
pub mod rooms;
pub mod contacts;
pub mod keymap;
pub mod config;
pub mod record;
pub mod calls;
pub mod choices;
pub mod history;
pub mod own;
pub mod notices;
pub mod app;
pub mod theme;
pub mod view;
pub mod profile;
pub mod state_file;
pub mod archive;
pub mod matrix;
pub mod link;
pub mod desktop;
pub mod notify;
pub mod hook;
pub mod socket;
pub mod attendant;
pub mod observer;
pub mod keeper;
pub mod hold;
pub mod demo;
pub mod tui;
pub mod cli;
pub mod commands;
