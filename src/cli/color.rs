//! `--color`, and the environment variables that say the same.

use std::env;

use anstream::ColorChoice;
use clap::ValueEnum;

/// When to write colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// Where a terminal shows them and the environment does not forbid them.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Sets when this process writes colors.
pub fn choose(when: ColorWhen) {
    let choice = match when {
        ColorWhen::Auto => ColorChoice::Auto,
        ColorWhen::Always => ColorChoice::Always,
        ColorWhen::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Does what `--color` says even if the arguments are a request for help or have a mistake.
pub(super) fn choose_from_arguments() {
    let mut args = env::args_os().take_while(|arg| arg != "--").filter_map(|arg| arg.into_string().ok());
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(when) = value.and_then(|value| ColorWhen::from_str(&value, false).ok()) {
            choose(when);
        }
    }
}

/// Returns an environment variable as `--color` changes it: the option outranks the environment.
pub(super) fn variable(name: &str) -> Option<String> {
    match (ColorChoice::global(), name) {
        (ColorChoice::Never, "NO_COLOR") | (ColorChoice::Always, "CLICOLOR_FORCE") => Some("1".to_owned()),
        (ColorChoice::Always, "NO_COLOR") => None,
        _ => env::var(name).ok(),
    }
}
