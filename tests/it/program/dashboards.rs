//! Several dashboards of one profile: all do the same, one process talks to the server, and another one goes on with
//! it.

use std::{collections::HashSet, time::Duration};

use whosin::demo::Demo;

use crate::{
    program::watch::demo,
    support::{
        guest::BOB,
        home::Home,
        scene::{BUSY, Scene},
        synapse::{Setup, shared},
        terminal::{Signal, Terminal},
    },
};

/// How long another process may take to go on with the engine on a loaded machine.
const TAKE_OVER: Duration = Duration::from_secs(15);

/// How another dashboard ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Quit,
    Kill,
    Hangup,
}

impl End {
    fn of(self, mut terminal: Terminal) {
        match self {
            Self::Quit => terminal.press("q"),
            Self::Kill => terminal.signal(Signal::KILL),
            Self::Hangup => terminal.signal(Signal::HUP),
        }
        terminal.wait_for_exit();
    }
}

/// A dashboard that is live and shows what others see.
fn open(home: &Home, own: &str) -> Terminal {
    let terminal = home.open(&[], &[]);
    terminal.wait_for(&format!("You {own}"));
    terminal.wait_for("live");
    terminal
}

/// How often the demo was asked for something.
fn asked(demo: &Demo, method: &str, part: &str) -> usize {
    demo.requests().iter().filter(|it| it.method == method && it.path.contains(part)).count()
}

/// How many loops have begun to follow the server.
fn loops(demo: &Demo) -> usize {
    let begins = |it: &&whosin::demo::Request| it.path.ends_with("/sync") && !it.query.contains_key("since");
    demo.requests().iter().filter(begins).count()
}

/// What the demo was asked for more than once after so many requests, apart from the loop itself.
fn asked_twice(demo: &Demo, after: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let requests = demo.requests().into_iter().skip(after).filter(|it| !it.path.ends_with("/sync"));
    let mut requests: Vec<_> = requests.map(|it| format!("{} {}", it.method, it.path)).collect();
    requests.retain(|it| !seen.insert(it.clone()));
    requests
}

#[test]
fn keys_work_in_each_dashboard_and_all_show_the_same() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    scene.bob.put_presence("online", Some("before"));
    let first = open(&scene.home, "● online");
    first.wait_for("before");
    let second = open(&scene.home, "● online");
    second.wait_for("before");
    for (terminal, other, key, shown, state) in [
        (&second, &first, "b", "■ busy", BUSY),
        (&first, &second, "b", "● online", "online"),
        (&second, &first, "u", "◐ unavailable", "unavailable"),
        (&first, &second, "o", "● online", "online"),
    ] {
        terminal.press(key);
        terminal.wait_for(&format!("You {shown}"));
        other.wait_for(&format!("You {shown}"));
        assert_eq!(scene.seen()["presence"], state);
    }
    second.press("m");
    second.press("reading\r");
    first.wait_for("● online  \"reading\"");
    scene.bob.put_presence("online", Some("after"));
    first.wait_for("after");
    second.wait_for("after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_dashboard_shows_what_the_first_knows_and_asks_the_server_nothing() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let at_login = demo.requests().len();
    let first = open(&home, "● online");
    first.wait_for("hi");
    let second = open(&home, "● online");
    second.wait_for("hi");
    assert_eq!(asked_twice(&demo, at_login), Vec::<String>::new());
    assert_eq!(loops(&demo), 1);
    for (terminal, shown) in [(&second, "■ busy"), (&first, "● online")] {
        terminal.press("b");
        first.wait_for(&format!("You {shown}"));
        second.wait_for(&format!("You {shown}"));
    }
    assert_eq!((asked(&demo, "PUT", "/presence/"), loops(&demo)), (2, 1));
}

#[test]
fn others_see_no_change_when_another_dashboard_goes_on() {
    let Some(synapse) = shared(Setup::default()) else { return };
    for (key, state, shown) in [("b", BUSY, "■ busy  \"here\""), ("o", "online", "● online  \"here\"")] {
        let scene = Scene::on(synapse);
        let mut engine = open(&scene.home, "● online");
        engine.press("m");
        engine.press("here\r");
        engine.wait_for("● online  \"here\"");
        let mut next = open(&scene.home, "● online  \"here\"");
        next.press(key);
        engine.wait_for(&format!("You {shown}"));
        scene.until_seen_as(state);
        let recording = scene.record();
        for (round, end) in [End::Quit, End::Kill, End::Hangup].into_iter().enumerate() {
            end.of(engine);
            let news = format!("round {round}");
            scene.bob.put_presence("online", Some(&news));
            next.wait_within(TAKE_OVER, &format!("{news} after {end:?}"), |screen| {
                crate::support::terminal::text(screen).contains(&news)
            });
            next.wait_for(&format!("You {shown}"));
            engine = next;
            next = open(&scene.home, shown);
        }
        assert_eq!(scene.seen()["presence"], state);
        let told = recording.end();
        assert!(told.iter().all(|it| *it == format!("{state} here")), "{told:?}");
        // The last one leaves.
        End::Quit.of(engine);
        End::Quit.of(next);
        scene.until_seen_as("offline");
    }
}

#[test]
fn busy_that_is_on_its_way_when_the_dashboard_ends_does_not_arrive_after_the_end() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    // Ctrl-C arrives together with the Enter that sets the state.
    for (prompt, text) in [("m", "lunch\r\x03"), ("B", "1h\r\x03")] {
        let mut terminal = open(&scene.home, "● online");
        terminal.press(prompt);
        terminal.press(text);
        assert_eq!(terminal.wait_for_exit().code(), Some(0));
        assert_eq!(scene.seen()["presence"], "offline", "{text:?}");
    }
}

#[test]
fn dashboards_that_end_at_once_do_not_leave_the_presence_to_each_other() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    for _ in 0..3 {
        let first = open(&scene.home, "● online");
        first.press("b");
        first.wait_for("You ■ busy");
        let mut all = [first, open(&scene.home, "■ busy"), open(&scene.home, "■ busy")];
        // As at the end of a login session.
        for terminal in &all {
            terminal.signal(Signal::HUP);
        }
        for terminal in &mut all {
            assert_eq!(terminal.wait_for_exit().code(), Some(0));
        }
        let screens: Vec<_> = all.iter().map(crate::support::terminal::Terminal::text).collect();
        assert_eq!(scene.seen()["presence"], "offline", "{screens:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_the_dashboards_goes_on_and_the_others_stay_with_it() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let first = open(&home, "● online");
    let others = [open(&home, "● online"), open(&home, "● online"), open(&home, "● online")];
    End::Kill.of(first);
    demo.set(BOB, "busy", Some("still here"));
    for terminal in &others {
        terminal.wait_for("still here");
    }
    others[2].press("b");
    for terminal in &others {
        terminal.wait_for("You ■ busy");
    }
    assert_eq!(asked(&demo, "GET", "/federation/v1/version"), 2, "the first and one after it");
    assert_eq!((asked(&demo, "PUT", "/presence/"), loops(&demo)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_while_no_process_has_the_engine_is_not_lost() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let first = open(&home, "● online");
    let second = open(&home, "● online");
    first.signal(Signal::STOP);
    second.press("b");
    End::Kill.of(first);
    second.wait_for("You ■ busy");
    assert_eq!(asked(&demo, "PUT", "/presence/"), 1);
}
