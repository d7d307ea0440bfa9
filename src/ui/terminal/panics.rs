//! Panic reports, held back while the terminal shows a picture.

use std::{
    panic,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use color_eyre::config::PanicHook;

/// The reports held back. `None`: no picture is shown, and reports are written at once.
static WAITING: Mutex<Option<Vec<String>>> = Mutex::new(None);
/// The most reports held back. A board goes on after a panic, and may run for years.
const MOST: usize = 8;
/// Writes a report to standard error.
static WRITE: OnceLock<fn(&str)> = OnceLock::new();

/// Installs a panic hook. The `write` function must not panic: a panic in a panic hook aborts the process.
pub fn install(hook: PanicHook, write: fn(&str)) {
    WRITE.get_or_init(|| write);
    panic::set_hook(Box::new(move |info| {
        let report = hook.panic_report(info).to_string();
        match &mut *waiting() {
            Some(reports) if reports.len() >= MOST => {}
            Some(reports) => reports.push(report),
            None => write(&report),
        }
    }));
}

/// Starts to hold reports back.
pub(super) fn hold() {
    waiting().get_or_insert_default();
}

/// Writes the reports held back.
pub(super) fn release() {
    let reports = waiting().take();
    if let Some(write) = WRITE.get() {
        reports.iter().flatten().for_each(|report| write(report));
    }
}

fn waiting() -> MutexGuard<'static, Option<Vec<String>>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
