//! Watches of inotify: on each directory in which a step on the way to a file can change.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ffi::{OsStr, OsString},
    fs, io,
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::{
    fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init, remove_watch},
    io::Errno,
};

/// How long a change is left alone. Editors save in several steps, between which the file is missing or empty.
const SETTLE: Duration = Duration::from_millis(100);
/// The most links that are followed, as in the kernel.
const LINKS: usize = 40;

/// The names to notice in each directory.
type Steps = BTreeMap<PathBuf, BTreeSet<OsString>>;

/// Follows files in a thread, which waits without being woken and ends with the program. `tell` is called when one may
/// have changed.
///
/// # Errors
///
/// [`io::Error`] if the system has no watches left, or no threads.
pub(super) fn follow(files: Vec<PathBuf>, tell: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut watches = Watches { queue: init(CreateFlags::CLOEXEC)?, names: HashMap::new() };
    watches.set(&files)?;
    let follow = move || {
        loop {
            match watches.wait(&files) {
                Ok(()) => tell(),
                Err(error) => return tracing::warn!(%error, "changes of files are no longer noticed"),
            }
        }
    };
    thread::Builder::new().name("files".to_owned()).spawn(follow).map(drop)
}

/// The watches of some files.
struct Watches {
    queue: OwnedFd,
    /// The names to notice, by watch.
    names: HashMap<i32, BTreeSet<OsString>>,
}

impl Watches {
    /// Waits until a file may have changed.
    fn wait(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.queue, &mut buffer);
        loop {
            let event = match events.next() {
                Ok(event) => event,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let is_noticed = event.events().contains(ReadFlags::QUEUE_OVERFLOW)
                || self.names.get(&event.wd()).is_some_and(|names| {
                    // Without a name, the directory itself has gone.
                    event.file_name().is_none_or(|name| names.contains(OsStr::from_bytes(name.to_bytes())))
                });
            if is_noticed {
                break;
            }
        }
        thread::sleep(SETTLE);
        // Links may lead elsewhere now.
        self.set(files)
    }

    /// Sets the watches that the files need now, and no others.
    fn set(&mut self, files: &[PathBuf]) -> io::Result<()> {
        let mut steps = steps(files);
        loop {
            let mut names: HashMap<i32, BTreeSet<OsString>> = HashMap::new();
            for (directory, to_notice) in &steps {
                match add_watch(&self.queue, directory, flags()) {
                    Ok(watch) => names.entry(watch).or_default().extend(to_notice.iter().cloned()),
                    // It has just gone, or is not ours to read.
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            for watch in self.names.keys().filter(|watch| !names.contains_key(watch)) {
                let _ = remove_watch(&self.queue, *watch);
            }
            self.names = names;
            // A step may have changed before its watch was set.
            let now = self::steps(files);
            if now == steps {
                return Ok(());
            }
            steps = now;
        }
    }
}

fn flags() -> WatchFlags {
    WatchFlags::ONLYDIR
        | WatchFlags::CREATE
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::ATTRIB
        | WatchFlags::MOVED_TO
        | WatchFlags::MOVED_FROM
        | WatchFlags::DELETE
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF
}

/// Returns where a file that is written, a link that is changed, or a directory that appears makes a difference.
fn steps(files: &[PathBuf]) -> Steps {
    let mut steps = Steps::new();
    for file in files {
        walk(file, &mut steps);
    }
    steps
}

fn walk(file: &Path, steps: &mut Steps) {
    let mut at = PathBuf::from("/");
    let mut rest: VecDeque<OsString> = names(file).collect();
    let mut links = 0;
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&name);
        match fs::read_link(&next) {
            Ok(target) if links < LINKS => {
                links += 1;
                steps.entry(at.clone()).or_default().insert(name);
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
                    rest.push_front(name);
                }
            }
            _ if next.is_dir() && !rest.is_empty() => at = next,
            // The file, or the first directory that is missing.
            _ => {
                steps.entry(at).or_default().insert(name);
                return;
            }
        }
    }
}

fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}
