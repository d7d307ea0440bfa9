//! A program in a pseudo-terminal: what is typed into it, and what stands on its screen.

mod key;
mod output;
mod program;

use std::{
    fs::{File, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    process::{Child, ExitStatus},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

pub use key::Key;
use output::Output;
pub use program::Program;
use pty_process::Size;
pub use rustix::process::Signal;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    process::{Pid, WaitId, WaitIdOptions, kill_process, waitid},
    pty::ptsname,
    termios::{LocalModes, tcgetattr},
};
use vt100::Screen;

use super::wait::{self, LIMIT};

/// After this time a key is not part of the word before it.
const WORD: Duration = Duration::from_millis(620);
/// After this time a key did not arrive together with the one before it.
const BURST: Duration = Duration::from_millis(30);

/// One running program and the screen it draws on; killed on drop.
pub struct Terminal {
    child: Child,
    output: Arc<Output>,
    /// The last key.
    last: Mutex<Option<Key>>,
    /// Its home lasts as long as it runs.
    _program: Program,
}

impl Terminal {
    pub fn start(program: &Program, rows: u16, cols: u16) -> Self {
        let (pty, end) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, cols)).expect("its size");
        let child = program.command().spawn(end).expect("the program starts");
        let output = Output::follow(Arc::new(pty), rows, cols);
        Self { child, output, last: Mutex::new(None), _program: program.clone() }
    }

    /// A named key, or text as it is typed: `press("b")`. A key that changes what others see comes alone, and what is
    /// typed into a prompt after it has opened: anything faster is no input of a person.
    pub fn press(&self, key: impl Into<Key>) {
        let key = key.into();
        let last = self.last.lock().expect("no test fails with the lock").replace(key.clone());
        let pause = match last {
            Some(_) if key.changes_presence() => WORD,
            Some(last) if last.opens_prompt() => BURST,
            _ => Duration::ZERO,
        };
        if !pause.is_zero() {
            wait::until(
                || !self.has_unread(),
                || format!("the key before is read\n{}", framed(&self.screen())),
            );
            thread::sleep(pause);
        }
        self.output.answer(&key.bytes(&self.screen()));
        if key == Key::Escape {
            // A key that arrives in the same read makes one key with Alt out of the two.
            wait::until(|| !self.has_unread(), || format!("Escape is read\n{}", framed(&self.screen())));
        }
    }

    /// Sends bytes as the terminal does by itself. Returns when the program has read them.
    pub fn send(&self, bytes: &[u8]) {
        self.output.answer(bytes);
        wait::until(|| !self.has_unread(), || format!("the input is read\n{}", framed(&self.screen())));
    }

    /// Types before the program reads, as people do who know what comes.
    pub fn type_ahead(&self, text: &str) {
        self.output.answer(text.as_bytes());
    }

    pub fn id(&self) -> Pid {
        self.pid()
    }

    /// Pastes as terminals do: in brackets if the program has asked for them.
    pub fn paste(&self, text: &str) {
        let bracketed = self.screen().bracketed_paste();
        let (start, end) = if bracketed { ("\x1b[200~", "\x1b[201~") } else { ("", "") };
        self.output.answer(format!("{start}{text}{end}").as_bytes());
    }

    pub fn resize(&self, rows: u16, cols: u16) {
        let pty = self.output.pty();
        self.output.resize(rows, cols, || pty.resize(Size::new(rows, cols)).expect("a new size"));
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

    /// Everything that the program has written so far.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.output.written()).into_owned()
    }

    /// Whether something typed has not been read yet by a program that reads single bytes.
    fn has_unread(&self) -> bool {
        // The other end is gone once the program has ended.
        let Some(end) = self.try_device() else { return false };
        // Unlike a question for the number of bytes, this one counts those still on their way through the kernel.
        let mut asked = [PollFd::new(&end, PollFlags::IN)];
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    /// The terminal's other end, as another process opens it. The terminal does not hang up while it is open.
    pub fn device(&self) -> File {
        self.try_device().expect("the program is there")
    }

    fn try_device(&self) -> Option<File> {
        let name = ptsname(&*self.output.pty(), Vec::new()).ok()?;
        let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
        OpenOptions::new().read(true).write(true).custom_flags(flags).open(name.to_str().ok()?).ok()
    }

    /// Whether the shell's settings are in force: lines are edited and typed keys are shown.
    pub fn edits_lines(&self) -> bool {
        let modes = tcgetattr(self.device()).expect("a terminal").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Reads nothing more, and fills the terminal until it takes nothing more.
    pub fn stop_reading(&self) {
        self.output.stop_reading();
        let device = self.device();
        let is_full = || {
            let moment = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
            poll(&mut [PollFd::new(&device, PollFlags::OUT)], Some(&moment)).is_ok_and(|ready| ready == 0)
        };
        while !is_full() {
            let _ = (&device).write(&[b' '; 4096]);
        }
    }

    /// Closes the window as its button does, and waits for the end of the program.
    #[track_caller]
    pub fn close(mut self) -> ExitStatus {
        self.output.close();
        self.wait_for_end()
    }

    /// Waits for the end of the program, however much of its output is unread.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let pid = self.pid();
        let has_ended = || waitid(WaitId::Pid(pid), options).is_ok_and(|status| status.is_some());
        wait::until(has_ended, || format!("the end of the program\n{}", framed(&self.screen())));
        self.child.wait().expect("the program's exit status")
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
        let shown = self.shows_within(limit, |now| {
            screen = now.clone();
            condition(now)
        });
        assert!(shown, "waited {limit:?} for: {what}\n{}", framed(&screen));
        screen
    }

    /// Returns whether a condition becomes true within a limit.
    pub fn shows_within(&self, limit: Duration, mut condition: impl FnMut(&Screen) -> bool) -> bool {
        self.output.wait(Instant::now() + limit, |output| condition(&output.screen()))
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
