//! The shared part of the homeserver: the world behind a lock, the clock, and the signal that wakes long polls.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::watch;

use super::{faults::Faults, world::World};

/// The homeserver as every request sees it.
pub type Shared = Arc<Homeserver>;

pub struct Homeserver {
    /// The URL, without a slash at the end.
    pub url: String,
    pub faults: Faults,
    /// Closes when the demo is dropped.
    pub running: watch::Receiver<()>,
    world: Mutex<World>,
    changed: watch::Sender<()>,
    clock: watch::Sender<Clock>,
}

/// Real time plus what tests skip.
#[derive(Clone, Copy)]
struct Clock {
    started: Instant,
    /// The Unix time of the start plus the skipped time.
    offset: Duration,
}

impl Homeserver {
    pub fn new(url: String, world: World, running: watch::Receiver<()>) -> Self {
        let offset = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self {
            url,
            faults: Faults::default(),
            running,
            world: Mutex::new(world),
            changed: watch::Sender::new(()),
            clock: watch::Sender::new(Clock { started: Instant::now(), offset }),
        }
    }

    /// Returns the Unix time of this homeserver.
    pub fn now(&self) -> Duration {
        let Clock { started, offset } = *self.clock.borrow();
        offset + started.elapsed()
    }

    pub fn skip(&self, time: Duration) {
        self.clock.send_modify(|clock| clock.offset += time);
        self.act(World::time_out);
    }

    /// Waits until a Unix time of this homeserver, which tests can move.
    pub async fn until(&self, time: Duration) {
        let mut skipped = self.clock.subscribe();
        while let Some(rest) = time.checked_sub(self.now()).filter(|it| !it.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = skipped.changed() => {}
            }
        }
    }

    /// Reads or changes the world. Wakes long polls if the stream grows.
    pub fn act<T>(&self, action: impl FnOnce(&mut World, Duration) -> T) -> T {
        let now = self.now();
        let mut world = self.lock();
        let before = world.stream.len();
        let outcome = action(&mut world, now);
        if world.stream.len() != before {
            self.wake();
        }
        outcome
    }

    /// Makes every long poll check the stream.
    pub fn wake(&self) {
        self.changed.send_replace(());
    }

    /// Returns a receiver that changes whenever a long poll has to check the stream.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Waits until the demo is dropped.
    pub async fn stopped(&self) {
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }

    /// Locks the world, even after a panic: no change of the world stops halfway.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
