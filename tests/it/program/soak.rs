//! A dashboard that runs for as long as one likes, while strangers join and leave for ever:
//! `WHOSIN_SOAK=3600 cargo test --test it soak -- --ignored --nocapture`, in seconds.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

use rustix::process::Pid;

use crate::{
    program::watch::demo,
    support::{
        guest::{BOB, ROOM},
        home::Home,
    },
};

/// The strangers of one round. Each round has others, so the memory of at most 150,000 of them grows.
const STRANGERS: usize = 50;
/// The rounds before the first measurement, in which caches fill.
const WARM_UP: usize = 10;
/// How much memory may grow in the whole time, in kilobytes: 150,000 strangers, what the allocator keeps, and the log's
/// last entries.
const GROWTH: u64 = 128 * 1024;

/// What a process uses.
#[derive(Clone, Copy, Debug)]
struct Usage {
    kilobytes: u64,
    descriptors: usize,
    tasks: usize,
}

impl Usage {
    fn of(process: Pid) -> Self {
        let directory = format!("/proc/{}", process.as_raw_nonzero());
        let status = fs::read_to_string(format!("{directory}/status")).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let count = |name| fs::read_dir(format!("{directory}/{name}")).unwrap().count();
        Self {
            kilobytes: memory.trim().trim_end_matches(" kB").parse().unwrap(),
            descriptors: count("fd"),
            tasks: count("task"),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kilobytes, descriptors, tasks } = self;
        write!(f, "{kilobytes} kB, {descriptors} descriptors, {tasks} tasks")
    }
}

fn stranger(number: usize) -> String {
    format!("@stranger{number}:demo.localhost")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs for as long as WHOSIN_SOAK says"]
async fn memory_descriptors_and_tasks_stay_while_strangers_come_and_go() {
    let seconds = std::env::var("WHOSIN_SOAK").map_or(60, |text| text.parse().expect("seconds"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("Bob");
    let mut start = None;
    let mut round = 0;
    while Instant::now() < end || start.is_none() {
        let strangers = (0..STRANGERS).map(|number| stranger(round * STRANGERS + number));
        for stranger in strangers.clone() {
            demo.join(&stranger, ROOM);
            demo.set(&stranger, "online", Some("passing by"));
        }
        demo.set(BOB, "online", Some(&format!("round {round}.")));
        terminal.wait_for(&format!("round {round}."));
        for stranger in strangers {
            demo.leave(&stranger, ROOM);
        }
        round += 1;
        if round == WARM_UP {
            start = Some(Usage::of(terminal.id()));
        }
    }
    let (start, end) = (start.unwrap(), Usage::of(terminal.id()));
    println!("{round} rounds of {STRANGERS} strangers\nstart: {start}\nend:   {end}");
    assert!(end.kilobytes < start.kilobytes + GROWTH, "{start} has become {end}");
    assert!(end.descriptors <= start.descriptors + 2, "{start} has become {end}");
    assert!(end.tasks <= start.tasks + 2, "{start} has become {end}");
}
