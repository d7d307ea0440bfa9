//! What the terminal and the desktop can do.

use super::check::Check;
use crate::{
    host::desktop,
    ui::theme::{Charset, Depth, Theme},
};

/// Colours, characters, clipboard and notifications, by what the environment says.
pub fn checks(theme: Theme, variable: impl Fn(&str) -> Option<String>) -> Vec<Check> {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let colours = match theme.depth {
        Depth::None if is_set("NO_COLOR") => Check::fine("colours", "none, because NO_COLOR is set"),
        Depth::None => {
            Check::wrong("colours", "none", "If the terminal has colours, set TERM=xterm-256color.")
        }
        Depth::Sixteen => Check::fine("colours", "sixteen"),
        Depth::Indexed => Check::fine("colours", "256"),
        Depth::True => Check::fine("colours", "all"),
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
    vec![colours, characters, Check::fine("clipboard", clipboard), Check::fine("notices", notices)]
}
