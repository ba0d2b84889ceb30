//! The files in `assets/static`: each under a name that changes with its content, packed ahead.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// The folder, beside the working directory's `config`.
pub const FOLDER: &str = "assets/static";
/// Hexadecimal digits of a file's SHA-256 that stand in its name; the proxy's image makes the same names.
const HASH_DIGITS: usize = 12;
/// Bytes below which a file is not worth packing.
const PACKED_FROM: usize = 256;

/// Every file; clones share them.
#[derive(Clone)]
pub struct StaticAssets(Arc<Files>);

#[derive(Default)]
struct Files {
    files: HashMap<String, Arc<Asset>>,
    /// A file's name in the folder, and the name it is served under.
    names: HashMap<String, String>,
}

/// One file.
pub struct Asset {
    pub media_type: &'static str,
    pub bytes: Bytes,
    /// The same with gzip, where that is smaller.
    pub gzip: Option<Bytes>,
}

impl StaticAssets {
    /// Reads the files of a folder.
    ///
    /// # Errors
    /// When it, or one of them, cannot be read.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut all = Files::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file()) {
                all.add(name, fs::read(&path)?)?;
            }
        }
        Ok(Self(Arc::new(all)))
    }

    /// The path under which a file of this name is served, for as long as it has this content.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<String> {
        self.0.names.get(name).map(|hashed| format!("/static/{hashed}"))
    }

    /// A file, and whether its name stands for its content.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(Arc<Asset>, bool)> {
        let named = self.0.files.get(name).map(|file| (Arc::clone(file), true));
        named.or_else(|| {
            self.0.names.get(name).and_then(|hashed| self.0.files.get(hashed)).map(|file| (Arc::clone(file), false))
        })
    }
}

impl Files {
    fn add(&mut self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let hashed = hashed(name, &bytes);
        let media_type = media_type(name);
        let gzip = packed(media_type, &bytes)?;
        self.files.insert(hashed.clone(), Arc::new(Asset { media_type, bytes: bytes.into(), gzip }));
        self.names.insert(name.to_owned(), hashed);
        Ok(())
    }
}

/// `app.css` as `app.0123456789ab.css`.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let digest = format!("{:x}", Sha256::digest(bytes));
    let hash = &digest[..HASH_DIGITS];
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => format!("{name}.{hash}"),
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn packed(media_type: &str, bytes: &[u8]) -> io::Result<Option<Bytes>> {
    let text = media_type.starts_with("text/") || media_type.ends_with("+xml");
    if !text || bytes.len() < PACKED_FROM {
        return Ok(None);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    let gzip = encoder.finish()?;
    Ok((gzip.len() < bytes.len()).then(|| gzip.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_keeps_its_ending() {
        assert_eq!(hashed("app.css", b"a"), "app.ca978112ca1b.css");
        assert_eq!(hashed("app.css", b"b"), "app.3e23e8160039.css");
        assert_eq!(hashed("plain", b"a"), "plain.ca978112ca1b");
    }

    #[test]
    fn a_file_is_found_under_both_names_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.css"), "b {}\n".repeat(100)).unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        let assets = StaticAssets::load(folder.path()).unwrap();
        let path = assets.path("a.css").unwrap();
        let (file, lasting) = assets.find(path.strip_prefix("/static/").unwrap()).unwrap();
        assert!(lasting && file.gzip.as_ref().is_some_and(|gzip| gzip.len() < file.bytes.len() / 4));
        assert!(assets.find("a.css").is_some_and(|(_, lasting)| !lasting));
        for name in ["", "inner", "../Cargo.toml", "a.000000000000.css"] {
            assert!(assets.find(name).is_none(), "{name}");
        }
    }
}
