//! Who's in? The presence of your Matrix contacts, live in a terminal, and your own with one key.

pub mod presence;
pub mod text;
pub mod age;
pub mod event;
pub mod contacts;
pub mod own;
pub mod keymap;
pub mod app;
pub mod theme;
pub mod view;
pub mod matrix;
pub mod demo;
pub mod tui;
pub mod cli;
pub mod commands;
