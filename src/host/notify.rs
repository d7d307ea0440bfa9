//! Tells the person something wherever they look: on the desktop, by the terminal, or with its bell.

use std::future::pending;

use tokio::task::JoinSet;

use crate::{
    host::desktop,
    model::{event::Notice, text},
};

mod config;
mod terminal;

pub use config::{Notify, Via};
use terminal::Terminal;

/// How many notifications the desktop may be busy with.
const UNDER_WAY: usize = 4;

/// What rings.
const BELL: &str = "\x07";

/// The ways that notices go.
pub struct Notifier {
    ways: Ways,
    /// What there is instead of the desktop where that shows nothing.
    instead: Ways,
    under_way: JoinSet<Result<(), Failure>>,
    /// Whether the person knows that the desktop shows nothing.
    failed: bool,
}

/// Which ways there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ways {
    desktop: bool,
    terminal: Option<Terminal>,
    bell: bool,
}

impl Ways {
    /// Those that are named, with what "auto" means on this desktop, if there is one, and in this terminal.
    fn of(via: &[Via], desktop_here: bool, terminal: Terminal) -> Self {
        let mut ways = Self { desktop: false, terminal: None, bell: false };
        for way in via {
            match way {
                Via::Auto if desktop_here => ways.desktop = true,
                Via::Auto => {
                    ways.terminal = Some(terminal);
                    ways.bell |= terminal.is_doubtful();
                }
                Via::Desktop => ways.desktop = true,
                Via::Terminal => ways.terminal = Some(terminal),
                Via::Bell => ways.bell = true,
                Via::None => {}
            }
        }
        ways
    }

    /// What is to be written to the terminal.
    fn escape(self, notice: &Notice) -> String {
        let shown = self.terminal.and_then(|terminal| terminal.escape(notice)).unwrap_or_default();
        shown + if self.bell { BELL } else { "" }
    }
}

/// A notice that the desktop does not show.
struct Failure {
    notice: Notice,
    why: String,
}

/// What becomes of a notice that the desktop did not show.
pub struct Fallback {
    /// What to write to the terminal instead.
    pub escape: String,
    /// A sentence for the person, the first time.
    pub trouble: Option<String>,
}

impl Notifier {
    /// The ways that the configuration names, as far as they exist here.
    #[must_use]
    pub fn new(config: &Notify) -> Self {
        let terminal = Terminal::of(|name| std::env::var(name).ok());
        let ways = Ways::of(&config.via, desktop::is_here(), terminal);
        let instead = if ways.terminal.is_some() { &[][..] } else { &[Via::Auto] };
        let instead = Ways::of(instead, false, terminal);
        Self { ways, instead, under_way: JoinSet::new(), failed: false }
    }

    /// Sends a notice on its way; returns what has to be written to the terminal.
    pub fn tell(&mut self, notice: Notice) -> String {
        let mut escape = self.ways.escape(&notice);
        if self.ways.desktop && self.under_way.len() < UNDER_WAY {
            self.under_way
                .spawn(async move { desktop::show(&notice).await.map_err(|why| Failure { notice, why }) });
        } else if self.ways.desktop {
            escape.push_str(&self.instead.escape(&notice));
        }
        escape
    }

    /// The next notice that the desktop does not show.
    pub async fn fallback(&mut self) -> Fallback {
        loop {
            match self.under_way.join_next().await {
                Some(Ok(Err(failure))) => return self.fall_back(&failure),
                Some(Ok(Ok(())) | Err(_)) => {}
                None => pending().await,
            }
        }
    }

    fn fall_back(&mut self, Failure { notice, why }: &Failure) -> Fallback {
        tracing::warn!(why, "the desktop does not show a notification");
        let first = !std::mem::replace(&mut self.failed, true);
        let trouble = first.then(|| {
            format!("The desktop shows no notifications, so the terminal does: {}", text::clean(why))
        });
        Fallback { escape: self.instead.escape(notice), trouble }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_is_the_desktop_or_the_terminal_and_others_are_taken_as_they_are() {
        let known = Terminal::of(|name| (name == "TERM").then(|| "xterm-kitty".to_owned()));
        let unknown = Terminal::of(|_| None);
        let ways = |desktop, terminal, bell| Ways { desktop, terminal, bell };
        let table: [(&[Via], bool, Terminal, Ways); 9] = [
            (&[Via::Auto], true, unknown, ways(true, None, false)),
            (&[Via::Auto], false, known, ways(false, Some(known), false)),
            (&[Via::Auto], false, unknown, ways(false, Some(unknown), true)),
            (&[Via::Auto, Via::Bell], true, known, ways(true, None, true)),
            (&[Via::Desktop], false, known, ways(true, None, false)),
            (&[Via::Terminal], true, unknown, ways(false, Some(unknown), false)),
            (&[Via::Bell], true, known, ways(false, None, true)),
            (&[Via::None], true, unknown, ways(false, None, false)),
            (&[], true, unknown, ways(false, None, false)),
        ];
        for (via, desktop_here, terminal, expected) in table {
            assert_eq!(Ways::of(via, desktop_here, terminal), expected, "{via:?}");
        }
    }
}
