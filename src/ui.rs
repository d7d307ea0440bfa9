//! The user interface: pure functions of the model, the screen and the time, except for the terminal.

pub mod keymap;
pub mod list;
pub mod palette;
pub mod qr;
pub mod screen;
pub mod settings;
pub mod sign_in;
pub mod theme;
pub mod view;
pub mod terminal;
