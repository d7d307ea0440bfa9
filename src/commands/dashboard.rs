//! `whosin` itself: the dashboard, of the kept session or of the demo.

use std::{
    fs,
    io::{IsTerminal, stdin, stdout},
    path::Path,
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use super::{config, files, history, take_up, theme};
use crate::{
    cli::{DemoServer, config::Config},
    demo::{self, Cast, Demo, Software},
    model::event::{Credentials, Secret},
    server::Session,
    ui::terminal,
};

/// Opens the dashboard, with the sign-in form before it where nobody is signed in.
///
/// # Errors
///
/// When there is no terminal, or the configuration or the kept session cannot be read.
pub async fn run(watch_only: bool) -> Result<()> {
    check_terminal()?;
    let mut config = config::load()?;
    config.watch_only |= watch_only;
    let mut files = files()?;
    files.history = config.history.map(|keep| history::archive(&files, keep));
    let session = take_up(&files.session).await?;
    terminal::run(session, Some(files), theme(&config), config).await.wrap_err("the terminal failed")
}

/// Opens the dashboard of a homeserver that lives as long as the dashboard does.
///
/// # Errors
///
/// When the cast makes no sense, or there is no terminal, or no port on this machine.
pub async fn demo(
    server: Option<DemoServer>,
    cast: Option<&Path>,
    busy: bool,
    watch_only: bool,
) -> Result<()> {
    let (rooms, hide) = match cast {
        Some(_) => Default::default(),
        None => (Cast::ROOMS.map(Into::into).into(), vec![Cast::GHOSTS.to_owned()]),
    };
    let cast = cast.map_or_else(|| Ok(Cast::bundled()), read_cast)?;
    check_terminal()?;
    let software = server.map_or(Software::default(), software);
    let demo = Demo::start(demo::Options { cast, busy, software, ..demo::Options::default() }).await;
    let demo = demo.wrap_err("the demo homeserver cannot open a port on 127.0.0.1")?;
    let secret = Secret::Password(demo::PASSWORD.to_owned());
    let (server, user) = (demo.url().to_owned(), demo::USER.to_owned());
    let session = Session::sign_in(&Credentials { server, user, secret }).await?;
    // How the program looks, listens and tells is the owner's; what it does to others is not to be tried out here, and
    // whom to show goes with the cast.
    let Config { keymap, theme: palette, mouse, notify, on_change, .. } = config::load()?;
    let config = Config {
        watch_only,
        rooms,
        hide,
        keymap,
        theme: palette,
        mouse,
        notify,
        on_change,
        ..Config::default()
    };
    terminal::run(Some(session), None, theme(&config), config).await.wrap_err("the terminal failed")
}

fn read_cast(file: &Path) -> Result<Cast> {
    let text = fs::read_to_string(file).wrap_err_with(|| format!("{} cannot be read", file.display()))?;
    Cast::parse(&text).map_err(|mistake| eyre!("{}, {mistake}", file.display()))
}

fn software(server: DemoServer) -> Software {
    match server {
        DemoServer::Synapse => Software::Synapse,
        DemoServer::OldTuwunel => Software::OldTuwunel,
        DemoServer::Tuwunel => Software::Tuwunel,
        DemoServer::Continuwuity => Software::Continuwuity,
        DemoServer::Palpo => Software::Palpo,
        DemoServer::Dendrite => Software::Dendrite,
    }
}

fn check_terminal() -> Result<()> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        bail!("the dashboard needs a terminal; standard input and output must be one. See whosin --help");
    }
    Ok(())
}
