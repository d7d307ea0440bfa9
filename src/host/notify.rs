//! Notifications by the desktop, by the terminal or by the terminal's bell.

use std::future::pending;

use serde::Deserialize;
use tokio::task::JoinSet;

use crate::{
    host::desktop,
    model::{event::Notice, text},
};

mod terminal;

use terminal::Terminal;

/// The most notifications that wait for the desktop at the same time.
const UNDER_WAY: usize = 4;

const BELL: &str = "\x07";

/// A method of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The desktop if there is one, otherwise the terminal.
    Auto,
    /// A desktop notification.
    Desktop,
    /// A terminal notification: an escape sequence.
    Terminal,
    /// The terminal's bell.
    Bell,
    /// No notification.
    None,
}

impl Via {
    /// Returns the name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Desktop => "desktop",
            Self::Terminal => "terminal",
            Self::Bell => "bell",
            Self::None => "none",
        }
    }
}

/// Shows notices by the configured methods.
pub(crate) struct Notifier {
    ways: Ways,
    /// The methods for a notice that the desktop does not show.
    instead: Ways,
    under_way: JoinSet<Result<(), Failure>>,
    /// Whether the person has been told that the desktop shows no notifications.
    failed: bool,
}

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ways {
    desktop: bool,
    terminal: Option<Terminal>,
    bell: bool,
}

impl Ways {
    /// Returns the configured methods. `Auto` depends on whether a desktop is here and on the terminal.
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

    /// Returns the escape sequences that show a notice in the terminal.
    fn escape(self, notice: &Notice) -> String {
        let shown = self.terminal.and_then(|terminal| terminal.escape(notice)).unwrap_or_default();
        shown + if self.bell { BELL } else { "" }
    }
}

/// A notice that the desktop did not show, and the reason.
struct Failure {
    notice: Notice,
    why: String,
}

/// What to do about a notice that the desktop did not show.
pub(crate) struct Fallback {
    /// Escape sequences for the terminal.
    pub escape: String,
    /// A sentence for the person, after the first failure only.
    pub problem: Option<String>,
}

impl Notifier {
    /// Creates a notifier with the configured methods.
    #[must_use]
    pub fn new(via: &[Via]) -> Self {
        let terminal = Terminal::of(|name| std::env::var(name).ok());
        let ways = Ways::of(via, desktop::is_here(), terminal);
        let instead = if ways.terminal.is_some() { &[][..] } else { &[Via::Auto] };
        let instead = Ways::of(instead, false, terminal);
        Self { ways, instead, under_way: JoinSet::new(), failed: false }
    }

    /// Creates a notifier that has no terminal: only the desktop can show a notice.
    #[must_use]
    pub(crate) fn without_terminal(via: &[Via]) -> Self {
        let ways =
            Ways { terminal: None, bell: false, ..Ways::of(via, desktop::is_here(), Terminal::default()) };
        let instead = Ways { desktop: false, ..ways };
        Self { ways, instead, under_way: JoinSet::new(), failed: false }
    }

    /// Starts to show a notice. Returns the escape sequences to write to the terminal.
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

    /// Waits for the next notice that the desktop does not show.
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
        let terminal = if self.instead.terminal.is_some() { ", so the terminal does" } else { "" };
        let problem =
            first.then(|| format!("The desktop shows no notifications{terminal}: {}", text::clean(why)));
        Fallback { escape: self.instead.escape(notice), problem }
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
