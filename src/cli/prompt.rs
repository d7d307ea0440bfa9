//! Questions to the person at the terminal.

use std::{
    fs::File,
    io::{self, BufReader, IsTerminal, Read, Write, stderr, stdin},
};

use color_eyre::eyre::{Result, WrapErr, bail};
use rustix::{
    process::Signal,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr},
};

use super::output::print_error;

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const CTRL_U: u8 = 0x15;
const CTRL_BACKSLASH: u8 = 0x1c;
const DELETE: u8 = 0x7f;

/// Returns whether questions reach a person.
pub(super) fn has_person() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks for one line. Returns it without the blanks around it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard input ends or cannot be read.
pub(super) fn ask(question: &str) -> Result<String> {
    print_error(format_args!("{question}: "));
    let mut line = String::new();
    if stdin().read_line(&mut line).wrap_err("cannot read the answer")? == 0 {
        bail!("standard input has ended");
    }
    Ok(line.trim().to_owned())
}

/// Asks a question whose answer is yes or no. Anything but yes is no.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard input ends or cannot be read.
pub(super) fn confirm(question: &str) -> Result<bool> {
    Ok(matches!(&*ask(&format!("{question} [y/N]"))?, "y" | "Y" | "yes"))
}

/// Asks for a text that is not shown. Ctrl-C ends the process as usual.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no terminal, or its input ends.
pub(super) fn ask_secret(question: &str) -> Result<String> {
    let answer = File::options().read(true).write(true).open("/dev/tty").and_then(|terminal| {
        let settings = tcgetattr(&terminal)?;
        let mut hidden = settings.clone();
        // Without signals: they would end the process before the terminal shows typed text again.
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        write!(&terminal, "{question}: ")?;
        tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
        let line = read_line(&terminal);
        tcsetattr(&terminal, OptionalActions::Now, &settings)?;
        writeln!(&terminal)?;
        line
    });
    let answer = answer.wrap_err_with(|| format!("cannot read the {}", question.to_lowercase()))?;
    let Some(secret) = answer else {
        // This fails only for numbers that are not signals.
        let _ = signal_hook::low_level::emulate_default_handler(Signal::INT.as_raw());
        bail!("interrupted");
    };
    Ok(secret)
}

/// Reads a line from a terminal that passes on each key. `None`: Ctrl-C or Ctrl-\.
fn read_line(terminal: &File) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    for byte in BufReader::new(terminal).bytes() {
        match byte? {
            b'\r' | b'\n' => return String::from_utf8(line).map(Some).map_err(io::Error::other),
            CTRL_C | CTRL_BACKSLASH => return Ok(None),
            CTRL_D if line.is_empty() => break,
            CTRL_U => line.clear(),
            BACKSPACE | DELETE => {
                // A character may have several bytes.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            byte if byte >= b' ' => line.push(byte),
            _ => {}
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
