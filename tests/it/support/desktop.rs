//! The services of a desktop that tell when nobody is there, byte for byte as they speak.

mod bus;
mod compositor;
mod x_server;

pub use bus::{Answer, Bus, answer};
pub use compositor::Compositor;
pub use x_server::XServer;
