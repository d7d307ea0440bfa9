//! The pure rules: tables, properties and the architecture itself.

mod calls;
mod contacts;
mod history;
mod imports;
mod list;
mod own;
mod presence;
mod profile_look_ups;
mod replica;
pub mod rooms;
mod strangers;
