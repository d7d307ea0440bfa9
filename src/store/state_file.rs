//! State files: versioned JSON, replaced as a whole, readable by their owner alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    marker::PhantomData,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use memchr::memchr;
use rustix::{fs::OFlags, process::geteuid};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tempfile::NamedTempFile;

use crate::store::profile;

/// The version of all state files. Files of the first releases have no version and the same form.
const VERSION: u32 = 1;

/// The longest file that is read. The longest of all, the cache, has less than the `/sync` that it is made of.
const LONGEST: u64 = 128 * 1024 * 1024;

/// A file that is still being written after this time has no writer any more.
const ABANDONED: Duration = Duration::from_mins(1);

/// A file with one value. The file may not exist.
#[derive(Debug)]
pub struct StateFile<T> {
    directory: PathBuf,
    path: PathBuf,
    /// The path in earlier releases.
    former: Option<PathBuf>,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for StateFile<T> {
    fn clone(&self) -> Self {
        let (directory, path) = (self.directory.clone(), self.path.clone());
        Self { directory, path, former: self.former.clone(), holds: PhantomData }
    }
}

/// The content of a file that is written.
#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    value: &'a T,
}

/// The version of a file that is read.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    version: u32,
}

impl<T: Serialize + DeserializeOwned> StateFile<T> {
    /// Returns the file of this name in the directory of the current profile.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no home directory.
    pub(crate) fn locate(name: &str) -> io::Result<Self> {
        Ok(Self::within(profile::current().state_directory()?, name))
    }

    /// Returns the file of this name in a directory.
    #[must_use]
    pub fn within(directory: PathBuf, name: &str) -> Self {
        Self { path: directory.join(name), directory, former: None, holds: PhantomData }
    }

    /// Returns the file at this path.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        let directory = path.parent().map(Path::to_owned).unwrap_or_default();
        Self { path, directory, former: None, holds: PhantomData }
    }

    /// Reads the file by an earlier name too. [`StateFile::save`] removes the file of that name.
    #[must_use]
    pub(crate) fn formerly(self, name: &str) -> Self {
        Self { former: Some(self.directory.join(name)), ..self }
    }

    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the value. `None`: there is no file.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file cannot be read, has another form, or is from a newer release.
    pub fn load(&self) -> io::Result<Option<T>> {
        self.content()?.map(|json| read(&json)).transpose()
    }

    /// Reads the value that is in the first line. Returns the other lines unread.
    ///
    /// # Errors
    ///
    /// As [`StateFile::load`].
    pub(crate) fn load_first_line(&self) -> io::Result<Option<(T, Vec<u8>)>> {
        self.content()?.map(read_first_line).transpose()
    }

    fn content(&self) -> io::Result<Option<Vec<u8>>> {
        for path in [Some(&self.path), self.former.as_ref()].into_iter().flatten() {
            match read_own(path) {
                Ok(content) => return Ok(Some(content)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Replaces the value. Writes a private file beside the old one and renames it, so a crash leaves one of the two.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the directory or the file cannot be written. The previous value remains.
    pub fn save(&self, value: &T) -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(&Versioned { version: VERSION, value })?;
        json.push(b'\n');
        let draft = self.write_draft(&json)?;
        draft.as_file().sync_all()?;
        self.persist(draft)
    }

    /// Encodes a value that reads as `T` in the first line, and a large one in the second.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if one of them has no form in JSON.
    pub(crate) fn encode(value: &impl Serialize, rest: &impl Serialize) -> io::Result<Vec<u8>> {
        let mut json = serde_json::to_vec(&Versioned { version: VERSION, value })?;
        json.push(b'\n');
        serde_json::to_writer(&mut json, rest)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Replaces the value by an encoded one that can be had anew. Does not wait for the disk: a command would take as
    /// long. So a crash of the machine can leave a damaged file.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the directory or the file cannot be written. The previous value remains.
    pub fn write(&self, json: &[u8]) -> io::Result<()> {
        self.persist(self.write_draft(json)?)
    }

    fn write_draft(&self, json: &[u8]) -> io::Result<NamedTempFile> {
        create_private(&self.directory)?;
        self.remove_leftovers(ABANDONED)?;
        let mut draft = tempfile::Builder::new().prefix(&self.draft()).tempfile_in(&self.directory)?;
        draft.write_all(json)?;
        Ok(draft)
    }

    fn persist(&self, draft: NamedTempFile) -> io::Result<()> {
        draft.persist(&self.path)?;
        self.former.as_deref().map_or(Ok(()), remove)
    }

    /// Removes the file if it exists.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if the file exists and cannot be removed.
    pub fn remove(&self) -> io::Result<()> {
        self.remove_leftovers(Duration::ZERO)?;
        remove(&self.path).and_then(|()| self.former.as_deref().map_or(Ok(()), remove))
    }

    /// Returns how the name of a file that is being written begins.
    fn draft(&self) -> String {
        format!(".{}.", self.path.file_name().unwrap_or_default().display())
    }

    /// Removes what processes left behind that were killed while they wrote. It can hold tokens.
    fn remove_leftovers(&self, age: Duration) -> io::Result<()> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let is_draft = entry.file_name().to_string_lossy().starts_with(&self.draft());
            let written = entry.metadata().and_then(|it| it.modified());
            if is_draft && written.is_ok_and(|at| at.elapsed().is_ok_and(|since| since >= age)) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// Reads the content of a file.
///
/// # Errors
///
/// [`io::Error`] if it has another form, or is from a newer release.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> io::Result<T> {
    // Each large file begins like this. Looking for the version in it would read it twice.
    if !json.starts_with(format!("{{\"version\":{VERSION},").as_bytes()) {
        let Version { version } = serde_json::from_slice(json).map_err(|error| damaged(&error))?;
        if version > VERSION {
            return Err(io::Error::other("written by a newer whosin; update this one"));
        }
    }
    serde_json::from_slice(json).map_err(|error| damaged(&error))
}

/// Reads the first line of a file. Returns the other lines too.
///
/// # Errors
///
/// As [`read`].
pub fn read_first_line<T: DeserializeOwned>(mut json: Vec<u8>) -> io::Result<(T, Vec<u8>)> {
    let end = memchr(b'\n', &json).unwrap_or(json.len());
    let value = read(&json[..end])?;
    json.drain(..end);
    Ok((value, json))
}

/// Says where a file is damaged, without the parser's words: they repeat what is there, which can be a token.
fn damaged(error: &serde_json::Error) -> io::Error {
    io::Error::other(format!("damaged at line {}, column {}", error.line(), error.column()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn read_own(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_own(File::options().read(true), path)?;
    let length = file.metadata()?.len();
    if length > LONGEST {
        return Err(io::Error::other(format!("longer than {} MB", LONGEST >> 20)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file of the state directory, readable by its owner alone. Follows no link, which would lead somewhere else,
/// and takes no pipe or device, at which the program would wait.
pub(crate) fn open_own(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = options.mode(0o600).custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a regular file")) }
}

/// Creates a directory if needed, and makes it accessible to its owner alone.
///
/// # Errors
///
/// [`io::Error`] if it cannot be created, or belongs to another user.
pub(crate) fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    // A link must be this user's too: somebody else's can lead into another directory of theirs.
    let owners = [fs::symlink_metadata(directory)?.uid(), fs::metadata(directory)?.uid()];
    if owners.iter().any(|owner| *owner != geteuid().as_raw()) {
        return Err(io::Error::other(format!("{} belongs to another user", directory.display())));
    }
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_save_has_left_is_swept_up_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let file: StateFile<Vec<u8>> = StateFile::within(directory.path().to_owned(), "x.json");
        let put = |name: &str, age: Duration| {
            let file = File::create(directory.path().join(name)).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - age).unwrap();
        };
        let (old, young) = (ABANDONED * 2, Duration::ZERO);
        let kept = [("x.json", old), (".y.json.abc", old), ("notes", old), (".x.jsonl.abc", old)];
        for (name, age) in kept.into_iter().chain([(".x.json.old", old), (".x.json.older", old)]) {
            put(name, age);
        }
        put(".x.json.young", young);
        let left = || {
            let names = fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        file.write(b"{}").unwrap();
        assert_eq!(left(), [".x.json.young", ".x.jsonl.abc", ".y.json.abc", "notes", "x.json"]);
        file.remove().unwrap();
        assert_eq!(left(), [".x.jsonl.abc", ".y.json.abc", "notes"]);
    }
}
