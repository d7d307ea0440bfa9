//! `whosin list` as a process.

use serde_json::Value;
use whosin::demo::{Answer, Demo, Options};

use crate::support::{
    guest::{ROOM, small_cast},
    home::Home,
    scene::BUSY,
    synapse::{Busy, Limits, Setup, Tracking, shared},
    terminal::Key,
};

#[test]
fn list_prints_free_contacts_first_and_does_not_set_online() {
    let Some(synapse) = shared(Setup { limits: Limits::Default, ..Setup::default() }) else { return };
    let (alice, bob, carol) = (synapse.user("alice"), synapse.user("bob"), synapse.user("carol"));
    let room = alice.create_room("Street");
    bob.join(&room);
    carol.join(&room);
    bob.put_presence(BUSY, Some("in a meeting"));
    carol.put_presence("online", None);
    let home = Home::of(&synapse.url(), &alice);
    let listed = home.run(&["list"]);
    let expected = format!(
        "{}\tonline\tactive\t\t{}\n{}\tbusy\tnow\tin a meeting\t{}\n",
        carol.localpart, carol.id, bob.localpart, bob.id
    );
    assert_eq!((listed.code, listed.stdout), (0, expected));

    let busy = home.run(&["list", "--json", "--state", "busy,away"]);
    let [busy] = <[&str; 1]>::try_from(busy.stdout.lines().collect::<Vec<_>>()).unwrap();
    let busy: Value = serde_json::from_str(busy).unwrap();
    assert_eq!((&busy["user_id"], &busy["presence"]), (&bob.id.into(), &"busy".into()));
    assert_eq!(carol.presence_of(&alice.id)["presence"], "offline");
}

#[test]
fn list_looks_up_offline_contacts() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob, carol) = (synapse.user("alice"), synapse.user("bob"), synapse.user("carol"));
    let room = alice.create_room("Street");
    bob.join(&room);
    carol.join(&room);
    alice.put_presence("offline", None);
    bob.put_presence("offline", Some("on holiday"));
    carol.put_presence("online", None);
    let home = Home::of(&synapse.url(), &alice);
    let offline = home.run(&["list", "--state", "offline"]).stdout;
    assert!(offline.starts_with(&format!("{}\toffline\t", bob.localpart)), "{offline}");
    assert!(
        offline.ends_with(&format!("\ton holiday\t{}\n", bob.id)) && offline.lines().count() == 1,
        "{offline}"
    );
    assert_eq!(home.run(&["list"]).stdout.lines().count(), 2);
}

#[test]
fn a_second_list_is_up_to_date() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    for state in ["online", "unavailable"] {
        bob.put_presence(state, None);
        assert!(home.run(&["list"]).stdout.contains(state));
    }
}

#[test]
fn list_and_watch_work_without_busy() {
    let Some(synapse) = shared(Setup { busy: Busy::Off, ..Setup::default() }) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    bob.put_presence("unavailable", Some("lunch"));
    let home = Home::of(&synapse.url(), &alice);
    let listed = home.run(&["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    assert!(listed.stdout.starts_with(&format!("{}\tunavailable\t", bob.localpart)), "{listed:?}");
    let watched = home.run(&["watch", "--once", "--format", "plain"]);
    assert_eq!((watched.code, watched.stdout.as_str()), (0, "0 online, 0 busy, 1 unavailable\n"));
}

#[test]
fn list_distinguishes_switched_off_presence_from_nobody_online() {
    for presence in [Tracking::Off, Tracking::Untracked] {
        let Some(synapse) = shared(Setup { presence, ..Setup::default() }) else { return };
        let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
        bob.join(&alice.create_room("Street"));
        bob.put_presence("online", None);
        let home = Home::of(&synapse.url(), &alice);
        for args in [["list"].as_slice(), &["watch", "--once"]] {
            let told = home.run(args);
            assert_eq!(told.code, 4, "{told:?}");
            assert!(told.stdout.contains("silent"), "{told:?}");
            assert!(told.stderr.contains("switched off"), "{told:?}");
        }
    }
    let Some(synapse) = shared(Setup::default()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    let home = Home::of(&synapse.url(), &alice);
    let listed = home.run(&["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, "whosin: nobody shares a room with you yet\n"));
    bob.join(&alice.create_room("Street"));
    alice.put_presence("online", None);
    let listed = home.run(&["list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "everybody is offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn list_does_not_wait_for_a_server_that_is_down() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    assert_eq!(home.run(&["list"]).code, 0);
    demo.answer_all("/sync", Answer::bad_gateway());
    let listed = home.run(&["list"]);
    assert_eq!((listed.code, listed.stdout.as_str()), (4, ""));
    assert!(listed.stderr.contains("502"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_that_are_not_loaded_are_not_empty() {
    // Nothing happens by itself there.
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await;
    for answer in [Answer::bad_gateway(), Answer::new(200, "[]"), Answer::new(500, "")] {
        demo.answer_all("/joined_members", answer);
        for command in ["list", "watch"] {
            let told = home.run(&[command, if command == "list" { "--json" } else { "--once" }]);
            assert_eq!((told.code, told.stdout.as_str()), (4, ""), "{told:?}");
            assert!(told.stderr.contains("1 room is not loaded"), "{told:?}");
            assert!(!told.stderr.contains("nobody shares"), "{told:?}");
        }
        let doctor = home.run(&["doctor"]);
        assert!(doctor.stdout.contains("does not tell who is in your rooms"), "{doctor:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_and_a_sort_choose_who_is_listed_and_in_which_order() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    let names = |args: &[&str]| {
        let listed = home.run(&[&["list"], args].concat());
        assert_eq!(listed.code, 0, "{listed:?}");
        let names = listed.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let (people, kitchen) = (names(&[]), names(&["--view", "tea kitchen", "--sort", "name"]));
    assert!(kitchen.iter().all(|name| people.contains(name)) && kitchen.len() < people.len());
    let mut sorted = kitchen.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(kitchen, sorted);
    assert!(names(&["--view", "direct"]).len() < people.len());
    let nobody = home.run(&["list", "--view", "favourites"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (0, ""), "{nobody:?}");
    let why =
        "whosin: nobody is in the view Favourites; to list everybody, run whosin list --view everyone\n";
    assert_eq!(nobody.stderr, why);

    let unknown = home.run(&["list", "--view", "Cellar"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("Cellar"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_not_asked_for_a_server_on_this_machine() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    let mut list = home.command(&["list"]);
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        // Nobody listens there.
        list.env(variable, "http://127.0.0.1:1");
    }
    let listed = list.output().unwrap();
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn list_says_in_a_terminal_what_it_waits_for() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    demo.answer_all("/sync", Answer::never());
    let mut terminal = home.open(&["list"], &[]);
    terminal.wait_for("whosin: waiting for demo.localhost …");
    terminal.press(Key::Ctrl('c'));
    terminal.wait_for_exit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_without_an_answer_is_said() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    demo.join("@silent:demo.localhost", ROOM);
    let home = Home::at(&demo).await;
    demo.answer_all("/presence/@silent", Answer::bad_gateway());
    let listed = home.run(&["list", "--view", "everyone"]);
    assert_eq!((listed.code, listed.stdout.lines().count()), (0, 2), "{listed:?}");
    assert!(listed.stderr.contains("1 offline contact was not looked up"), "{listed:?}");
    demo.answer_truly();
    assert_eq!(home.run(&["list", "--view", "everyone"]).stderr, "", "the next one asks again");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_two_hundred_offline_contacts_are_looked_up() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    for number in 1..=230 {
        demo.join(&format!("@absent{number}:demo.localhost"), ROOM);
    }
    let home = Home::at(&demo).await.configured("large_room = 0");
    let listed = home.run(&["list"]);
    assert!(listed.code == 0 && listed.stderr.contains(" offline contacts were not looked up"), "{listed:?}");
    let requests = demo.requests();
    let looked_up =
        requests.iter().filter(|it| it.path.contains("/presence/") && it.path.contains("absent")).count();
    assert!((1..=200).contains(&looked_up), "{looked_up}");
}
