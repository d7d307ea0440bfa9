//! Opens addresses in the person's browser.

use std::{
    io,
    process::{Command, Stdio},
    thread,
};

use tokio::task::spawn_blocking;

use crate::host::desktop;

/// Opens an address. Returns a sentence for the person if no browser opens.
pub(crate) async fn open(url: String) -> Option<String> {
    if !desktop::is_here() {
        return Some(format!("No browser here. Copied the address: {url}"));
    }
    let address = url.clone();
    let opened = spawn_blocking(move || open_now(&address)).await;
    let opened = opened.unwrap_or_else(|panic| Err(panic.into()));
    opened.err().map(|error| format!("Cannot open a browser ({error}). Open it by hand: {url}"))
}

/// Opens an address with the first command of `$BROWSER` that starts, or else as the desktop does. On WSL the desktop's
/// way can open the wrong browser, or a folder.
fn open_now(url: &str) -> io::Result<()> {
    let chosen = std::env::var("BROWSER").unwrap_or_default();
    match commands(&chosen, url).find_map(|mut command| command.spawn().ok()) {
        // Without the wait it would stay a zombie for as long as the dashboard runs.
        Some(mut browser) => thread::Builder::new().spawn(move || browser.wait()).map(drop),
        None => open::that_detached(url),
    }
}

/// Returns the commands of `$BROWSER`: separated by colons, each with `%s` in the place of the address or with none.
fn commands(browser: &str, url: &str) -> impl Iterator<Item = Command> {
    browser.split(':').filter_map(move |words| {
        let mut words = words.split_whitespace();
        let mut command = Command::new(words.next()?);
        let words: Vec<_> = words.collect();
        command.args(words.iter().map(|word| word.replace("%s", url)));
        if !words.iter().any(|word| word.contains("%s")) {
            command.arg(url);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Some(command)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_of_the_variable_get_the_address_where_they_want_it() {
        let words = |browser: &str| -> Vec<Vec<String>> {
            let words = |command: Command| {
                let words = std::iter::once(command.get_program()).chain(command.get_args());
                words.map(|word| word.to_string_lossy().into_owned()).collect()
            };
            commands(browser, "https://x/?a=b c").map(words).collect()
        };
        assert_eq!(words(""), Vec::<Vec<String>>::new());
        assert_eq!(words("wslview"), [["wslview", "https://x/?a=b c"]]);
        assert_eq!(
            words("a --new=%s -x: b "),
            [vec!["a", "--new=https://x/?a=b c", "-x"], vec!["b", "https://x/?a=b c"]]
        );
    }
}
