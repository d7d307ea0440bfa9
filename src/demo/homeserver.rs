//! The one owner of the world while requests come in: its lock, its clock, and the bell that wakes long polls.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::watch;

use super::{faults::Faults, world::World};

/// What every request has at hand.
pub type Shared = Arc<Homeserver>;

pub struct Homeserver {
    /// Where it is reached, without a slash at the end.
    pub url: String,
    pub faults: Faults,
    /// Closes when the demo is dropped.
    pub running: watch::Receiver<()>,
    world: Mutex<World>,
    changed: watch::Sender<()>,
    clock: watch::Sender<Clock>,
}

/// Real time, which a test may put forward.
#[derive(Clone, Copy)]
struct Clock {
    started: Instant,
    /// Unix time of the start, plus what was skipped since.
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

    /// Unix time by this homeserver's clock.
    pub fn now(&self) -> Duration {
        let Clock { started, offset } = *self.clock.borrow();
        offset + started.elapsed()
    }

    pub fn skip(&self, time: Duration) {
        self.clock.send_modify(|clock| clock.offset += time);
        self.act(World::time_out);
    }

    /// Waits until this homeserver's clock shows a time.
    pub async fn until(&self, time: Duration) {
        let mut skipped = self.clock.subscribe();
        while let Some(rest) = time.checked_sub(self.now()).filter(|it| !it.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                _ = skipped.changed() => {}
            }
        }
    }

    /// Looks at the world, or changes it. Long polls wake if something entered the stream.
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

    /// Makes every long poll look again.
    pub fn wake(&self) {
        self.changed.send_replace(());
    }

    /// Resolves `changed()` each time a long poll should look again.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Once the demo is dropped, returns.
    pub async fn stopped(&self) {
        let mut running = self.running.clone();
        while running.changed().await.is_ok() {}
    }

    /// The world is whole even if a request panicked with it: its transitions do not fail half-way.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
