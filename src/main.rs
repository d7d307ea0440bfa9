//! The `whosin` command.

use std::{fs::File, io, path::Path, process::ExitCode};

use color_eyre::{
    config::HookBuilder,
    eyre::{Report, Result, WrapErr},
};
use tracing_subscriber::EnvFilter;
use whosin::{
    cli::{Cli, Command, Exit, UsageError},
    commands::{
        completions, config, dashboard, doctor, history, hold, is, list, login, logout, man, set, status,
        watch,
    },
    store::profile,
    ui::terminal::panics,
};

fn main() -> ExitCode {
    let cli = Cli::read();
    let failure = cli.command.as_ref().map_or(Exit::No, Command::failure);
    let exit = run(cli).unwrap_or_else(|error| {
        if is_broken_pipe(&error) {
            return Exit::Done;
        }
        eprintln!("whosin: {error:#}");
        if error.is::<UsageError>() { Exit::Usage } else { failure }
    });
    exit.into()
}

#[tokio::main]
async fn run(cli: Cli) -> Result<Exit> {
    let (panic_hook, error_hook) = HookBuilder::default().try_into_hooks()?;
    error_hook.install()?;
    panics::install(panic_hook);
    if let Some(file) = &cli.log {
        log_to(file)?;
    }
    profile::choose(cli.profile.unwrap_or_default());
    let done = match cli.command {
        Some(Command::Set(set)) => return set::run(set).await,
        Some(Command::Hold(hold)) => return hold::run(hold).await,
        Some(Command::Status(status)) => return status::run(status).await,
        Some(Command::List(list)) => return list::run(list).await,
        Some(Command::Watch(watch)) => return watch::run(watch).await,
        Some(Command::Doctor(doctor)) => return doctor::run(doctor).await,
        Some(Command::Is(is)) => return is::run(is).await,
        Some(Command::Login(login)) => login::run(login).await,
        Some(Command::Logout) => logout::run().await,
        Some(Command::Config { check }) => config::run(check),
        Some(Command::History(history)) => history::run(&history),
        Some(Command::Man { command }) => man::run(command.as_deref()),
        Some(Command::Completions { shell }) => completions::run(shell),
        None if cli.demo.is_some() || cli.demo_without_busy || cli.demo_cast.is_some() => {
            let cast = cli.demo_cast.as_deref();
            dashboard::demo(cli.demo, cast, !cli.demo_without_busy, cli.watch_only).await
        }
        None => dashboard::run(cli.watch_only).await,
    };
    done.map(|()| Exit::Done)
}

/// Whether it is only that nobody reads on: `whosin man | head` has done what it was asked for.
fn is_broken_pipe(error: &Report) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Logs what the program itself says. The libraries below it see tokens and passwords, so of them only warnings
/// are let through, whatever is asked for.
fn log_to(path: &Path) -> Result<()> {
    let file = File::options().create(true).append(true).open(path);
    let file = file.wrap_err_with(|| format!("the log {} cannot be written", path.display()))?;
    let level = std::env::var("WHOSIN_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(format!("warn,whosin={level}"));
    let filter = filter.wrap_err("WHOSIN_LOG must be error, warn, info, debug or trace")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file).init();
    Ok(())
}
