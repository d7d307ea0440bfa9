//! The `whosin` command.

use std::{
    fs::{File, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    process::ExitCode,
    sync::Mutex,
};

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use color_eyre::{
    config::HookBuilder,
    eyre::{Report, Result, WrapErr},
};
use rustix::fs::OFlags;
use tokio::runtime::Builder;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use whosin::{
    cli::{
        self, Cli, Command, Exit, UsageError, board, color, completions, config, crash, daemon, dashboard,
        doctor, history, hold, list, login, logout, man,
        output::{self, OutputError},
        set, status, version, watch,
    },
    model::text,
    store::profile,
    ui::terminal::panics,
};

// The allocator of musl has one lock for all threads. With it, a list of 2,000 contacts takes twice as long.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A shell that completes a command line has set a variable. The process ends here then.
    CompleteEnv::with_factory(Cli::command).complete();
    let cli = Cli::read();
    // Only the dashboard has something to compute besides what it waits for. Threads cost memory and a start.
    let is_dashboard = cli.as_ref().is_ok_and(|cli| cli.command.is_none());
    let mut builder = if is_dashboard { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = install_hooks().and_then(|()| Ok(builder.enable_all().build()?));
    let exit = match runtime {
        Ok(runtime) => runtime.block_on(answer(cli)),
        Err(error) => explain(&error.wrap_err("cannot start"), Exit::No),
    };
    exit.into()
}

async fn answer(cli: Result<Cli, clap::Error>) -> Exit {
    match cli {
        Ok(cli) => {
            let failure = cli.failure();
            run(cli).await.unwrap_or_else(|error| explain(&error, failure))
        }
        Err(error) => cli::explain(&error).await.unwrap_or_else(|error| explain(&error.into(), Exit::No)),
    }
}

async fn run(cli: Cli) -> Result<Exit> {
    color::choose(cli.color);
    if cli.version.version {
        version::run(&cli.version).await?;
        return Ok(Exit::Done);
    }
    if let Some(file) = &cli.log {
        log_to(file)?;
    }
    profile::choose(cli.profile.unwrap_or_default());
    config::choose(cli.config.unwrap_or_default().into())?;
    let done = match cli.command {
        Some(Command::Set(args)) => return set::run(args).await,
        Some(Command::Hold(args)) => return hold::run(args).await,
        Some(Command::Daemon(args)) => return daemon::run(args).await,
        Some(Command::Status(args)) => return status::run(args).await,
        Some(Command::List(args)) => return list::run(args).await,
        Some(Command::Watch(args)) => return watch::run(args).await,
        Some(Command::Doctor(args)) => return doctor::run(args).await,
        Some(Command::Is(args)) => return status::run_is(args).await,
        Some(Command::Login(args)) => login::run(args).await,
        Some(Command::Logout(args)) => logout::run(&args).await,
        Some(Command::Board(args)) => board::run(&args).await,
        Some(Command::Config(args)) => config::command::run(&args).await,
        Some(Command::History(args)) => history::run(&args).await,
        Some(Command::Man(args)) => man::run(&args).await,
        Some(Command::Completions(args)) => completions::run(&args).await,
        None => dashboard::run(&cli.dashboard).await,
    };
    done.map(|()| Exit::Done)
}

/// Writes why a command failed to standard error, and returns how to end.
fn explain(error: &Report, failure: Exit) -> Exit {
    // `whosin man | head` has done what it was asked for.
    if let Some(OutputError::NoReader) = error.downcast_ref() {
        return Exit::Done;
    }
    output::message(output::causes(error));
    if error.is::<UsageError>() {
        Exit::Usage
    } else if cli::is_locked(error) {
        Exit::Locked
    } else {
        failure
    }
}

/// Installs color-eyre's reports. Our own function writes the report of a panic. color-eyre's would panic itself where
/// standard error takes nothing, and abort.
fn install_hooks() -> Result<()> {
    let (panic_hook, eyre_hook) = HookBuilder::default().into_hooks();
    eyre_hook.install()?;
    panics::install(panic_hook, crash::tell);
    crash::install();
    Ok(())
}

/// Logs what the program itself says. Libraries see tokens and passwords, so only their warnings are logged, whatever
/// `WHOSIN_LOG` asks for.
fn log_to(path: &Path) -> Result<()> {
    // It names contacts, so it is for its owner alone.
    // A pipe that nobody reads must not stop the program.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().create(true).append(true).mode(0o600).custom_flags(flags).open(path);
    let file = file.wrap_err_with(|| format!("the log {} cannot be written", path.display()))?;
    if file.metadata().is_ok_and(|log| log.is_file()) {
        // This fails for a file of another user, who has decided about it.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
    }
    let level = std::env::var("WHOSIN_LOG").unwrap_or_else(|_| "info".to_owned());
    // One level and no directives, which could name a library.
    let level: Level = level.parse().wrap_err("WHOSIN_LOG must be error, warn, info, debug or trace")?;
    let filter = EnvFilter::new(format!("warn,whosin={level}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(LogFile(file)))
        .init();
    Ok(())
}

/// The log. Each write is one entry, and stays on one line: text from others makes no entry of its own.
struct LogFile(File);

impl Write for LogFile {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let line = text::line(String::from_utf8_lossy(entry).trim_end_matches('\n')) + "\n";
        // The library would report an error on standard error, in the middle of the picture.
        let _ = self.0.write_all(line.as_bytes());
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
