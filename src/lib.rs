//! Who's in? The presence of your Matrix contacts, live in a terminal, and your own with one key.

pub mod demo;
pub mod presence;
