//! Sets `BALLAST_COMMIT` at compile time: from the environment, from git, or `unknown`.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=BALLAST_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    for file in [".git/HEAD", ".git/logs/HEAD"].into_iter().filter(|file| Path::new(file).exists()) {
        println!("cargo::rerun-if-changed={file}");
    }
    let commit = commit_from_environment().or_else(commit_from_git).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BALLAST_COMMIT={commit}");
}

#[expect(clippy::disallowed_methods, reason = "build scripts have no configuration file")]
fn commit_from_environment() -> Option<String> {
    std::env::var("BALLAST_COMMIT").ok().filter(|commit| !commit.is_empty())
}

fn commit_from_git() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
