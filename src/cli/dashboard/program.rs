//! The dashboard as a front end: terminal, keyboard, clock and engine meet here.

use std::{
    future::ready,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use color_eyre::eyre::{Report, Result};
use jiff::{Timestamp, tz::TimeZone};
use tokio::{join, select, sync::mpsc};

use super::{
    environment::{Environment, LocalEvent},
    sign_in::{Attempts, Place, SignInEvent, SignedIn},
    source::Source,
};
use crate::{
    cli::output::message,
    engine::{Client, protocol::ProcessKind, sleep_until},
    model::{
        connection::Connection, event::Command, own::Layer, request::PresenceRequest, session::SavedSession,
        text,
    },
    server::{Session, auth::Progress},
    store::files::Files,
    ui::{
        screen::{Action, Input, Screen},
        settings::Setting,
        sign_in::{SignIn, SignInAction, Visit},
        terminal::{SuspendError, Terminal},
        view::{self, Ctx},
    },
};

/// The most events and the most time between two pictures while more events are waiting.
const BURST: usize = 256;
const PAUSE: Duration = Duration::from_millis(10);

/// How the dashboard starts.
pub enum Start {
    /// With a session.
    Session(Box<Session>),
    /// With the sign-in form.
    SignIn(Box<SignIn>),
}

/// Runs the dashboard until the person or the system ends it. `files` are those of the profile. `None`: nothing is
/// saved.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no terminal, or the engine of the profile cannot be used.
pub(super) async fn run(start: Start, source: Source, files: Option<Files>) -> Result<()> {
    let env = Environment::enter(source, files)?;
    let mut program = Program { env, session_not_saved: None };
    let ended = program.work(start).await;
    let Program { env, session_not_saved } = program;
    let (tell, mut told) = mpsc::unbounded_channel();
    // Both at the same time: neither a terminal that reads nothing nor a slow server delays the other.
    let restore = async {
        env.leave().await;
        while let Some(line) = told.recv().await {
            message(line);
        }
    };
    let shut_down = async move {
        tell_all(&tell, session_not_saved);
        if let Ok(Some(client)) = ended {
            client.shut_down(|line| tell_all(&tell, Some(line.to_owned()))).await;
            return Ok(());
        }
        ended.map(drop)
    };
    let ((), ended) = join!(restore, shut_down);
    ended
}

fn tell_all(tell: &mpsc::UnboundedSender<String>, line: Option<String>) {
    // This fails only if the process is about to end.
    if let Some(line) = line {
        let _ = tell.send(line);
    }
}

struct Program {
    env: Environment,
    /// Why the session could not be saved.
    session_not_saved: Option<String>,
}

/// Says why the configuration file is not in force.
fn not_in_force(error: &Report) -> String {
    format!("{} What it said before stays in force.", text::sentence(&format!("{error:#}")))
}

/// Tells the person of a problem on the screen of a session.
fn report(problem: String, client: &Client, screen: &mut Screen) {
    // It asks for nothing.
    let _ = screen.update(Input::Problem(problem), client.model(), Timestamp::now());
}

/// How the screen of a session ends.
enum Ended {
    Quit,
    SignedOut,
}

/// What goes on with the next session of the same account.
struct PreviousSession {
    session: SavedSession,
    screen: Screen,
    /// The state that the person has chosen, unless it has an end and is saved.
    chosen: Option<Command>,
}

impl PreviousSession {
    fn of(client: &Client, screen: Screen) -> Self {
        let own = client.model().own().report();
        let is_chosen = own.layer == Layer::Pressed && own.ends.is_none();
        let chosen = is_chosen.then(|| Command::Set(PresenceRequest::state(own.wanted.clone())));
        Self { session: client.session().saved(), screen, chosen }
    }
}

impl Program {
    /// Shows the sign-in form if needed, and then the dashboard. Returns the client at the end, if there is one.
    async fn work(&mut self, start: Start) -> Result<Option<Client>> {
        let mut before: Option<PreviousSession> = None;
        let (mut session, mut form) = match start {
            Start::Session(session) => (Some(*session), SignIn::default()),
            Start::SignIn(form) => (None, *form),
        };
        loop {
            let session = match session.take() {
                Some(session) => session,
                None => match self.sign_in(form, before.as_ref().map(|it| it.session.clone())).await? {
                    Some(session) => session,
                    None => return Ok(None),
                },
            };
            let mut client = Client::connect(self.env.setup(session)).await?;
            let mut screen = self.screen(before.take(), &mut client);
            match self.show(&mut client, &mut screen).await {
                Ended::Quit => {
                    let list = screen.list_preferences();
                    if client.model().preferences().list != list {
                        let _ = client.send(Command::LeaveList(list));
                    }
                    return Ok(Some(client));
                }
                Ended::SignedOut => {
                    let ended = PreviousSession::of(&client, screen);
                    form = SignIn::again(ended.session.clone());
                    before = Some(ended);
                    client.stop().await;
                }
            }
        }
    }

    /// Returns the screen of a session. After another one of the same account all that was chosen is still there.
    fn screen(&mut self, before: Option<PreviousSession>, client: &mut Client) -> Screen {
        let size = Terminal::size().unwrap_or((80, 24));
        let account = client.session().saved();
        let Some(before) = before.filter(|it| it.session.is_same_account(&account)) else {
            return Screen::new(client.model(), size, TimeZone::system(), &self.env.config().screen());
        };
        let mut screen = before.screen;
        screen.start_over(client.model(), size);
        if let Some(chosen) = before.chosen {
            let signals = client.send(chosen);
            self.env.raise(signals, client);
        }
        screen
    }

    /// Shows the sign-in form until there is a session. `None`: the person quits.
    async fn sign_in(&mut self, mut form: SignIn, ended: Option<SavedSession>) -> Result<Option<Session>> {
        let store = self.env.files().map(|files| files.session.clone());
        let place = Place { store, preference: self.env.config().token_store };
        let mut attempts = Attempts::new(place, ended);
        let mut size = Terminal::size().unwrap_or((80, 24));
        let mut action = form.opening();
        loop {
            match action.take() {
                Some(SignInAction::Quit) => return Ok(None),
                Some(action) => self.carry_out(action, &mut attempts),
                None => {}
            }
            let (theme, now) = (self.env.theme(), Timestamp::now());
            self.env.draw(size, |area, buffer| view::draw_sign_in(&form, theme, now, area, buffer));
            let event = select! {
                event = self.env.next() => event,
                event = attempts.next() => {
                    match self.on_sign_in_event(event, &mut form) {
                        ControlFlow::Break(session) => return Ok(Some(session)),
                        ControlFlow::Continue(next) => action = next,
                    }
                    continue;
                }
                () = sleep_until(form.wake(now)) => continue,
            };
            match event {
                LocalEvent::Input(Input::Key(key), _) => action = form.press(&key),
                LocalEvent::Input(Input::Paste(text), _) => form.paste(&text),
                LocalEvent::Input(Input::Resize(columns, rows), _) => size = (columns, rows),
                LocalEvent::Input(Input::Problem(problem), _) => form.on_problem(problem),
                LocalEvent::Continued(new) => size = new.unwrap_or(size),
                LocalEvent::End => return Ok(None),
                LocalEvent::Configured(Ok(())) => {
                    if let Some(problem) = self.env.follow_configuration() {
                        form.on_problem(problem);
                    }
                }
                LocalEvent::Configured(Err(error)) => form.on_problem(not_in_force(&error)),
                LocalEvent::Input(..) | LocalEvent::Nothing => {}
            }
        }
    }

    /// Carries out an action of the sign-in form.
    fn carry_out(&mut self, action: SignInAction, attempts: &mut Attempts) {
        match action {
            SignInAction::Find { server } => attempts.find(server),
            SignInAction::Browse { way, user } => attempts.browse(&way, user),
            SignInAction::SignIn(credentials) => attempts.sign_in(credentials),
            SignInAction::Redirected(address) => attempts.redirected(address),
            SignInAction::Open(address) => self.env.open(address),
            SignInAction::Cancel | SignInAction::Quit => attempts.cancel(),
        }
    }

    /// Shows how an attempt gets on, until there is a session.
    fn on_sign_in_event(
        &mut self,
        event: SignInEvent,
        form: &mut SignIn,
    ) -> ControlFlow<Session, Option<SignInAction>> {
        match event {
            SignInEvent::Found(offer) => return ControlFlow::Continue(form.on_found(offer)),
            SignInEvent::Progress(progress) => self.on_progress(progress, form),
            SignInEvent::Saving => form.on_signed_in(),
            SignInEvent::SignedIn(signed_in) => {
                let SignedIn { session, not_saved } = *signed_in;
                self.session_not_saved = not_saved;
                return ControlFlow::Break(session);
            }
            SignInEvent::Failed(why) => form.on_failed(why),
        }
        ControlFlow::Continue(None)
    }

    /// Shows what the person has to do in a browser.
    fn on_progress(&mut self, progress: Progress, form: &mut SignIn) {
        match progress {
            Progress::Address(address) => {
                let opens = self.env.browse(&address);
                form.on_visit(Visit { scan: address.clone(), address, code: None, opens, problem: None });
            }
            Progress::Code { address, complete, code, expires_at } => {
                let scan = complete.unwrap_or_else(|| address.clone());
                form.on_visit(Visit {
                    address,
                    scan,
                    code: Some((code, expires_at)),
                    opens: false,
                    problem: None,
                });
            }
            Progress::Unreachable(problem) => form.on_problem(problem),
            Progress::PasteRefused(error) => form.on_problem(error.to_string()),
            Progress::Done(_) | Progress::Failed(_) => {}
        }
    }

    /// Runs the dashboard of a session: waits, handles events and draws.
    async fn show(&mut self, client: &mut Client, screen: &mut Screen) -> Ended {
        let mut daemon_runs = false;
        loop {
            let (theme, now) = (self.env.theme(), Timestamp::now());
            let looks = screen.refresh(client.model(), now);
            let _ = self.carry_out_all(looks, client, screen);
            let runs = client.engine_process().is_some_and(|process| process.kind == ProcessKind::Daemon);
            if runs != daemon_runs {
                daemon_runs = runs;
                screen.say(runs.then_some("whosin daemon keeps your presence after you quit."));
            }
            let ctx = Ctx::new(client.model(), screen, theme, now);
            self.env.set_title(|| view::title(&ctx));
            self.env.draw(screen.size(), |area, buffer| view::draw(&ctx, area, buffer));
            if let ControlFlow::Break(ended) = self.turn(client, screen).await {
                return ended;
            }
        }
    }

    /// Waits for an event, handles it and the ones that are ready.
    async fn turn(&mut self, client: &mut Client, screen: &mut Screen) -> ControlFlow<Ended> {
        let wake = screen.wake(client.model(), Timestamp::now());
        select! {
            stepped = self.step(client, screen) => stepped?,
            // The person may have traveled. Ends of timed states are instants and do not move.
            () = sleep_until(wake) => {
                screen.set_zone(TimeZone::system());
                // A letter that waits in the terminal came in time to make a word of a key that is held back.
                if !self.env.has_input() {
                    let actions = screen.update(Input::Quiet, client.model(), Timestamp::now());
                    self.carry_out_all(actions, client, screen)?;
                }
            }
        }
        let begun = Instant::now();
        for _ in 1..BURST {
            // Not `now_or_never`: its waker does nothing, and a key press must wake this task.
            let ready = select! {
                biased;
                stepped = self.step(client, screen) => Some(stepped),
                () = ready(()) => None,
            };
            match ready {
                Some(stepped) => stepped?,
                None => break,
            }
            if begun.elapsed() >= PAUSE {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Waits for one event and handles it. Dropping the future loses nothing.
    async fn step(&mut self, client: &mut Client, screen: &mut Screen) -> ControlFlow<Ended> {
        let event = select! {
            event = self.env.next() => event,
            signals = client.turn() => {
                self.env.raise(signals, client);
                if *client.model().connection() == Connection::SignedOut {
                    return ControlFlow::Break(Ended::SignedOut);
                }
                return ControlFlow::Continue(());
            }
        };
        let (input, at) = match event {
            LocalEvent::Input(input, at) => (input, at),
            LocalEvent::Continued(size) => {
                screen.set_zone(TimeZone::system());
                let (columns, rows) = size.unwrap_or(screen.size());
                let _ = screen.update(Input::Resize(columns, rows), client.model(), Timestamp::now());
                (Input::Active, Timestamp::now())
            }
            LocalEvent::End => return ControlFlow::Break(Ended::Quit),
            LocalEvent::Configured(read) => return self.on_configuration(read, client, screen),
            LocalEvent::Nothing => return ControlFlow::Continue(()),
        };
        if let Input::Key(_) = input
            && let Some(read) = self.env.read_if_unwatched()
        {
            self.on_configuration(read, client, screen)?;
        }
        let actions = screen.update(input, client.model(), at);
        self.carry_out_all(actions, client, screen)
    }

    fn carry_out_all(
        &mut self,
        actions: Vec<Action>,
        client: &mut Client,
        screen: &mut Screen,
    ) -> ControlFlow<Ended> {
        for action in actions {
            match action {
                Action::Command(command) => {
                    let signals = client.send(command);
                    self.env.raise(signals, client);
                }
                Action::Copy(text) => self.env.copy(&text),
                Action::Open(url) => self.env.open(url),
                Action::CaptureMouse(on) => self.env.capture_mouse(on),
                Action::ShowTheme(palette) => self.env.show_theme(palette),
                Action::Keep(setting) => self.keep(&setting, client, screen)?,
                Action::Suspend => self.suspend(client, screen),
                Action::Quit => return ControlFlow::Break(Ended::Quit),
            }
        }
        ControlFlow::Continue(())
    }

    /// Keeps a setting, and puts it in force at once.
    fn keep(&mut self, setting: &Setting, client: &mut Client, screen: &mut Screen) -> ControlFlow<Ended> {
        match self.env.keep(setting) {
            Ok(outlives) => {
                self.configure(client, screen)?;
                screen.on_kept(setting, outlives);
            }
            Err(error) => screen.on_not_kept(setting, &format!("{error:#}"), Timestamp::now()),
        }
        ControlFlow::Continue(())
    }

    /// Puts the configuration in force that was read anew, or says what is wrong with it.
    fn on_configuration(
        &mut self,
        read: Result<()>,
        client: &mut Client,
        screen: &mut Screen,
    ) -> ControlFlow<Ended> {
        match read {
            Ok(()) => {
                let restart =
                    self.env.needs_restart().map(|key| format!(" {key} counts from the next start."));
                screen
                    .say(Some(&format!("The configuration was read again.{}", restart.unwrap_or_default())));
                self.configure(client, screen)?;
            }
            Err(error) => {
                report(not_in_force(&error), client, screen);
            }
        }
        ControlFlow::Continue(())
    }

    fn configure(&mut self, client: &mut Client, screen: &mut Screen) -> ControlFlow<Ended> {
        if let Some(problem) = self.env.follow_configuration() {
            report(problem, client, screen);
        }
        if let Some(files) = self.env.files() {
            client.keep_in(files.clone());
        }
        let signals = client.configure(self.env.config().settings());
        self.env.raise(signals, client);
        let actions = screen.configure(&self.env.config().screen(), client.model());
        self.carry_out_all(actions, client, screen)
    }

    fn suspend(&mut self, client: &Client, screen: &mut Screen) {
        if self.env.suspend() == Err(SuspendError::Orphaned) {
            let problem = "No shell is there to continue whosin, so it goes on.".to_owned();
            report(problem, client, screen);
        }
    }
}
