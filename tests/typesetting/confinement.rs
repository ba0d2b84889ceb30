//! Tests of the sandbox of typesetter processes.

use std::fs;
use std::net::TcpListener;
use std::os::fd::AsRawFd;

use ballast::typesetting::{Error, Typesetter};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use uuid::Uuid;

use super::children::child;
use super::{assert_works, document, options};

/// Returns the value of the line `name` in a file in `/proc/<pid>`.
fn line(child: Pid, file: &str, name: &str) -> String {
    let path = format!("/proc/{}/{file}", child.as_raw_nonzero());
    let text = fs::read_to_string(path).expect("the folder of the process");
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn process_cannot_open_files_gain_privileges_or_dump_core() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let child = child(&options);
    let memory = options.memory_bytes;
    assert_eq!(line(child, "limits", "Max open files"), "0 0 files");
    assert_eq!(line(child, "limits", "Max core file size"), "0 0 bytes");
    assert_eq!(line(child, "limits", "Max cpu time"), "600 600 seconds");
    assert_eq!(line(child, "limits", "Max address space"), format!("{memory} {memory} bytes"));
    assert_eq!(line(child, "status", "NoNewPrivs:"), "1");
}

#[tokio::test]
async fn process_inherits_no_variables_and_no_sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let socket = fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).expect("its name");
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let folder = format!("/proc/{}", child(&options).as_raw_nonzero());
    let environment = fs::read(format!("{folder}/environ")).expect("its environment");
    assert_eq!(environment, b"MALLOC_ARENA_MAX=2\0");
    let open = fs::read_dir(format!("{folder}/fd")).expect("its files").flatten();
    let open: Vec<_> = open.filter_map(|file| fs::read_link(file.path()).ok()).collect();
    assert!(!open.is_empty() && !open.contains(&socket), "{open:?}");
}

#[tokio::test]
async fn document_over_the_memory_limit_crashes_only_its_process() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let child = child(&options);
    // Permits 16 MiB more than the current address space. This is not enough for the decoded image of 60 MB.
    let used: u64 = line(child, "status", "VmSize:").trim_end_matches(" kB").parse().expect("kB");
    let bytes = Some(used * 1024 + (16 << 20));
    let limit = Rlimit { current: bytes, maximum: bytes };
    prlimit(Some(child), Resource::As, limit).expect("limited");
    let id = Uuid::from_u128(1);
    let mut request = document(&format!("![large](upload:{id})"));
    request.images.insert(id, gif(5000, 4000));
    let crashed = typesetter.typeset(request).await;
    assert!(matches!(crashed, Err(Error::Crashed(_))), "{crashed:?}");
    assert_works(&typesetter).await;
}

/// Returns a GIF image of this size, whose only frame has one pixel.
fn gif(width: u16, height: u16) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    // Appends the color table, the frame at the origin, the compressed pixel and the end of the file.
    file.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    file.extend([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
    file.extend([2, 2, 0x44, 0x01, 0, 0x3B]);
    file
}
