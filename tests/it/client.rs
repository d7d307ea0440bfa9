//! The parts that do I/O, inside the test process: the client against the demo homeserver, files and hooks.

mod archive;
mod demo;
mod hook;
mod hostile_server;
mod look_ups;
mod oauth;
mod profiles;
mod renewal;
mod rooms;
mod servers;
mod session;
mod session_store;
mod sign_in;
