//! What the tests share: homeservers, people, terminals and processes.

#[cfg(target_os = "linux")]
pub mod desktop;
pub mod guest;
pub mod home;
pub mod hostile;
pub mod http;
pub mod keyring;
pub mod lines;
pub mod memory_keyring;
pub mod oauth_server;
pub mod scene;
pub mod schema;
pub mod sign_in_rig;
pub mod synapse;
pub mod tape;
pub mod terminal;
pub mod wait;
