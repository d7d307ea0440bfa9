//! The session on disk and in the keyring, whatever fails and wherever the process is killed.

use std::{fs, path::Path, sync::Arc};

use serde_json::json;
use whosin::{
    model::session::{SavedSession, SessionKind, TokenStore, Tokens},
    server::{ErrorKind, Session},
    store::{
        secrets::KeyringError,
        session_store::{SessionStore, StoreError},
        state_file::StateFile,
    },
};

use crate::support::{
    memory_keyring::MemoryKeyring,
    oauth_server::{ALICE, OAuthServer, TOKEN, WHOAMI, tokens},
};

fn store_in(directory: &Path, keyring: &Arc<MemoryKeyring>) -> SessionStore {
    SessionStore::new(StateFile::within(directory.to_owned(), "session.json"), keyring.clone())
}

fn session(device_id: &str, token_store: TokenStore) -> SavedSession {
    SavedSession {
        homeserver: "https://example.org/".to_owned(),
        user_id: ALICE.try_into().unwrap(),
        device_id: device_id.into(),
        kind: SessionKind::Oauth,
        client_id: Some("client".to_owned()),
        provider: None,
        token_store,
        tokens: serde_json::from_value(tokens(device_id)).unwrap(),
    }
}

#[test]
fn a_move_of_the_tokens_can_be_killed_anywhere_and_loses_none() {
    use TokenStore::{File, Keyring};
    let moves = [
        (session("ONE", File), session("ONE", Keyring)),
        (session("ONE", Keyring), session("ONE", File)),
        (session("ONE", Keyring), session("TWO", Keyring)),
        (session("ONE", File), session("TWO", Keyring)),
        (session("ONE", Keyring), session("TWO", File)),
    ];
    for (before, after) in moves {
        // Three calls at most: write, read back, delete the old entry.
        for calls in 0..4 {
            for is_disk_full in [false, true] {
                let directory = tempfile::tempdir().unwrap();
                let keyring = Arc::new(MemoryKeyring::default());
                let store = store_in(directory.path(), &keyring);
                store.save(&before).unwrap();
                keyring.answers(Some(calls));
                let saved = if is_disk_full {
                    without_space(directory.path(), || store.save(&after))
                } else {
                    store.save(&after)
                };
                keyring.answers(None);
                let kept = store_in(directory.path(), &keyring).load().unwrap().unwrap();
                let expected = if saved.is_ok() { &after } else { &before };
                assert_eq!(&kept, expected, "{calls} calls, full: {is_disk_full}");
                assert!(saved.is_err() || !is_disk_full);

                // What such an end has left behind goes with the session.
                store.save(&after).unwrap();
                assert_eq!(store.load().unwrap().as_ref(), Some(&after));
                fs::write(directory.path().join(".session.json.killed"), "s3cret").unwrap();
                store.remove().unwrap();
                assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
            }
        }
    }
}

/// Does something while `session.json` cannot be replaced, which holds for root too.
fn without_space<T>(directory: &Path, save: impl FnOnce() -> T) -> T {
    let (file, aside) = (directory.join("session.json"), directory.join("aside"));
    fs::rename(&file, &aside).unwrap();
    fs::create_dir(&file).unwrap();
    fs::write(file.join("in-the-way"), "").unwrap();
    let saved = save();
    fs::remove_dir_all(&file).unwrap();
    fs::rename(aside, file).unwrap();
    saved
}

#[test]
fn the_end_of_a_session_empties_both_places_whichever_it_used_last() {
    let directory = tempfile::tempdir().unwrap();
    let keyring = Arc::new(MemoryKeyring::default());
    let store = store_in(directory.path(), &keyring);
    store.save(&session("ONE", TokenStore::Keyring)).unwrap();
    keyring.answers(Some(0));
    store.save(&session("ONE", TokenStore::File)).expect("the file needs no keyring");
    keyring.answers(None);
    assert_eq!(keyring.entries.lock().unwrap().len(), 1, "it could not be deleted");
    store.remove().unwrap();
    assert!(keyring.entries.lock().unwrap().is_empty());

    store.save(&session("ONE", TokenStore::Keyring)).unwrap();
    keyring.answers(Some(0));
    assert!(matches!(store.remove(), Err(StoreError::EntryStays(KeyringError::Locked))));
    assert!(!store.path().exists());
}

#[test]
fn a_file_of_a_newer_release_fails_with_a_sentence_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = store_in(directory.path(), &Arc::default());
    store.save(&session("ONE", TokenStore::File)).unwrap();
    let text = fs::read_to_string(store.path()).unwrap();
    fs::write(store.path(), text.replace(r#""version": 1"#, r#""version": 2"#)).unwrap();
    let error = store.load().unwrap_err().to_string();
    assert!(error.ends_with("written by a newer whosin; update this one"), "{error}");
    assert!(store.path().exists());
}

#[tokio::test]
async fn a_keyring_that_is_locked_meanwhile_is_trouble_and_no_sign_out() {
    let server = OAuthServer::start().await;
    let directory = tempfile::tempdir().unwrap();
    let keyring = Arc::new(MemoryKeyring::default());
    let store = store_in(directory.path(), &keyring);
    let session =
        SavedSession { homeserver: format!("{}/", server.url), ..session("ABCDEFGHIJ", TokenStore::Keyring) };
    store.save(&session).unwrap();
    let client = Session::restore(session.clone(), Some(Arc::new(store.clone()))).unwrap();
    let expired = json!({"errcode": "M_UNKNOWN_TOKEN", "soft_logout": false});

    // Locked before the renewal: the server is not asked for tokens that have no place.
    keyring.answers(Some(0));
    server.answer_next(WHOAMI, 401, &expired);
    let error = client.check().await.unwrap_err();
    assert!(
        matches!(&error.kind, ErrorKind::NotRenewed(why) if why.contains("keyring is locked")),
        "{error}"
    );
    assert_eq!(server.asked(TOKEN).len(), 0);

    // Locked between the answer and the save: the tokens wait, and are not used.
    keyring.answers(Some(1));
    server.answer_next(WHOAMI, 401, &expired);
    server.answer_next(TOKEN, 200, tokens("new"));
    let error = client.check().await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::NotRenewed(_)), "{error}");
    assert_eq!(client.saved(), session);

    keyring.answers(None);
    assert_eq!(store.load().unwrap(), Some(session));
    server.answer_next(WHOAMI, 401, &expired);
    client.check().await.expect("unlocked, it goes on");
    assert_eq!(server.asked(TOKEN).len(), 1, "with the tokens that waited");
    let tokens: Tokens = store.load().unwrap().unwrap().tokens;
    assert_eq!(tokens.access_token.secret(), "s3cret-access-new");
}
