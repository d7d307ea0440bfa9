//! How long nobody has used the desktop around the terminal, where there is one.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::timeout};

/// How long a desktop may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long nobody has touched keyboard or mouse; `None` where there is no desktop that says so.
pub async fn idle_time() -> Option<Duration> {
    if !has_desktop(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())) {
        return None;
    }
    let answer = spawn_blocking(|| system_idle_time::get_idle_time().map_err(|error| error.to_string()));
    let answer = timeout(PATIENCE, answer).await.ok()?.ok()?;
    tracing::debug!(?answer, "how long nobody has used the desktop");
    answer.ok()
}

/// Whether the person sits at the desktop of this machine: over SSH its keyboard is somebody else's.
fn has_desktop(is_set: impl Fn(&str) -> bool) -> bool {
    let remote = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    // Elsewhere than on Linux and its like there always is one.
    let display = cfg!(any(target_os = "macos", windows)) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    display && !remote
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

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
