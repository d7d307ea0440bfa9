//! What happens, for commands that watch and change nothing about the own presence.

use std::{
    collections::VecDeque,
    future::pending,
    io::{self, stdout},
    sync::Arc,
    thread,
    time::Duration,
};

use jiff::tz::TimeZone;
use rustix::event::{PollFd, PollFlags, poll};
use tokio::{
    select,
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
    time::timeout,
};

use crate::{
    app::{App, Connection, Dashboard, Stage},
    attendant::Attendant,
    choices::Choices,
    config::Config,
    contacts::Sort,
    event::{Event, Update},
    link::Link,
    matrix::Session,
    presence::Change,
    socket::Seat,
};

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
    ends: Ends,
    news: VecDeque<News>,
}

impl Observer {
    /// Begins to watch with a session.
    ///
    /// # Errors
    ///
    /// When the system does not let us listen to its signals.
    pub fn begin(session: Session, config: Config, choices: Option<Choices>) -> io::Result<Self> {
        let config = Config { watch_only: true, ..config };
        let account = Some(session.account().clone());
        let app = App::prepared(account, (0, 0), TimeZone::system(), config, None, choices);
        let mut link = Link::new(None);
        link.attach(session);
        let attendant = Attendant::new(app, link, Seat::Apart);
        Ok(Self { attendant, ends: Ends::new()?, news: VecDeque::new() })
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

    /// Sorts the contacts by something else.
    pub fn sort_by(&mut self, sort: Sort) {
        if let Stage::Dashboard(dashboard) = &mut self.attendant.app.stage {
            dashboard.contacts.sort_by(sort);
        }
    }

    /// The next news. All that came with one answer of the server is known when the first of it is told.
    pub async fn next(&mut self) -> News {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            let event = select! {
                event = self.attendant.next() => event,
                () = self.ends.next() => return News::Ended,
            };
            self.take(event);
        }
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
        let (was_live, was_lost) = (self.is_live(), self.is_lost());
        self.news.extend(self.attendant.take(event).into_iter().map(News::Changed));
        match &self.dashboard().connection {
            Connection::Live if !was_live => self.news.push_front(News::Connected),
            Connection::Lost { reason, .. } if !was_lost => self.news.push_back(News::Lost(reason.clone())),
            _ if self.news.is_empty() => self.news.push_back(News::Else),
            _ => {}
        }
    }

    fn is_lost(&self) -> bool {
        matches!(self.dashboard().connection, Connection::Lost { .. })
    }

    fn is_live(&self) -> bool {
        self.dashboard().connection == Connection::Live
    }
}

/// What ends a program: signals, and a reader of its standard output who goes.
struct Ends {
    signals: [Signal; 3],
    reader_gone: Arc<Notify>,
}

impl Ends {
    fn new() -> io::Result<Self> {
        let [terminate, hang_up, interrupt] =
            [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()].map(signal);
        Ok(Self { signals: [terminate?, hang_up?, interrupt?], reader_gone: reader_gone() })
    }

    async fn next(&mut self) {
        let [terminate, hang_up, interrupt] = &mut self.signals;
        select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            _ = interrupt.recv() => {}
            () = self.reader_gone.notified() => {}
        }
    }
}

/// Tells once when nobody reads standard output any more; the next line would find out, but that can be hours away.
/// The thread ends with the program.
fn reader_gone() -> Arc<Notify> {
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
