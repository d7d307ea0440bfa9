//! The presence of your Matrix contacts, live in a terminal, and your own with one key.
//!
//! # Map
//!
//! | folder | holds |
//! |---|---|
//! | [`model`] | the state: contacts, own presence, rooms, calls, history. Pure |
//! | [`ui`] | the screen: keymap, theme, views, terminal |
//! | [`server`] | one signed-in session on a homeserver |
//! | [`engine`] | the running model: its tasks, and the processes of a profile |
//! | [`store`] | files that outlive the program |
//! | [`host`] | the machine: idle time, notifications, browser, the hook |
//! | [`cli`] | arguments, and a front end for each command |
//! | [`demo`] | a small homeserver on 127.0.0.1 and its cast |
//!
//! `tests/it/model/imports.rs` enforces which folder may import which.
//!
//! # Where to look
//!
//! * Where a key becomes a PUT: `ui::keymap` → [`Command`](model::event::Command) → [`Own::next`](model::own::Own::next)
//!   → [`Effect::Publish`](model::event::Effect::Publish) → `server::presence`.
//! * Where a `/sync` becomes a row: `server::sync` → [`Update`](model::event::Update) →
//!   [`Contacts::sync`](model::contacts::Contacts::sync) → `ui::list` → `ui::view::contacts`.
//! * Where `whosin set` waits for its echo: `cli::set` → `engine::Client::outcome` →
//!   [`Outcome`](model::outcome::Outcome).
//!
//! # Glossary
//!
//! | term | meaning |
//! |---|---|
//! | contact | somebody who shares a joined room with the account; direct-chat partners come first |
//! | large room | a room with more members than `large_room`; people from such rooms only are not followed closely |
//! | session | a signed-in device of the account |
//! | presence | a user's state, status message and last activity |
//! | wanted, sent, seen | the own presence: requested by the person, accepted by the server, visible to others |
//! | echo | the own `m.presence` event, which proves what others see |
//! | layer | a source of the wanted state: what the person pressed, a call, the idle timer |
//! | hold | a state that a command sets for as long as it runs |
//! | outcome | the result of a request: pending, accepted, seen, differs or failed |
//! | gate | the wait before the next PUT, such as the server's rate limit |
//! | stuck busy | busy that others still see after it was left, because another session or the server holds it |
//! | quirks | what one homeserver does differently: the name of busy, and the effects of a `/sync` |
//! | look-up | a request for one contact's presence, because servers send none of offline people |
//! | preferences | pins and notifications, saved per contact |
//! | flap | a change that returns to a state left a moment ago |
//! | model | the state of an account; changed by [`Model::update`](model::Model::update) alone |
//! | screen | what only a terminal needs: view, selection, filter, typed text |
//! | engine | a model with its session, files and socket; runs with or without a screen |
//! | front end | a user of an engine: the dashboard, each command |
//! | client | a front end's access to the engine, in this process or another |
//! | primary instance | the process of a profile that runs the engine |
//! | subscriber | a front end in another process that receives the engine's events |
//! | daemon | an engine in a process without a screen: `whosin daemon` |
//! | errand | a daemon that ends a timed state, and then itself |
//! | cache | the contacts at a position of the `/sync` stream, on disk for the next start |
//! | replica | a subscriber's copy of the model; equal, because it applies the same events |
//! | event | anything that changes the model: a command, an update, the idle time, the clock |
//! | command | a request from a front end |
//! | update | news from the homeserver |
//! | effect | what the model wants the engine to do |
//! | action | what the screen wants done after a key: a command, or something for the terminal |

pub mod model;
pub mod ui;
pub mod store;
pub mod host;
pub mod server;
pub mod engine;
pub mod demo;
pub mod cli;
