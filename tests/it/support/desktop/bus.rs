//! A D-Bus daemon with the services that a test gives it.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use serde::Serialize;
use zbus::zvariant::{DynamicType, LE, serialized::Context, to_bytes};

/// What a method returns: its type, and the value.
pub struct Answer(String, Vec<u8>);

/// Returns the answer with this value.
pub fn answer(value: &(impl Serialize + DynamicType)) -> Answer {
    let bytes = to_bytes(Context::new_dbus(LE, 0), value).unwrap();
    Answer(value.signature().to_string(), bytes.to_vec())
}

/// A bus. It lasts as long as the tests.
pub struct Bus(PathBuf);

impl Bus {
    /// Listens in this directory. `methods` answers by the name of a method.
    pub fn start(
        directory: &Path,
        name: &str,
        methods: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let path = directory.join(name);
        let listener = UnixListener::bind(&path).unwrap();
        let methods = Arc::new(methods);
        thread::spawn(move || {
            for client in listener.incoming() {
                let methods = Arc::clone(&methods);
                // A client that ends ends its connection.
                thread::spawn(move || _ = serve(&client.unwrap(), &*methods));
            }
        });
        Self(path)
    }

    pub fn address(&self) -> String {
        format!("unix:path={}", self.0.display())
    }
}

fn serve(mut client: &UnixStream, methods: &dyn Fn(&str) -> Option<Answer>) -> io::Result<()> {
    let mut read = BufReader::new(client);
    read.read_exact(&mut [0])?;
    loop {
        let mut line = String::new();
        read.read_line(&mut line)?;
        match line.split_whitespace().next() {
            Some("AUTH") => client.write_all(b"OK 0123456789abcdef0123456789abcdef\r\n")?,
            Some("BEGIN") => break,
            Some(_) => client.write_all(b"ERROR\r\n")?,
            None => return Ok(()),
        }
    }
    loop {
        let mut start = [0; 16];
        read.read_exact(&mut start)?;
        let [body, serial, fields] = [4, 8, 12].map(|at| number(&start, at));
        let mut rest = vec![0; (fields.next_multiple_of(8) + body) as usize];
        read.read_exact(&mut rest)?;
        let member = member(&rest[..fields as usize]);
        let answer = match member.as_str() {
            "Hello" => Some(answer(&":1.7")),
            member => methods(member),
        };
        client.write_all(&reply(serial, answer.as_ref()))?;
    }
}

/// The name of the method among the header's fields.
fn member(fields: &[u8]) -> String {
    let mut at = 0;
    loop {
        at = usize::next_multiple_of(at, 8);
        let (code, kind) = (fields[at], fields[at + 2]);
        at += 4;
        let (start, length) = match kind {
            b'g' => (at + 1, usize::from(fields[at]) + 1),
            b'u' => (at, 4),
            _ => (at + 4, number(fields, at) as usize + 1),
        };
        if code == 3 {
            return String::from_utf8(fields[start..start + length - 1].to_vec()).unwrap();
        }
        at = start + length;
    }
}

/// The message with an answer, or that there is no such method.
fn reply(serial: u32, answer: Option<&Answer>) -> Vec<u8> {
    const ERROR: &str = "org.freedesktop.DBus.Error.UnknownMethod";
    let mut fields = vec![5, 1, b'u', 0];
    fields.extend(serial.to_le_bytes());
    let (kind, body) = if let Some(Answer(signature, body)) = answer {
        fields.extend([8, 1, b'g', 0, u8::try_from(signature.len()).unwrap()]);
        fields.extend(signature.bytes().chain([0]));
        (2, &**body)
    } else {
        fields.extend([4, 1, b's', 0]);
        fields.extend(u32::try_from(ERROR.len()).unwrap().to_le_bytes());
        fields.extend(ERROR.bytes().chain([0]));
        (3, &[][..])
    };
    let [body_length, fields_length] = [body.len(), fields.len()].map(|it| u32::try_from(it).unwrap());
    fields.resize(fields.len().next_multiple_of(8), 0);
    let mut message = vec![b'l', kind, 0, 1];
    message.extend([body_length, 1, fields_length].map(u32::to_le_bytes).concat());
    message.extend(fields);
    message.extend(body);
    message
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}
