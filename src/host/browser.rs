//! Opens addresses in the desktop's browser.

use tokio::task::spawn_blocking;

use crate::host::desktop;

/// Opens an address. Returns a sentence for the person if no browser opens.
pub(crate) async fn open(url: String) -> Option<String> {
    if !desktop::is_here() {
        return Some(format!("No browser here. Copied the address: {url}"));
    }
    let address = url.clone();
    let opened = spawn_blocking(move || open::that_detached(address)).await.ok()?;
    opened.err().map(|error| format!("Cannot open a browser ({error}). Open it by hand: {url}"))
}
