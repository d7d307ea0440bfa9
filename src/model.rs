//! What is true: pure, without clock, I/O and tokio, so that it cannot fail and tests need nothing.

pub mod presence;
pub mod text;
pub mod age;
pub mod deadline;
pub mod quirks;
pub mod control;
pub mod event;
pub mod rooms;
pub mod contacts;
pub mod record;
pub mod calls;
pub mod preferences;
pub mod history;
pub mod own;
pub mod notices;
pub mod app;
