//! The thread that writes to the terminal, and the slot in which the newest picture waits for it.
//!
//! A terminal that nobody reads stops this thread and nothing else.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crossterm::event::Event;
use ratatui::{buffer::Buffer, layout::Position};
use tokio::sync::mpsc;

use super::{
    device::{Device, Interrupter, WriteError},
    screen::{self, Screen},
};

/// How many escape sequences wait at most for a terminal that nobody reads.
const SEQUENCES: usize = 16;

/// The loop's end of the writer. No function here waits for the terminal but [`Writer::release`], which has a limit.
pub(super) struct Writer {
    shared: Arc<Shared>,
    interrupter: Interrupter,
}

struct Shared {
    slot: Mutex<Slot>,
    /// There is work.
    work: Condvar,
    /// The writer has changed `Slot::stage`.
    settled: Condvar,
}

struct Slot {
    stage: Stage,
    order: Option<Order>,
    picture: Option<Picture>,
    sequences: VecDeque<String>,
    mouse: bool,
}

/// Whose the terminal is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Taken,
    Released,
    /// Nothing can be written any more.
    Gone,
}

enum Order {
    Take,
    /// To be done by this time.
    Release(Instant),
    End,
}

type Picture = (Buffer, Option<Position>);

/// What the writer does next.
enum Work {
    Order(Order),
    Draw { picture: Option<Picture>, sequences: VecDeque<String>, mouse: bool },
}

impl Writer {
    /// Starts the thread and has it take the terminal.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no descriptor or no thread left.
    pub(super) fn start(
        mouse: bool,
        events: mpsc::Sender<Event>,
        gone: mpsc::Sender<io::Error>,
    ) -> io::Result<Self> {
        let (device, interrupter) = Device::open()?;
        let slot = Slot {
            stage: Stage::Released,
            order: Some(Order::Take),
            picture: None,
            sequences: VecDeque::new(),
            mouse,
        };
        let shared =
            Arc::new(Shared { slot: Mutex::new(slot), work: Condvar::new(), settled: Condvar::new() });
        let thread = Thread {
            shared: Arc::clone(&shared),
            device,
            screen: Screen::default(),
            mouse: false,
            is_cut: false,
            events,
            gone,
        };
        thread::Builder::new().name("terminal writer".to_owned()).spawn(move || thread.run())?;
        Ok(Self { shared, interrupter })
    }

    /// Hands over the newest picture. One that still waits is forgotten.
    pub(super) fn show(&self, picture: Buffer, cursor: Option<Position>) {
        self.shared.ask(|slot| slot.picture = Some((picture, cursor)));
    }

    /// Hands over an escape sequence that changes nothing of the picture. The oldest is forgotten if too many wait.
    pub(super) fn escape(&self, sequence: String) {
        self.shared.ask(|slot| {
            if slot.sequences.len() == SEQUENCES {
                slot.sequences.pop_front();
            }
            slot.sequences.push_back(sequence);
        });
    }

    pub(super) fn capture_mouse(&self, on: bool) {
        self.shared.ask(|slot| slot.mouse = on);
    }

    /// Takes the terminal again and draws everything anew.
    pub(super) fn take(&self) {
        self.shared.ask(|slot| slot.order = Some(Order::Take));
    }

    /// Gives the terminal back. Returns whether it is as it was, which it is not if it took nothing for so long.
    pub(super) fn release(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        self.shared.ask(|slot| slot.order = Some(Order::Release(deadline)));
        self.interrupter.interrupt();
        let waits = |slot: &mut Slot| slot.order.is_some() || slot.stage == Stage::Taken;
        // The writer gives up by itself at the deadline. It is only late if a write blocks all the same.
        let left = limit + limit / 4;
        let waited = self.shared.settled.wait_timeout_while(self.shared.lock(), left, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.stage == Stage::Released
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.ask(|slot| slot.order = Some(Order::End));
        self.interrupter.interrupt();
    }
}

impl Shared {
    fn ask(&self, change: impl FnOnce(&mut Slot)) {
        let mut slot = self.lock();
        if slot.stage != Stage::Gone {
            change(&mut slot);
        }
        drop(slot);
        self.work.notify_one();
    }

    fn settle(&self, stage: Stage) {
        let mut slot = self.lock();
        slot.stage = stage;
        if stage == Stage::Gone {
            (slot.order, slot.picture) = (None, None);
            slot.sequences.clear();
        }
        drop(slot);
        self.settled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread owns.
struct Thread {
    shared: Arc<Shared>,
    device: Device,
    screen: Screen,
    /// Whether the terminal reports the mouse now.
    mouse: bool,
    /// Whether a write ended in the middle of an escape sequence.
    is_cut: bool,
    events: mpsc::Sender<Event>,
    gone: mpsc::Sender<io::Error>,
}

impl Thread {
    fn run(mut self) {
        loop {
            let done = match self.next() {
                Work::Order(Order::Take) => self.take(),
                Work::Order(Order::Release(deadline)) => self.release(deadline),
                Work::Order(Order::End) => return,
                Work::Draw { picture, sequences, mouse } => self.draw(picture, &sequences, mouse),
            };
            match done {
                Ok(()) => {}
                Err(WriteError::Interrupted | WriteError::TimedOut) => self.is_cut = true,
                Err(WriteError::Failed(error)) => {
                    // Full means that the loop knows already.
                    let _ = self.gone.try_send(error);
                    return;
                }
            }
        }
    }

    /// Waits for work.
    fn next(&self) -> Work {
        let idle = |slot: &mut Slot| {
            let draws = slot.picture.is_some() || !slot.sequences.is_empty() || slot.mouse != self.mouse;
            slot.order.is_none() && !(draws && slot.stage == Stage::Taken)
        };
        let slot = self.shared.work.wait_while(self.shared.lock(), idle);
        let mut slot = slot.unwrap_or_else(PoisonError::into_inner);
        match slot.order.take() {
            Some(order) => Work::Order(order),
            None => Work::Draw {
                picture: slot.picture.take(),
                sequences: std::mem::take(&mut slot.sequences),
                mouse: slot.mouse,
            },
        }
    }

    fn take(&mut self) -> Result<(), WriteError> {
        self.screen = Screen::default();
        self.mouse = false;
        self.shared.settle(Stage::Taken);
        self.device.write(screen::ENTER)
    }

    fn release(&mut self, deadline: Instant) -> Result<(), WriteError> {
        self.device.clear_interrupt();
        let written = if self.is_taken() { self.restore(deadline) } else { Ok(()) };
        if !matches!(written, Err(WriteError::Failed(_))) {
            self.shared.settle(Stage::Released);
        }
        written
    }

    /// Undoes what changed the terminal. A terminal that takes nothing gets half of the time, then what it has not
    /// taken is discarded to make room.
    fn restore(&mut self, deadline: Instant) -> Result<(), WriteError> {
        let now = Instant::now();
        let half = now + deadline.saturating_duration_since(now) / 2;
        let restore =
            if self.is_cut { [screen::CANCEL, screen::LEAVE].concat() } else { screen::LEAVE.to_vec() };
        match self.device.write_by(half, &restore) {
            Err(WriteError::TimedOut) => {
                self.device.discard_output();
                self.device.write_by(deadline, &[screen::CANCEL, screen::LEAVE].concat())?;
            }
            written => written?,
        }
        self.is_cut = false;
        Ok(())
    }

    fn is_taken(&self) -> bool {
        self.shared.lock().stage == Stage::Taken
    }

    /// Writes a picture, and all that goes with it, at once.
    fn draw(
        &mut self,
        picture: Option<Picture>,
        sequences: &VecDeque<String>,
        mouse: bool,
    ) -> Result<(), WriteError> {
        let mut bytes = Vec::new();
        for sequence in sequences {
            bytes.extend_from_slice(sequence.as_bytes());
        }
        if mouse != self.mouse {
            bytes.extend_from_slice(if mouse { screen::CAPTURE_MOUSE } else { screen::RELEASE_MOUSE });
            self.mouse = mouse;
        }
        if let Some((picture, cursor)) = picture {
            let area = (picture.area.width, picture.area.height);
            match self.device.size() {
                // A picture of another size is about to be replaced, if the loop knows the size.
                Some((columns, rows)) if (columns, rows) != area => {
                    let _ = self.events.try_send(Event::Resize(columns, rows));
                }
                _ => self.screen.draw(picture, cursor, &mut bytes),
            }
        }
        self.device.write(&bytes)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Nobody waits for a writer that has ended, whether it failed or panicked.
        self.shared.settle(Stage::Gone);
        let _ = self.gone.try_send(io::ErrorKind::BrokenPipe.into());
    }
}
