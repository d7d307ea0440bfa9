//! A Wayland client that shows nothing: the compositor tells it when a seat becomes idle (`ext-idle-notify-v1`).

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    io,
    os::fd::AsFd,
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio::{io::Interest, net::UnixStream, sync::watch, task::JoinHandle, time::sleep};
use wayland_client::{
    Connection, Dispatch, QueueHandle,
    backend::WaylandError,
    delegate_noop,
    protocol::{wl_callback, wl_registry, wl_seat},
};
use wayland_protocols::ext::idle_notify::v1::client::{
    ext_idle_notification_v1::{self, ExtIdleNotificationV1},
    ext_idle_notifier_v1::ExtIdleNotifierV1,
};

/// The shortest idle time that the compositor tells of. A shorter one is no idle time.
const GRAIN: Duration = Duration::from_secs(30);
/// How long until the next attempt to reach a compositor.
const AGAIN: Duration = Duration::from_mins(1);

/// What the compositor tells of the idle time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdleState {
    /// It has not answered yet.
    Waiting,
    /// There is no compositor, or it does not tell.
    Nothing,
    InUse,
    IdleSince(Instant),
}

/// The connection to the compositor. Dropping it ends the connection.
pub(super) struct Watch {
    state: watch::Receiver<IdleState>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Connects, and connects again where the connection ends. `length` is the idle time of interest.
    pub(super) fn start(length: Duration) -> Self {
        let (tell, state) = watch::channel(IdleState::Waiting);
        let task = tokio::spawn(async move {
            loop {
                let ended = follow(length.min(GRAIN), &tell).await;
                tracing::debug!(ended = ?ended.err(), "no idle time from a Wayland compositor");
                tell.send_replace(IdleState::Nothing);
                sleep(AGAIN).await;
            }
        });
        Self { state, task }
    }

    pub(super) fn idle_state(&self) -> watch::Receiver<IdleState> {
        self.state.clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns the idle time as soon as the compositor has told it. `None`: it does not tell.
pub(super) async fn idle_time(mut state: watch::Receiver<IdleState>) -> Option<Duration> {
    let state = *state.wait_for(|state| *state != IdleState::Waiting).await.ok()?;
    match state {
        IdleState::InUse => Some(Duration::ZERO),
        IdleState::IdleSince(since) => Some(since.elapsed()),
        IdleState::Waiting | IdleState::Nothing => None,
    }
}

/// Follows what the compositor tells until the connection ends.
async fn follow(
    grain: Duration,
    tell: &watch::Sender<IdleState>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let socket = UnixStream::connect(path()?).await?;
    let connection = Connection::from_socket(socket.as_fd().try_clone_to_owned()?.into())?;
    let mut queue = connection.new_event_queue();
    connection.display().get_registry(&queue.handle(), ());
    // Its answer follows the list of what the compositor offers.
    connection.display().sync(&queue.handle(), ());
    let mut seats = Seats { grain, notifier: None, is_listed: false, known: BTreeMap::new() };
    loop {
        queue.dispatch_pending(&mut seats)?;
        queue.flush()?;
        tell.send_if_modified(|state| {
            let now = seats.idle_state();
            std::mem::replace(state, now) != now
        });
        if seats.is_listed && seats.notifier.is_none() {
            return Err("it does not offer ext-idle-notify-v1".into());
        }
        socket.readable().await?;
        let Some(guard) = queue.prepare_read() else { continue };
        let read = socket.try_io(Interest::READABLE, || guard.read().map_err(io_error));
        if let Err(error) = read
            && error.kind() != io::ErrorKind::WouldBlock
        {
            return Err(error.into());
        }
    }
}

fn io_error(error: WaylandError) -> io::Error {
    match error {
        WaylandError::Io(error) => error,
        WaylandError::Protocol(error) => io::Error::other(error),
    }
}

fn path() -> io::Result<PathBuf> {
    let name = env::var_os("WAYLAND_DISPLAY").ok_or(io::ErrorKind::NotFound)?;
    let directory = env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    // An absolute name replaces the directory.
    Ok(PathBuf::from(directory).join(name))
}

/// The seats of the compositor: a keyboard with its mouse each.
struct Seats {
    grain: Duration,
    notifier: Option<ExtIdleNotifierV1>,
    /// Whether the compositor has listed all that it offers.
    is_listed: bool,
    /// By their names in the registry.
    known: BTreeMap<u32, Seat>,
}

struct Seat {
    object: wl_seat::WlSeat,
    notification: Option<ExtIdleNotificationV1>,
    idle_since: Option<Instant>,
}

impl Seats {
    fn idle_state(&self) -> IdleState {
        let notified = self.known.values().filter(|seat| seat.notification.is_some());
        match notified
            .map(|seat| seat.idle_since)
            .reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)))
        {
            _ if !self.is_listed => IdleState::Waiting,
            None => IdleState::Nothing,
            Some(None) => IdleState::InUse,
            Some(Some(since)) => IdleState::IdleSince(since),
        }
    }

    /// Asks to be told of the seats of which the compositor does not tell yet.
    fn ask(&mut self, queue: &QueueHandle<Self>) {
        let Some(notifier) = self.notifier.as_ref().filter(|_| self.is_listed) else { return };
        let grain = u32::try_from(self.grain.as_millis()).unwrap_or(u32::MAX);
        for (name, seat) in &mut self.known {
            let ask = || notifier.get_idle_notification(grain, &seat.object, queue, *name);
            seat.notification.get_or_insert_with(ask);
        }
    }
}

impl Dispatch<wl_registry::WlRegistry, ()> for Seats {
    fn event(
        this: &mut Self,
        registry: &wl_registry::WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global { name, interface, .. } if interface == "wl_seat" => {
                let object = registry.bind(name, 1, queue, ());
                this.known.insert(name, Seat { object, notification: None, idle_since: None });
                this.ask(queue);
            }
            wl_registry::Event::Global { name, interface, .. } if interface == "ext_idle_notifier_v1" => {
                this.notifier = Some(registry.bind(name, 1, queue, ()));
            }
            wl_registry::Event::GlobalRemove { name } => _ = this.known.remove(&name),
            _ => {}
        }
    }
}

impl Dispatch<wl_callback::WlCallback, ()> for Seats {
    fn event(
        this: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        this.is_listed = true;
        this.ask(queue);
    }
}

impl Dispatch<ExtIdleNotificationV1, u32> for Seats {
    fn event(
        this: &mut Self,
        _: &ExtIdleNotificationV1,
        event: ext_idle_notification_v1::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let now = Instant::now();
        let idle_since = match event {
            ext_idle_notification_v1::Event::Idled => Some(now.checked_sub(this.grain).unwrap_or(now)),
            _ => None,
        };
        if let Some(seat) = this.known.get_mut(name) {
            seat.idle_since = idle_since;
        }
    }
}

delegate_noop!(Seats: ignore wl_seat::WlSeat);
delegate_noop!(Seats: ExtIdleNotifierV1);
