//! Rooms and spaces in the answers of homeservers.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::timeout,
};
use whosin::{
    demo::{Cast, Demo, Options, PASSWORD, USER},
    model::{
        cache::Position,
        event::{SyncPresence, Synced, Update},
        presence::{BusyName, Presence},
        rooms::Rooms,
    },
    server::{Session, SyncControl, follow},
};

use crate::model::rooms::{called, within};
use crate::support::{
    guest::credentials,
    synapse::{Setup, shared},
    wait::LIMIT,
};

const TEA: &str = "!tea:example.org";
const CLUB: &str = "!club:example.org";

/// A client that keeps the rooms of each response.
struct Listener {
    updates: mpsc::Receiver<Update>,
    /// Dropping it ends the `/sync` requests.
    _sync_presence: watch::Sender<Option<SyncPresence>>,
    rooms: Rooms,
}

impl Listener {
    async fn of(server: &str, user: &str, password: &str) -> Self {
        let session = Session::sign_in(&credentials(server, user, password)).await.unwrap();
        let silent =
            SyncPresence { presence: Presence::Offline, busy_name: BusyName::default(), watching: false };
        let sync_presence = watch::Sender::new(Some(silent));
        let control = SyncControl {
            session_presence: Arc::new(|| None),
            sync_presence: sync_presence.subscribe(),
            retry: Arc::new(Notify::new()),
            catching_up: Arc::default(),
        };
        let (tell, updates) = mpsc::channel(64);
        tokio::spawn(follow(session, control, Position::default(), tell));
        Self { updates, _sync_presence: sync_presence, rooms: Rooms::default() }
    }

    /// The next response that meets a condition.
    async fn hear(&mut self, heard: impl Fn(&Synced, &Rooms) -> bool) -> Synced {
        let listen = async {
            loop {
                let update = self.updates.recv().await.expect("it goes on");
                let Update::Synced(mut synced) = update else { continue };
                self.rooms.change(std::mem::take(&mut synced.rooms));
                synced.rooms_left.iter().for_each(|room_id| self.rooms.leave(room_id));
                if heard(&synced, &self.rooms) {
                    return synced;
                }
            }
        };
        timeout(LIMIT, listen).await.expect("the homeserver tells it in time")
    }
}

fn cast() -> Cast {
    let lines = [
        json!({"room_id": TEA, "name": "Tea kitchen", "canonical_alias": "#tea:example.org"}),
        json!({"room_id": CLUB, "name": "Club", "room_type": "m.space", "children": [TEA]}),
        json!({"user_id": "@eve:example.org", "is_ignored": true}),
    ];
    Cast::parse(&lines.map(|line| line.to_string()).join("\n")).unwrap()
}

#[tokio::test]
async fn room_names_spaces_and_ignored_users_arrive_at_the_start_and_on_change() {
    let demo = Demo::start(Options { cast: cast(), ..Options::default() }).await.unwrap();
    let mut me = Listener::of(demo.url(), USER, PASSWORD).await;
    let first = me.hear(|synced, _| synced.initial).await;
    assert_eq!(called(&me.rooms, "tea", &[]), "Tea kitchen");
    assert_eq!(within(&me.rooms, "club"), ["club", "tea"]);
    assert_eq!(first.ignored.unwrap(), ["@eve:example.org"]);

    demo.send_state(USER, TEA, "m.room.name", "", &json!({"name": 7}));
    me.hear(|_, rooms| called(rooms, "tea", &[]) == "#tea:example.org").await;
    demo.send_state(USER, CLUB, "m.space.child", "nonsense", &json!({"via": ["example.org"]}));
    demo.send_state(USER, CLUB, "m.space.child", TEA, &json!({}));
    me.hear(|_, rooms| within(rooms, "club") == ["club"]).await;
    demo.set_account_data(
        "m.ignored_user_list",
        json!({"ignored_users": {"@dan:example.org": {}, "dan": {}}}),
    );
    let told = me.hear(|synced, _| synced.ignored.is_some()).await;
    assert_eq!(told.ignored.unwrap(), ["@dan:example.org"]);
}

#[tokio::test]
async fn a_joined_room_gets_its_name_and_a_left_room_loses_it() {
    let demo = Demo::start(Options { cast: cast(), ..Options::default() }).await.unwrap();
    let mut me = Listener::of(demo.url(), USER, PASSWORD).await;
    me.hear(|synced, _| synced.initial).await;
    demo.leave(USER, TEA);
    me.hear(|_, rooms| called(rooms, "tea", &[]) == "Empty room").await;
    demo.send_state("@eve:example.org", TEA, "m.room.name", "", &json!({"name": "Teapot"}));
    demo.join(USER, TEA);
    me.hear(|_, rooms| called(rooms, "tea", &[]) == "Teapot").await;
}

#[tokio::test]
async fn synapse_sends_room_names_and_spaces_and_no_message_wakes_the_poll() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    let (tea, club) = (alice.create_room("Tea kitchen"), alice.create_space("Club"));
    alice.send_state(&club, "m.space.child", &tea, &json!({"via": ["localhost"]}));
    alice.ignore(&bob);

    let mut me = Listener::of(&synapse.url(), &alice.localpart, &alice.password).await;
    let first = me.hear(|synced, _| synced.initial).await;
    assert_eq!(first.ignored.unwrap(), [bob.id.as_str()]);
    let (tea_room, club_room) = (me.rooms.find("tea kitchen")[0], me.rooms.find("club")[0]);
    assert_eq!(me.rooms.within(club_room), BTreeSet::from([tea_room, club_room]));

    alice.say("is there any left?", &tea);
    alice.send_state(&tea, "m.room.name", "", &json!({"name": "Coffee kitchen"}));
    me.hear(|_, _| true).await;
    assert_eq!(me.rooms.find("coffee kitchen"), [tea_room]);
    alice.send_state(&club, "m.space.child", &tea, &json!({}));
    me.hear(|_, rooms| rooms.within(club_room).len() == 1).await;
}
