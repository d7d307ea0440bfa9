//! Idle time from services on D-Bus.

use std::{collections::HashMap, time::Duration};

use rustix::time::{ClockId, clock_gettime};
use zbus::{
    Connection, Result,
    zvariant::{DynamicDeserialize, DynamicType, OwnedValue, Type},
};

use super::{Reading, Source};

/// Asks the services of the session. `None`: none of them tells.
pub(super) async fn ask_session() -> Option<Reading> {
    let answer =
        session().await.inspect_err(|error| tracing::debug!(%error, "no idle time from the session bus"));
    answer.ok().flatten()
}

async fn session() -> Result<Option<Reading>> {
    let bus = Connection::session().await?;
    let names: Vec<String> =
        call(&bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ListNames", &())
            .await?;
    // Mutter's, and those of its forks under their own names.
    if let Some(name) = names.iter().find(|name| name.ends_with(".IdleMonitor")) {
        let path = format!("/{}/Core", name.replace('.', "/"));
        let milliseconds: u64 = call(&bus, name, &path, &format!("{name}.GetIdletime"), &()).await?;
        return Ok(Some(Reading { source: Source::IdleMonitor, idle: Duration::from_millis(milliseconds) }));
    }
    let name = "org.freedesktop.ScreenSaver";
    if names.iter().any(|it| it == name) {
        // KDE answers in milliseconds. Who answers in seconds is never taken for idle.
        let method = format!("{name}.GetSessionIdleTime");
        let milliseconds: u32 = call(&bus, name, "/org/freedesktop/ScreenSaver", &method, &()).await?;
        let idle = Duration::from_millis(milliseconds.into());
        return Ok(Some(Reading { source: Source::ScreenSaver, idle }));
    }
    Ok(None)
}

/// Asks logind about the session of this process, or else of its user. `None`: it does not know.
pub(super) async fn ask_logind() -> Option<Duration> {
    let answer = logind().await.inspect_err(|error| tracing::debug!(%error, "no idle time from logind"));
    answer.ok().flatten()
}

async fn logind() -> Result<Option<Duration>> {
    let bus = Connection::system().await?;
    let session: HashMap<String, OwnedValue> = call(
        &bus,
        "org.freedesktop.login1",
        "/org/freedesktop/login1/session/auto",
        "org.freedesktop.DBus.Properties.GetAll",
        &"org.freedesktop.login1.Session",
    )
    .await?;
    Ok(idle_hint(&session, Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()))
}

/// Reads the hint of a session at a desktop. Of a session at a terminal logind knows only the terminal.
fn idle_hint(session: &HashMap<String, OwnedValue>, uptime: Duration) -> Option<Duration> {
    let is_desktop = ["x11", "wayland", "mir"].contains(&session.get("Type")?.downcast_ref::<&str>().ok()?);
    if !is_desktop || session.get("Remote")?.downcast_ref().ok()? {
        return None;
    }
    if !session.get("IdleHint")?.downcast_ref().ok()? {
        return Some(Duration::ZERO);
    }
    let since = session.get("IdleSinceHintMonotonic")?.downcast_ref().ok()?;
    Some(uptime.saturating_sub(Duration::from_micros(since)))
}

/// Calls a method, given with its interface.
async fn call<T>(
    bus: &Connection,
    name: &str,
    path: &str,
    method: &str,
    body: &(impl serde::Serialize + DynamicType),
) -> Result<T>
where
    T: for<'a> DynamicDeserialize<'a> + Type,
{
    let (interface, method) = method.rsplit_once('.').unwrap_or_default();
    let reply = bus.call_method(Some(name), path, Some(interface), method, body).await?;
    reply.body().deserialize()
}
