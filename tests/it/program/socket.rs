//! The socket of an engine, as front ends of this and other versions use it, and as hostile programs do.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    time::Instant,
};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use whosin::{
    demo::{Demo, Options, USER},
    engine::protocol::{self, Attach, Reply, Request, Scope, Successor},
    model::{
        Model,
        contacts::parts::Parts,
        event::Command,
        outcome::Verdict,
        presence::{Presence, State},
        request::PresenceRequest,
    },
};

use crate::support::{
    guest::{BOB, small_cast},
    home::Home,
    scene::{BUSY, Scene},
    synapse::{Busy, Setup, Tracking, shared},
    terminal::Signal,
    wait::LIMIT,
};

mod golden;

fn socket(scene: &Scene) -> PathBuf {
    scene.home.state("socket")
}

/// A front end's end of a connection.
struct Caller(BufReader<UnixStream>);

impl Caller {
    /// Connects and writes a line.
    fn call(socket: &Path, line: &str) -> Self {
        let mut stream = UnixStream::connect(socket).expect("an engine listens");
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(line.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// Attaches and reads the snapshot.
    fn attach(socket: &Path, user_id: &str, scope: Scope) -> (Self, Model) {
        let mut caller = Self::call(socket, &attach(user_id, scope));
        let mut parts = Parts::default();
        loop {
            match caller.next() {
                Some(Reply::People(part)) => parts.add(part),
                Some(Reply::Snapshot { mut model, history, .. }) => {
                    model.set_people(parts);
                    return (caller, model.with_history(history));
                }
                _ => panic!("the snapshot comes first"),
            }
        }
    }

    /// Sends a command.
    fn send(&mut self, id: u64, command: Command) {
        let line = protocol::line(&Request::Command { id, command });
        self.0.get_mut().write_all(line.as_bytes()).unwrap();
    }

    /// The next line; empty at the end.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line in time");
        line
    }

    /// The next reply; `None` at the end.
    fn next(&mut self) -> Option<Reply> {
        let line = self.line();
        (!line.is_empty()).then(|| protocol::read(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Waits until a command is in the model. Follows the events before.
    fn until_done(&mut self, id: u64, model: &mut Model) {
        loop {
            match self.next().expect("the engine goes on") {
                Reply::Done { id: done } => return assert_eq!(done, id),
                reply => apply(model, reply),
            }
        }
    }

    /// Follows the events until the model is so.
    #[track_caller]
    fn until(&mut self, what: &str, model: &mut Model, reached: impl Fn(&Model) -> bool) {
        let end = Instant::now() + LIMIT;
        while !reached(model) {
            assert!(Instant::now() < end, "not within {LIMIT:?}: {what}");
            apply(model, self.next().expect("the engine goes on"));
        }
    }

    /// Waits for an outcome. Returns the state that others see, and why it is another.
    fn outcome(&mut self, verdict: Verdict, model: &mut Model) -> (Option<Presence>, Option<String>) {
        let outcome = |model: &Model| model.outcome(Timestamp::now());
        self.until(&format!("{verdict:?}"), model, |model| outcome(model).verdict == verdict);
        let outcome = outcome(model);
        (outcome.presence, outcome.why)
    }

    /// Reads the refusal and the end.
    fn refusal(&mut self) -> String {
        let Some(Reply::Refused { why }) = self.next() else { panic!("it is refused") };
        assert!(self.next().is_none(), "that is the last word");
        why.to_string()
    }
}

fn apply(model: &mut Model, reply: Reply) {
    if let Reply::Event { at, event } = reply {
        let _ = model.update(event, at);
    }
}

fn attach(user_id: &str, scope: Scope) -> String {
    let user_id = user_id.try_into().unwrap();
    protocol::line(&Request::Attach(Attach { user_id, scope, users: Vec::new(), successor: Successor::No }))
}

fn busy() -> Command {
    let presence = State::Busy.into();
    Command::Set(PresenceRequest { presence, status_msg: Some("lunch".to_owned()), until: None })
}

#[test]
fn a_front_end_sets_a_state_and_learns_when_others_see_it() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    terminal.wait_for("You ● online");
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    caller.send(7, busy());
    caller.until_done(7, &mut model);
    assert_eq!(caller.outcome(Verdict::Seen, &mut model), (Some(Presence::Busy), None));
    assert_eq!((&scene.seen()["presence"], &scene.seen()["status_msg"]), (&json!(BUSY), &json!("lunch")));
    terminal.wait_for("You ■ busy  \"lunch\"");
    terminal.press("o");
    caller.until("online", &mut model, |it| it.outcome(Timestamp::now()).presence == Some(Presence::Online));
    let (_, later) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    assert_eq!(later.outcome(Timestamp::now()).presence, Some(Presence::Online));
}

#[test]
fn a_front_end_learns_why_others_see_another_state() {
    let Some(synapse) = shared(Setup { busy: Busy::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    caller.send(1, busy());
    caller.until_done(1, &mut model);
    let (presence, why) = caller.outcome(Verdict::Differs, &mut model);
    assert_eq!(presence, Some(Presence::Unavailable));
    assert!(why.as_deref().is_some_and(|why| why.ends_with("has no busy")), "{why:?}");

    let Some(synapse) = shared(Setup { presence: Tracking::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    caller.send(1, busy());
    caller.until_done(1, &mut model);
    let (_, why) = caller.outcome(Verdict::Failed, &mut model);
    assert!(why.as_deref().is_some_and(|why| why.contains("presence is switched off at")), "{why:?}");
}

#[test]
fn only_their_owner_can_use_the_socket_and_its_directory() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket(&scene)), 0o600);
    assert_eq!(mode(socket(&scene).parent().unwrap()), 0o700);
}

#[test]
fn another_version_and_anything_else_is_refused_in_words() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    let version = protocol::VERSION;
    let older = format!("this whosin speaks protocol {version}, not 1; update both");
    let newer = format!("this whosin speaks protocol {version}, not 99; update both");
    let too_early = protocol::line(&Request::Command { id: 1, command: busy() });
    let table: [(&str, &str); 7] = [
        ("{\"v\":1,\"ask\":\"own\"}\n", &older),
        ("{\"v\":99,\"request\":\"attach\",\"of\":{\"token\":\"?\"}}\n", &newer),
        ("GET / HTTP/1.1\n", "not a line of whosin's protocol"),
        ("[[[[[[\n", "not a line of whosin's protocol"),
        ("\n", "not a line of whosin's protocol"),
        ("{}\n", "not a line of whosin's protocol"),
        (&too_early, "the first line must attach"),
    ];
    for (line, expected) in table {
        let why = Caller::call(&socket(&scene), line).refusal();
        assert!(why.contains(expected), "{line}: {why}");
    }
    let another = attach("@stranger:example.org", Scope::Everything);
    let why = Caller::call(&socket(&scene), &another).refusal();
    assert!(why.contains("another account is signed in"), "{why}");
    terminal.wait_for("You ● online");
    assert_eq!(scene.seen()["presence"], "online", "nothing was set");
}

#[test]
fn silent_and_hostile_front_ends_are_dropped_while_others_are_served() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let terminal = scene.open();
    // More than the socket serves at a time.
    let silent: Vec<_> = (0..70).map(|_| Caller::call(&socket(&scene), "")).collect();
    for mut caller in silent {
        assert_eq!(caller.line(), "", "dropped without an answer");
    }
    let mut endless = Caller::call(&socket(&scene), "");
    let _ = endless.0.get_mut().write_all(&vec![b'x'; 200_000]);
    let (mut hostile, _) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    hostile.0.get_mut().write_all(b"{\"v\":3,\"request\":\"shout\"}\n").unwrap();
    while !hostile.line().is_empty() {}
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    caller.send(1, busy());
    caller.until_done(1, &mut model);
    caller.outcome(Verdict::Seen, &mut model);
    terminal.wait_for("You ■ busy  \"lunch\"");
}

#[test]
fn all_of_the_model_is_sent_only_to_those_who_ask_for_all() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let _terminal = scene.open();
    let mut own = Caller::call(&socket(&scene), &attach(&scene.alice.id, Scope::Own));
    let mut told = own.line();
    assert!(told.contains("\"snapshot\""), "{told}");
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Everything);
    let bob = scene.bob.id.as_str().try_into().unwrap();
    let bob: &matrix_sdk::ruma::UserId = bob;
    assert!(model.contacts().get(bob).is_some(), "the snapshot has everybody");
    scene.bob.put_presence(BUSY, Some("lunch"));
    let state = |model: &Model| model.contacts().get(bob)?.heard.as_ref().map(|heard| heard.presence.clone());
    caller.until("Bob is busy", &mut model, |it| state(it) == Some(Presence::Busy));
    caller.send(1, busy());
    caller.until_done(1, &mut model);
    while !told.ends_with("\"status_msg\":\"lunch\",\"until\":null}}}}}\n") {
        let line = own.line();
        assert!(!line.is_empty(), "the engine goes on");
        told.push_str(&line);
    }
    assert!(!told.contains(&scene.bob.localpart), "{told}");
}

#[test]
fn the_socket_of_a_killed_dashboard_is_replaced() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let mut terminal = scene.open();
    terminal.signal(Signal::KILL);
    terminal.wait_for_exit();
    assert!(socket(&scene).exists() && UnixStream::connect(socket(&scene)).is_err());
    let mut terminal = scene.open();
    let (mut caller, mut model) = Caller::attach(&socket(&scene), &scene.alice.id, Scope::Own);
    caller.send(1, busy());
    caller.until_done(1, &mut model);
    caller.outcome(Verdict::Seen, &mut model);
    terminal.press("q");
    terminal.wait_for_exit();
    assert!(!socket(&scene).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_does_not_read_is_dropped_and_the_engine_goes_on() {
    let demo = Demo::start(Options { cast: small_cast(), ..Options::default() }).await.unwrap();
    let home = Home::at(&demo).await.without_runtime_directory();
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    let socket = home.state("socket");
    let unread = Caller::call(&socket, &attach(USER, Scope::Everything));
    let (mut caller, mut model) = Caller::attach(&socket, USER, Scope::Everything);
    let end = Instant::now() + LIMIT;
    let is_dropped = || {
        let mut polled = [PollFd::new(unread.0.get_ref(), PollFlags::empty())];
        poll(&mut polled, Some(&Timespec::default())).unwrap() > 0
    };
    let mut id = 0;
    while !is_dropped() {
        assert!(Instant::now() < end, "still there after {id} events");
        id += 1;
        // Each is passed on to every subscriber.
        caller.send(id, Command::Active);
        caller.until_done(id, &mut model);
    }
    demo.set(BOB, "busy", Some("still followed"));
    terminal.wait_for("still followed");
}
