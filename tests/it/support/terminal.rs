//! A program in a pseudo-terminal: what is typed into it, and what stands on its screen.

mod key;
mod output;
mod program;

use std::{
    process::{Child, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};

pub use key::Key;
use output::Output;
pub use program::Program;
use pty_process::{Size, blocking::Pty};
pub use rustix::process::Signal;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags},
    process::{Pid, kill_process},
};
use vt100::Screen;

use super::wait::{self, LIMIT};

/// One running program and the screen it draws on; killed on drop.
pub struct Terminal {
    child: Child,
    pty: Arc<Pty>,
    output: Arc<Output>,
    /// Its home lasts as long as it runs.
    _program: Program,
}

impl Terminal {
    pub fn start(program: &Program, rows: u16, cols: u16) -> Self {
        let (pty, end) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, cols)).expect("its size");
        let child = program.command().spawn(end).expect("the program starts");
        let pty = Arc::new(pty);
        let output = Output::follow(Arc::clone(&pty), rows, cols);
        Self { child, pty, output, _program: program.clone() }
    }

    /// A named key, or text as it is typed: `press("b")`.
    pub fn press(&self, key: impl Into<Key>) {
        let key = key.into();
        self.output.answer(&key.bytes(&self.screen()));
        if key == Key::Escape {
            // A key that arrives in the same read makes one key with Alt out of the two.
            wait::until(|| !self.has_unread(), || format!("Escape is read\n{}", framed(&self.screen())));
        }
    }

    /// Pastes as terminals do: in brackets if the program has asked for them.
    pub fn paste(&self, text: &str) {
        let bracketed = self.screen().bracketed_paste();
        let (start, end) = if bracketed { ("\x1b[200~", "\x1b[201~") } else { ("", "") };
        self.output.answer(format!("{start}{text}{end}").as_bytes());
    }

    pub fn resize(&self, rows: u16, cols: u16) {
        self.output.resize(rows, cols, || self.pty.resize(Size::new(rows, cols)).expect("a new size"));
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the program is there");
    }

    /// A copy of the screen as it is; better wait for what it should be.
    pub fn screen(&self) -> Screen {
        self.output.screen()
    }

    /// The rows of the screen, without the blanks at their ends.
    pub fn text(&self) -> String {
        text(&self.screen())
    }

    /// What the program has last put into the clipboard, in Base64.
    pub fn clipboard(&self) -> String {
        self.output.clipboard()
    }

    pub fn alternate_screen(&self) -> bool {
        self.screen().alternate_screen()
    }

    /// The notifications that the program has asked for so far, each without the escape sequence around it.
    pub fn notifications(&self) -> Vec<String> {
        self.output.notifications()
    }

    /// How often the bell has rung.
    pub fn bells(&self) -> usize {
        self.output.bells()
    }

    /// How much the program has written so far.
    pub fn bytes_written(&self) -> u64 {
        self.output.bytes()
    }

    /// Whether something typed has not been read yet by a program that reads single bytes.
    fn has_unread(&self) -> bool {
        let Ok(path) = rustix::pty::ptsname(&*self.pty, Vec::new()) else { return false };
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
        // The other end is gone once the program has ended.
        let Ok(end) = rustix::fs::open(path.as_c_str(), flags, Mode::empty()) else { return false };
        // Unlike a question for the number of bytes, this one counts those still on their way through the kernel.
        let mut asked = [PollFd::new(&end, PollFlags::IN)];
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) -> Screen {
        self.wait_until(text, |screen| self::text(screen).contains(text))
    }

    #[track_caller]
    pub fn wait_until_gone(&self, text: &str) {
        self.wait_until(&format!("no more {text}"), |screen| !self::text(screen).contains(text));
    }

    /// Returns the screen of which `condition` was true; `what` names it when it never is.
    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Screen) -> bool) -> Screen {
        self.wait_within(LIMIT, what, condition)
    }

    #[track_caller]
    pub fn wait_within(&self, limit: Duration, what: &str, condition: impl Fn(&Screen) -> bool) -> Screen {
        let mut screen = self.screen();
        let shown = self.output.wait(Instant::now() + limit, |output| {
            screen = output.screen();
            condition(&screen)
        });
        assert!(shown, "waited {limit:?} for: {what}\n{}", framed(&screen));
        screen
    }

    /// Returns when everything the program wrote is on the screen, and it has ended.
    #[track_caller]
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        let ended = self.output.wait(Instant::now() + LIMIT, Output::ended);
        assert!(ended, "waited {LIMIT:?} for the end of the program\n{}", framed(&self.screen()));
        self.child.wait().expect("the program's exit status")
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            // It may end at this moment, which is as good.
            let _ = kill_process(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The rows of a screen, without the blanks at their ends.
pub fn text(screen: &Screen) -> String {
    let rows: Vec<_> = screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n")
}

/// A screen for the message of a failed test.
fn framed(screen: &Screen) -> String {
    let edge = "─".repeat(screen.size().1.get().into());
    format!(
        "┌{edge}\n{}\n└{edge}",
        text(screen).lines().map(|row| format!("│{row}")).collect::<Vec<_>>().join("\n")
    )
}
