//! The process of a Synapse. It cannot outlive the test process.

use std::{
    fs::{self, File},
    io::Read,
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use super::{directory::Directory, installation};

/// Synapse, and beside it a thread that ends the process when standard input does: also if we are killed, the
/// system closes the other end of that pipe.
const SYNAPSE_UNTIL_INPUT_ENDS: &str = "
import os, sys, threading

def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)

threading.Thread(target=end_with_input, daemon=True).start()
from synapse.app.homeserver import main
main()
";

/// On a machine that builds at the same time, a start takes several times its usual three seconds.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug)]
pub(super) struct Server {
    /// Ends with its standard input, which is therefore kept here.
    process: Child,
}

impl Server {
    /// Returns when Synapse accepts requests.
    pub(super) fn start(directory: &Directory) -> Result<Self, String> {
        let python = installation::python()?;
        let words = directory.path().join("output.txt");
        let spawn = || {
            Command::new(python)
                .args(["-c", SYNAPSE_UNTIL_INPUT_ENDS, "-c"])
                .arg(directory.path().join("homeserver.yaml"))
                .current_dir(directory.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(File::create(&words)?)
                .spawn()
        };
        let process = spawn().map_err(|error| format!("{} did not run: {error}", python.display()))?;
        let mut server = Self { process };
        server.wait_until_it_listens(directory.port()).map_err(|sentence| {
            let said = fs::read_to_string(&words).unwrap_or_default();
            let logged = fs::read_to_string(directory.path().join("homeserver.log")).unwrap_or_default();
            [&sentence, said.trim(), logged.trim()].join("\n").trim_end().to_owned()
        })?;
        Ok(server)
    }

    /// The port is reserved, so whoever listens there is Synapse. It listens once everything is set up.
    fn wait_until_it_listens(&mut self, port: u16) -> Result<(), String> {
        let ended = end_of_output(&mut self.process);
        let limit = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if ended.recv_timeout(Duration::from_millis(50)) != Err(RecvTimeoutError::Timeout) {
                return Err("Synapse ended while it started:".to_owned());
            }
            if Instant::now() > limit {
                return Err(format!("Synapse did not start within {PATIENCE:?}:"));
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failure means that it has already ended, or that it ends with the pipe.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Disconnects when the process closes its standard output, to which Synapse writes nothing.
fn end_of_output(process: &mut Child) -> Receiver<()> {
    let (alive, ended) = channel();
    let output = process.stdout.take();
    thread::spawn(move || {
        // The sender is dropped when the reading ends, whether it failed or not.
        let _alive: Sender<()> = alive;
        output.map(|mut output| output.read_to_end(&mut Vec::new()))
    });
    ended
}
