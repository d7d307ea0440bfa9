//! The program as somebody on a test Synapse runs it.

use crate::support::{
    synapse::{Synapse, User},
    terminal::Program,
};

/// The built `whosin`, in a home of its own; the first start signs in, the next ones find the session.
pub fn program(whosin: &str, synapse: &Synapse, user: &User) -> Program {
    let script = format!(
        "[ -e .local/state/whosin/session.json ] || printf %s \"$PASSWORD\" | \
         {whosin} login --homeserver {} --user {} --password-stdin && exec {whosin} --log log",
        synapse.url(),
        user.localpart,
    );
    Program::new("bash").args(["-c", &script]).env("PASSWORD", &user.password)
}
