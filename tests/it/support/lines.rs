//! The standard output of a process, line by line as it arrives.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command},
    sync::mpsc::{Receiver, channel},
    thread,
};

use rustix::process::{Pid, Signal, kill_process};

use super::wait::LIMIT;

/// A running process; killed on drop.
pub struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    pub fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program runs");
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    pub fn next(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("the next line")
    }

    /// The first line that meets a condition. `what` names it in the failure.
    #[track_caller]
    pub fn until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let mut before = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            if condition(&line) {
                return line;
            }
            before.push(line);
        }
        panic!("waited {LIMIT:?} for {what} after\n{}", before.join("\n"));
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the program is there");
    }

    /// Ends it with a signal, and returns its exit status and what it wrote to standard error.
    pub fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        self.signal(signal);
        let code = self.child.wait().expect("it ends").code();
        let mut said = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut said).expect("it is UTF-8");
        (code, said)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
