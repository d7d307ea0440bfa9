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
    thread,
};

use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;

use crate::{
    program::daemon::Daemon,
    support::{
        guest::BOB,
        home::Home,
        scene::{BUSY, Recording, Scene},
        synapse::{Setup, shared},
        wait,
    },
};
#[cfg(target_os = "linux")]
use crate::{
    program::{
        own::{join_call, leave_call},
        prompts::block,
    },
    support::{desktop::XServer, home::path_with_whosin},
};

/// How late the end of a timed state may be: the request, and the look of the test itself.
const ON_TIME: SignedDuration = SignedDuration::from_secs(3);

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

#[cfg(target_os = "linux")]
#[test]
fn others_see_over_a_day_what_they_should() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let room = scene.alice.create_room("Calls");
    let network = Network::before(&synapse.url());
    let keyboard = XServer::start(&["MIT-SCREEN-SAVER"]);
    keyboard.set_idle(20);
    let home = Home::of(&network.url, &scene.alice).without_runtime_directory();
    let home = home.configured("idle_after = \"2s\"").with("DISPLAY", &keyboard.display());
    let recording = Recording::begin(&scene.bob, &scene.alice);

    // Login, a call, a pause.
    let daemon = Daemon::start(&home);
    recording.until_told("online");
    let phone = scene.alice.another_session();
    join_call(&phone, &room);
    recording.until_told(BUSY);
    leave_call(&phone, &room);
    recording.until_told("online");
    keyboard.set_idle(3_600_000);
    recording.until_told("unavailable");
    keyboard.set_idle(20);
    recording.until_told("online");

    // A meeting of the calendar.
    let ends = Timestamp::now() + SignedDuration::from_secs(8);
    let ends = Timestamp::from_second(ends.as_second()).unwrap();
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let begins = utc(ends - SignedDuration::from_hours(1));
    let event = format!("BEGIN:VEVENT\nSUMMARY:Secret\nDTSTART:{begins}\nDTEND:{}\nEND:VEVENT\n", utc(ends));
    home.write("calendar.ics", &event);
    let recipes = include_str!("../../../assets/manual/recipes.md");
    home.write("meeting-end", &block(recipes, "Save this as `meeting-end`"));
    let mut shell = home.command_of("sh");
    shell.args(["-c", &block(recipes, "Then run each minute:")]).env("PATH", path_with_whosin());
    assert!(shell.status().unwrap().success());
    recording.until_told(BUSY);
    recording.until_told("online");
    let late = Timestamp::now().duration_since(ends);
    assert!(late >= SignedDuration::ZERO && late <= ON_TIME, "{late:?}");

    // The laptop sleeps until the server takes it for gone.
    daemon.signal(Signal::STOP);
    recording.until_told("offline");
    daemon.signal(Signal::CONT);
    recording.until_told("online");

    // Another network.
    network.goes_down();
    let (_, server) = scene.alice.id.split_once(':').unwrap();
    daemon.wait_for(&format!("STATUS=not connected to {server}"));
    network.is_back();
    daemon.wait_for(&format!("STATUS=connected to {server}"));
    assert_eq!(home.run(&["set", "away", "-m", "lunch"]).stdout, "unavailable: lunch\n");

    // Logout.
    assert_eq!(daemon.end().code(), Some(0));
    recording.until_told("offline");
    let expected = [
        "online",
        &format!("{BUSY} in a call"),
        "online",
        "unavailable",
        "online",
        &format!("{BUSY} in a meeting"),
        "online",
        "offline",
        "online",
        "unavailable lunch",
        "offline lunch",
    ];
    assert_eq!(recording.end(), expected);
}

#[test]
fn a_timed_state_ends_on_time_whatever_comes_and_goes() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene = Scene::on(synapse);
    let daemon = Daemon::start(&scene.home);
    scene.until_seen_as("online");
    let recording = scene.record();
    let began = Timestamp::now();
    assert_eq!(scene.home.run(&["set", "busy", "--for", "50s", "-m", "lunch"]).stdout, "busy: lunch\n");
    let ends = began + SignedDuration::from_secs(50);
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
    scene.until_seen_as("online");
    let late = Timestamp::now().duration_since(ends);
    // Up to a second passes before the command has sent the length.
    assert!(late >= SignedDuration::ZERO && late <= ON_TIME + ON_TIME, "{late:?}");
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
