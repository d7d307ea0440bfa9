//! What happens, for commands that watch and change nothing about the own presence.

use std::{collections::VecDeque, future::pending, io, pin::pin, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::OwnedUserId;
use tokio::{select, time::timeout};

use crate::{
    cli::config::Config,
    engine::{attendant::Attendant, instance::Seat, tasks::Link},
    model::{
        app::{App, Connection, Dashboard, Stage},
        contacts::Sort,
        event::{Event, Update},
        preferences::Preferences,
        presence::Change,
    },
    server::Session,
};

mod ends;
mod source;

use ends::Ends;
use source::Source;

/// How many users the server is asked for at a time.
const AT_A_TIME: usize = 8;
/// How long to wait for all answers.
const PATIENCE: Duration = Duration::from_secs(3);

/// What an observer has to tell.
#[derive(Debug)]
pub enum News {
    /// From now on all that is known is true.
    Connected,
    /// What is known may not be true any more; a sentence says why.
    Lost(String),
    /// A contact became different.
    Changed(Change),
    /// Something else did: the own presence, a membership.
    Else,
    /// The server has ended the session.
    SignedOut,
    /// The system asks the program to end, or nobody reads what it writes.
    Ended,
}

/// What the dashboard knows, as it becomes known.
pub struct Observer {
    attendant: Attendant,
    source: Source,
    session: Session,
    /// Whether the last that was told of the connection is that it is there.
    connected: bool,
    /// What is to be told once that is.
    changes: Vec<Change>,
    ends: Ends,
    news: VecDeque<News>,
}

impl Observer {
    /// Begins to watch: along with the running dashboard of the profile if there is one, else with a session.
    ///
    /// # Errors
    ///
    /// When the system does not let us listen to its signals.
    pub fn begin(session: Session, config: Config, preferences: Option<Preferences>) -> io::Result<Self> {
        let config = Config { watch_only: true, ..config };
        let account = Some(session.account().clone());
        let app = App::prepared(account, (0, 0), TimeZone::system(), config, None, preferences);
        let attendant = Attendant::new(app, Link::new(None), Seat::Apart);
        let (source, ends) = (Source::Unknown, Ends::new()?);
        Ok(Self {
            attendant,
            source,
            session,
            connected: false,
            changes: Vec::new(),
            ends,
            news: VecDeque::new(),
        })
    }

    /// The same with the session, whoever else is there.
    ///
    /// # Errors
    ///
    /// When the system does not let us listen to its signals.
    pub fn apart(session: Session, config: Config) -> io::Result<Self> {
        let mut observer = Self::begin(session, config, None)?;
        observer.follow();
        Ok(observer)
    }

    /// What is known.
    ///
    /// # Panics
    ///
    /// After the news that the session has ended.
    #[must_use]
    pub fn dashboard(&self) -> &Dashboard {
        match &self.attendant.app.stage {
            Stage::Dashboard(dashboard) => dashboard,
            Stage::SignIn(_) => panic!("the session has ended"),
        }
    }

    /// The session to ask something with that the dashboard does not know.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sorts the contacts by something else.
    pub fn sort_by(&mut self, sort: Sort) {
        if let Stage::Dashboard(dashboard) = &mut self.attendant.app.stage {
            dashboard.contacts.sort_by(sort);
        }
    }

    /// Asks the server for users, a few at a time, and takes in what it says within seconds.
    pub async fn look_up(&mut self, users: Vec<OwnedUserId>, now: Timestamp) {
        let session = self.session.clone();
        let ask = |user: OwnedUserId| {
            let session = &session;
            async move { (session.presence_of(&user).await, user) }
        };
        let mut answers = pin!(stream::iter(users).map(ask).buffer_unordered(AT_A_TIME));
        let dashboard = match &mut self.attendant.app.stage {
            Stage::Dashboard(dashboard) => dashboard,
            Stage::SignIn(_) => return,
        };
        let learn = async {
            while let Some((status, user)) = answers.next().await {
                if let Ok(Some(status)) = status {
                    dashboard.contacts.learn(&user, status, now);
                }
            }
        };
        // Whoever is not answered for in time stays as they are.
        let _ = timeout(PATIENCE, learn).await;
    }

    /// The next news. All that came with one answer of the server is known when the first of it is told.
    pub async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            let event = select! {
                event = self.attendant.next() => Some(event),
                told = self.source.next(&self.session) => told.map(Event::Update),
                () = self.ends.next() => return News::Ended,
            };
            match event {
                Some(event) => self.take(event),
                None => self.follow(),
            }
        }
    }

    /// Asks the server itself from now on. What is known stays, and what differs from it is news.
    fn follow(&mut self) {
        self.source = Source::Server;
        self.attendant.attach(self.session.clone());
    }

    /// Watches until something is so; says whether it was in time. What is news meanwhile is dropped.
    pub async fn until(&mut self, limit: Duration, condition: impl Fn(&Dashboard) -> bool) -> bool {
        let watch = async {
            while !condition(self.dashboard()) {
                if let News::SignedOut = self.next().await {
                    return pending().await;
                }
            }
        };
        timeout(limit, watch).await.is_ok()
    }

    /// Lets some time pass.
    pub async fn pause(&mut self, time: Duration) {
        self.until(time, |_| false).await;
    }

    fn take(&mut self, event: Event) {
        if matches!(event, Event::Update(Update::SignedOut)) {
            self.news.push_back(News::SignedOut);
            return;
        }
        let was_lost = self.is_lost();
        self.changes.extend(self.attendant.take(event));
        match &self.dashboard().connection {
            Connection::Live if !self.connected => {
                self.connected = true;
                self.news.push_back(News::Connected);
            }
            Connection::Lost { reason, .. } if !was_lost => {
                self.news.push_back(News::Lost(reason.clone()));
                self.connected = false;
            }
            _ if self.changes.is_empty() => self.news.push_back(News::Else),
            _ => {}
        }
        if self.connected {
            self.news.extend(self.changes.drain(..).map(News::Changed));
        }
    }

    fn is_lost(&self) -> bool {
        matches!(self.dashboard().connection, Connection::Lost { .. })
    }
}
