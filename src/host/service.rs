//! The service manager that has started the program, such as systemd: the protocol of `sd_notify(3)`.

use std::{env, ffi::OsStr, io, os::unix::net::UnixDatagram};

/// The variable with the address of the service manager's socket.
pub(crate) const SOCKET: &str = "NOTIFY_SOCKET";

/// Tells the service manager a state, such as `READY=1`. Does nothing where none has started the program.
pub fn notify(state: &str) {
    let Some(socket) = env::var_os(SOCKET) else { return };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, "cannot reach the service manager");
    }
}

fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    let datagram = UnixDatagram::unbound()?;
    datagram.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_encoded_bytes().strip_prefix(b"@") {
        use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};
        return datagram.send_to_addr(state.as_bytes(), &SocketAddr::from_abstract_name(name)?).map(drop);
    }
    datagram.send_to(state.as_bytes(), socket).map(drop)
}
