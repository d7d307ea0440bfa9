//! The idle time of an X server.

use std::{error::Error, sync::Mutex, thread, time::Duration};

use tokio::sync::oneshot;
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::{randr::ConnectionExt as _, screensaver::ConnectionExt as _, xproto::Window},
    rust_connection::RustConnection,
};

/// Held while a question is open, so that a server that never answers holds one thread only.
static TURN: Mutex<()> = Mutex::new(());

/// Returns the idle time. `None`: there is no X server, or it does not tell.
pub(super) async fn idle_time() -> Option<Duration> {
    let (tell, answer) = oneshot::channel();
    // A thread of its own: the runtime waits for its blocking threads when it ends.
    let thread = thread::Builder::new().name("idle time".to_owned());
    let thread = thread.spawn(move || {
        let Ok(_turn) = TURN.try_lock() else { return };
        let answer = ask().inspect_err(|error| tracing::debug!(%error, "no idle time from an X server"));
        let _ = tell.send(answer.ok());
    });
    thread.ok()?;
    answer.await.ok().flatten()
}

fn ask() -> Result<Duration, Box<dyn Error>> {
    let (connection, screen) = RustConnection::connect(None)?;
    let root = connection.setup().roots.get(screen).ok_or("no screen")?.root;
    if is_xwayland(&connection, root)? {
        return Err("an X server on Wayland knows only of X11 windows".into());
    }
    let info = connection.screensaver_query_info(root)?.reply()?;
    Ok(Duration::from_millis(info.ms_since_user_input.into()))
}

/// Returns whether a Wayland compositor runs the server. Since 23.1 an extension says so, and before that the names of
/// screens.
fn is_xwayland(connection: &RustConnection, root: Window) -> Result<bool, Box<dyn Error>> {
    if connection.extension_information("XWAYLAND")?.is_some() {
        return Ok(true);
    }
    if connection.extension_information("RANDR")?.is_none() {
        return Ok(false);
    }
    let resources = connection.randr_get_screen_resources(root)?.reply()?;
    let Some(output) = resources.outputs.first() else { return Ok(false) };
    let output = connection.randr_get_output_info(*output, resources.config_timestamp)?.reply()?;
    Ok(output.name.starts_with(b"XWAYLAND"))
}
