//! Entries as rows of the database.

use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{
    event::{Counts, Entry},
    presence::{Change, Presence},
};

const BEGAN: &str = "began";
const CHANGED: &str = "changed";
const STATUS: &str = "status";
const MISSED: &str = "missed";
const COUNTED: &str = "counted";
const ENDED: &str = "ended";

pub(super) fn insert(connection: &Connection, account: &UserId, entry: &Entry) -> rusqlite::Result<()> {
    let (account, at) = (account.as_str(), entry.at().as_millisecond());
    match entry {
        Entry::Began(_) => mark(connection, account, at, BEGAN),
        Entry::Ended(_) => mark(connection, account, at, ENDED),
        Entry::Missed { since, .. } => {
            let sql = "INSERT INTO entries (account, at, kind, since) VALUES (?1, ?2, ?3, ?4)";
            let mut insert = connection.prepare_cached(sql)?;
            insert.execute(params![account, at, MISSED, since.as_millisecond()]).map(drop)
        }
        Entry::Changed(Change { user_id, from, to, status_msg, .. }) => {
            let was = from.as_ref().map(Presence::label);
            let sql = "INSERT INTO entries (account, at, kind, user_id, was, state, message)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let mut insert = connection.prepare_cached(sql)?;
            let values =
                params![account, at, CHANGED, user_id.as_str(), was, to.label(), status_msg.as_deref()];
            insert.execute(values).map(drop)
        }
        Entry::StatusChanged(change) => {
            // An earlier release leaves out rows of an unknown kind.
            let sql = "INSERT INTO entries (account, at, kind, user_id, message) VALUES (?1, ?2, ?3, ?4, ?5)";
            let json = serde_json::to_string(change).ok();
            let mut insert = connection.prepare_cached(sql)?;
            insert.execute(params![account, at, STATUS, change.user_id.as_str(), json]).map(drop)
        }
        Entry::Counted(_, Counts { online, busy, unavailable }) => {
            let sql = "INSERT INTO entries (account, at, kind, online, busy, unavailable)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let mut insert = connection.prepare_cached(sql)?;
            insert.execute(params![account, at, COUNTED, online, busy, unavailable]).map(drop)
        }
    }
}

fn mark(connection: &Connection, account: &str, at: i64, kind: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO entries (account, at, kind) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![account, at, kind]).map(drop)
}

/// Reads the newest entries since a time, oldest first. If the program was running at that time, the first entry says
/// so.
pub(super) fn read(
    connection: &Connection,
    account: &UserId,
    since: Timestamp,
    most: usize,
) -> rusqlite::Result<Vec<Entry>> {
    let (account, from) = (account.as_str(), since.as_millisecond());
    let sql = "SELECT kind FROM entries WHERE account = ?1 AND at < ?2 ORDER BY at DESC, rowid DESC LIMIT 1";
    let before = connection.query_row(sql, params![account, from], |row| row.get::<_, String>(0));
    let at_work = before.optional()?.is_some_and(|kind| kind != ENDED);

    let sql = "SELECT kind, at, since, user_id, was, state, message, online, busy, unavailable FROM entries
               WHERE account = ?1 AND at >= ?2 ORDER BY at DESC, rowid DESC LIMIT ?3";
    let mut query = connection.prepare(sql)?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = query.query_map(params![account, from, limit], |row| Ok(entry(row)))?;
    let entries: Vec<Option<Entry>> = rows.collect::<rusqlite::Result<_>>()?;
    let whole = entries.len() < most;
    let mut entries: Vec<Entry> = entries.into_iter().flatten().collect();
    if at_work && whole {
        entries.push(Entry::Began(since));
    }
    entries.reverse();
    Ok(entries)
}

/// Parses a row. `None`: it is malformed.
fn entry(row: &Row<'_>) -> Option<Entry> {
    let time = |column| Timestamp::from_millisecond(row.get(column).ok()?).ok();
    let at = time("at")?;
    Some(match row.get::<_, String>("kind").ok()?.as_str() {
        BEGAN => Entry::Began(at),
        ENDED => Entry::Ended(at),
        MISSED => Entry::Missed { since: time("since")?, until: at },
        CHANGED => Entry::Changed(Change {
            user_id: UserId::parse(row.get::<_, String>("user_id").ok()?).ok()?,
            from: row.get::<_, Option<String>>("was").ok()?.map(|was| Presence::from_wire(&was)),
            to: Presence::from_wire(&row.get::<_, String>("state").ok()?),
            status_msg: row.get::<_, Option<String>>("message").ok()?.map(Into::into),
            at,
            in_large_rooms_only: false,
        }),
        STATUS => Entry::StatusChanged(serde_json::from_str(&row.get::<_, String>("message").ok()?).ok()?),
        COUNTED => Entry::Counted(
            at,
            Counts {
                online: row.get("online").ok()?,
                busy: row.get("busy").ok()?,
                unavailable: row.get("unavailable").ok()?,
            },
        ),
        _ => return None,
    })
}
