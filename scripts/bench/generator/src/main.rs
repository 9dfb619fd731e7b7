//! A load of event-stream subscribers that trusts nobody.
//!
//! Opens subscribers at one or more servers, publishes events, decodes what comes (chunked coding and event stream), and
//! checks each event's number and octets at each subscriber. With several servers, blocks of events go round between
//! them, so that whatever else happens on the machine happens to all of them. Results are JSON lines on standard
//! output, one for each block; the exit code is 1 if anything was lost, came twice, late or broken.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::crowd::{Crowd, Server, nanoseconds};
use crate::measure::Histogram;

mod crowd;
mod decode;
mod measure;
mod soak;

#[derive(Debug, Parser)]
#[command(version, about = "Opens subscribers, publishes events, and checks every one of them")]
struct Cli {
    #[command(subcommand)]
    load: Load,
}

#[derive(Debug, Subcommand)]
enum Load {
    /// The next event is published when everybody has the one before.
    Burst {
        #[command(flatten)]
        common: Common,
    },
    /// So many publications are always in flight, on one connection.
    Flood {
        #[command(flatten)]
        common: Common,
        /// Publications without a response at any time.
        #[arg(long, default_value_t = 32)]
        in_flight: usize,
    },
    /// So many events a second, whether or not everybody follows.
    Rate {
        #[command(flatten)]
        common: Common,
        /// Events a second.
        #[arg(long, default_value_t = 20.0)]
        rate: f64,
    },
    /// Only holds subscribers open; waits for a line on standard input at each of the numbers, and after closing them all.
    Idle {
        #[command(flatten)]
        common: Common,
        /// How many are open at each stage.
        #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
        stages: Vec<usize>,
    },
    /// Followers who stay, come back, stall and break off, for a while. A `*` in the paths of the target stands for a topic.
    Soak {
        #[command(flatten)]
        common: Common,
        /// How long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Topics.
        #[arg(long, default_value_t = 10)]
        topics: usize,
        /// Events a second.
        #[arg(long, default_value_t = 500.0)]
        rate: f64,
        /// For how many seconds somebody who stalls reads nothing at least; four times as long at most.
        #[arg(long, default_value_t = 8)]
        stall: u64,
    },
}

#[derive(Debug, Args)]
struct Common {
    /// NAME,ADDRESS,SUBSCRIBE-PATH,PUBLISH-PATH,PID+PID...[,NUMBER-BESIDE,PATH-BESIDE]; may be given more than once.
    #[arg(long = "target", value_name = "TARGET", value_parser = server, required = true)]
    targets: Vec<Server>,
    /// Subscribers at each server.
    #[arg(long, default_value_t = 100)]
    subscribers: usize,
    /// Events of each block.
    #[arg(long, default_value_t = 100)]
    events: usize,
    /// Octets of an event's data.
    #[arg(long, default_value_t = 50)]
    payload: usize,
    /// Blocks for each server.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Events before each block that are not measured.
    #[arg(long, default_value_t = 1)]
    warm_up: usize,
    /// Waits for a line on standard input before the first block, and after the last one.
    #[arg(long)]
    gate: bool,
}

/// How events follow each other.
#[derive(Debug, Clone, Copy)]
enum Pace {
    Burst,
    Flood(usize),
    Rate(f64),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = raise_limit().and_then(|()| match cli.load {
        Load::Burst { common } => blocks(common, Pace::Burst),
        Load::Flood { common, in_flight } => blocks(common, Pace::Flood(in_flight.max(1))),
        Load::Rate { common, rate } => blocks(common, Pace::Rate(rate.max(0.001))),
        Load::Idle { common, stages } => idle(common, &stages),
        Load::Soak { common, seconds, topics, rate, stall } => live(common, seconds, topics, rate, stall),
    });
    match result {
        Ok(0) => ExitCode::SUCCESS,
        Ok(errors) => {
            eprintln!("generator: {errors} errors");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("generator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn server(text: &str) -> Result<Server, String> {
    let parts: Vec<&str> = text.split(',').collect();
    let [name, address, subscribe, publish, pids, beside @ ..] = &parts[..] else {
        return Err("expected NAME,ADDRESS,SUBSCRIBE,PUBLISH,PID+PID".to_owned());
    };
    let pids = pids.split('+').filter(|pid| !pid.is_empty()).map(str::parse).collect::<Result<_, _>>();
    let beside = match beside {
        [] => (0, String::new()),
        [count, path, ..] => (count.parse().map_err(|error| format!("{count}: {error}"))?, (*path).to_owned()),
        [_] => return Err("a number beside needs a path".to_owned()),
    };
    Ok(Server {
        name: (*name).to_owned(),
        address: address.parse().map_err(|error| format!("{address}: {error}"))?,
        subscribe: (*subscribe).to_owned(),
        publish: (*publish).to_owned(),
        pids: pids.map_err(|error| format!("process ids: {error}"))?,
        beside,
    })
}

/// Blocks of events, going round between the servers, each round beginning with another one.
fn blocks(common: Common, pace: Pace) -> io::Result<u64> {
    let mut crowd = Crowd::new(common.targets.clone(), common.payload)?;
    crowd.subscribe(common.subscribers)?;
    gate(&mut crowd, common.gate, "ready")?;
    let count = crowd.targets.len();
    for round in 0..common.rounds {
        for index in (0..count).map(|index| (index + round) % count) {
            run(&mut crowd, index, common.warm_up, Pace::Burst, &mut Histogram::new(), &mut Histogram::new())?;
            block(&mut crowd, index, round, common.events, pace)?;
        }
    }
    gate(&mut crowd, common.gate, "done")?;
    Ok(report(&crowd))
}

fn gate(crowd: &mut Crowd, wanted: bool, word: &str) -> io::Result<()> {
    if !wanted {
        return Ok(());
    }
    say(&format!("{{\"gate\":\"{word}\"}}"));
    crowd.wait_at_gate()
}

/// One block of events at one server, and what it cost.
fn block(crowd: &mut Crowd, index: usize, round: usize, events: usize, pace: Pace) -> io::Result<()> {
    let (mut latency, mut complete) = (Histogram::new(), Histogram::new());
    let pids = crowd.targets[index].server.pids.clone();
    let before = crowd.targets[index].tally.clone();
    let (cpu, own, ticks) = (measure::cpu_time(&pids)?, measure::own_cpu_time(), measure::ticks(&pids));
    let begun = Instant::now();
    run(crowd, index, events, pace, &mut latency, &mut complete)?;
    let (seconds, own) = (begun.elapsed().as_secs_f64(), (measure::own_cpu_time() - own).as_secs_f64());
    // What a server still has to clear up belongs to the block.
    thread::sleep(Duration::from_millis(5));
    let cpu = measure::cpu_time(&pids)?.saturating_sub(cpu).as_nanos();
    let (user, system) = measure::ticks(&pids);
    let tally = &crowd.targets[index].tally;
    say(&format!(
        "{{\"target\":\"{}\",\"round\":{round},\"events\":{events},\"deliveries\":{},\"told_lost\":{},\"reads\":{},\
         \"seconds\":{seconds:.6},\"cpu_ns\":{cpu},\"user_ticks\":{},\"system_ticks\":{},\"generator_busy\":{:.3},\
         \"p50_us\":{:.1},\"p99_us\":{:.1},\"max_us\":{:.1},\"complete_p50_us\":{:.1},\"complete_p99_us\":{:.1}}}",
        crowd.targets[index].server.name,
        tally.delivered - before.delivered,
        tally.told_lost - before.told_lost,
        tally.reads - before.reads,
        user - ticks.0,
        system - ticks.1,
        own / seconds,
        latency.percentile(0.5),
        latency.percentile(0.99),
        latency.longest(),
        complete.percentile(0.5),
        complete.percentile(0.99),
    ));
    Ok(())
}

/// Publishes so many events at one server, and waits until everybody has them.
fn run(
    crowd: &mut Crowd,
    index: usize,
    events: usize,
    pace: Pace,
    latency: &mut Histogram,
    complete: &mut Histogram,
) -> io::Result<()> {
    let begun = Instant::now();
    let mut published = 0;
    let mut moved = (Instant::now(), u64::MAX);
    let mut last_at = nanoseconds(crowd.start);
    crowd.targets[index].begin_block();
    loop {
        let start = crowd.start;
        let target = &mut crowd.targets[index];
        let is_quiet = target.is_quiet();
        if is_quiet && published > 0 {
            complete.add(nanoseconds(start) - last_at);
        }
        if is_quiet && published == events {
            return Ok(());
        }
        let due = match pace {
            Pace::Burst => usize::from(is_quiet),
            Pace::Flood(in_flight) => in_flight.saturating_sub(target.in_flight()),
            Pace::Rate(rate) => ((begun.elapsed().as_secs_f64() * rate) as usize + 1).saturating_sub(published),
        };
        let due = due.min(events - published);
        if due > 0 {
            last_at = nanoseconds(start);
            target.publish(due, start)?;
            published += due;
        }
        let missing = target.missing();
        if missing != moved.1 {
            moved = (Instant::now(), missing);
        } else if moved.0.elapsed() > STALL {
            let name = &target.server.name;
            let sentence = format!("{name}: {missing} deliveries are missing, and nothing comes any more");
            return Err(io::Error::new(ErrorKind::TimedOut, format!("{sentence} ({:?})", target.tally)));
        }
        let timeout = match pace {
            Pace::Rate(rate) if published < events => {
                Duration::from_secs_f64(published as f64 / rate).saturating_sub(begun.elapsed())
            }
            Pace::Burst | Pace::Flood(_) | Pace::Rate(_) => Duration::from_secs(1),
        };
        crowd.turn(Some(timeout), Some(latency))?;
    }
}

fn report(crowd: &Crowd) -> u64 {
    for target in &crowd.targets {
        let tally = &target.tally;
        say(&format!(
            "{{\"sum\":\"{}\",\"delivered\":{},\"told_lost\":{},\"lost\":{},\"twice\":{},\"late\":{},\"closed\":{},\"faults\":{},\
             \"comments\":{}}}",
            target.server.name,
            tally.delivered,
            tally.told_lost,
            tally.lost,
            tally.twice,
            tally.late,
            tally.closed,
            tally.faults,
            tally.comments
        ));
    }
    crowd.targets.iter().map(|target| target.tally.errors()).sum()
}

/// Holds subscribers open, and says how their heartbeats are spread.
fn idle(common: Common, stages: &[usize]) -> io::Result<u64> {
    let mut crowd = Crowd::new(common.targets, common.payload)?;
    for &stage in stages {
        let begun = Instant::now();
        crowd.subscribe(stage)?;
        let connecting = begun.elapsed().as_secs_f64();
        let (since, before) = (nanoseconds(crowd.start), comments(&crowd));
        say(&format!("{{\"open\":{stage},\"connecting_s\":{connecting:.3}}}"));
        crowd.wait_at_gate()?;
        let seconds = (nanoseconds(crowd.start) - since) as f64 / 1e9;
        let from = usize::try_from(since / 100_000_000).unwrap_or(0) + 1;
        let busiest = crowd.targets.iter().flat_map(|target| target.tally.comments_at.iter().skip(from)).max();
        let count = comments(&crowd) - before;
        say(&format!(
            "{{\"stage\":{stage},\"seconds\":{seconds:.1},\"comments\":{count},\"busiest_tenth\":{}}}",
            busiest.copied().unwrap_or(0)
        ));
    }
    let errors = report(&crowd);
    crowd.close_all();
    say("{\"open\":0}");
    crowd.wait_at_gate()?;
    Ok(errors)
}

/// Lives through a soak at the first server.
fn live(common: Common, seconds: u64, topics: usize, rate: f64, stall: u64) -> io::Result<u64> {
    let Some(server) = common.targets.into_iter().next() else { return Ok(0) };
    let plan = soak::Plan {
        time: Duration::from_secs(seconds),
        clients: common.subscribers,
        topics: topics.max(1),
        rate,
        payload: common.payload,
        stall: Duration::from_secs(stall),
    };
    let account = soak::soak(server, plan)?;
    say(&format!(
        "{{\"connects\":{},\"published\":{},\"delivered\":{},\"resumed\":{},\"told_lost\":{},\"stalls_cut\":{},\
         \"cut\":{},\"gaps\":{},\"faults\":{},\"behind\":{}}}",
        account.connects,
        account.published,
        account.delivered,
        account.resumed,
        account.told_lost,
        account.stalls_cut,
        account.cut,
        account.gaps,
        account.faults,
        account.behind,
    ));
    Ok(account.errors())
}

fn comments(crowd: &Crowd) -> u64 {
    crowd.targets.iter().map(|target| target.tally.comments).sum()
}

fn say(line: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{line}");
    let _ = stdout.flush();
}

// One descriptor for each subscriber, and the limit of a shell is far lower.
fn raise_limit() -> io::Result<()> {
    for wanted in [400_000, 100_000, 20_000] {
        let limit = Rlimit { current: Some(wanted), maximum: Some(wanted) };
        if setrlimit(Resource::Nofile, limit).is_ok() {
            return Ok(());
        }
    }
    Ok(())
}

const STALL: Duration = Duration::from_secs(10);
