//! What others see of somebody over a day, in compressed time, on a real Synapse.

use std::{
    cell::Cell,
    fs::File,
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    program::{
        daemon::Daemon,
        own::{join_call, leave_call},
        prompts::block,
    },
    support::{
        desktop::XServer,
        guest::BOB,
        home::{Home, path_with_whosin},
        scene::{BUSY, Recording, Scene},
        synapse::{Setup, User, shared},
        wait,
    },
};

/// How much later than the change of another client at the same moment the end of a timed state may be seen. Both
/// take what the machine takes.
const ON_TIME: SignedDuration = SignedDuration::from_secs(2);

/// The network between the program and its server.
struct Network {
    url: String,
    is_down: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Network {
    fn before(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (is_down, open) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Vec<TcpStream>>>::default());
        let (down, connections) = (is_down.clone(), open.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server);
                if let (false, Ok(server)) = (down.load(Ordering::SeqCst), server) {
                    let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                    connections.lock().unwrap().extend(ends);
                    pass_on(client.try_clone().unwrap(), server.try_clone().unwrap());
                    pass_on(server, client);
                }
            }
        });
        Self { url, is_down, open }
    }

    /// Ends all connections, and takes no more.
    fn goes_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        self.open.lock().unwrap().drain(..).for_each(|stream| _ = stream.shutdown(Shutdown::Both));
    }

    fn is_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// A day: what is done when, and what others have to see of it.
struct Day {
    recording: Recording,
    /// When each change was caused, and what it makes others see.
    causes: Vec<(Timestamp, String)>,
}

impl Day {
    fn begins(recording: Recording) -> Self {
        Self { recording, causes: Vec::new() }
    }

    /// Does something, and waits until others see its effect.
    fn causes<T>(&mut self, seen: &str, cause: impl FnOnce() -> T) -> T {
        self.causes.push((Timestamp::now(), seen.to_owned()));
        let done = cause();
        self.recording.until_told(seen);
        done
    }

    /// Waits until others see what a clock causes at a moment. Returns when they did.
    fn passes(&mut self, at: Timestamp, seen: &str) -> Timestamp {
        self.causes.push((at, seen.to_owned()));
        self.recording.until_told(seen)
    }

    /// Ends the day. Each cause had its effect before the next cause and not before its own moment, and others saw
    /// nothing else. How long an effect takes depends on the machine.
    fn ends(self) {
        let told = self.recording.end_with_times();
        let next = self.causes.iter().skip(1).map(|(at, _)| *at).chain([Timestamp::MAX]);
        let mut pairs = told.iter().zip(self.causes.iter().zip(next));
        let fits = pairs.all(|((told_at, seen), ((caused_at, expected), next))| {
            seen == expected && caused_at <= told_at && *told_at < next
        });
        let is_all = told.len() == self.causes.len();
        assert!(fits && is_all, "caused: {:#?}, seen: {told:#?}", self.causes);
    }
}

/// Somebody whose client changes their state at a moment. What the program does at that moment is compared with when
/// Bob is told of this change.
struct PunctualClient {
    recording: Recording,
    changes: JoinHandle<()>,
}

impl PunctualClient {
    fn at(moment: Timestamp, bob: &User, carol: &User) -> Self {
        let recording = Recording::begin(bob, carol);
        let carol = carol.clone();
        let changes = thread::spawn(move || {
            let left = moment.duration_since(Timestamp::now());
            thread::sleep(left.try_into().unwrap_or_default());
            carol.put_presence("unavailable", Some("on time"));
        });
        Self { recording, changes }
    }

    /// Panics if Bob was told of this change long before he was told of another one.
    fn comes_hardly_before(self, told: Timestamp) {
        self.changes.join().unwrap();
        let on_time = self.recording.until_told("unavailable on time");
        let late = told.duration_since(on_time);
        assert!(late <= ON_TIME, "later than a client with a clock: {late:?}");
    }
}

#[test]
fn others_see_over_a_day_what_they_should() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let room = scene.alice.create_room("Calls");
    let carol = synapse.user("carol");
    scene.bob.join(&carol.create_room("Clocks"));
    let network = Network::before(&synapse.url());
    let keyboard = XServer::start(&["MIT-SCREEN-SAVER"]);
    keyboard.set_idle(20);
    let home = Home::of(&network.url, &scene.alice).without_runtime_directory();
    let home = home.configured("idle_after = \"2s\"").with("DISPLAY", &keyboard.display());
    let mut day = Day::begins(Recording::begin(&scene.bob, &scene.alice));

    // Login, a call, a pause.
    let daemon = day.causes("online", || Daemon::start(&home));
    let phone = scene.alice.another_session();
    day.causes(&format!("{BUSY} in a call"), || join_call(&phone, &room));
    day.causes("online", || leave_call(&phone, &room));
    day.causes("unavailable", || keyboard.set_idle(3_600_000));
    day.causes("online", || keyboard.set_idle(20));

    // A meeting of the calendar.
    let ends = Timestamp::now() + SignedDuration::from_secs(12);
    let ends = Timestamp::from_second(ends.as_second()).unwrap();
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let begins = utc(ends - SignedDuration::from_hours(1));
    let event = format!("BEGIN:VEVENT\nSUMMARY:Secret\nDTSTART:{begins}\nDTEND:{}\nEND:VEVENT\n", utc(ends));
    home.write("calendar.ics", &event);
    let recipes = include_str!("../../../assets/manual/recipes.md");
    home.write("meeting-end", &block(recipes, "Save this as `meeting-end`"));
    let mut shell = home.command_of("sh");
    shell.args(["-c", &block(recipes, "Then run each minute:")]).env("PATH", path_with_whosin());
    let clock = PunctualClient::at(ends, &scene.bob, &carol);
    day.causes(&format!("{BUSY} in a meeting"), || assert!(shell.status().unwrap().success()));
    clock.comes_hardly_before(day.passes(ends, "online"));

    // The laptop sleeps until the server takes it for gone.
    day.causes("offline", || daemon.signal(Signal::STOP));
    day.causes("online", || daemon.signal(Signal::CONT));

    // Another network: others see nothing of it.
    network.goes_down();
    let (_, server) = scene.alice.id.split_once(':').unwrap();
    daemon.wait_for(&format!("STATUS=not connected to {server}"));
    network.is_back();
    daemon.wait_for(&format!("STATUS=connected to {server}"));
    day.causes("unavailable lunch", || {
        assert_eq!(home.run(&["set", "away", "-m", "lunch"]).stdout, "unavailable: lunch\n");
    });

    // Logout.
    day.causes("offline lunch", || assert_eq!(daemon.end().code(), Some(0)));
    day.ends();
}

#[test]
fn a_timed_state_ends_on_time_whatever_comes_and_goes() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let carol = synapse.user("carol");
    scene.bob.join(&carol.create_room("Clocks"));
    let daemon = Daemon::start(&scene.home);
    scene.until_seen_as("online");
    let recording = scene.record();
    assert_eq!(scene.home.run(&["set", "busy", "--for", "50s", "-m", "lunch"]).stdout, "busy: lunch\n");
    let saved: Value = serde_json::from_str(&scene.file(".local/state/whosin/presence.json")).unwrap();
    let ends: Timestamp = saved["layers"]["timed"]["at"].as_str().unwrap().parse().unwrap();
    let clock = PunctualClient::at(ends, &scene.bob, &carol);
    for round in 0..10 {
        let mut dashboard = scene.home.open(&[], &[]);
        dashboard.wait_for("You ■ busy until");
        assert!(scene.home.run(&["status", "--cached"]).stdout.contains("\tbusy\t"), "{round}");
        dashboard.press("q");
        assert_eq!(dashboard.wait_for_exit().code(), Some(0));
        if Timestamp::now() > ends - SignedDuration::from_secs(25) {
            break;
        }
    }
    assert_eq!(scene.home.run(&["list"]).code, 0);
    assert_eq!(scene.home.run(&["is", &scene.alice.localpart, "busy"]).code, 0);
    let dashboard = scene.home.open(&[], &[]);
    dashboard.wait_for("You ■ busy until");
    daemon.signal(Signal::KILL);
    let status = || scene.home.run(&["daemon", "--status"]).stdout;
    wait::until(|| status().contains("the dashboard of process"), status);
    let ended = recording.until_told("online");
    assert!(ended >= ends, "{ended} is before {ends}");
    clock.comes_hardly_before(ended);
    assert_eq!(recording.end(), [format!("{BUSY} lunch"), "online".to_owned()]);
    drop(dashboard);
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_moves_the_history_and_the_kept_contacts_too() {
    let demo = crate::program::watch::demo().await;
    let home = Home::at(&demo).await.configured("cache = false");
    let daemon = Daemon::start(&home);
    daemon.wait_for("STATUS=connected to demo.localhost");
    demo.set(BOB, "busy", None);
    let listed = || home.run(&["list"]).stdout;
    wait::until(|| listed().contains("busy"), listed);
    assert!(!home.state("history.sqlite").exists() && !home.state("cache.json").exists());
    let home = home.configured("history = \"30d\"");
    daemon.signal(Signal::HUP);
    let history = || home.run(&["history"]).stdout;
    // The signal may arrive after a change.
    let changes = Cell::new(0);
    let change = || {
        changes.set(changes.get() + 1);
        demo.set(BOB, if changes.get() % 2 == 0 { "busy" } else { "online" }, None);
    };
    wait::until(
        || {
            change();
            history().contains("busy")
        },
        history,
    );
    let home = home.configured("cache = false");
    daemon.signal(Signal::HUP);
    wait::until(|| !home.state("cache.json").exists(), || "no contacts on disk".to_owned());
    assert!(daemon.end().success());
    assert!(!home.state("cache.json").exists(), "the end keeps none either");
    assert!(File::open(home.state("history.sqlite")).is_ok(), "what is kept stays");
}
