//! How long nobody has used keyboard and mouse, where the machine tells.
//!
//! The keyboard of the terminal is no evidence: the person may work in another window.

use std::{fmt, future::pending, time::Duration};

use tokio::task::JoinSet;
#[cfg(not(target_os = "macos"))]
use tokio::{sync::watch, time::timeout};

use super::desktop;

#[cfg(not(target_os = "macos"))]
mod dbus;
#[cfg(not(target_os = "macos"))]
mod wayland;
#[cfg(not(target_os = "macos"))]
mod x11;

/// The limit of a question. Some services never answer.
#[cfg(not(target_os = "macos"))]
const PATIENCE: Duration = Duration::from_secs(2);

/// A part of the machine that measures idle time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The compositor, by `ext-idle-notify-v1`: Sway, Hyprland, niri, KDE.
    Wayland,
    /// The compositor, by `IdleMonitor`: GNOME, Cinnamon.
    IdleMonitor,
    /// The X server, by its screen saver extension.
    X11,
    /// The screen saver, by `GetSessionIdleTime`.
    ScreenSaver,
    /// logind, which the desktop tells.
    Logind,
    /// macOS.
    Mac,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wayland => "the Wayland compositor (ext-idle-notify-v1)",
            Self::IdleMonitor => "the compositor (IdleMonitor)",
            Self::X11 => "the X server",
            Self::ScreenSaver => "the screen saver (GetSessionIdleTime)",
            Self::Logind => "logind (IdleHint)",
            Self::Mac => "macOS",
        })
    }
}

/// An idle time, and who has measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The part of the machine that answered.
    pub source: Source,
    /// How long nobody has used keyboard and mouse. It does not grow while the machine is suspended.
    pub idle: Duration,
}

/// Asks the machine for its idle time.
pub(crate) struct Monitor {
    machine: Machine,
    questions: JoinSet<Option<Reading>>,
}

impl Monitor {
    /// Creates a monitor for an idle time of this length. Needs a runtime.
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self { machine: Machine::new(length), questions: JoinSet::new() }
    }

    /// Asks the machine, unless it has not answered the last question yet.
    pub fn ask(&mut self) {
        if self.questions.is_empty() {
            self.questions.spawn(self.machine.question());
        }
    }

    /// Waits for the answer. `None`: nothing on this machine tells. Cancel safe.
    pub async fn answer(&mut self) -> Option<Reading> {
        let Some(answer) = self.questions.join_next().await else { return pending().await };
        let answer = answer.ok().flatten();
        tracing::debug!(?answer, "how long nobody has used the desktop");
        answer
    }
}

#[cfg(target_os = "macos")]
struct Machine {
    is_here: bool,
}

#[cfg(target_os = "macos")]
impl Machine {
    fn new(_: Duration) -> Self {
        Self { is_here: desktop::is_here() }
    }

    fn question(&self) -> impl Future<Output = Option<Reading>> + use<> {
        let is_here = self.is_here;
        async move {
            let idle = is_here.then(system_idle_time::get_idle_time)?.ok()?;
            Some(Reading { source: Source::Mac, idle })
        }
    }
}

#[cfg(not(target_os = "macos"))]
struct Machine {
    /// `None`: no Wayland here.
    compositor: Option<wayland::Watch>,
}

#[cfg(not(target_os = "macos"))]
impl Machine {
    fn new(length: Duration) -> Self {
        let compositor = (desktop::is_here() && desktop::is_wayland()).then(|| wayland::Watch::start(length));
        Self { compositor }
    }

    fn question(&self) -> impl Future<Output = Option<Reading>> + use<> {
        let compositor = self.compositor.as_ref().map(wayland::Watch::idle_state);
        async { if desktop::is_here() { ask(compositor).await } else { None } }
    }
}

/// Asks each source until one answers. On Wayland, the X server knows only of what happens in X11 windows.
#[cfg(not(target_os = "macos"))]
async fn ask(compositor: Option<watch::Receiver<wayland::IdleState>>) -> Option<Reading> {
    let reading = |source| move |idle| Reading { source, idle };
    let display = match compositor {
        Some(state) => {
            timeout(PATIENCE, wayland::idle_time(state)).await.ok().flatten().map(reading(Source::Wayland))
        }
        None => timeout(PATIENCE, x11::idle_time()).await.ok().flatten().map(reading(Source::X11)),
    };
    if display.is_some() {
        return display;
    }
    if let Ok(Some(answer)) = timeout(PATIENCE, dbus::ask_session()).await {
        return Some(answer);
    }
    timeout(PATIENCE, dbus::ask_logind()).await.ok().flatten().map(reading(Source::Logind))
}
