//! What commands print.

use std::{
    fmt::{Display, Write as _},
    io::{self, Write, stdout},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str};

/// Writes lines to standard output, at once and whole, without colours where they are not wanted.
///
/// # Errors
///
/// When it takes no more.
pub(super) fn print(lines: impl IntoIterator<Item = impl Display>) -> io::Result<()> {
    let mut text = String::new();
    for line in lines {
        writeln!(text, "{line}").expect("a string takes everything");
    }
    let mut out = stdout().lock();
    if AutoStream::choice(&out) == ColorChoice::Never {
        text = strip_str(&text).to_string();
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}
