//! The event loop: terminal, keyboard, clock and homeserver meet here and nowhere else.

use std::{
    future::{pending, ready},
    io,
    ops::ControlFlow,
    time::Duration,
};

use crossterm::{Command, clipboard::CopyToClipboard};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{buffer::Buffer, layout::Rect};
use tokio::{select, task::JoinSet, time::sleep};

use crate::{
    cli::config::Config,
    engine::{
        instance::{Seat, Turn},
        tasks::Link,
    },
    host::browser,
    host::{
        desktop,
        hook::{self, Hook},
        notify::{Fallback, Notifier},
    },
    model::{
        app::App,
        event::{Effect, Event},
        presence::Change,
        record::Record,
    },
    server::Session,
    store::files::Files,
    ui::{
        theme::Theme,
        view::{self, Targets},
    },
};

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

pub use device::columns;
use signals::{Signal, Signals};
use takeover::{LEAVE, SuspendError, Terminal, TerminalEvent};
use translate::translate;

/// How long to sleep at most before the clock is looked at again, if it is waited for at all: a sleep does not notice
/// that the machine slept too, or that its clock was set.
const NAP: Duration = Duration::from_mins(1);

/// Runs the dashboard, after the sign-in form if there is no session, until the person or the system ends it.
/// Gives the terminal back before it takes leave of the server.
///
/// # Errors
///
/// When there is no terminal, or it goes away.
pub async fn run(
    session: Option<Session>,
    files: Option<Files>,
    theme: Theme,
    config: Config,
) -> io::Result<()> {
    let mut terminal = Terminal::enter(config.mouse)?;
    let (notifier, hook) = (Notifier::new(&config.notify), Hook::new(config.on_change.clone(), hook::LIMIT));
    let account = session.as_ref().map(|session| session.account().clone());
    let seat = if files.is_some() && !config.watch_only { Seat::take() } else { Seat::Apart };
    let mut link = Link::new(files);
    let (saved, preferences) = link.left();
    let mut app = App::prepared(account, Terminal::size()?, TimeZone::system(), config, saved, preferences);
    if seat.is_second() {
        app.only_watch();
    }
    if let Some(session) = session {
        link.attach(session);
    }
    let mut program = Program {
        app,
        link,
        seat,
        theme,
        targets: Targets::default(),
        desktop: JoinSet::new(),
        browser: JoinSet::new(),
        notifier,
        escapes: String::new(),
        hook,
    };
    let ended = program.turn(&mut terminal).await;
    terminal.leave(LEAVE);
    program.link.end_record().await;
    program.link.say_what_failed();
    if let Some(shutdown) = program.app.shutdown() {
        program.link.shut_down(shutdown).await;
    }
    ended
}

struct Program {
    app: App,
    link: Link,
    seat: Seat,
    theme: Theme,
    /// What can be clicked on the screen.
    targets: Targets,
    /// Questions to the desktop that are under way.
    desktop: JoinSet<Option<Duration>>,
    /// Addresses that are being opened.
    browser: JoinSet<Option<String>>,
    notifier: Notifier,
    /// What is to be written to the terminal besides the picture.
    escapes: String,
    hook: Hook,
}

impl Program {
    /// Waits, takes in all that has happened, draws once; until the end.
    async fn turn(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let mut signals = Signals::new()?;
        loop {
            self.draw(terminal);
            let mut event = Some(self.wait(terminal, &mut signals).await);
            while let Some(happened) = event {
                if self.take(happened, terminal).is_break() {
                    return Ok(());
                }
                // Polled by this task and not with `now_or_never`: the keys wake whoever asked for them first.
                event = select! {
                    biased;
                    event = self.next(terminal, &mut signals) => Some(event),
                    () = ready(()) => None,
                };
            }
        }
    }

    /// Takes in one event and carries out what follows; breaks at the end of the program.
    fn take(&mut self, event: Event, terminal: &mut Terminal) -> ControlFlow<()> {
        if matches!(event, Event::Clock | Event::Continued) {
            // The person may have travelled. What has an end is an instant, and stays.
            self.app.zone = TimeZone::system();
        }
        let event = match event {
            Event::Continued => {
                terminal.resume();
                if let Ok(size) = Terminal::size() {
                    self.app.size = size;
                }
                Event::Active
            }
            event => event,
        };
        let now = Timestamp::now();
        self.seat.pass_on(&event);
        let effects = self.app.update(event, now);
        self.seat.tell(|| self.app.outcome(now), |user_id| self.app.snapshot(user_id, now));
        for effect in effects {
            match effect {
                Effect::Quit => return ControlFlow::Break(()),
                Effect::Suspend => {
                    if terminal.suspend() == Err(SuspendError::Orphaned) {
                        let sentence = "no shell is there to continue whosin, so it goes on".to_owned();
                        _ = self.app.update(Event::Trouble(sentence), now);
                    }
                }
                Effect::SavePresence => self.app.saved().iter().for_each(|saved| self.link.keep(saved)),
                Effect::SavePreferences => {
                    self.app
                        .preferences()
                        .iter()
                        .for_each(|preferences| self.link.save_preferences(preferences));
                }
                Effect::AskDesktop => _ = self.desktop.spawn(desktop::idle_time()),
                Effect::Tell(notice) => self.escapes.push_str(&self.notifier.tell(notice)),
                Effect::Changed(change) => self.run_hook(&change),
                Effect::CaptureMouse(on) => terminal.capture_mouse(on),
                Effect::Copy(text) => self.copy(&text),
                Effect::Open(url) => self.open(url),
                effect => self.link.carry_out(effect),
            }
        }
        ControlFlow::Continue(())
    }

    /// What follows from the place among the dashboards of the profile.
    fn take_turn(&mut self, turn: Turn) -> Event {
        match turn {
            Turn::Asked(event) => event,
            Turn::First => {
                let (saved, preferences) = self.link.left();
                self.app.succeed(saved, preferences);
                self.link.attach_again();
                Event::Clock
            }
        }
    }

    /// Gives a change to the program that the owner wants run, unless it is of a stranger.
    fn run_hook(&mut self, change: &Change) {
        let contact = self.app.contacts().and_then(|contacts| contacts.get(&change.user_id));
        if let Some(contact) = contact.filter(|_| self.hook.is_wanted() && !change.in_large_rooms_only) {
            self.hook.run(Record::of_change(change, contact).to_string());
        }
    }

    /// Waits for the next thing to happen, or for the time at which something changes by itself.
    async fn wait(&mut self, terminal: &mut Terminal, signals: &mut Signals) -> Event {
        let now = Timestamp::now();
        let wake =
            self.app.wake(now).map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        let clock = async {
            match wake {
                Some(wait) => sleep(wait.min(NAP)).await,
                None => pending().await,
            }
        };
        select! {
            event = self.next(terminal, signals) => event,
            () = clock => Event::Clock,
        }
    }

    /// The next thing to happen.
    async fn next(&mut self, terminal: &mut Terminal, signals: &mut Signals) -> Event {
        loop {
            let event = select! {
                event = terminal.next() => match event {
                    TerminalEvent::Input(event) => translate(event, &self.targets),
                    TerminalEvent::Foreground => Some(Event::Continued),
                    // Without a terminal there is nobody left to show anything to.
                    TerminalEvent::Gone(error) => {
                        tracing::info!(%error, "the terminal is gone");
                        Some(Event::Terminate)
                    }
                },
                signal = signals.next() => match signal {
                    Signal::End => Some(Event::Terminate),
                    Signal::Continued => Some(Event::Continued),
                    Signal::Resized => Terminal::size().ok().map(|(columns, rows)| Event::Resize(columns, rows)),
                    Signal::Quit => {
                        terminal.end(LEAVE);
                        signals::quit();
                        Some(Event::Terminate)
                    }
                },
                turn = self.seat.next() => Some(self.take_turn(turn)),
                update = self.link.next() => Some(Event::Update(update)),
                fallback = self.notifier.fallback() => Some(self.fall_back(fallback)),
                trouble = self.hook.trouble() => Some(Event::Trouble(trouble)),
                Some(trouble) = self.browser.join_next() => trouble.ok().flatten().map(Event::Trouble),
                Some(idle) = self.desktop.join_next() => Some(Event::Desktop(idle.ok().flatten())),
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    /// Puts text into the clipboard of whoever sits at the terminal, however far away (OSC 52).
    fn copy(&mut self, text: &str) {
        let written = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut self.escapes);
        written.expect("a string takes everything");
    }

    fn open(&mut self, url: String) {
        if !desktop::is_here() {
            self.copy(&url);
        }
        self.browser.spawn(browser::open(url));
    }

    /// Tells by the terminal what the desktop does not.
    fn fall_back(&mut self, Fallback { escape, trouble }: Fallback) -> Event {
        self.escapes.push_str(&escape);
        // Where there is nothing to say, there still is something to write.
        trouble.map_or(Event::Clock, Event::Trouble)
    }

    fn draw(&mut self, terminal: &Terminal) {
        if !self.escapes.is_empty() {
            terminal.escape(std::mem::take(&mut self.escapes));
        }
        let (columns, rows) = self.app.size;
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let drawn = view::draw(&self.app, self.theme, Timestamp::now(), area, &mut buffer);
        self.targets = drawn.targets;
        terminal.show(buffer, drawn.cursor);
    }
}
