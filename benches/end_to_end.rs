//! The program in a pseudo-terminal on a real Synapse, beside bare HTTP on the same server in the same run.
//!
//! Takes some minutes before the first figure: two thousand people have to register and join.

use std::{
    sync::{
        LazyLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use matrix_sdk::reqwest::{Method, Result, Url};
use serde_json::Value;
use tokio::runtime::Runtime;
use whosin::demo::{self, Demo, Options};

#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../tests/it/support"]
mod support {
    pub mod home;
    pub mod http;
    pub mod synapse;
    pub mod terminal;
    pub mod wait;
}

use support::{
    home::Home,
    http::Http,
    synapse::{Profiles, Setup, Synapse, User},
    terminal::{Terminal, text},
};

/// The filter of the program itself, as it arrives at a homeserver.
static FILTER: LazyLock<String> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("threads for the demo homeserver");
    let options = Options { profiles: demo::Profiles::Pushed, ..Options::default() };
    let demo = runtime.block_on(Demo::start(options)).expect("a demo homeserver");
    let terminal = Home::signed_in(demo.url(), demo::USER, demo::PASSWORD).open(&[], &[]);
    terminal.wait_for("live");
    let mut syncs = demo.requests().into_iter().filter(|request| request.path.ends_with("/sync"));
    syncs.next().expect("it is live after a /sync").query["filter"].clone()
});

/// The least that a watcher can be: one HTTP client.
struct Bare {
    http: Http,
    base: String,
}

impl Bare {
    fn new(synapse: &Synapse, user: &User) -> Self {
        Self {
            http: Http::default().with_token(&user.token),
            base: format!("{}/_matrix/client", synapse.url()),
        }
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = Url::parse_with_params(&format!("{}/{path}", self.base), query).unwrap();
        Ok(self.http.ask_and_wait(Method::GET, url.as_str(), None)?.ok())
    }

    /// Asks for what is new, and moves the position on. Returns how long the answer took.
    fn incremental(&self, since: &mut String) -> Duration {
        let began = Instant::now();
        let query = [("filter", &**FILTER), ("timeout", "0"), ("since", &**since)];
        let answer = self.get("v3/sync", &query).unwrap();
        let took = began.elapsed();
        answer["next_batch"].as_str().unwrap().clone_into(since);
        took
    }

    fn sync(&self, since: Option<&str>) -> Result<Value> {
        match since {
            Some(since) => {
                self.get("v3/sync", &[("filter", &FILTER), ("timeout", "30000"), ("since", since)])
            }
            None => self.get("v3/sync", &[("filter", &FILTER), ("timeout", "0")]),
        }
    }

    /// Follows like any client and says when each numbered message of somebody else arrives.
    fn follow(self) -> Receiver<(u64, Instant)> {
        let (tell, arrivals) = channel();
        let mut since = self.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
        thread::spawn(move || {
            // Ends with the server.
            while let Ok(response) = self.sync(Some(&since)) {
                let now = Instant::now();
                response["next_batch"].as_str().unwrap().clone_into(&mut since);
                let events = response["presence"]["events"].as_array().into_iter().flatten();
                let numbers = events.filter_map(|event| number_in(event["content"]["status_msg"].as_str()?));
                let users = response["org.matrix.msc4429.users"].as_object().into_iter().flatten();
                let of_statuses = users
                    .filter_map(|(_, user)| number_in(user["profile_updates"][STATUS]["text"].as_str()?));
                for number in numbers.chain(of_statuses) {
                    if tell.send((number, now)).is_err() {
                        return;
                    }
                }
            }
        });
        arrivals
    }
}

/// The number of "change 17.".
fn number_in(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("change ")?;
    rest.split_once('.')?.0.parse().ok()
}

/// The field of a user status.
const STATUS: &str = "org.matrix.msc4426.status";

/// What changes.
#[derive(Clone, Copy)]
enum What {
    /// The message of the presence.
    Message,
    /// The user status.
    Status,
}

/// Two watchers of the same changes.
struct Race {
    what: What,
    bob: User,
    terminal: Terminal,
    arrivals: Receiver<(u64, Instant)>,
    number: u64,
}

impl Race {
    fn start(synapse: &Synapse, what: What) -> Self {
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| synapse.user(name));
        let room = bob.create_room("Race");
        alice.join(&room);
        carol.join(&room);
        let terminal = Home::of(&synapse.url(), &alice).open(&[], &[]);
        terminal.wait_for("live");
        let arrivals = Bare::new(synapse, &carol).follow();
        let mut race = Self { what, bob, terminal, arrivals, number: 0 };
        race.changes(5, Duration::from_millis(200));
        race
    }

    /// Makes so many changes so far apart, and returns how long each took to arrive: (bare, screen).
    fn changes(&mut self, count: u64, apart: Duration) -> Vec<(Duration, Duration)> {
        let first = self.number + 1;
        self.number += count;
        let (bob, what) = (self.bob.clone(), self.what);
        let (tell, sent) = channel();
        let sender = thread::spawn(move || {
            let start = Instant::now();
            for index in 0..count {
                let due = start + apart * u32::try_from(index).unwrap();
                thread::sleep(due.saturating_duration_since(Instant::now()));
                tell.send(Instant::now()).unwrap();
                let text = format!("change {}.", first + index);
                match what {
                    What::Message => bob.put_presence("online", Some(&text)),
                    What::Status => {
                        let body = serde_json::json!({STATUS: {"emoji": "🏃", "text": text}});
                        bob.put(&format!("profile/{}/{STATUS}", bob.id), &body).ok();
                    }
                }
            }
        });
        let mut times = Vec::new();
        for number in first..first + count {
            let sent = sent.recv().unwrap();
            let shown = |screen: &_| number_in(&text(screen)).is_some_and(|shown| shown >= number);
            self.terminal.wait_until("the change", shown);
            let on_screen = sent.elapsed();
            let arrived = self.arrivals.iter().find(|(arrived, _)| *arrived >= number).unwrap().1;
            times.push((arrived.saturating_duration_since(sent), on_screen));
        }
        sender.join().unwrap();
        times
    }
}

fn change_to_screen(c: &mut Criterion) {
    let setup = Setup { profiles: Profiles::Pushed, ..Setup::default() };
    let synapse = Synapse::start(setup).expect("this bench is about Synapse");
    run_race(c, "a change, from PUT", &mut Race::start(&synapse, What::Message));
    run_race(c, "a status, from PUT", &mut Race::start(&synapse, What::Status));
}

fn run_race(c: &mut Criterion, group: &str, race: &mut Race) {
    let title = group;
    let mut group = c.benchmark_group(group);
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    for (name, apart) in [("one by one", 300), ("50 ms apart", 50)] {
        let mut all = Vec::new();
        let mut measure = |iterations: u64, which: fn(&(Duration, Duration)) -> Duration| {
            let times = race.changes(iterations, Duration::from_millis(apart));
            let sum = times.iter().map(which).sum();
            all.extend(times);
            sum
        };
        group.bench_function(format!("{name}, floor: bare long poll"), |b| {
            b.iter_custom(|iterations| measure(iterations, |times| times.0));
        });
        group.bench_function(format!("{name}, whosin's screen"), |b| {
            b.iter_custom(|iterations| measure(iterations, |times| times.1));
        });
        report(&format!("{title}, {name}"), &all);
    }
    group.finish();
}

fn first_list(c: &mut Criterion) {
    const PEOPLE: usize = 2_000;
    let synapse = Synapse::start(Setup::default()).expect("this bench is about Synapse");
    let alice = synapse.user("alice");
    let room = alice.create_room("Everybody");
    populate(&synapse, &room, PEOPLE);
    let home = Home::of(&synapse.url(), &alice).configured("cache = false\n");
    let bare = Bare::new(&synapse, &alice.another_session());
    warm_start(&synapse, &alice, &bare);
    let mut group = c.benchmark_group("the first full list of 2,000");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    let mut all = Vec::new();
    let mut measure = |iterations: u64, which: fn(&(Duration, Duration)) -> Duration| {
        let times: Vec<_> = (0..iterations).map(|_| (ask_all(&bare, &alice, &room), start(&home))).collect();
        let sum = times.iter().map(which).sum();
        all.extend(times);
        sum
    };
    group.bench_function("floor: the same requests, bare", |b| {
        b.iter_custom(|iterations| measure(iterations, |times| times.0));
    });
    group.bench_function("whosin, from the start of the process", |b| {
        b.iter_custom(|iterations| measure(iterations, |times| times.1));
    });
    report("first list", &all);
    group.finish();
}

/// Starts with the contacts of the process before, beside a bare incremental `/sync` each time.
fn warm_start(synapse: &Synapse, alice: &User, bare: &Bare) {
    const STARTS: usize = 20;
    let home = Home::of(&synapse.url(), alice).configured("view = \"everyone\"\n");
    assert_eq!(home.run(&["list"]).code, 0);
    let mut since = bare.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
    let until = |words: &str| {
        let began = Instant::now();
        let terminal = home.open(&[], &[]);
        terminal.wait_for(words);
        began.elapsed()
    };
    let list = || {
        let began = Instant::now();
        assert_eq!(home.run(&["list"]).code, 0);
        began.elapsed()
    };
    for (name, whosin) in [
        ("start to names", Box::new(|| until("in a meeting")) as Box<dyn Fn() -> Duration>),
        ("start to the server's answer", Box::new(|| until("live"))),
        ("whosin list", Box::new(list)),
    ] {
        let times: Vec<_> = (0..STARTS).map(|_| (bare.incremental(&mut since), whosin())).collect();
        report(name, &times);
    }
}

/// Answers of commands beside their floors: `status` beside one bare GET, `list` beside a bare incremental `/sync`; with a
/// daemon and without.
fn answers(_: &mut Criterion) {
    const TIMES: usize = 20;
    let synapse = Synapse::start(Setup::default()).expect("this bench is about Synapse");
    for people in [50, 500, 2_000] {
        let alice = synapse.user("alice");
        populate(&synapse, &alice.create_room("Everybody"), people);
        let bob = synapse.user("bob");
        bob.join(&alice.create_room("Two"));
        bob.put_presence("online", None);
        let home = Home::of(&synapse.url(), &alice).configured("view = \"everyone\"\n");
        assert_eq!(home.run(&["list"]).code, 0);
        let bare = Bare::new(&synapse, &alice.another_session());
        let mut since = bare.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
        let get = || {
            let began = Instant::now();
            bare.get(&format!("v3/presence/{}/status", bob.id), &[]).unwrap();
            began.elapsed()
        };
        let run = |args: &[&str]| {
            let began = Instant::now();
            assert_eq!(home.run(args).code, 0, "{args:?}");
            began.elapsed()
        };
        let mut compare = |how: &str| {
            let status: Vec<_> = (0..TIMES).map(|_| (get(), run(&["status", &bob.id]))).collect();
            report(&format!("{people} contacts, {how}: whosin status"), &status);
            let list: Vec<_> = (0..TIMES).map(|_| (bare.incremental(&mut since), run(&["list"]))).collect();
            report(&format!("{people} contacts, {how}: whosin list"), &list);
        };
        compare("alone");
        let mut daemon = home.command(&["daemon"]).spawn().expect("the daemon starts");
        while !home.run(&["status", "--cached"]).stdout.contains("online") {
            thread::sleep(Duration::from_millis(100));
        }
        compare("beside a daemon");
        let cached: Vec<_> = (0..TIMES).map(|_| (get(), run(&["status", "--cached"]))).collect();
        report(&format!("{people} contacts: whosin status --cached"), &cached);
        let complete = || {
            let began = Instant::now();
            let mut command = home.command(&["--", "whosin", "status", "b"]);
            assert!(command.env("COMPLETE", "fish").status().unwrap().success());
            began.elapsed()
        };
        let completed: Vec<_> = (0..TIMES).map(|_| (get(), complete())).collect();
        report(&format!("{people} contacts: a completion"), &completed);
        println!("{people} contacts: memory of the daemon {}", memory(daemon.id()));
        daemon.kill().expect("the daemon runs");
        daemon.wait().expect("it ends");
    }
}

/// The resident memory of a process, as the system says it.
fn memory(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap_or("unknown").trim().to_owned()
}

/// Fills a room with people, of whom three quarters are busy.
fn populate(synapse: &Synapse, room: &str, people: usize) {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..people / 4 {
                    let user = synapse.user("u");
                    user.join(room);
                    // The one state that lasts without anybody syncing.
                    if number % 4 > 0 {
                        user.put_presence("org.matrix.msc3026.busy", Some("in a meeting"));
                    }
                }
            });
        }
    });
}

fn ask_all(bare: &Bare, alice: &User, room: &str) -> Duration {
    let began = Instant::now();
    bare.get("versions", &[]).unwrap();
    bare.get(&format!("v3/presence/{}/status", alice.id), &[]).unwrap();
    bare.sync(None).unwrap();
    bare.get("v3/joined_rooms", &[]).unwrap();
    bare.get(&format!("v3/rooms/{room}/joined_members"), &[]).unwrap();
    began.elapsed()
}

fn start(home: &Home) -> Duration {
    let began = Instant::now();
    let terminal = home.open(&[], &[]);
    terminal.wait_for("live");
    began.elapsed()
}

/// The medians of both, and what one is of the other.
fn report(name: &str, times: &[(Duration, Duration)]) {
    // Left out by the filter of the command line.
    if times.is_empty() {
        return;
    }
    let median = |which: fn(&(Duration, Duration)) -> Duration| {
        let mut sorted: Vec<Duration> = times.iter().map(which).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2].as_secs_f64() * 1e3
    };
    let (bare, whosin) = (median(|times| times.0), median(|times| times.1));
    let count = times.len();
    println!(
        "{name}: median of {count}: bare {bare:.1} ms, whosin {whosin:.1} ms, ratio {:.2}",
        whosin / bare
    );
}

criterion_group!(benches, change_to_screen, first_list, answers);
criterion_main!(benches);
