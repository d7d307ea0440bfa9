//! The thread that writes to the terminal, and the slot for the newest picture.
//!
//! A terminal that reads nothing blocks this thread alone.

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
    input::Read,
    screen::{self, Shown},
};

/// The most escape sequences that wait for a terminal that reads nothing.
const SEQUENCES: usize = 16;

/// The handle of the writer thread. Only [`Writer::release`] waits for the terminal, with a limit.
pub(super) struct Writer {
    shared: Arc<Shared>,
    interrupter: Interrupter,
}

struct Shared {
    slot: Mutex<Slot>,
    /// Signals work for the thread.
    work: Condvar,
    /// Signals that the thread has changed `Slot::stage`.
    settled: Condvar,
}

struct Slot {
    stage: Stage,
    order: Option<Order>,
    picture: Option<Picture>,
    sequences: VecDeque<String>,
    mouse: bool,
    /// The title of the window. `None`: it is left alone.
    title: Option<String>,
}

/// Who uses the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Taken,
    Released,
    /// The terminal cannot be written to.
    Gone,
}

enum Order {
    Take,
    /// Has a deadline.
    Release(Instant),
    End,
}

type Picture = (Buffer, Option<Position>);

/// The next work of the thread.
enum Work {
    Order(Order),
    Draw { picture: Option<Picture>, sequences: VecDeque<String>, mouse: bool, title: Option<String> },
}

impl Writer {
    /// Starts the thread, which sets up the terminal.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no descriptor or no thread left.
    pub(super) fn start(
        mouse: bool,
        events: mpsc::Sender<Read>,
        gone: mpsc::Sender<io::Error>,
    ) -> io::Result<Self> {
        let (device, interrupter) = Device::open()?;
        let slot = Slot {
            stage: Stage::Released,
            order: Some(Order::Take),
            picture: None,
            sequences: VecDeque::new(),
            mouse,
            title: None,
        };
        let shared =
            Arc::new(Shared { slot: Mutex::new(slot), work: Condvar::new(), settled: Condvar::new() });
        let thread = Thread {
            shared: Arc::clone(&shared),
            device,
            screen: Shown::default(),
            mouse: false,
            title: None,
            is_cut: false,
            events,
            gone,
        };
        thread::Builder::new().name("terminal writer".to_owned()).spawn(move || thread.run())?;
        Ok(Self { shared, interrupter })
    }

    /// Queues a picture in place of one that still waits.
    pub(super) fn show(&self, picture: Buffer, cursor: Option<Position>) {
        self.shared.ask(|slot| slot.picture = Some((picture, cursor)));
    }

    /// Queues an escape sequence that does not change the picture. If too many wait, drops the oldest.
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

    /// Sets the title of the window. The one before returns when the terminal is released.
    pub(super) fn set_title(&self, title: &str) {
        self.shared.ask(|slot| slot.title = Some(title.to_owned()));
    }

    /// Sets up the terminal again and draws the next picture as a whole.
    pub(super) fn take(&self) {
        self.shared.ask(|slot| slot.order = Some(Order::Take));
    }

    /// Restores the terminal. Returns whether it read everything within the limit.
    pub(super) fn release(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        self.shared.ask(|slot| slot.order = Some(Order::Release(deadline)));
        self.interrupter.interrupt();
        let waits = |slot: &mut Slot| slot.order.is_some() || slot.stage == Stage::Taken;
        // The thread gives up at the deadline. It is late only if a write blocks nevertheless.
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

/// The state of the thread.
struct Thread {
    shared: Arc<Shared>,
    device: Device,
    screen: Shown,
    /// Whether the terminal reports the mouse.
    mouse: bool,
    /// The title of the window, if it is ours.
    title: Option<String>,
    /// Whether a write ended in the middle of an escape sequence.
    is_cut: bool,
    events: mpsc::Sender<Read>,
    gone: mpsc::Sender<io::Error>,
}

impl Thread {
    fn run(mut self) {
        loop {
            let done = match self.next() {
                Work::Order(Order::Take) => self.take(),
                Work::Order(Order::Release(deadline)) => self.release(deadline),
                Work::Order(Order::End) => return,
                Work::Draw { picture, sequences, mouse, title } => {
                    let head = self.head(&sequences, mouse, title);
                    self.draw(picture, head)
                }
            };
            match done {
                Ok(()) => {}
                Err(WriteError::Interrupted | WriteError::TimedOut) => self.is_cut = true,
                Err(WriteError::Failed(error)) => {
                    // If the channel is full, the loop has an error already.
                    let _ = self.gone.try_send(error);
                    return;
                }
            }
        }
    }

    /// Waits for the next work.
    fn next(&self) -> Work {
        let idle = |slot: &mut Slot| {
            let draws = slot.picture.is_some()
                || !slot.sequences.is_empty()
                || slot.mouse != self.mouse
                || slot.title != self.title;
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
                title: slot.title.clone(),
            },
        }
    }

    fn take(&mut self) -> Result<(), WriteError> {
        self.screen = Shown::default();
        (self.mouse, self.title) = (false, None);
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

    /// Restores the terminal. If it reads nothing in half of the time, discards the pending output to make room.
    fn restore(&mut self, deadline: Instant) -> Result<(), WriteError> {
        let now = Instant::now();
        let half = now + deadline.saturating_duration_since(now) / 2;
        let title = if self.title.take().is_some() { screen::RESTORE_TITLE } else { &[] };
        let cancel = if self.is_cut { screen::CANCEL } else { &[] };
        match self.device.write_by(half, &[cancel, title, screen::LEAVE].concat()) {
            Err(WriteError::TimedOut) => {
                self.device.discard_output();
                self.device.write_by(deadline, &[screen::CANCEL, title, screen::LEAVE].concat())?;
            }
            written => written?,
        }
        self.is_cut = false;
        Ok(())
    }

    fn is_taken(&self) -> bool {
        self.shared.lock().stage == Stage::Taken
    }

    /// Returns the escape sequences before a picture.
    fn head(&mut self, sequences: &VecDeque<String>, mouse: bool, title: Option<String>) -> Vec<u8> {
        let mut bytes: Vec<u8> = sequences.iter().flat_map(|sequence| sequence.bytes()).collect();
        if mouse != self.mouse {
            bytes.extend_from_slice(if mouse { screen::CAPTURE_MOUSE } else { screen::RELEASE_MOUSE });
            self.mouse = mouse;
        }
        if let Some(title) = title.filter(|title| self.title.as_ref() != Some(title)) {
            if self.title.is_none() {
                bytes.extend_from_slice(screen::KEEP_TITLE.as_bytes());
            }
            bytes.extend_from_slice(screen::set_title(&title).as_bytes());
            self.title = Some(title);
        }
        bytes
    }

    /// Writes a picture and what comes before it in one call.
    fn draw(&mut self, picture: Option<Picture>, mut bytes: Vec<u8>) -> Result<(), WriteError> {
        if let Some((picture, cursor)) = picture {
            let area = (picture.area.width, picture.area.height);
            match self.device.size() {
                // A picture of another size is outdated. The loop draws another one as soon as it knows the size.
                Some((columns, rows)) if (columns, rows) != area => {
                    let _ = self.events.try_send(Read::now(vec![Event::Resize(columns, rows)]));
                }
                _ => self.screen.draw(picture, cursor, &mut bytes),
            }
        }
        self.device.write(&bytes)
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // Nothing waits for a thread that has ended, even by a panic.
        self.shared.settle(Stage::Gone);
        let _ = self.gone.try_send(io::ErrorKind::BrokenPipe.into());
    }
}
