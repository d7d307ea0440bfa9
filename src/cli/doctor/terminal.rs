//! Checks of the terminal and the desktop.

use super::check::Check;
use crate::{
    host::desktop,
    ui::theme::{Charset, Depth, Theme},
};

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
