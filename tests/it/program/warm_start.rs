//! Starts with the contacts that an earlier process has kept: at once, and right as soon as the server has answered.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    time::Duration,
};

use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::Runtime;
use whosin::demo::{Answer, Demo, Federation, Options, Profiles, Request, Software, USER};

use crate::support::{
    guest::{BOB, small_cast},
    home::Home,
    synapse::{Setup, shared},
    wait,
};

/// What a list says of each contact. Ages differ from one moment to the next.
fn listed(home: &Home) -> Vec<[Value; 4]> {
    let list = home.run(&["list", "--view", "everyone", "--json"]);
    let contact = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        // A first response names nobody who is offline. Not every server tells more on request.
        if line["presence"].is_null() || line["presence"] == "offline" {
            (line["presence"], line["status_msg"]) = ("offline".into(), Value::Null);
        }
        ["user_id", "displayname", "presence", "status_msg"].map(|field| line[field].clone())
    };
    list.stdout.lines().map(contact).collect()
}

/// What a list says that begins at the beginning.
fn listed_anew(home: &Home) -> Vec<[Value; 4]> {
    let kept = fs::read(home.state("cache.json")).unwrap();
    fs::remove_file(home.state("cache.json")).unwrap();
    let listed = listed(home);
    fs::write(home.state("cache.json"), kept).unwrap();
    listed
}

#[test]
fn whatever_happened_meanwhile_is_right_after_a_warm_start() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let alice = synapse.user("alice");
    let [bob, carol, dan, erin, fay] = ["bob", "carol", "dan", "erin", "fay"].map(|name| synapse.user(name));
    let (street, tea) = (alice.create_room("Street"), alice.create_room("Tea"));
    for user in [&bob, &dan, &erin] {
        user.join(&street);
    }
    fay.join(&tea);
    for user in [&bob, &dan, &erin, &fay] {
        user.put_presence("online", Some("before"));
    }
    let home = Home::of(&synapse.url(), &alice);
    assert_eq!(listed(&home).len(), 4);
    let mode = fs::metadata(home.state("cache.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    bob.put_presence("offline", Some("gone home"));
    carol.join(&street);
    carol.put_presence("unavailable", None);
    dan.set_displayname("Daniel");
    erin.leave(&street);
    alice.leave(&tea);
    let garden = fay.create_room("Garden");
    alice.join(&garden);
    fay.put_presence("online", Some("in the garden"));

    let warm = listed(&home);
    assert_eq!(warm, listed_anew(&home));
    assert_eq!(warm.len(), 4, "{warm:?}");
    assert_eq!(listed(&home), warm, "what a warm start has kept is right too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_start_is_right_on_every_software() {
    for software in Software::ALL {
        let options = Options { cast: small_cast(), software, put_limit: None, ..Options::default() };
        let demo = Demo::start(options).await.unwrap();
        let home = Home::at(&demo).await;
        listed(&home);
        let (room, late) = ("!room:demo.localhost", "@late:demo.localhost");
        demo.set(BOB, "unavailable", Some("back soon"));
        demo.join(late, room);
        demo.set(late, "online", None);
        demo.rename(BOB, "Robert");
        assert_eq!(listed(&home), listed_anew(&home), "{software:?}");
        demo.leave(late, room);
        demo.set(BOB, "offline", None);
        assert_eq!(listed(&home), listed_anew(&home), "{software:?}");
    }
}

/// Something that happens on a server.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Joins(usize, usize),
    Leaves(usize, usize),
    Renames(usize, &'static str),
    Sets(usize, &'static str, Option<&'static str>),
    WeJoin(usize),
    WeLeave(usize),
    /// The server starts again, and forgets its positions or does not.
    Restarts,
    IsRestored,
    /// A later start, which keeps what it knows.
    Listed,
}

const PEOPLE: [&str; 4] = [BOB, "@carol:demo.localhost", "@dan:demo.localhost", "@erin:demo.localhost"];
const ROOMS: [&str; 3] = ["!room:demo.localhost", "!tea:demo.localhost", "!garden:demo.localhost"];

fn happening() -> impl Strategy<Value = Happening> {
    let (person, room) = (|| 0..PEOPLE.len(), || 0..ROOMS.len());
    let name = prop::sample::select(vec!["Ada", "Bea", "Cleo"]);
    let state = prop::sample::select(vec!["online", "busy", "unavailable", "offline"]);
    let message = prop::sample::select(vec![None, Some("at lunch"), Some("back soon")]);
    prop_oneof![
        4 => (person(), room()).prop_map(|(person, room)| Happening::Joins(person, room)),
        2 => (person(), room()).prop_map(|(person, room)| Happening::Leaves(person, room)),
        2 => (person(), name).prop_map(|(person, name)| Happening::Renames(person, name)),
        4 => (person(), state, message)
            .prop_map(|(person, state, message)| Happening::Sets(person, state, message)),
        2 => room().prop_map(Happening::WeJoin),
        1 => room().prop_map(Happening::WeLeave),
        1 => Just(Happening::Restarts),
        1 => Just(Happening::IsRestored),
        3 => Just(Happening::Listed),
    ]
}

fn happens(demo: &Demo, home: &Home, happening: Happening) {
    match happening {
        Happening::Joins(person, room) => demo.join(PEOPLE[person], ROOMS[room]),
        Happening::Leaves(person, room) => demo.leave(PEOPLE[person], ROOMS[room]),
        Happening::Renames(person, name) => demo.rename(PEOPLE[person], name),
        Happening::Sets(person, state, message) => demo.set(PEOPLE[person], state, message),
        Happening::WeJoin(room) => demo.join(USER, ROOMS[room]),
        Happening::WeLeave(room) => demo.leave(USER, ROOMS[room]),
        Happening::Restarts => demo.restart(),
        Happening::IsRestored => demo.restore(),
        Happening::Listed => drop(listed(home)),
    }
}

#[test]
fn whatever_happens_between_starts_on_every_software_the_last_start_is_right() {
    let runtime = Runtime::new().unwrap();
    let history = (prop::sample::select(Software::ALL.to_vec()), prop::collection::vec(happening(), 1..16));
    let config = proptest::test_runner::Config { cases: 24, max_shrink_iters: 40, ..Default::default() };
    proptest!(config, |((software, history) in history)| {
        let options = Options { cast: small_cast(), software, put_limit: None, ..Options::default() };
        let demo = runtime.block_on(Demo::start(options)).unwrap();
        // Of people who have never set a presence, palpo says something else on request than by itself.
        PEOPLE.iter().skip(1).for_each(|person| demo.set(person, "unavailable", None));
        let home = runtime.block_on(Home::at(&demo));
        listed(&home);
        for happening in history {
            happens(&demo, &home, happening);
        }
        let warm = listed(&home);
        prop_assert_eq!(warm, listed_anew(&home));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_shows_the_contacts_of_the_last_one_before_the_server_answers() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await;
    let mut first = home.open(&[], &[]);
    first.wait_for("hi");
    first.wait_for("live");
    first.press("q");
    first.wait_for_exit();

    let before = demo.requests().len();
    demo.answer_all("GET ", Answer::late(Duration::from_hours(1)));
    let second = home.open(&[], &[]);
    second.wait_until("contacts of then", |screen| {
        let text = crate::support::terminal::text(screen);
        text.contains("as of ") && text.contains("connecting") && text.contains("Bob") && text.contains("hi")
    });
    drop(second);

    demo.answer_truly();
    demo.set(BOB, "busy", Some("on the phone"));
    let third = home.open(&[], &[]);
    third.wait_for("on the phone");
    third.wait_for("live");
    let requests = demo.requests().split_off(before);
    let sync = requests.iter().find(|it| it.path.ends_with("/sync")).unwrap();
    assert!(sync.query.contains_key("since"), "the first request goes on: {sync:?}");
    assert!(!requests.iter().any(|it| it.path.contains("member")), "known rooms are not asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warm_start_on_synapse_waits_for_no_answer_but_that_of_sync() {
    for (start, says) in
        [("online", None), ("unavailable", Some("unavailable")), ("offline", Some("offline"))]
    {
        let demo = crate::program::watch::demo().await;
        let home = Home::at(&demo).await.configured(&format!("start = \"{start}\""));
        listed(&home);
        demo.answer_all("/version", Answer::late(Duration::from_hours(1)));
        demo.set(BOB, "busy", Some("on the phone"));
        let before = demo.requests().len();
        let dashboard = home.open(&[], &[]);
        dashboard.wait_for("on the phone");
        dashboard.wait_for(" live");
        let sync =
            demo.requests().split_off(before).into_iter().find(|it| it.path.ends_with("/sync")).unwrap();
        assert_eq!(sync.query.get("set_presence").map(String::as_str), says, "{sync:?}");
        demo.answer_truly();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_waits_for_no_name_of_the_software() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await;
    listed(&home);
    let before = demo.requests().len();
    demo.answer_all("/sync", Answer::late(Duration::from_hours(1)));
    let dashboard = home.open(&[], &[]);
    dashboard.wait_for("Others saw you as");
    let requests = demo.requests().split_off(before);
    let asks = |it: &Request| it.path.ends_with("/version") || it.path.ends_with("/server_version");
    assert!(!requests.iter().any(asks), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_that_were_just_read_are_not_written_again() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await;
    listed(&home);
    let file = || fs::metadata(home.state("cache.json")).unwrap().ino();
    let before = file();
    demo.answer_all("/sync", Answer::late(Duration::from_hours(1)));
    let mut dashboard = home.open(&[], &[]);
    dashboard.wait_for("Others saw you as");
    dashboard.press("q");
    dashboard.wait_for_exit();
    assert_eq!(file(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_federation_that_runs_other_software_now_is_known_by_it() {
    let options = Options { cast: small_cast(), federation: Federation::Off, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    listed(&home);
    let named = r#"{"server":{"name":"continuwuity","version":"26.7.3"}}"#;
    demo.answer_all("_continuwuity/server_version", Answer::new(200, named));
    let _dashboard = home.open(&[], &[]);
    let polls_briefly = |it: &Request| it.query.get("timeout").is_some_and(|it| it == "1500");
    wait::until(|| demo.requests().iter().any(polls_briefly), || "no short poll".to_owned());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_that_is_set_at_once_waits_for_what_the_server_offers() {
    for busy in [true, false] {
        let options = Options { cast: small_cast(), put_limit: None, busy, ..Options::default() };
        let demo = Demo::start(options).await.unwrap();
        let home = Home::at(&demo).await.configured("start = \"busy\"");
        listed(&home);
        let before = demo.requests().len();
        let dashboard = home.open(&[], &[]);
        dashboard.wait_for(if busy { "You ■ busy" } else { "Others see you as ◐ unavailable" });
        let requests = demo.requests().split_off(before);
        let versions = requests.iter().position(|it| it.path.ends_with("/versions")).unwrap();
        let says = |it: &Request| it.method == "PUT" || it.path.ends_with("/sync");
        assert!(requests.iter().position(says).unwrap() > versions, "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_list_looks_up_nobody_again() {
    let demo = crate::program::watch::demo().await;
    for number in 0..30 {
        demo.join(&format!("@silent{number}:demo.localhost"), "!room:demo.localhost");
    }
    let home = Home::at(&demo).await;
    let look_ups = |before: usize| {
        let requests = demo.requests().split_off(before);
        requests.iter().filter(|it| it.path.contains("/presence/@silent")).count()
    };
    assert_eq!(listed(&home).len(), 31);
    assert_eq!(look_ups(0), 30);
    let before = demo.requests().len();
    assert_eq!(listed(&home).len(), 31);
    assert_eq!(look_ups(before), 0);
    demo.join("@late:demo.localhost", "!room:demo.localhost");
    assert_eq!(listed(&home).len(), 32);
    assert_eq!(look_ups(before), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_list_looks_up_no_profile_again() {
    let options = Options { cast: small_cast(), profiles: Profiles::Fields, ..Options::default() };
    let demo = Demo::start(options).await.unwrap();
    let home = Home::at(&demo).await;
    let look_ups =
        || demo.requests().iter().filter(|it| it.path.ends_with(&format!("/profile/{BOB}"))).count();
    for _ in 0..3 {
        listed(&home);
        assert_eq!(look_ups(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_fails_costs_the_next_start_no_other() {
    let demo = crate::program::watch::demo().await;
    let (room, dan) = ("!dans:demo.localhost", "@dan:demo.localhost");
    demo.join(whosin::demo::USER, room);
    demo.join(dan, room);
    let home = Home::at(&demo).await;
    let is_anew = |it: &Request| it.path.ends_with("/sync") && !it.query.contains_key("since");
    let begun = || demo.requests().iter().filter(|it| is_anew(it)).count();
    demo.answer_all("dans:demo.localhost/joined_members", Answer::bad_gateway());
    for _ in 0..2 {
        let list = home.run(&["list", "--view", "everyone"]);
        assert!(list.stdout.contains(BOB) && !list.stdout.contains(dan), "{list:?}");
        assert!(list.stderr.contains("1 room is not loaded"), "{list:?}");
        assert_eq!(begun(), 1);
    }
    demo.answer_truly();
    let list = || home.run(&["list", "--view", "everyone"]);
    crate::support::wait::until(|| list().stdout.contains(dan), || format!("{:?}", list()));
    assert!(list().stdout.contains(BOB));
    assert_eq!(begun(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_the_server_has_lost_costs_one_start_from_the_beginning() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await;
    listed(&home);
    demo.restore();
    demo.set(BOB, "unavailable", None);
    assert_eq!(listed(&home)[0][2], "unavailable");
    let begun = |demo: &Demo| {
        let anew = |it: &Request| it.path.ends_with("/sync") && !it.query.contains_key("since");
        demo.requests().iter().filter(|it| anew(it)).count()
    };
    assert_eq!(begun(&demo), 2);
    assert_eq!(listed(&home)[0][2], "unavailable");
    assert_eq!(begun(&demo), 2, "the new position is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_kept_only_as_configured_and_go_with_the_session() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await;
    let cache = home.state("cache.json");
    listed(&home);
    assert!(cache.exists());
    let home = home.configured("cache = false");
    listed(&home);
    assert!(!cache.exists());
    let home = home.configured("");
    for damaged in ["", "{", r#"{"version":1,"release":7}"#, r#"{"version":99}"#] {
        fs::write(&cache, damaged).unwrap();
        assert_eq!(listed(&home).len(), 1, "{damaged}");
    }
    // Well-formed, but of another form, or the numbers lead nowhere.
    listed(&home);
    let kept = fs::read_to_string(&cache).unwrap();
    for (whole, damage) in [
        ("\"rooms\":[0]", "\"rooms\":[7]"),
        ("\"rooms\":[0]", "\"rooms\":[0,0]"),
        ("\"rooms\":[0]", "\"rooms\":[0],\"direct_rooms\":[7]"),
        ("\"sizes\":[1]", "\"sizes\":[]"),
        ("\"sizes\":[1]", "\"sizes\":7"),
        ("\"children\":[]", "\"children\":[7]"),
        ("\"by_name\":[0]", "\"by_name\":[7]"),
        ("\"touched\":[", "\"touched\":[7,"),
    ] {
        assert!(kept.contains(whole), "{whole} is in {kept}");
        fs::write(&cache, kept.replace(whole, damage)).unwrap();
        assert_eq!(listed(&home).len(), 1, "{damage}");
    }
    // Cut, as a crash of the machine leaves it.
    for length in [kept.find('\n').unwrap(), kept.find('\n').unwrap() + 1, kept.len() - 2] {
        fs::write(&cache, &kept[..length]).unwrap();
        assert_eq!(listed(&home).len(), 1, "{length}");
    }
    assert_eq!(home.run(&["logout"]).code, 0);
    assert!(!cache.exists());
}
