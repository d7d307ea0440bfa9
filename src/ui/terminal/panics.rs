//! Reports of panics, which wait until the terminal shows no picture.

use std::{
    io::{Write, stderr},
    panic,
    sync::{Mutex, MutexGuard, PoisonError},
};

use color_eyre::config::PanicHook;

/// The reports that wait; `None` if nothing is drawn and reports are written at once.
static WAITING: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// Writes reports to standard error. Unlike the hook that color-eyre installs, this one does not panic if nobody reads
/// them: a panic in a panic hook aborts the process.
pub fn install(hook: PanicHook) {
    panic::set_hook(Box::new(move |info| {
        let report = hook.panic_report(info).to_string();
        match &mut *waiting() {
            Some(reports) => reports.push(report),
            None => write(&report),
        }
    }));
}

/// Keeps reports back from now on.
pub(super) fn hold() {
    waiting().get_or_insert_default();
}

/// Writes the reports that wait.
pub(super) fn release() {
    let reports = waiting().take();
    reports.into_iter().flatten().for_each(|report| write(&report));
}

fn write(report: &str) {
    let _ = writeln!(stderr(), "{report}");
}

fn waiting() -> MutexGuard<'static, Option<Vec<String>>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
