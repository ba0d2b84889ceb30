//! Static files of `assets/static`. The names contain the hash of the content, and the files are compressed in advance.

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

/// Folder of the files, relative to the working directory.
pub const FOLDER: &str = "assets/static";
/// Number of hexadecimal digits of the SHA-256 in a file name. The container image of the proxy uses the same names.
const HASH_DIGITS: usize = 12;
/// Minimum size of a file for compression, in bytes.
const MIN_GZIP_BYTES: usize = 256;

/// All static files. Clones share the files.
#[derive(Clone)]
pub struct StaticAssets(Arc<Files>);

#[derive(Default)]
struct Files {
    /// Files, keyed by their names with the hash.
    files: HashMap<String, Arc<Asset>>,
    /// File names with the hash, keyed by the file names in the folder.
    names: HashMap<String, String>,
}

/// A static file.
pub struct Asset {
    pub media_type: &'static str,
    pub bytes: Bytes,
    /// Content compressed with gzip, if the compressed content is smaller.
    pub gzip: Option<Bytes>,
}

impl StaticAssets {
    /// Reads the files of a folder.
    ///
    /// # Errors
    /// Returns an error if the folder or one of the files cannot be read.
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

    /// Returns the URL path of a file, or `None` if the file does not exist. The path contains the hash of the content.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<String> {
        self.0.names.get(name).map(|hashed| format!("/static/{hashed}"))
    }

    /// Returns a file, and whether `name` contains the hash of the content.
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
        let gzip = gzipped(media_type, &bytes)?;
        self.files.insert(hashed.clone(), Arc::new(Asset { media_type, bytes: bytes.into(), gzip }));
        self.names.insert(name.to_owned(), hashed);
        Ok(())
    }
}

/// Returns the name with the hash: `app.0123456789ab.css` for `app.css`.
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

fn gzipped(media_type: &str, bytes: &[u8]) -> io::Result<Option<Bytes>> {
    let text = media_type.starts_with("text/") || media_type.ends_with("+xml");
    if !text || bytes.len() < MIN_GZIP_BYTES {
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
    fn hashed_name_changes_with_the_content_and_keeps_the_extension() {
        assert_eq!(hashed("app.css", b"a"), "app.ca978112ca1b.css");
        assert_eq!(hashed("app.css", b"b"), "app.3e23e8160039.css");
        assert_eq!(hashed("plain", b"a"), "plain.ca978112ca1b");
    }

    #[test]
    fn file_is_found_only_by_its_names_with_and_without_hash() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.css"), "b {}\n".repeat(100)).unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        let assets = StaticAssets::load(folder.path()).unwrap();
        let path = assets.path("a.css").unwrap();
        let (file, has_hash) = assets.find(path.strip_prefix("/static/").unwrap()).unwrap();
        assert!(has_hash && file.gzip.as_ref().is_some_and(|gzip| gzip.len() < file.bytes.len() / 4));
        assert!(assets.find("a.css").is_some_and(|(_, has_hash)| !has_hash));
        for name in ["", "inner", "../Cargo.toml", "a.000000000000.css"] {
            assert!(assets.find(name).is_none(), "{name}");
        }
    }
}
