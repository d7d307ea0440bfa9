//! Everything a program writes, drawn as it arrives.

use std::{
    io::{PipeReader, PipeWriter, Read, Write, pipe},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use pty_process::blocking::Pty;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use vt100::{Callbacks, Parser, Screen};

/// Shared with the thread that reads. Nobody holds the lock while a condition is tested.
pub(super) struct Output {
    drawn: Mutex<Drawn>,
    changed: Condvar,
    /// `None` once the window is closed.
    pty: Mutex<Option<Arc<Pty>>>,
    /// Ends the thread that reads, without which it waits for output.
    stop: Mutex<Option<PipeWriter>>,
}

struct Drawn {
    parser: Parser<Requests>,
    written: Vec<u8>,
    /// Whether the program has ended.
    ended: bool,
    /// Whether the thread that reads has ended.
    unread: bool,
}

/// What the program asked of its terminal besides drawing.
#[derive(Default)]
struct Requests {
    /// Answers to questions, without which the program would wait or give up.
    answers: String,
    notifications: Vec<String>,
    bells: usize,
    clipboard: String,
}

impl Callbacks for Requests {
    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.clipboard = String::from_utf8_lossy(data).into_owned();
    }

    fn audible_bell(&mut self, _: &mut Screen) {
        self.bells += 1;
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        if let [b"9" | b"99" | b"777", ..] = params {
            self.notifications.push(String::from_utf8_lossy(&params.join(&b';')).into_owned());
        }
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        _: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        letter: char,
    ) {
        if (params, letter) == (&[&[6]], 'n') {
            let (row, col) = screen.cursor_position();
            self.answers = format!("{}\x1b[{};{}R", self.answers, row + 1, col + 1);
        }
    }
}

impl Output {
    /// Draws and answers what the program writes, on a thread of its own, until the program ends.
    pub(super) fn follow(pty: Arc<Pty>, rows: u16, cols: u16) -> Arc<Self> {
        let parser = Parser::new_with_callbacks(cells(rows), cells(cols), 0, Requests::default());
        let drawn = Mutex::new(Drawn { parser, written: Vec::new(), ended: false, unread: false });
        let (stopped, stop) = pipe().expect("a pipe");
        let this = Arc::new(Self {
            drawn,
            changed: Condvar::new(),
            pty: Mutex::new(Some(Arc::clone(&pty))),
            stop: Mutex::new(Some(stop)),
        });
        let reading = Arc::clone(&this);
        thread::spawn(move || {
            let ended = reading.read(&pty, &stopped);
            drop(pty);
            reading.change(|drawn| (drawn.ended, drawn.unread) = (ended, true));
        });
        this
    }

    /// Returns whether the program has ended.
    fn read(&self, mut output: &Pty, stopped: &PipeReader) -> bool {
        let mut buffer = [0; 4096];
        loop {
            let mut ready = [PollFd::new(output, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
            match poll(&mut ready, None) {
                // The end of a child interrupts the thread that has started it.
                Err(Errno::INTR) => continue,
                Err(error) => panic!("{error}"),
                Ok(_) if !ready[1].revents().is_empty() => return false,
                Ok(_) => {}
            }
            // A pseudo-terminal whose program has ended gives an error, not an end.
            let Ok(length @ 1..) = output.read(&mut buffer) else { return true };
            let answers = self.change(|drawn| {
                drawn.parser.process(&buffer[..length]);
                drawn.written.extend_from_slice(&buffer[..length]);
                std::mem::take(&mut drawn.parser.callbacks_mut().answers)
            });
            self.answer(answers.as_bytes());
        }
    }

    /// Reads nothing more, as a terminal whose connection hangs.
    pub(super) fn stop_reading(&self) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        let drawn = self.changed.wait_while(self.lock(), |drawn| !drawn.unread);
        drop(drawn.unwrap_or_else(PoisonError::into_inner));
    }

    /// Closes the terminal's own end.
    pub(super) fn close(&self) {
        self.stop_reading();
        self.pty.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The terminal's own end.
    pub(super) fn pty(&self) -> Arc<Pty> {
        let pty = self.pty.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pty.as_ref().expect("the window is open"))
    }

    /// Types for the user, or for the terminal itself.
    pub(super) fn answer(&self, bytes: &[u8]) {
        let pty = self.pty();
        let mut input = &*pty;
        // A program that has just ended reads no more, and the test will see that from its screen.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    /// Resizes the screen while `tell` tells the program of it, so that later output has the new size.
    pub(super) fn resize(&self, rows: u16, cols: u16, tell: impl FnOnce()) {
        self.change(|drawn| {
            tell();
            drawn.parser.set_size(cells(rows), cells(cols));
        });
    }

    pub(super) fn screen(&self) -> Screen {
        self.lock().parser.screen().clone()
    }

    pub(super) fn notifications(&self) -> Vec<String> {
        self.lock().parser.callbacks().notifications.clone()
    }

    pub(super) fn bells(&self) -> usize {
        self.lock().parser.callbacks().bells
    }

    pub(super) fn clipboard(&self) -> String {
        self.lock().parser.callbacks().clipboard.clone()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.lock().written.len() as u64
    }

    pub(super) fn written(&self) -> Vec<u8> {
        self.lock().written.clone()
    }

    pub(super) fn ended(&self) -> bool {
        self.lock().ended
    }

    /// Whether `condition` becomes true before the limit. Tests it after every change, without the lock.
    pub(super) fn wait(&self, limit: Instant, mut condition: impl FnMut(&Self) -> bool) -> bool {
        loop {
            let known = self.state();
            if condition(self) {
                return true;
            }
            let left = limit.saturating_duration_since(Instant::now());
            let unchanged = |drawn: &mut Drawn| drawn.state() == known;
            let waited = self.changed.wait_timeout_while(self.lock(), left, unchanged);
            if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
                return condition(self);
            }
        }
    }

    fn state(&self) -> (u64, bool) {
        self.lock().state()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Drawn) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    fn lock(&self) -> MutexGuard<'_, Drawn> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawn {
    fn state(&self) -> (u64, bool) {
        (self.written.len() as u64, self.ended)
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has a size")
}
