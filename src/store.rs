//! The files of a profile, readable by their owner alone.

pub mod profile;
pub mod state_file;
pub mod history;
pub mod files;
pub mod secrets;
pub mod session_store;
