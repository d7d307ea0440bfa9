//! What a dashboard runs in: the terminal, the signals, the browser, the alerts and the configuration.

use std::{mem, time::Instant};

use color_eyre::eyre::{Result, WrapErr};
use jiff::{SignedDuration, Timestamp};
use tokio::{
    select,
    task::{JoinSet, spawn_blocking},
};

use super::source::Source;
use crate::{
    cli::{
        alerts::Alerts,
        config::Config,
        session::{files_with_history, theme},
    },
    engine::{Client, Role, Setup, Signal as EngineSignal, protocol::Scope},
    host::{
        browser, chat, desktop,
        notify::{Fallback, Notifier},
    },
    model::text,
    server::Session,
    store::files::Files,
    ui::{
        screen::Input,
        settings::Setting,
        terminal::{LEAVE, Signal, Signals, SuspendError, Terminal, TerminalEvent, quit, translate},
        theme::{Background, Palette, Theme},
        view::{Draw, Targets},
    },
};

/// What a dashboard runs in.
pub(super) struct Environment {
    terminal: Terminal,
    signals: Signals,
    theme: Theme,
    source: Source,
    /// The configuration in force.
    config: Config,
    /// The files of the profile. `None`: nothing is saved.
    files: Option<Files>,
    /// The parts of the screen that can be clicked.
    targets: Targets,
    /// The addresses that are being opened.
    browser: JoinSet<Option<String>>,
    alerts: Alerts,
    /// Escape sequences to write with the next picture.
    escapes: String,
}

/// An event outside of the engine.
pub(super) enum LocalEvent {
    /// Input, and when it was read.
    Input(Input, Timestamp),
    /// The program was suspended and runs again, on a screen of this size if it is known.
    Continued(Option<(u16, u16)>),
    /// A signal asks the program to end, or the terminal is gone.
    End,
    /// The configuration file has changed. An error says what is wrong with it.
    Configured(Result<()>),
    /// Nothing for the screen. Escape sequences may have to be written.
    Nothing,
}

/// Returns input of now.
fn input(input: Input) -> LocalEvent {
    LocalEvent::Input(input, Timestamp::now())
}

/// Returns the time of a moment in the past.
fn moment(at: Instant) -> Timestamp {
    let ago = SignedDuration::try_from(at.elapsed()).unwrap_or_default();
    Timestamp::now().saturating_sub(ago).unwrap_or(Timestamp::MIN)
}

/// Events.
impl Environment {
    /// Takes over the terminal and the signals. `files` are those of the profile. `None`: nothing is saved.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if there is no terminal, or signals cannot be caught.
    pub(super) fn enter(source: Source, files: Option<Files>) -> Result<Self> {
        let config = source.config();
        let environment = Self {
            terminal: Terminal::enter(config.mouse).wrap_err("cannot use this terminal")?,
            signals: Signals::new().wrap_err("cannot install signal handlers")?,
            theme: theme(&config),
            targets: Targets::default(),
            browser: JoinSet::new(),
            alerts: Alerts::new(&config, Notifier::new),
            source,
            config,
            files,
            escapes: String::new(),
        };
        environment.ask_background();
        Ok(environment)
    }

    /// Gives the terminal back.
    pub(super) async fn leave(self) {
        let terminal = self.terminal;
        let _ = spawn_blocking(move || terminal.leave(LEAVE)).await;
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> LocalEvent {
        loop {
            let event = select! {
                event = self.terminal.next() => match event {
                    TerminalEvent::Input(event, at) => {
                        translate(event, &self.targets).map(|input| LocalEvent::Input(input, moment(at)))
                    }
                    TerminalEvent::Background(color) => {
                        self.theme.background = Some(Background::of(color));
                        Some(LocalEvent::Nothing)
                    }
                    TerminalEvent::Foreground => Some(self.resume()),
                    // Without a terminal nothing can be shown.
                    TerminalEvent::Gone(error) => {
                        tracing::info!(%error, "the terminal is gone");
                        Some(LocalEvent::End)
                    }
                },
                signal = self.signals.next() => match signal {
                    Signal::End => Some(LocalEvent::End),
                    Signal::Continued => Some(self.resume()),
                    Signal::Resized => {
                        Terminal::size().ok().map(|(columns, rows)| input(Input::Resize(columns, rows)))
                    }
                    Signal::Quit => {
                        self.terminal.end(LEAVE);
                        quit();
                        Some(LocalEvent::End)
                    }
                },
                failed = self.alerts.failed() => Some(self.fall_back(failed)),
                read = self.source.changed() => Some(LocalEvent::Configured(read)),
                Some(problem) = self.browser.join_next() => {
                    problem.ok().flatten().map(|problem| input(Input::Problem(problem)))
                }
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    fn resume(&mut self) -> LocalEvent {
        self.terminal.resume();
        self.ask_background();
        LocalEvent::Continued(Terminal::size().ok())
    }

    /// Shows in the terminal what the desktop did not, and says what failed.
    fn fall_back(&mut self, Fallback { escape, problem }: Fallback) -> LocalEvent {
        self.escapes.push_str(&escape);
        problem.map_or(LocalEvent::Nothing, |problem| input(Input::Problem(problem)))
    }

    /// Raises alerts of the engine's signals.
    pub(super) fn raise(&mut self, signals: Vec<EngineSignal>, client: &Client) {
        self.escapes.push_str(&self.alerts.raise(signals, client));
    }
}

/// The terminal and the browser.
impl Environment {
    /// Returns the colors in force.
    pub(super) fn theme(&self) -> Theme {
        self.theme
    }

    /// Shows colors.
    pub(super) fn show_theme(&mut self, palette: Palette) {
        self.theme.palette = palette;
        self.ask_background();
    }

    /// Asks for the terminal's background if the colors depend on it.
    fn ask_background(&self) {
        if self.theme.follows_background() {
            self.terminal.ask_background();
        }
    }

    /// Draws a picture, after what waits for the terminal.
    pub(super) fn draw(&mut self, size: (u16, u16), draw: impl Draw) {
        if !self.escapes.is_empty() {
            self.terminal.escape(mem::take(&mut self.escapes));
        }
        self.targets = self.terminal.draw(size, draw);
    }

    /// Sets the window's title, if the configuration says so.
    pub(super) fn set_title(&self, title: impl FnOnce() -> String) {
        if self.config.title {
            self.terminal.set_title(&title());
        }
    }

    /// Returns whether input waits in the terminal.
    pub(super) fn has_input(&self) -> bool {
        self.terminal.has_input()
    }

    /// Copies a text to the clipboard of the person's terminal.
    pub(super) fn copy(&self, text: &str) {
        self.terminal.copy(text);
    }

    /// Lets the terminal tell of the mouse, or not.
    pub(super) fn capture_mouse(&self, on: bool) {
        self.terminal.capture_mouse(on);
    }

    /// Stops the program until the shell continues it.
    ///
    /// # Errors
    ///
    /// [`SuspendError`] if nobody could continue it.
    pub(super) fn suspend(&mut self) -> Result<(), SuspendError> {
        self.terminal.suspend()
    }

    /// Opens an address with the configured program. Where no desktop is, it is copied.
    pub(super) fn open(&mut self, url: String) {
        if !desktop::is_here() {
            self.terminal.copy(&url);
        }
        self.browser.spawn(chat::open(url, self.config.chat.clone()));
    }

    /// Opens a page in the browser of this machine. Where there is none, its address is copied: it is too long to type.
    /// Returns whether there is one.
    pub(super) fn browse(&mut self, address: &str) -> bool {
        let opens = desktop::has_browser();
        if opens {
            self.browser.spawn(browser::open(address.to_owned()));
        } else {
            self.terminal.copy(address);
        }
        opens
    }
}

/// The configuration.
impl Environment {
    /// Returns the configuration in force.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the files of the profile. `None`: nothing is saved.
    pub(super) fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    /// Returns what the engine of a session needs.
    pub(super) fn setup(&self, session: Session) -> Setup {
        let alone = self.files.is_none() || self.config.watch_only;
        Setup {
            session,
            files: self.files.clone(),
            settings: self.config.settings(),
            role: match (alone, self.files.is_some()) {
                (false, _) => Role::Dashboard,
                (true, true) => Role::Viewer,
                (true, false) => Role::Apart,
            },
            scope: Scope::Everything,
        }
    }

    /// Reads the configuration where the system does not tell of its changes. `None`: it says the same.
    pub(super) fn read_if_unwatched(&mut self) -> Option<Result<()>> {
        self.source.read_if_unwatched()
    }

    /// Returns the key whose change counts from the next start.
    pub(super) fn needs_restart(&self) -> Option<&'static str> {
        self.source.needs_restart()
    }

    /// Writes a setting. Returns whether it outlives this dashboard.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the value is none, or the file cannot be written or has a mistake.
    pub(super) fn keep(&mut self, setting: &Setting) -> Result<bool> {
        self.source.keep(setting)
    }

    /// Puts the configuration in force that was read last. Returns a sentence for the person if the files stay where
    /// they are.
    pub(super) fn follow_configuration(&mut self) -> Option<String> {
        let before = mem::replace(&mut self.config, self.source.config());
        let mut problem = None;
        if self.files.is_some() {
            match files_with_history(&self.config) {
                Ok(files) => self.files = Some(files),
                Err(error) => {
                    problem = Some(text::sentence(&format!("The files stay where they are: {error:#}")));
                }
            }
        }
        self.alerts.configure(&self.config, Notifier::new);
        if before.title && !self.config.title {
            self.terminal.set_title("");
        }
        problem
    }
}
