//! What is seen and pressed: pure functions of the model, the screen and the time, but for the terminal itself.

pub mod keymap;
pub mod list;
pub mod screen;
pub mod sign_in;
pub mod theme;
pub mod view;
pub mod terminal;
