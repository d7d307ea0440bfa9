//! What `whosin list`, `whosin watch` and `whosin doctor` share: a front end that changes nothing.

use std::{
    collections::VecDeque,
    future::pending,
    io::{self, stdout},
    mem::forget,
    sync::Arc,
    thread,
    time::Duration,
};

use color_eyre::eyre::{Result, bail, eyre};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedUserId, UserId};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::{select, sync::Notify, time::timeout};

use super::{
    StateFilter,
    config::{self, Config, Watcher},
    exit::UsageError,
    output::{self, OutputError, message, print},
    session::{configured_files, files, signed_in},
    signals::Signals,
    status::why_nobody,
};
use crate::{
    engine::{Client, Role, Setup, Signal, protocol::Scope},
    model::{
        Model,
        connection::{Connection, SIGNED_OUT},
        contacts::Contact,
        event::Command,
        presence::{Change, State},
        profile::StatusChange,
    },
    server::Session,
    store::files::Files,
    ui::list::{List, Sort, View},
};

/// The most look-ups of offline contacts: as many rows as fit on a large screen.
const LOOK_UPS: usize = 200;
/// How long to wait for all look-ups.
const PATIENCE: Duration = Duration::from_secs(3);

/// An event of a viewer.
#[derive(Debug)]
pub(crate) enum ViewerEvent {
    /// The contacts and the own presence are known and up to date from now on.
    Connected,
    /// The contacts may be outdated. The sentence says why.
    Lost(String),
    /// A contact has changed.
    Changed(Change),
    /// A contact's status has changed.
    StatusChanged(StatusChange),
    /// Something else has changed, such as the own presence or a membership.
    Else,
    /// The server has ended the session.
    SignedOut,
    /// A signal asks the program to end, or standard output has no reader.
    Ended,
}

/// How many statuses a command looks up: as many as the budget allows at once.
const STATUSES: usize = 20;
/// How long it waits for them. Another server may hang.
const STATUS_PATIENCE: Duration = Duration::from_secs(5);

/// A front end that follows the contacts, listed as configured.
pub(crate) struct Viewer {
    client: Client,
    list: List,
    /// The configuration file, if it is followed.
    watcher: Option<Watcher>,
    /// The view that the person has named.
    view: Option<String>,
    /// Whether the last event about the connection was [`ViewerEvent::Connected`].
    connected: bool,
    /// Changes to report after [`ViewerEvent::Connected`].
    changes: Vec<ViewerEvent>,
    signals: Signals,
    /// `None`: it has not waited yet, and an answer of the engine is faster than a thread.
    reader_gone: Option<Arc<Notify>>,
    events: VecDeque<ViewerEvent>,
}

impl Viewer {
    /// Starts to follow the contacts with the kept session and the configuration of the dashboard.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if nobody is signed in, or the engine of the profile cannot be used.
    pub async fn begin(view: Option<&str>) -> Result<Self> {
        let session = signed_in().await?;
        Self::start(session, &config::load()?, view).await
    }

    /// Starts as [`Viewer::begin`] does, and follows the configuration file from now on.
    ///
    /// # Errors
    ///
    /// As for [`Viewer::begin`].
    pub(crate) async fn begin_to_stay(view: Option<&str>) -> Result<Self> {
        // The session comes first: without it this is tried again, and each try would have a watch of its own.
        let session = signed_in().await?;
        let (config, watcher) = Watcher::load()?;
        let mut viewer = Self::start(session, &config, view).await?;
        viewer.watcher = Some(watcher);
        Ok(viewer)
    }

    async fn start(session: Session, config: &Config, view: Option<&str>) -> Result<Self> {
        let (view_to_list, rooms) = listed(config, view);
        let files = configured_files(config)?;
        if let Err(error) = files.preferences.load() {
            message(format_args!("cannot read your pins, so no contact is a favourite: {error}"));
        }
        let setup = Setup {
            session,
            files: Some(files),
            settings: config.settings(),
            role: Role::Viewer,
            scope: Scope::Contacts,
        };
        let client = Client::connect(setup).await?;
        let mut viewer = Self::new(client, List::new(view_to_list, &rooms))?;
        viewer.view = view.map(ToOwned::to_owned);
        viewer.on_signals(Vec::new(), &Connection::Connecting);
        Ok(viewer)
    }

    /// Starts to follow all contacts of a session.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the engine of the profile cannot be used.
    pub async fn of(session: Session) -> Result<Self> {
        let setup = Setup {
            session,
            files: Some(Files { cache: None, ..files()? }),
            settings: config::Config::default().settings(),
            role: Role::Viewer,
            scope: Scope::Contacts,
        };
        let mut viewer = Self::new(Client::connect(setup).await?, List::new(View::Everyone, &[]))?;
        viewer.on_signals(Vec::new(), &Connection::Connecting);
        Ok(viewer)
    }

    /// Follows the configuration. One with a mistake changes nothing.
    fn configure(&mut self, read: Result<Config>) {
        match read {
            Ok(config) => {
                let _ = self.client.configure(config.settings());
                let (view, rooms) = listed(&config, self.view.as_deref());
                self.list.set_rooms(&rooms, self.client.model().contacts());
                self.list.show(view, self.client.model().contacts());
            }
            Err(error) => message(format_args!("the configuration stays as it was: {error:#}")),
        }
    }

    /// Returns whether the engine runs in this process, and not in that of an open dashboard.
    #[must_use]
    pub(crate) fn is_engine_here(&self) -> bool {
        self.client.is_engine_here()
    }

    fn new(client: Client, list: List) -> io::Result<Self> {
        Ok(Self {
            client,
            list,
            watcher: None,
            view: None,
            connected: false,
            changes: Vec::new(),
            signals: Signals::new()?,
            reader_gone: None,
            events: VecDeque::new(),
        })
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        self.client.model()
    }

    /// Returns the session, for requests about what the model does not know.
    #[must_use]
    pub fn session(&self) -> &Session {
        self.client.session()
    }

    /// Sorts the contacts by another criterion.
    pub fn sort_by(&mut self, sort: Sort) {
        self.list.sort_by(sort, self.client.model().contacts());
    }

    /// Returns the contacts shown, in the order of the screen, or the known ones among `users`.
    pub fn watched<'a>(
        &'a self,
        users: &'a [OwnedUserId],
    ) -> impl Iterator<Item = (&'a UserId, &'a Contact)> {
        let contacts = self.model().contacts();
        let rows = if users.is_empty() { self.list.len() } else { 0 };
        let all = (0..rows).filter_map(move |row| self.list.at(row, contacts));
        all.chain(users.iter().filter_map(move |user| Some((&**user, contacts.get(user)?))))
    }

    /// Returns whether a contact is shown.
    #[must_use]
    pub fn shows(&self, user_id: &UserId) -> bool {
        self.list.row_of(user_id, self.model().contacts()).is_some()
    }

    /// Returns the name of the room to view if we are not in it.
    #[must_use]
    pub(crate) fn unknown_room(&self) -> Option<String> {
        let view = self.list.view();
        self.list.is_unknown(view).then(|| self.list.view_name(view, self.model().contacts()))
    }

    /// Says why nobody is listed, if there are contacts in another view.
    pub(crate) fn explain_emptiness(&self) {
        let contacts = self.model().contacts();
        if self.list.is_empty() && contacts.total() > 0 {
            let view = self.list.view_name(self.list.view(), contacts);
            let all = "whosin list --view everyone";
            message(format_args!("nobody is in the view {view}; to list everybody, run {all}"));
        }
    }

    /// Waits for the next event. All changes of one server answer are in the model when the first of them is
    /// returned.
    pub async fn next(&mut self) -> ViewerEvent {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let before = self.model().connection().clone();
            let reader_gone = self.reader_gone.get_or_insert_with(reader_gone);
            let read = async {
                match &mut self.watcher {
                    Some(watcher) => watcher.changed().await,
                    None => pending().await,
                }
            };
            let signals = select! {
                signals = self.client.turn() => signals,
                read = read => {
                    self.configure(read);
                    Vec::new()
                }
                _ = self.signals.next() => return ViewerEvent::Ended,
                () = reader_gone.notified() => return ViewerEvent::Ended,
            };
            self.on_signals(signals, &before);
        }
    }

    /// Follows the contacts until a condition holds. Returns whether it did within the limit. Drops events meanwhile.
    pub async fn until(&mut self, limit: Duration, condition: impl Fn(&Model) -> bool) -> bool {
        let watch = async {
            while !condition(self.model()) {
                if let ViewerEvent::SignedOut = self.next().await {
                    return pending().await;
                }
            }
        };
        timeout(limit, watch).await.is_ok()
    }

    /// Follows the contacts for some time.
    pub async fn pause(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    /// Turns changes into events.
    fn on_signals(&mut self, signals: Vec<Signal>, before: &Connection) {
        self.list.refresh(self.client.model().contacts());
        self.changes.extend(signals.into_iter().filter_map(|signal| match signal {
            Signal::Changed(change) => Some(ViewerEvent::Changed(change)),
            Signal::StatusChanged(change) => Some(ViewerEvent::StatusChanged(change)),
            Signal::Notify(_) => None,
        }));
        let was_lost = matches!(before, Connection::Lost { .. });
        match self.client.model().connection() {
            Connection::SignedOut => return self.events.push_back(ViewerEvent::SignedOut),
            // A warm start can be up to date before the server has said what others see of us.
            Connection::Live if !self.connected && self.client.model().own().is_reached() => {
                self.connected = true;
                self.events.push_back(ViewerEvent::Connected);
            }
            Connection::Lost { reason, .. } if !was_lost => {
                self.events.push_back(ViewerEvent::Lost(reason.to_string()));
                self.connected = false;
            }
            _ if self.changes.is_empty() => self.events.push_back(ViewerEvent::Else),
            _ => {}
        }
        if self.connected {
            self.events.extend(self.changes.drain(..));
        }
    }

    /// Waits until all contacts are known.
    ///
    /// # Errors
    ///
    /// A [`Report`](color_eyre::Report) if the server cannot be reached, a signal ends the command, or we are not in
    /// the room of the view.
    pub(crate) async fn until_known(&mut self) -> Result<()> {
        loop {
            match self.next().await {
                ViewerEvent::Connected => break,
                // It goes on by itself, or with the engine that follows.
                ViewerEvent::Lost(_) if self.client.is_between_engines() => {}
                ViewerEvent::Lost(reason) => return Err(eyre!(reason)),
                ViewerEvent::SignedOut => bail!(SIGNED_OUT),
                ViewerEvent::Ended if !output::has_reader() => bail!(OutputError::NoReader),
                ViewerEvent::Ended => bail!("interrupted before the server answered"),
                ViewerEvent::Changed(_) | ViewerEvent::StatusChanged(_) | ViewerEvent::Else => {}
            }
        }
        match self.unknown_room() {
            Some(room) => Err(UsageError(format!("you are not in a room or space named {room}")).into()),
            None => Ok(()),
        }
    }

    /// Looks up offline contacts and their statuses if they are to be printed or if nobody was heard of. The server
    /// reports them only on request. Says what is missing. Returns whether nothing is known: presence may be switched
    /// off, or no room is loaded.
    pub async fn complete(&mut self, users: &[OwnedUserId], states: &[StateFilter]) -> bool {
        match self.model().rooms_not_loaded() {
            0 => {}
            1 => message("1 room is not loaded: contacts who are only there are missing"),
            rooms => {
                message(format_args!(
                    "{rooms} rooms are not loaded: contacts who are only there are missing"
                ));
            }
        }
        let contacts = self.model().contacts();
        if contacts.total() + contacts.hidden() == 0 {
            let is_loaded = self.model().rooms_not_loaded() == 0;
            if is_loaded {
                message("nobody shares a room with you yet");
            }
            return !is_loaded;
        }
        let offline = states.is_empty() || states.contains(&StateFilter::State(State::Offline));
        if offline || contacts.is_silent() {
            self.look_up_offline(users).await;
        }
        self.look_up_statuses().await;
        self.explain_silence().await && !self.tells_anything(users, states)
    }

    /// Returns whether one of the contacts to print says something, though no presence is known.
    fn tells_anything(&self, users: &[OwnedUserId], states: &[StateFilter]) -> bool {
        let now = Timestamp::now();
        let mut printed = self.watched(users).filter(|(_, contact)| is_in(contact, states));
        printed.any(|(_, contact)| contact.message(now).is_some())
    }

    /// Waits for the statuses that the server sends, or looks some up.
    async fn look_up_statuses(&mut self) {
        if self.is_engine_here() {
            let listed = self.watched(&[]).map(|(user, _)| user.to_owned());
            let listed: Vec<_> = listed.filter(|user| !self.model().is_profile_pushed(user)).collect();
            self.client.send(Command::InSight(listed.into_iter().take(STATUSES).collect()));
        }
        self.until(STATUS_PATIENCE, |model| !model.is_looking_up_profiles_of_contacts()).await;
    }

    /// Waits for the own status, if it is being looked up.
    pub(crate) async fn until_own_status(&mut self) {
        self.until(STATUS_PATIENCE, |model| !model.is_looking_up_profiles()).await;
    }

    /// Looks up offline contacts, and says how many remain without an answer.
    pub(crate) async fn look_up_offline(&mut self, users: &[OwnedUserId]) {
        let half_known = self.watched(users).filter(|(_, contact)| contact.is_half_known());
        let half_known: Vec<_> = half_known.map(|(user, _)| user.to_owned()).collect();
        // No look-up is sent where presence is switched off.
        if half_known.is_empty() || self.model().own().is_tracked() == Some(false) {
            return;
        }
        let asked: Vec<_> = half_known.iter().take(LOOK_UPS).cloned().collect();
        self.client.send(Command::LookUp(asked.clone()));
        let looked_up = async {
            while !self.client.is_settled() || self.client.model().is_looking_up() {
                let before = self.model().connection().clone();
                let signals = self.client.turn().await;
                self.on_signals(signals, &before);
            }
        };
        let in_time = timeout(PATIENCE, looked_up).await.is_ok();
        let is_late = |user: &UserId| !in_time && !self.model().has_looked_up(user);
        let late = asked.iter().filter(|user| is_late(user) || self.model().has_failed_look_up(user)).count();
        let missing = late + half_known.len() - asked.len();
        match missing {
            0 => {}
            1 => {
                message("1 offline contact was not looked up: the message and the last activity are missing");
            }
            missing => message(format_args!(
                "{missing} offline contacts were not looked up: messages and last activity are missing"
            )),
        }
    }

    /// Says why no presence is known, if none is. Returns whether the server may have presence switched off.
    async fn explain_silence(&self) -> bool {
        if !self.model().contacts().is_silent() {
            return false;
        }
        match why_nobody(self.session()).await {
            Ok(None) => false,
            Ok(Some(why)) => {
                message(why.words(self.model().server(), "anybody"));
                true
            }
            Err(error) => {
                message(format_args!("cannot tell why no presence arrives: {error:#}"));
                true
            }
        }
    }

    /// Ends following, at the end of the process. The contacts are kept for the next start.
    pub async fn end(self) {
        if self.client.is_engine_here() {
            self.client.stop().await;
        } else {
            // The system takes the memory back at once. To free thousands of contacts one by one takes longer than to
            // print some.
            forget(self);
        }
    }

    /// Prints a result, unless a signal arrives while standard output has a slow reader. Returns whether it was
    /// printed.
    ///
    /// # Errors
    ///
    /// [`OutputError`] if standard output takes no more.
    pub async fn print(&mut self, text: &str) -> Result<bool, OutputError> {
        select! {
            printed = print(text) => printed.map(|()| true),
            _ = self.signals.next() => Ok(false),
        }
    }
}

/// Returns the view to list, and the rooms that have a view.
fn listed(config: &Config, typed: Option<&str>) -> (View, Vec<String>) {
    let mut rooms = config.rooms.clone();
    let view = typed.map(|typed| choose(typed, &mut rooms)).or(config.view);
    (view.unwrap_or_default(), rooms)
}

/// Chooses the view. A name that is not a view is a room.
fn choose(typed: &str, rooms: &mut Vec<String>) -> View {
    match typed.to_lowercase().as_str() {
        "favourites" | "favorites" => View::Favourites,
        "direct" => View::Direct,
        "people" => View::People,
        "everyone" => View::Everyone,
        _ => {
            rooms.push(typed.to_owned());
            View::Room(rooms.len() - 1)
        }
    }
}

/// Returns whether a contact is in one of the states. Without states, every contact is.
pub fn is_in(contact: &Contact, states: &[StateFilter]) -> bool {
    states.is_empty() || states.iter().any(|state| state.matches(contact))
}

/// Notifies when standard output loses its reader. The next line would show that too, but can be hours away. The
/// thread ends with the program.
pub(crate) fn reader_gone() -> Arc<Notify> {
    let gone = Arc::new(Notify::new());
    let tell = gone.clone();
    thread::spawn(move || {
        let output = stdout();
        let mut polled = [PollFd::new(&output, PollFlags::empty())];
        if poll(&mut polled, None).is_ok() {
            tell.notify_one();
        }
    });
    gone
}
