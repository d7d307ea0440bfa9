//! `whosin board`: who is in, for a screen on a wall.

use std::{ops::ControlFlow, panic::AssertUnwindSafe, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use color_eyre::eyre::{Result, WrapErr};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures_util::FutureExt;
use jiff::{Timestamp, tz::TimeZone};
use tokio::{select, time::sleep};

use super::{
    candidates,
    config::{Config, Watcher},
    dashboard::{sign_in_to, start_demo},
    session::{configured_files, signed_in, theme},
};
use crate::{
    demo::{Cast, Demo},
    engine::{Client, Role, Setup, protocol::Scope, sleep_until},
    model::{connection::Connection, settings::Settings},
    ui::{
        terminal::{LEAVE, Signal, Signals, Terminal, TerminalEvent, quit},
        theme::{Background, Theme},
        view::{Board, Drawn, board_wake, draw_board},
    },
};

/// How long a board waits before it starts again.
const AGAIN: Duration = Duration::from_secs(10);

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin board
  whosin board Studio '#tea:example.org'
  whosin board --demo

Ctrl-C ends it. It never changes your presence, is dim from 22:00 to 7:00, and starts again by itself after a failure.";

/// The options of `board`.
#[derive(Args, Debug)]
pub struct BoardArgs {
    /// The rooms and spaces whose members are shown, by name, address or ID. Default: everybody who is not only in
    /// large rooms.
    #[arg(value_name = "ROOM", add = ArgValueCompleter::new(candidates::views))]
    pub rooms: Vec<String>,

    /// Show the thirty invented contacts of the demo.
    #[arg(long)]
    pub demo: bool,
}

/// How a board ends.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The person or the system ends it.
    Quit,
    /// It has to start again.
    Failed,
}

/// Shows the board until the person or the system ends it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no terminal, nobody is signed in, or the configuration has a mistake.
pub async fn run(args: &BoardArgs) -> Result<()> {
    let (config, watcher) = Watcher::load()?;
    let source = if args.demo { Source::Demo(Box::new(start_demo().await?)) } else { Source::Kept };
    let mut client = source.connect(&config).await?;
    let terminal = Terminal::enter(false).wrap_err("cannot use this terminal")?;
    let signals = Signals::new().wrap_err("cannot install signal handlers")?;
    let (theme, rooms) = (theme(&config), args.rooms.clone());
    let (problem, is_configured_anew) = (None, false);
    let mut screen =
        BoardScreen { terminal, signals, theme, rooms, config, watcher, is_configured_anew, problem };
    screen.ask_background();
    loop {
        let ended = or_failed(async {
            let ended = screen.show(&mut client, &source).await;
            client.stop().await;
            ended
        });
        if ended.await == Ended::Quit {
            break;
        }
        let Some(again) = screen.reconnect(&source).await else { break };
        client = again;
    }
    screen.terminal.leave(LEAVE);
    Ok(())
}

/// Takes a panic for a failure. It leaves a crash report, and the board starts again.
async fn or_failed(work: impl Future<Output = Ended>) -> Ended {
    // What the panic has interrupted is dropped, or drawn anew.
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Ended::Failed)
}

/// Whose contacts the board shows.
enum Source {
    /// Those of the kept session.
    Kept,
    /// Those of the demo, which lasts as long as the board.
    Demo(Box<Demo>),
}

impl Source {
    /// Returns the settings of the engine. Those of the demo are its own.
    fn settings(&self, config: &Config) -> Settings {
        match self {
            Self::Kept => config.settings(),
            Self::Demo(_) => {
                let hide = vec![Cast::GHOSTS.to_owned()];
                Config { watch_only: true, hide, ..Config::default() }.settings()
            }
        }
    }

    /// Connects without changing anything.
    async fn connect(&self, config: &Config) -> Result<Client> {
        let setup = match self {
            Self::Kept => {
                let files = Some(configured_files(config)?);
                let (settings, role) = (self.settings(config), Role::Viewer);
                Setup { session: signed_in().await?, files, settings, role, scope: Scope::Everything }
            }
            Self::Demo(demo) => {
                let (session, settings) = (sign_in_to(demo).await?, self.settings(config));
                Setup { session, files: None, settings, role: Role::Apart, scope: Scope::Everything }
            }
        };
        Ok(Client::connect(setup).await?)
    }
}

/// The terminal with the board.
struct BoardScreen {
    terminal: Terminal,
    signals: Signals,
    theme: Theme,
    rooms: Vec<String>,
    config: Config,
    watcher: Watcher,
    /// Whether the engine does not know the configuration yet.
    is_configured_anew: bool,
    /// What is wrong with the configuration file.
    problem: Option<String>,
}

impl BoardScreen {
    /// Asks for the terminal's background if the colors depend on it.
    fn ask_background(&self) {
        if self.theme.follows_background() {
            self.terminal.ask_background();
        }
    }

    /// Follows the configuration file. One with a mistake changes nothing but the last line.
    fn configure(&mut self, read: Result<Config>) {
        match read {
            Ok(config) => {
                (self.theme.palette, self.config, self.problem) = (config.theme, config, None);
                self.is_configured_anew = true;
                self.ask_background();
            }
            Err(error) => self.problem = Some(format!("{error:#}")),
        }
    }

    /// Shows the contacts until the board ends or the session does.
    async fn show(&mut self, client: &mut Client, source: &Source) -> Ended {
        loop {
            if std::mem::take(&mut self.is_configured_anew) {
                let _ = client.configure(source.settings(&self.config));
            }
            let now = Timestamp::now();
            self.draw(client, now);
            if *client.model().connection() == Connection::SignedOut {
                return Ended::Failed;
            }
            select! {
                next = self.next() => {
                    if next.is_break() {
                        return Ended::Quit;
                    }
                }
                _ = client.turn() => {}
                () = sleep_until(board_wake(now)) => {}
            }
        }
    }

    /// Connects again after a while, as often as needed. `None`: the board ends.
    async fn reconnect(&mut self, source: &Source) -> Option<Client> {
        loop {
            let ended = async { while self.next().await.is_continue() {} };
            select! {
                () = ended => return None,
                () = sleep(AGAIN) => {}
            }
            match source.connect(&self.config).await {
                Ok(client) => return Some(client),
                Err(error) => tracing::warn!("the board does not start: {error:#}"),
            }
        }
    }

    fn draw(&self, client: &Client, now: Timestamp) {
        let zone = TimeZone::system();
        let board = Board {
            model: client.model(),
            rooms: &self.rooms,
            theme: self.theme,
            zone: &zone,
            now,
            problem: self.problem.as_deref(),
        };
        let size = Terminal::size().unwrap_or((80, 24));
        self.terminal.draw(size, |area, buffer| {
            draw_board(&board, area, buffer);
            Drawn::default()
        });
    }

    /// Waits for what ends the board or makes it draw anew.
    async fn next(&mut self) -> ControlFlow<()> {
        loop {
            select! {
                event = self.terminal.next() => match event {
                    TerminalEvent::Background(color) => {
                        self.theme.background = Some(Background::of(color));
                        return ControlFlow::Continue(());
                    }
                    TerminalEvent::Input(Event::Key(key), _) if is_end(&key) => return ControlFlow::Break(()),
                    TerminalEvent::Input(Event::Resize(..), _) => return ControlFlow::Continue(()),
                    TerminalEvent::Input(..) => {}
                    TerminalEvent::Foreground => self.terminal.resume(),
                    TerminalEvent::Gone(_) => return ControlFlow::Break(()),
                },
                read = self.watcher.changed() => {
                    self.configure(read);
                    return ControlFlow::Continue(());
                }
                signal = self.signals.next() => match signal {
                    Signal::End => return ControlFlow::Break(()),
                    Signal::Continued => self.terminal.resume(),
                    Signal::Resized => return ControlFlow::Continue(()),
                    Signal::Quit => {
                        self.terminal.end(LEAVE);
                        quit();
                        return ControlFlow::Break(());
                    }
                },
            }
        }
    }
}

/// Returns whether a key ends the board: Ctrl-C alone does.
fn is_end(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_and_ends_nothing_else() {
        let broken = async { panic!("this picture cannot be drawn") };
        assert_eq!(or_failed(broken).await, Ended::Failed);
        assert_eq!(or_failed(async { Ended::Quit }).await, Ended::Quit);
    }
}
