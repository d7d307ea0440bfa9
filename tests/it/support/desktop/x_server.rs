//! An X server with one screen, which knows when it was used last.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use x11rb::{
    protocol::{
        screensaver::QueryInfoReply,
        xproto::{QueryExtensionReply, Screen, Setup},
    },
    x11_utils::Serialize,
};

/// An X server. It lasts as long as the tests.
pub struct XServer {
    port: u16,
    idle: Arc<AtomicU32>,
}

impl XServer {
    /// Starts a server with these extensions.
    pub fn start(extensions: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let idle = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&idle);
        thread::spawn(move || {
            for client in listener.incoming() {
                // A client that ends ends its connection.
                let _ = serve(&client.unwrap(), extensions, &told);
            }
        });
        Self { port, idle }
    }

    /// What `DISPLAY` is.
    pub fn display(&self) -> String {
        format!("127.0.0.1:{}", self.port - 6000)
    }

    pub fn set_idle(&self, milliseconds: u32) {
        self.idle.store(milliseconds, Ordering::SeqCst);
    }
}

fn serve(mut client: &TcpStream, extensions: &[&str], idle: &AtomicU32) -> io::Result<()> {
    const SCREEN_SAVER: u8 = 200;
    let mut start = [0; 12];
    client.read_exact(&mut start)?;
    let lengths = [6, 8].map(|at| u16::from_le_bytes([start[at], start[at + 1]]).next_multiple_of(4));
    client.read_exact(&mut vec![0; lengths.iter().sum::<u16>().into()])?;
    client.write_all(&setup())?;
    for sequence in 1.. {
        let mut header = [0; 4];
        client.read_exact(&mut header)?;
        let mut rest = vec![0; usize::from(u16::from_le_bytes([header[2], header[3]])) * 4 - 4];
        client.read_exact(&mut rest)?;
        match header[..2] {
            // QueryExtension
            [98, _] => {
                let length = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
                let name = std::str::from_utf8(&rest[4..4 + length]).unwrap();
                let present = extensions.contains(&name);
                let reply = QueryExtensionReply {
                    sequence,
                    present,
                    major_opcode: if present { SCREEN_SAVER } else { 0 },
                    ..QueryExtensionReply::default()
                };
                send(client, reply.serialize().as_ref())?;
            }
            [SCREEN_SAVER, 1] => {
                let ms_since_user_input = idle.load(Ordering::SeqCst);
                let reply = QueryInfoReply { sequence, ms_since_user_input, ..QueryInfoReply::default() };
                send(client, reply.serialize().as_ref())?;
            }
            [major, minor] => panic!("request {major}.{minor}"),
            _ => unreachable!("two bytes"),
        }
    }
    Ok(())
}

/// Sends a reply, which has 32 bytes at least.
fn send(mut client: &TcpStream, reply: &[u8]) -> io::Result<()> {
    let mut bytes = reply.to_vec();
    bytes.resize(bytes.len().max(32), 0);
    client.write_all(&bytes)
}

fn setup() -> Vec<u8> {
    let root = Screen { root: 7, ..Screen::default() };
    let mut setup = Setup {
        status: 1,
        protocol_major_version: 11,
        resource_id_mask: 0x1f_ffff,
        maximum_request_length: 0xffff,
        roots: vec![root],
        ..Setup::default()
    };
    setup.length = u16::try_from((setup.serialize().len() - 8) / 4).unwrap();
    setup.serialize()
}
