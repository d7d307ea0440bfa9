//! Addresses opened in a browser, or handed over where there is none.

use tokio::task::spawn_blocking;

use crate::host::desktop;

/// Opens an address; where that cannot be, a sentence says what to do.
pub(crate) async fn open(url: String) -> Option<String> {
    if !desktop::is_here() {
        return Some(format!("There is no browser here. Copied, to open where you are: {url}"));
    }
    let address = url.clone();
    let opened = spawn_blocking(move || open::that_detached(address)).await.ok()?;
    opened.err().map(|error| format!("No browser opens ({error}). Open it by hand: {url}"))
}
