//! File system of a few MiB that a test can fill.

use std::{fs::File, io::Write, path::Path, process::Command};

use tempfile::TempDir;

/// Mounted tmpfs. Dropping the value unmounts the file system.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts a file system with this size in MiB. Returns `None` if the user is not root.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"], folder.path());
        Some(Self { folder })
    }

    /// Changes the size of the file system to this size in MiB.
    pub fn resize(&self, mebibytes: u32) {
        mount(&["-o", &format!("remount,size={mebibytes}m")], self.path());
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file until the file system is full.
    pub fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Deletes the file that `fill` wrote.
    pub fn free(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

fn mount(arguments: &[&str], folder: &Path) {
    assert!(Command::new("mount").args(arguments).arg(folder).status().unwrap().success());
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Unmounts lazily, because a connection that is closing may still use the file system.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
