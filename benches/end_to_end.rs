//! The program in a pseudo-terminal on a real Synapse, beside bare HTTP on the same server in the same run.
//!
//! Takes some minutes before the first figure: two thousand people have to register and join.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    process::{Command, Stdio},
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
    token: String,
    base: String,
}

impl Bare {
    fn new(synapse: &Synapse, user: &User) -> Self {
        Self {
            http: Http::default().with_token(&user.token),
            token: user.token.clone(),
            base: format!("{}/_matrix/client", synapse.url()),
        }
    }

    fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = Url::parse_with_params(&format!("{}/{path}", self.base), query).unwrap();
        Ok(self.http.ask_and_wait(Method::GET, url.as_str(), None)?.ok())
    }

    /// Asks for what is new by [`Self::by_curl`], and moves the position on. Returns how long that took.
    fn incremental(&self, since: &mut String) -> Duration {
        let query = [("filter", &**FILTER), ("timeout", "0"), ("since", &**since)];
        let (took, answer) = self.by_curl("v3/sync", &query);
        answer["next_batch"].as_str().unwrap().clone_into(since);
        took
    }

    /// Asks as a command has to: by a new process, on a new connection. Returns how long that took, and the answer.
    fn by_curl(&self, path: &str, query: &[(&str, &str)]) -> (Duration, Value) {
        let url = Url::parse_with_params(&format!("{}/{path}", self.base), query).unwrap();
        let began = Instant::now();
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--header", "@-", url.as_str()]);
        let mut asked = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("curl is installed");
        writeln!(asked.stdin.take().unwrap(), "Authorization: Bearer {}", self.token).unwrap();
        let output = asked.wait_with_output().unwrap();
        (began.elapsed(), serde_json::from_slice(&output.stdout).expect("curl has an answer"))
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

/// Whether the command line names this group, or none. It names a part of the title, as for Criterion.
fn is_wanted(group: &str) -> bool {
    let mut named = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    named.peek().is_none() || named.any(|word| group.contains(&word))
}

fn change_to_screen(c: &mut Criterion) {
    let (change, status) = ("a change, from PUT", "a status, from PUT");
    if !is_wanted(change) && !is_wanted(status) {
        return;
    }
    let setup = Setup { profiles: Profiles::Pushed, ..Setup::default() };
    let synapse = Synapse::start(setup).expect("this bench is about Synapse");
    for (title, what) in [(change, What::Message), (status, What::Status)] {
        if is_wanted(title) {
            run_race(c, title, &mut Race::start(&synapse, what));
        }
    }
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
    const TITLE: &str = "the first full list of 2,000";
    if !is_wanted(TITLE) {
        return;
    }
    let synapse = Synapse::start(Setup::default()).expect("this bench is about Synapse");
    let alice = synapse.user("alice");
    let room = alice.create_room("Everybody");
    populate(&synapse, &room, PEOPLE);
    let home = Home::of(&synapse.url(), &alice).configured("cache = false\n");
    let bare = Bare::new(&synapse, &alice.another_session());
    warm_start(&synapse, &alice, &bare);
    warm_start_far_away(&synapse);
    let mut group = c.benchmark_group(TITLE);
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
    let home = Home::of(&synapse.url(), alice).configured("view = \"everyone\"\n");
    assert_eq!(home.run(&["list"]).code, 0);
    let mut since = bare.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
    let mut compare = |name: &str, whosin: &dyn Fn() -> Duration| {
        let times: Vec<_> = (0..TIMES).map(|_| (bare.incremental(&mut since), whosin())).collect();
        report(&format!("2,000 contacts, {name}"), &times)
    };
    // First: a dashboard that is killed stays online for a while, and a list keeps out of the way of its polls.
    let (bare, list) = compare("whosin list", &|| timed(&home, &["list"]));
    within(list, bare + Duration::from_millis(20));
    let until = |words: &str| {
        let began = Instant::now();
        let terminal = home.open(&[], &[]);
        terminal.wait_for(words);
        (began.elapsed(), terminal)
    };
    let (_, names) = compare("start to names", &|| until("in a meeting").0);
    within(names, Duration::from_millis(60));
    compare("start to the server's answer", &|| until("live").0);
    let (_, dashboard) = until("live");
    idle("a dashboard with 2,000 contacts", dashboard.id().as_raw_nonzero().get(), 20);
}

/// Starts in the same way with a server as far away as servers are, beside curl over the same distance.
fn warm_start_far_away(synapse: &Synapse) {
    let alice = synapse.user("alice");
    populate(synapse, &alice.create_room("Everybody"), 50);
    let far = far_away(synapse);
    let home = Home::of(&far, &alice).configured("view = \"everyone\"\n");
    assert_eq!(home.run(&["list"]).code, 0);
    let other = alice.another_session();
    let bare = Bare { base: format!("{far}/_matrix/client"), ..Bare::new(synapse, &other) };
    let mut since = bare.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
    let start = || {
        let began = Instant::now();
        let terminal = home.open(&[], &[]);
        terminal.wait_for("live");
        began.elapsed()
    };
    let times: Vec<_> = (0..TIMES).map(|_| (bare.incremental(&mut since), start())).collect();
    let (bare, live) = report("start to the answer of a server 50 ms away", &times);
    within(live, bare.mul_f64(1.2));
}

/// Returns an address at which a server is 50 ms away, there and back.
fn far_away(synapse: &Synapse) -> String {
    const ONE_WAY: Duration = Duration::from_millis(25);
    let near = synapse.url().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let far = format!("http://{}", listener.local_addr().unwrap());
    let pass_on = |mut from: TcpStream, mut to: TcpStream| {
        let (sender, arriving) = channel::<(Instant, Vec<u8>)>();
        thread::spawn(move || {
            for (sent, bytes) in arriving {
                thread::sleep((sent + ONE_WAY).saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    return;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                if sender.send((Instant::now(), bytes[..read].to_vec())).is_err() {
                    return;
                }
            }
        });
    };
    thread::spawn(move || {
        for client in listener.incoming().map_while(std::io::Result::ok) {
            let server = TcpStream::connect(&near).expect("the server listens");
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("a connection");
            }
            pass_on(client.try_clone().unwrap(), server.try_clone().unwrap());
            pass_on(server, client);
        }
    });
    far
}

/// How often each command runs.
const TIMES: usize = 20;

/// Runs a command that succeeds. Returns how long it took.
fn timed(home: &Home, args: &[&str]) -> Duration {
    let began = Instant::now();
    assert_eq!(home.run(args).code, 0, "{args:?}");
    began.elapsed()
}

/// Answers of commands beside their floors: `status` beside curl for the same GET, `list` beside curl for an incremental
/// `/sync`, and with a daemon the start of a process.
fn answers(_: &mut Criterion) {
    if !is_wanted("answers") {
        return;
    }
    let synapse = Synapse::start(Setup::default()).expect("this bench is about Synapse");
    for people in [50, 500, 2_000] {
        answers_among(&synapse, people);
    }
}

fn answers_among(synapse: &Synapse, people: usize) {
    let alice = synapse.user("alice");
    populate(synapse, &alice.create_room("Everybody"), people);
    let bob = synapse.user("bob");
    bob.join(&alice.create_room("Two"));
    bob.put_presence("org.matrix.msc3026.busy", None);
    let home = Home::of(&synapse.url(), &alice).configured("view = \"everyone\"\n");
    assert_eq!(home.run(&["list"]).code, 0);
    let bare = Bare::new(synapse, &alice.another_session());
    let mut since = bare.sync(None).unwrap()["next_batch"].as_str().unwrap().to_owned();
    let path = format!("v3/presence/{}/status", bob.id);
    let status: Vec<_> =
        (0..TIMES).map(|_| (bare.by_curl(&path, &[]).0, timed(&home, &["status", &bob.id]))).collect();
    report(&format!("{people} contacts, no daemon: whosin status"), &status);
    let list: Vec<_> = (0..TIMES).map(|_| (bare.incremental(&mut since), timed(&home, &["list"]))).collect();
    let (floor, list) = report(&format!("{people} contacts, no daemon: whosin list"), &list);
    within(list, floor + Duration::from_millis(20));

    let mut daemon = home.command(&["daemon"]).spawn().expect("the daemon starts");
    while !home.run(&["status", "--cached"]).stdout.contains("online") {
        thread::sleep(Duration::from_millis(100));
    }
    for (args, most) in [
        (["status"].as_slice(), 5),
        (&["status", &bob.id], 5),
        (&["is", &bob.id, "busy"], 5),
        (&["list"], 5),
        (&["watch", "--once"], 5),
        (&["status", "--cached"], 20),
    ] {
        compare_with_start(&home, &format!("{people} contacts, a daemon: {}", args.join(" ")), most, || {
            timed(&home, args)
        });
    }
    for (name, most, script) in [
        ("a prompt", 20, "whosin status --cached 2>/dev/null | cut -f2"),
        ("a completion", 50, "COMPLETE=fish whosin -- whosin status b"),
    ] {
        compare_with_start(&home, &format!("{people} contacts, a daemon: {name}"), most, || {
            let began = Instant::now();
            assert!(home.shell(script).stdout(Stdio::null()).status().unwrap().success());
            began.elapsed()
        });
    }
    let id = i32::try_from(daemon.id()).unwrap();
    idle(&format!("a daemon with {people} contacts"), id, 18);
    daemon.kill().expect("the daemon runs");
    daemon.wait().expect("it ends");
}

/// Compares a command with the start of a process that does nothing, and with what it may take, in milliseconds.
fn compare_with_start(home: &Home, name: &str, most: u64, run: impl Fn() -> Duration) {
    let times: Vec<_> = (0..TIMES).map(|_| (timed(home, &["--version"]), run())).collect();
    let (_, whosin) = report(name, &times);
    within(whosin, Duration::from_millis(most));
}

/// Says what a process takes that has nothing to do for a minute: memory beside what it may have in megabytes, time of
/// the CPU, and how often it was woken. Synapse answers a poll after 30 s.
fn idle(name: &str, process: i32, most: u64) {
    let used = || {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs on Linux");
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        // Of 10 ms each. See proc(5).
        let ticks = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum::<u64>();
        let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
        let woken = tasks.map(|task| number_of(&task.path().join("status"), "voluntary_ctxt_switches:"));
        (ticks * 10, woken.sum::<u64>())
    };
    thread::sleep(Duration::from_secs(5));
    let before = used();
    thread::sleep(Duration::from_mins(1));
    let after = used();
    let memory = number_of(format!("/proc/{process}/status").as_ref(), "VmRSS:") / 1_000;
    let (cpu, woken) = (after.0 - before.0, after.1.saturating_sub(before.1));
    println!("{name}: {memory} MB of {most} MB; in an idle minute {cpu} ms of CPU, woken {woken} times");
}

/// The number behind a word at the beginning of a line.
fn number_of(file: &std::path::Path, word: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let number =
        text.lines().find_map(|line| line.strip_prefix(word)?.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}

/// Fills a room with people, of whom three quarters are busy.
fn populate(synapse: &Synapse, room: &str, people: usize) {
    thread::scope(|scope| {
        for first in 0..4 {
            scope.spawn(move || {
                for number in (first..people).step_by(4) {
                    let user = synapse.user("u");
                    user.join(room);
                    // The one state that lasts without anybody syncing.
                    if number / 4 % 4 > 0 {
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

/// Prints the medians of both, and what one is of the other. Returns them.
fn report(name: &str, times: &[(Duration, Duration)]) -> (Duration, Duration) {
    // Left out by the filter of the command line.
    if times.is_empty() {
        return Default::default();
    }
    let median = |which: fn(&(Duration, Duration)) -> Duration| {
        let mut sorted: Vec<Duration> = times.iter().map(which).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let (bare, whosin) = (median(|times| times.0), median(|times| times.1));
    let count = times.len();
    println!(
        "{name}: median of {count}: bare {:.1} ms, whosin {:.1} ms, ratio {:.2}",
        bare.as_secs_f64() * 1e3,
        whosin.as_secs_f64() * 1e3,
        whosin.as_secs_f64() / bare.as_secs_f64()
    );
    (bare, whosin)
}

/// Says whether a time is within what was promised.
fn within(time: Duration, most: Duration) {
    let verdict = if time <= most { "within" } else { "OVER" };
    println!("    {verdict} {:.1} ms", most.as_secs_f64() * 1e3);
}

criterion_group!(benches, change_to_screen, first_list, answers);
criterion_main!(benches);
