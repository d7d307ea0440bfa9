//! Shows a manual page in a terminal: by man, else by a pager.

use std::{env, fs, io, process::Stdio};

use color_eyre::eyre::Result;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command, select};

use super::{super::signals::Signals, Page};

/// Shows a page. Returns whether man or a pager has shown it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the page cannot be written to a temporary file.
pub(super) async fn show(page: &Page) -> Result<bool> {
    let directory = TempDir::with_prefix("whosin-")?;
    // The slash tells man that this is a file, also where it has no option for that.
    let file = directory.path().join(page.file_name());
    fs::write(&file, page.roff())?;
    Ok(has_shown(Command::new("man").arg(&file), None).await?
        || has_shown(&mut pager(), Some(&page.text())).await?)
}

/// Returns the pager of the person. Like git, it asks less to leave short texts on the screen.
fn pager() -> Command {
    let pager = env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let mut command = Command::new("sh");
    command.args(["-c", pager.as_deref().unwrap_or("less")]);
    if env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    command
}

/// Runs a command to its end, with this input. Returns whether it started and did not fail.
async fn has_shown(command: &mut Command, input: Option<&str>) -> Result<bool> {
    // Ctrl-C is for the pager, which goes on.
    let mut signals = Signals::new()?;
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = match command.stderr(Stdio::null()).spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let stdin = child.stdin.take();
    let write = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // This fails if the person ends the pager early.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ended = async { tokio::join!(write, child.wait()).1 };
    tokio::pin!(ended);
    loop {
        select! {
            status = &mut ended => return Ok(status?.code().is_none_or(|code| code == 0)),
            signal = signals.next() => if !matches!(signal, Signal::INT | Signal::QUIT) {
                return Ok(true);
            },
        }
    }
}
