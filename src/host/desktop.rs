//! The desktop, if there is one, and its notifications.

use std::{thread, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use crate::model::{event::Notice, text};

/// The limit of a notification. The first one may have to start the notification service.
const PATIENCE_TO_SHOW: Duration = Duration::from_secs(5);
/// The most columns of a title and of a text. Contacts choose both, and could choose 70,000 characters.
const LONGEST: usize = 200;

/// Shows a notification.
///
/// # Errors
///
/// A [`String`] with the desktop's reason if it does not show the notification or does not answer.
pub async fn show(notice: &Notice) -> Result<(), String> {
    let notice = notice.clone();
    let (shown, answer) = oneshot::channel();
    // A thread of its own: the runtime waits for its blocking threads, and some desktops never answer.
    let thread = thread::Builder::new().name("notification".to_owned());
    let thread = thread.spawn(move || shown.send(show_now(&notice).map_err(|error| error.to_string())));
    thread.map_err(|error| error.to_string())?;
    match timeout(PATIENCE_TO_SHOW, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err("no answer".to_owned()),
    }
}

fn show_now(notice: &Notice) -> notify_rust::error::Result<()> {
    let mut notification = notify_rust::Notification::new();
    notification.appname("whosin").summary(&text::cut(&text::clean(&notice.title), LONGEST));
    if let Some(body) = &notice.body {
        let body = text::clean(body);
        let body = text::cut(&body, LONGEST);
        notification.body(&if reads_markup() { escaped(&body) } else { body.into_owned() });
    }
    notification.show().map(drop)
}

/// Returns whether the desktop reads the text of a notification as markup.
fn reads_markup() -> bool {
    #[cfg(not(target_os = "macos"))]
    return notify_rust::get_capabilities().is_ok_and(|it| it.iter().any(|it| it == "body-markup"));
    #[cfg(target_os = "macos")]
    false
}

/// Escapes a text for markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns whether the person sits at a desktop of this machine.
#[must_use]
pub(crate) fn is_here() -> bool {
    has_desktop(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Returns whether the person sits at another machine.
#[must_use]
pub(crate) fn is_remote() -> bool {
    has_remote(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn has_remote(is_set: impl Fn(&str) -> bool) -> bool {
    is_set("SSH_CONNECTION") || is_set("SSH_TTY")
}

/// Returns whether the person's D-Bus can be reached, which shows notifications and tells idle time.
#[must_use]
pub(crate) fn has_bus() -> bool {
    let is_set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    is_set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || is_set("XDG_RUNTIME_DIR")
            .is_some_and(|directory| std::path::Path::new(&directory).join("bus").exists())
}

/// Returns whether the desktop is one of Wayland.
#[must_use]
pub(crate) fn is_wayland() -> bool {
    let is_set = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|value| !value.is_empty());
    is_set || std::env::var_os("XDG_SESSION_TYPE").is_some_and(|kind| kind == "wayland")
}

/// Returns whether a browser that is opened here opens in front of the person, and can come back to this machine.
#[must_use]
pub(crate) fn has_browser() -> bool {
    let in_container = std::env::var_os("container").is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|path| std::path::Path::new(path).exists());
    is_here() && !in_container
}

/// Like [`is_here`], but for an environment. Over SSH, keyboard and mouse are on another machine.
fn has_desktop(is_set: impl Fn(&str) -> bool) -> bool {
    // macOS always has one.
    let display = cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    display && !has_remote(is_set)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_others_write_is_no_markup() {
        assert_eq!(escaped("<a href='x'>R&D</a>"), "&lt;a href='x'&gt;R&amp;D&lt;/a&gt;");
    }

    #[test]
    fn there_is_a_desktop_where_there_is_a_display_and_nobody_is_far_away() {
        let table: [(&[&str], bool); 5] = [
            (&[], false),
            (&["DISPLAY"], true),
            (&["WAYLAND_DISPLAY"], true),
            (&["DISPLAY", "SSH_CONNECTION"], false),
            (&["WAYLAND_DISPLAY", "SSH_TTY"], false),
        ];
        for (set, expected) in table {
            assert_eq!(has_desktop(|name| set.contains(&name)), expected, "{set:?}");
        }
    }
}
