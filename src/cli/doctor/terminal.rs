//! Checks of the terminal and the desktop.

use std::time::Duration;

use super::check::Check;
use crate::{
    host::{desktop, idle::Monitor},
    ui::theme::{Charset, Depth, Theme},
};

/// Why online never becomes unavailable by itself, and what to do.
const UNKNOWN: &str = "nothing on this machine tells when you are away, so online stays; let a program that knows run \
    whosin set away, such as swayidle timeout 600 'whosin is YOU free && whosin set away' \
    resume 'whosin is YOU away && whosin set online', where YOU is your own name";
/// The same over SSH.
const REMOTE: &str = "over SSH nothing tells when you are away, so online stays; let the machine in front of you run \
    whosin set unavailable here";

/// Checks colors, characters, clipboard and notifications by environment variables.
pub fn checks(theme: Theme, variable: impl Fn(&str) -> Option<String>) -> Vec<Check> {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let colors = match theme.depth {
        Depth::None if is_set("NO_COLOR") => Check::fine("colors", "none, because NO_COLOR is set"),
        Depth::None => Check::wrong("colors", "none", "If the terminal has colors, set TERM=xterm-256color."),
        Depth::Sixteen => Check::fine("colors", "sixteen"),
        Depth::Indexed => Check::fine("colors", "256"),
        Depth::True => Check::fine("colors", "all"),
    };
    let characters = match theme.charset {
        Charset::Unicode => Check::fine("characters", "UTF-8"),
        Charset::Ascii => Check::wrong(
            "characters",
            "ASCII only: the locale is not UTF-8",
            "If the terminal shows more, set LANG=C.UTF-8.",
        ),
    };
    let clipboard = if is_set("TMUX") {
        "copying through tmux needs set -s set-clipboard on"
    } else {
        "copying uses OSC 52, which not every terminal allows"
    };
    let notices = if desktop::is_here() {
        "on the desktop"
    } else if is_set("TMUX") {
        "by the terminal; through tmux this needs set -g allow-passthrough on"
    } else {
        "by the terminal, or with its bell"
    };
    vec![colors, characters, Check::fine("clipboard", clipboard), Check::fine("notices", notices)]
}

/// Checks whether the machine tells when nobody is there.
pub async fn idle(idle_after: Option<Duration>) -> Check {
    let Some(length) = idle_after else {
        return Check::fine("idle", "idle_after is off: online stays");
    };
    let mut monitor = Monitor::new(length);
    monitor.ask();
    match monitor.answer().await {
        Some(reading) => Check::fine("idle", format!("told by {}", reading.source)),
        None if desktop::is_remote() => Check::fine("idle", REMOTE),
        None => Check::fine("idle", UNKNOWN),
    }
}
