//! Parts of the machine that runs whosin: idle time, notifications, the browser, the chat, files
//! that change and the `on_change` hook.

pub mod desktop;
pub(crate) mod file_watch;
pub mod idle;
pub mod notify;
pub mod hook;
pub mod browser;
pub mod chat;
pub mod service;
