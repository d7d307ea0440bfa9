//! A Wayland compositor with one seat and no screen.

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::support::wait::LIMIT;

/// Offers what it is told to. It tells of idle time when the test says so.
pub struct Compositor(Arc<Shared>);

#[derive(Default)]
struct Shared {
    notification: Mutex<Option<Notification>>,
    asked: Condvar,
}

/// What the client wants to be told.
struct Notification {
    client: UnixStream,
    id: u32,
    /// After how many milliseconds.
    timeout: u32,
}

impl Compositor {
    /// Listens as `wayland-7` in this directory.
    pub fn start(directory: &Path, offers: &'static [&'static str]) -> Self {
        fs::create_dir_all(directory).unwrap();
        let listener = UnixListener::bind(directory.join("wayland-7")).unwrap();
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                // A client that ends ends its connection.
                let _ = serve(&client.unwrap(), offers, &served);
            }
        });
        Self(shared)
    }

    /// Waits until a client wants to know, and returns after how many milliseconds.
    pub fn asked(&self) -> u32 {
        self.notification().as_ref().expect("the client asks").timeout
    }

    pub fn idled(&self) {
        self.tell(0);
    }

    pub fn resumed(&self) {
        self.tell(1);
    }

    fn tell(&self, event: u16) {
        let notification = self.notification();
        let Notification { client, id, .. } = notification.as_ref().expect("the client asks");
        send(client, *id, event, &[]).unwrap();
    }

    fn notification(&self) -> MutexGuard<'_, Option<Notification>> {
        let known = self.0.notification.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = self.0.asked.wait_timeout_while(known, LIMIT, |known| known.is_none());
        asked.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Answers the requests of one client.
fn serve(mut client: &UnixStream, offers: &[&str], shared: &Shared) -> io::Result<()> {
    const DISPLAY: u32 = 1;
    let (mut registry, mut notifier) = (0, 0);
    loop {
        let mut header = [0; 8];
        client.read_exact(&mut header)?;
        let [object, header] = [0, 4].map(|at| number(&header, at));
        let mut args = vec![0; (header >> 16) as usize - 8];
        client.read_exact(&mut args)?;
        match (object, header & 0xffff) {
            // sync
            (DISPLAY, 0) => send(client, number(&args, 0), 0, &[0; 4])?,
            // get_registry
            (DISPLAY, 1) => {
                registry = number(&args, 0);
                for (name, interface) in (1_u32..).zip(offers) {
                    let args = [name.to_le_bytes().to_vec(), string(interface), 1_u32.to_le_bytes().to_vec()];
                    send(client, registry, 0, &args.concat())?;
                }
            }
            // bind
            (id, 0) if id == registry => {
                if offers[number(&args, 0) as usize - 1] == "ext_idle_notifier_v1" {
                    notifier = number(&args, args.len() - 4);
                }
            }
            // get_idle_notification
            (id, 1) if id == notifier => {
                let notification = Notification {
                    client: client.try_clone()?,
                    id: number(&args, 0),
                    timeout: number(&args, 4),
                };
                *shared.notification.lock().unwrap() = Some(notification);
                shared.asked.notify_all();
            }
            (object, request) => panic!("request {request} of object {object}"),
        }
    }
}

fn send(mut client: &UnixStream, object: u32, event: u16, args: &[u8]) -> io::Result<()> {
    let length = u32::try_from(8 + args.len()).unwrap();
    let header = [object.to_le_bytes(), (length << 16 | u32::from(event)).to_le_bytes()];
    client.write_all(&[&header.concat(), args].concat())
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// A string with its length and its final zero, in words of four bytes.
fn string(text: &str) -> Vec<u8> {
    let length = text.len() + 1;
    let mut bytes = u32::try_from(length).unwrap().to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(4 + length.next_multiple_of(4), 0);
    bytes
}
