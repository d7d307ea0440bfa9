//! The pure rules: tables, properties and the architecture itself.

mod calls;
mod contacts;
mod history;
mod imports;
mod own;
mod presence;
pub mod rooms;
mod strangers;
