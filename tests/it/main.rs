//! The integration tests, one crate so that they link once.

mod homeserver;
mod shell;
mod synapse;
mod terminal;
