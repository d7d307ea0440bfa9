//! The history on a real disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
};

use jiff::{SignedDuration, Timestamp};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use tempfile::TempDir;
use whosin::{
    model::{
        event::{Counts, Entry},
        presence::{Change, Presence},
    },
    store::history::{Archive, HistoryError},
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn user(name: &str) -> OwnedUserId {
    UserId::parse(format!("@{name}:example.org")).unwrap()
}

/// An archive of thirty days in a directory that does not exist yet.
fn archive(home: &TempDir) -> Archive {
    Archive::new(home.path().join("whosin/history.sqlite"), SignedDuration::from_hours(30 * 24))
}

fn changed(seconds: i64, to: Presence, message: Option<&str>) -> Entry {
    let (user_id, from) = (user("bob"), Some(Presence::Other("brb".into())));
    Entry::Changed(Change {
        user_id,
        from,
        to,
        status_msg: message.map(Into::into),
        at: at(seconds),
        in_large_rooms_only: false,
    })
}

fn one_of_each() -> Vec<Entry> {
    vec![
        Entry::Began(at(0)),
        Entry::Counted(at(1), Counts { online: 3, busy: 2, unavailable: 1 }),
        changed(10, Presence::Busy, Some("in a meeting ☕")),
        Entry::Missed { since: at(20), until: at(30) },
        changed(30, Presence::Offline, None),
        Entry::Ended(at(40)),
    ]
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn entries_are_read_back_unchanged_by_their_own_account_only() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), []);
    assert!(!archive.path().exists(), "reading writes nothing");
    archive.write(&user("me"), &one_of_each()).unwrap();
    archive.write(&user("other"), &[Entry::Began(at(5))]).unwrap();
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), one_of_each());
    assert_eq!(archive.recall(&user("other"), at(0)).unwrap(), [Entry::Began(at(5))]);
    assert_eq!(archive.accounts().unwrap(), [user("me"), user("other")]);
}

#[test]
fn recalling_part_of_a_run_includes_the_start_of_that_run() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    archive.write(&user("me"), &one_of_each()).unwrap();
    let late = archive.recall(&user("me"), at(25)).unwrap();
    assert_eq!(late[..2], [Entry::Began(at(25)), one_of_each()[3].clone()]);
    assert_eq!(archive.recall(&user("me"), at(50)).unwrap(), [], "it had ended");
}

#[test]
fn only_the_owner_can_read_the_history_file_at_any_moment() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    archive.write(&user("me"), &one_of_each()).unwrap();
    let directory = archive.path().parent().unwrap();
    assert_eq!((mode(directory), mode(archive.path())), (0o700, 0o600));

    // The journal exists during a write.
    let other = rusqlite::Connection::open(archive.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; DELETE FROM entries").unwrap();
    let files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().all(|path| mode(path) == 0o600), "{files:?}");
    drop(other);

    // A file that others may read becomes private again.
    fs::set_permissions(archive.path(), PermissionsExt::from_mode(0o644)).unwrap();
    archive.write(&user("me"), &[]).unwrap();
    assert_eq!(mode(archive.path()), 0o600);
}

#[test]
fn entries_past_the_retention_time_are_deleted_without_a_trace() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    archive.write(&user("me"), &one_of_each()).unwrap();
    let month = 30 * 24 * 3_600;
    archive.prune(at(month + 15)).unwrap();
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), one_of_each()[3..]);
    let file = fs::read(archive.path()).unwrap();
    assert!(!file.windows(7).any(|bytes| bytes == b"meeting"), "what is deleted is overwritten");
    archive.prune(at(month + 50)).unwrap();
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), []);
}

#[test]
fn a_damaged_file_is_set_aside_and_a_new_one_begins() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    for number in 1..3 {
        archive.write(&user("me"), &one_of_each()).unwrap();
        let nonsense = format!("nonsense {number} ").repeat(1_000);
        fs::write(archive.path(), &nonsense).unwrap();
        let trouble = archive.write(&user("me"), &one_of_each()).unwrap_err();
        let HistoryError::Damaged(aside) = &trouble else { panic!("{trouble}") };
        assert_eq!(fs::read_to_string(aside).unwrap(), nonsense);
        assert!(trouble.to_string().contains(&format!("history.damaged-{number}")), "{trouble}");
    }
    archive.write(&user("me"), &one_of_each()).unwrap();
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), one_of_each());
}

#[test]
fn a_file_with_a_damaged_page_is_set_aside_with_its_journal() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    (0..200).for_each(|_| archive.write(&user("me"), &one_of_each()).unwrap());
    let mut file = fs::read(archive.path()).unwrap();
    file[4_096..].fill(0xA5);
    fs::write(archive.path(), file).unwrap();
    let journal = archive.path().with_extension("sqlite-journal");
    fs::write(&journal, "of another time").unwrap();
    assert!(matches!(archive.recall(&user("me"), at(0)), Err(HistoryError::Damaged(_))));
    assert!(!archive.path().exists() && !journal.exists(), "nothing is played back into the next file");
    archive.write(&user("me"), &one_of_each()).unwrap();
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), one_of_each());
}

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    archive.write(&user("me"), &one_of_each()).unwrap();
    rusqlite::Connection::open(archive.path()).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert!(matches!(archive.write(&user("me"), &[]), Err(HistoryError::Newer)));
    assert!(archive.path().exists());
}

#[test]
fn an_unwritable_directory_is_reported_as_an_error() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let archive = Archive::new(file.join("history.sqlite"), SignedDuration::from_hours(24));
    assert!(matches!(archive.write(&user("me"), &one_of_each()), Err(HistoryError::File(_))));
}

#[test]
fn two_programs_write_at_once_and_nothing_is_lost() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..25).for_each(|_| archive.write(&user("me"), &one_of_each()).unwrap()));
        }
    });
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap().len(), 4 * 25 * one_of_each().len());
}

#[test]
fn forgetting_deletes_the_history() {
    let home = TempDir::new().unwrap();
    let archive = archive(&home);
    assert!(!archive.forget().unwrap(), "there was nothing");
    archive.write(&user("me"), &one_of_each()).unwrap();
    assert!(archive.forget().unwrap());
    assert_eq!(fs::read_dir(archive.path().parent().unwrap()).unwrap().count(), 0);
    assert_eq!(archive.recall(&user("me"), at(0)).unwrap(), []);
}
