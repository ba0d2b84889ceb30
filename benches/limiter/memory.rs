//! What a million keys at their limit take, each contender in a process of its own.

use std::{process::Command, time::Duration};

use crate::{
    Outcome,
    contenders::{NAMES, contender},
    load::{fill, shuffled},
};

const KEYS: usize = 1_000_000;
/// The argument that makes this program the process that is measured.
pub const ARGUMENT: &str = "--memory-of";

/// MiB by contender.
pub fn all() -> Outcome<[f64; NAMES.len()]> {
    let mut mebibytes = [0.0; NAMES.len()];
    for (number, mebibytes) in mebibytes.iter_mut().enumerate() {
        let output = Command::new(std::env::current_exe()?).args([ARGUMENT, &number.to_string()]).output()?;
        *mebibytes = String::from_utf8(output.stdout)?.trim().parse()?;
    }
    Ok(mebibytes)
}

/// Prints how much more this process takes once one contender holds its keys.
#[expect(clippy::print_stdout, reason = "read by the process that asked")]
pub fn one(number: usize) -> Outcome<()> {
    let keys = shuffled(KEYS);
    let before = resident()?;
    let contender = contender(number, Duration::from_mins(10));
    fill(contender.as_ref(), &keys);
    println!("{}", resident()? - before);
    drop(contender);
    Ok(())
}

/// MiB of this process in memory.
fn resident() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}
