//! The model running: its tasks, and the processes of a profile.

pub mod tasks;
pub mod instance;
pub mod ipc;
pub mod attendant;
pub mod observer;
pub mod keeper;
