//! The terminal: setup and restoration, its input, and a thread that writes to it.

mod decoder;
mod device;
mod input;
pub mod panics;
mod process_group;
mod screen;
mod sgr;
mod signals;
mod takeover;
mod translate;
mod writer;

pub use decoder::Decoder;
pub use device::columns;
pub(crate) use process_group::is_in_foreground;
pub use signals::{Signal, Signals, quit};
pub(crate) use takeover::LEAVE;
pub use takeover::{SuspendError, Terminal, TerminalEvent};
pub use translate::translate;
