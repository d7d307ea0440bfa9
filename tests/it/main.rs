//! The tests of whosin, one crate so that they link once, in folders by level.

mod client;
mod fuzz;
mod model;
mod program;
mod screens;
mod support;
