//! Files that outlive the program, which only their owner can read.

pub mod profile;
pub mod state_file;
pub mod history;
pub mod files;
