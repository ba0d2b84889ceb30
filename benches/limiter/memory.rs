//! Measures the memory that each implementation needs for a million keys at their limit. Each implementation runs in a
//! separate process.

use std::{process::Command, time::Duration};

use crate::{
    Outcome,
    implementations::{NAMES, limiter},
    load::{fill, shuffled},
};

const KEYS: usize = 1_000_000;
/// Argument that makes this bench measure one implementation. The next argument is the number of the implementation.
pub const ARGUMENT: &str = "--memory-of";

/// Returns the memory per implementation, in MiB.
pub fn measure_all() -> Outcome<[f64; NAMES.len()]> {
    let mut mebibytes = [0.0; NAMES.len()];
    for (number, mebibytes) in mebibytes.iter_mut().enumerate() {
        let output = Command::new(std::env::current_exe()?).args([ARGUMENT, &number.to_string()]).output()?;
        *mebibytes = String::from_utf8(output.stdout)?.trim().parse()?;
    }
    Ok(mebibytes)
}

/// Prints the additional memory of this process after one implementation has stored all keys.
#[expect(clippy::print_stdout, reason = "the parent process reads the output")]
pub fn measure(number: usize) -> Outcome<()> {
    let keys = shuffled(KEYS);
    let before = resident()?;
    let limiter = limiter(number, Duration::from_mins(10));
    fill(limiter.as_ref(), &keys);
    println!("{}", resident()? - before);
    drop(limiter);
    Ok(())
}

/// Returns the resident memory of this process in MiB.
fn resident() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}
