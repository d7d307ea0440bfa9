//! Questions to the person at the terminal.

use std::io::{IsTerminal, stderr, stdin};

use color_eyre::eyre::{Result, WrapErr, bail};

use super::output::print_error;

/// Returns whether questions reach a person.
pub(super) fn has_person() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks for one line. Returns it without the blanks around it.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard input ends or cannot be read.
pub(super) fn ask(question: &str) -> Result<String> {
    print_error(format_args!("{question}: "));
    let mut line = String::new();
    if stdin().read_line(&mut line).wrap_err("cannot read the answer")? == 0 {
        bail!("standard input has ended");
    }
    Ok(line.trim().to_owned())
}

/// Asks a question whose answer is yes or no. Anything but yes is no.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if standard input ends or cannot be read.
pub(super) fn confirm(question: &str) -> Result<bool> {
    Ok(matches!(&*ask(&format!("{question} [y/N]"))?, "y" | "Y" | "yes"))
}

/// Asks for a text that is not shown.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no terminal.
pub(super) fn ask_secret(question: &str) -> Result<String> {
    rpassword::prompt_password(format!("{question}: "))
        .wrap_err_with(|| format!("cannot read the {}", question.to_lowercase()))
}
