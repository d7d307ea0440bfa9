//! Opens the chat with a contact in the person's Matrix client.

use std::{
    process::{Command, Stdio},
    thread,
};

use tokio::task::spawn_blocking;

use super::{browser, desktop};

/// How to open a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Chat {
    /// By a `matrix:` address if the desktop has a client for those, else by matrix.to.
    #[default]
    Auto,
    /// By a `matrix:` address.
    Matrix,
    /// By matrix.to in a browser, which offers a choice of clients.
    MatrixTo,
    /// By a program, which gets the `matrix:` address as its last argument.
    Program {
        /// Its name or path.
        program: String,
        /// The arguments before the address.
        arguments: Vec<String>,
    },
}

/// Opens an address of the program. The address of a user at matrix.to is a chat; others are pages for a browser.
/// Returns a sentence for the person if nothing opens.
pub(crate) async fn open(url: String, chat: Chat) -> Option<String> {
    let Some(address) = matrix_address(&url).filter(|_| desktop::is_here()) else {
        return browser::open(url).await;
    };
    let opened = spawn_blocking(move || match chat {
        Chat::Auto if !has_client() => Ok(false),
        Chat::MatrixTo => Ok(false),
        Chat::Auto | Chat::Matrix => open::that_detached(&address).map(|()| true),
        Chat::Program { program, arguments } => start(&program, &arguments, &address).map(|()| true),
    });
    match opened.await.unwrap_or_else(|panic| Err(panic.into())) {
        Ok(true) => None,
        Ok(false) => browser::open(url).await,
        Err(error) => Some(format!("Cannot open the chat ({error}). Open it by hand: {url}")),
    }
}

/// Returns the `matrix:` address of a chat with the user that an address of matrix.to names.
fn matrix_address(url: &str) -> Option<String> {
    let user = url.strip_prefix("https://matrix.to/#/")?;
    let user = user.strip_prefix('@').or_else(|| user.strip_prefix("%40"))?;
    Some(format!("matrix:u/{}?action=chat", user.replace("%3A", ":")))
}

/// Returns whether the desktop has a client for `matrix:` addresses.
fn has_client() -> bool {
    let mut query = Command::new("xdg-mime");
    query.args(["query", "default", "x-scheme-handler/matrix"]).stderr(Stdio::null());
    query.output().is_ok_and(|output| !output.stdout.trim_ascii().is_empty())
}

fn start(program: &str, arguments: &[String], address: &str) -> std::io::Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut client = command.spawn()?;
    // Without the wait it would stay a zombie for as long as the dashboard runs.
    thread::Builder::new().spawn(move || client.wait()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_at_matrix_to_is_a_chat_and_nothing_else_is() {
        let chat = "matrix:u/bob:example.org?action=chat";
        assert_eq!(matrix_address("https://matrix.to/#/@bob:example.org").as_deref(), Some(chat));
        assert_eq!(matrix_address("https://matrix.to/#/%40bob%3Aexample.org").as_deref(), Some(chat));
        for page in ["https://matrix.to/#/!room:example.org", "https://account.example.org/?a=@bob:x"] {
            assert_eq!(matrix_address(page), None);
        }
    }
}
