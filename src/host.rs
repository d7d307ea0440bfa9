//! The machine around the program: idle time, notifications, browser, and the hook.

pub mod desktop;
pub mod notify;
pub mod hook;
pub mod browser;
