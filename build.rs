//! Names the commit that the binary is built from: given, or asked of git, or unknown.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=BALLAST_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    for file in [".git/HEAD", ".git/logs/HEAD"].into_iter().filter(|file| Path::new(file).exists()) {
        println!("cargo::rerun-if-changed={file}");
    }
    let commit = given().or_else(head).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=BALLAST_COMMIT={commit}");
}

#[expect(clippy::disallowed_methods, reason = "a build has no configuration file")]
fn given() -> Option<String> {
    std::env::var("BALLAST_COMMIT").ok().filter(|commit| !commit.is_empty())
}

fn head() -> Option<String> {
    let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
