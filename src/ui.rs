//! What is seen and pressed: pure functions of the state and the time, but for the terminal itself.

pub mod keymap;
pub mod theme;
pub mod view;
pub mod terminal;
