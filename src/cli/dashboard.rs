//! `whosin` without a command: the dashboard of the kept session or of the demo.

use std::{
    fs,
    io::{IsTerminal, stdin, stdout},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr, bail, eyre};

use super::{
    output::message,
    session::{files_with_history, restore},
    watch::{self, WatchArgs},
};
use crate::{
    demo::{self, Cast, Demo, Software},
    model::credentials::{Credentials, Secret},
    server::Session,
    store::secrets::Patience,
    ui::sign_in::SignIn,
};

mod environment;
mod program;
mod sign_in;
mod source;

use program::Start;
use source::Source;

const NO_PORT: &str = "the demo homeserver could not open a port on 127.0.0.1";

/// The options of the dashboard.
#[derive(Args, Debug)]
pub struct DashboardArgs {
    /// Try whosin with thirty invented contacts on a small homeserver on this machine. It behaves like Synapse, or like
    /// SERVER. With oauth, you sign in by a code first, on a page of that homeserver.
    #[arg(long, value_name = "SERVER", num_args = 0..=1, require_equals = true, default_missing_value = "synapse")]
    pub demo: Option<DemoServer>,

    /// Run the demo on a homeserver without busy; others see unavailable instead.
    #[arg(long)]
    pub demo_without_busy: bool,

    /// Run the demo with the people in FILE: one a line, or a recording of `whosin watch --json`.
    #[arg(long, value_name = "FILE")]
    pub demo_cast: Option<PathBuf>,

    /// Watch only; leave your own presence as it is.
    #[arg(long)]
    pub watch_only: bool,
}

impl DashboardArgs {
    /// Returns whether any of these options is given.
    pub(super) fn any(&self) -> bool {
        self.wants_demo() || self.watch_only
    }

    fn wants_demo(&self) -> bool {
        self.demo.is_some() || self.demo_without_busy || self.demo_cast.is_some()
    }
}

/// The homeserver that the demo behaves like.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum DemoServer {
    Synapse,
    #[value(name = "tuwunel-1.4")]
    OldTuwunel,
    #[value(name = "tuwunel-1.5")]
    Tuwunel1_5,
    Tuwunel,
    Continuwuity,
    Palpo,
    Dendrite,
    /// Synapse that signs in by OAuth 2.0, as matrix.org does.
    Oauth,
    /// Synapse with presence switched off, as matrix.org has it. User statuses are looked up.
    #[value(name = "matrix.org")]
    MatrixOrg,
}

/// Opens the dashboard, of the demo if an option asks for it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the dashboard or the demo cannot be opened.
pub async fn run(args: &DashboardArgs) -> Result<()> {
    if args.wants_demo() { run_demo(args).await } else { run_signed_in(args.watch_only).await }
}

/// Opens the dashboard. Without a session, the sign-in form comes first.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no terminal, or the configuration or the kept session cannot be read.
async fn run_signed_in(watch_only: bool) -> Result<()> {
    check_terminal()?;
    if is_dumb() {
        message("TERM is dumb, so this prints changes like whosin watch, and does not set you online");
        return watch::run(WatchArgs::default()).await.map(drop);
    }
    let source = Source::load(watch_only, None)?;
    let files = files_with_history(&source.config())?;
    // The person is here, and can answer the keyring's dialog.
    let start = match restore(&files.session, Patience::Dialog).await? {
        Some(session) => {
            // The terminal takes over meanwhile.
            session.prepare();
            Start::Session(Box::new(session))
        }
        None => Start::SignIn(Box::default()),
    };
    program::run(start, source, Some(files)).await
}

/// Opens the dashboard of a homeserver that lives as long as the dashboard does.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the cast has a mistake, or there is no terminal or no free port.
async fn run_demo(args: &DashboardArgs) -> Result<()> {
    let cast = args.demo_cast.as_deref();
    let of_its_own = match cast {
        Some(_) => String::new(),
        None => format!("rooms = {:?}\nhide = {:?}\n", Cast::ROOMS, [Cast::GHOSTS]),
    };
    let cast = cast.map_or_else(|| Ok(Cast::bundled()), read_cast)?;
    check_terminal()?;
    if is_dumb() {
        bail!("the demo needs a terminal that can draw, but TERM is dumb");
    }
    let software = args.demo.map_or(Software::default(), software);
    let sign_in = match args.demo {
        Some(DemoServer::Oauth) => demo::SignIn::OAuth,
        _ => demo::SignIn::Password,
    };
    let demo = Demo::start(demo::Options {
        cast,
        busy: !args.demo_without_busy,
        software,
        sign_in,
        presence: !matches!(args.demo, Some(DemoServer::MatrixOrg)),
        profiles: profiles(args.demo, software),
        ..demo::Options::default()
    })
    .await;
    let demo = demo.wrap_err(NO_PORT)?;
    let start = if sign_in == demo::SignIn::OAuth {
        Start::SignIn(Box::new(SignIn::by_code(demo.url())))
    } else {
        Start::Session(Box::new(sign_in_to(&demo).await?))
    };
    program::run(start, Source::load(args.watch_only, Some(of_its_own))?, None).await
}

/// Starts the demo homeserver as it is without options.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no free port.
pub(super) async fn start_demo() -> Result<Demo> {
    Demo::start(demo::Options { cast: Cast::bundled(), ..demo::Options::default() }).await.wrap_err(NO_PORT)
}

/// Signs in to the demo homeserver by password.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the demo homeserver refuses that.
pub(super) async fn sign_in_to(demo: &Demo) -> Result<Session> {
    let secret = Secret::Password(demo::PASSWORD.to_owned());
    let (server, user) = (demo.url().to_owned(), demo::USER.to_owned());
    Ok(Session::sign_in(&Credentials { server, user, secret }).await?)
}

fn read_cast(file: &Path) -> Result<Cast> {
    let text = fs::read_to_string(file).wrap_err_with(|| format!("cannot read {}", file.display()))?;
    Cast::parse(&text).map_err(|error| eyre!("{}, {error}", file.display()))
}

fn software(server: DemoServer) -> Software {
    match server {
        DemoServer::Synapse | DemoServer::Oauth | DemoServer::MatrixOrg => Software::Synapse,
        DemoServer::OldTuwunel => Software::OldTuwunel,
        DemoServer::Tuwunel1_5 => Software::Tuwunel1_5,
        DemoServer::Tuwunel => Software::Tuwunel,
        DemoServer::Continuwuity => Software::Continuwuity,
        DemoServer::Palpo => Software::Palpo,
        DemoServer::Dendrite => Software::Dendrite,
    }
}

/// Returns what the homeserver does with profile fields.
fn profiles(server: Option<DemoServer>, software: Software) -> demo::Profiles {
    match (server, software) {
        (Some(DemoServer::MatrixOrg), _) => demo::Profiles::Fields,
        (_, Software::Synapse) => demo::Profiles::Pushed,
        (_, Software::Dendrite | Software::OldTuwunel | Software::Tuwunel1_5) => demo::Profiles::NameOnly,
        _ => demo::Profiles::Fields,
    }
}

fn check_terminal() -> Result<()> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        bail!("the dashboard needs a terminal as standard input and output; commands do not: whosin --help");
    }
    Ok(())
}

/// Returns whether the terminal obeys no escape sequences, as those in some editors.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}
