//! Where files lie: a folder, or a bucket of an S3.

use serde::Deserialize;
use url::Url;

use super::Secret;

/// Where files lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// `file:FOLDER` or `s3://BUCKET`, see [`Place`]. Fed by `STORAGE_URL`.
    pub url: String,
    /// Bytes, 1 KiB to 1 GiB. Fed by `UPLOAD_MAX_BYTES`.
    pub upload_max_bytes: u64,
    /// Bytes, 1 KiB to 1 TiB. Fed by `UPLOAD_QUOTA_BYTES`.
    pub upload_quota_bytes: u64,
    /// Who we are to an S3; unused with a folder.
    pub aws: Aws,
}

/// What the variables of Amazon's own tools say. Nothing else is asked: no file, no other host.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// Fed by `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// Fed by `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret,
    /// Of temporary keys; empty for none. Fed by `AWS_SESSION_TOKEN`.
    pub session_token: Secret,
    /// Where `STORAGE_URL` names none. Fed by `AWS_REGION`.
    pub region: String,
    /// Where `STORAGE_URL` names none; empty for Amazon's own. Fed by `AWS_ENDPOINT_URL`.
    pub endpoint: String,
}

/// What `STORAGE_URL` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `file:FOLDER`
    Folder(String),
    Bucket(Bucket),
}

/// `s3://BUCKET[/PREFIX][?region=REGION&endpoint=ADDRESS]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// What the names of all files begin with; empty for none.
    pub prefix: String,
    pub region: String,
    /// `https://HOST`, for an S3 that is not Amazon's.
    pub endpoint: Option<String>,
}

impl Storage {
    /// A file that is there as long as the store is: the one that was opened, not an empty one in its place.
    pub const MARK: &str = "ballast";

    /// Returns the memory that one upload takes on its way to the store, in bytes. A bucket's client keeps two parts
    /// of 5 MiB until they are sent.
    #[must_use]
    pub fn upload_buffer_bytes(&self) -> usize {
        const CHUNKS: usize = 256 * 1024;
        const PARTS: usize = 2 * 5 * 1024 * 1024;
        if self.url.starts_with("file:") { CHUNKS } else { CHUNKS + PARTS }
    }

    /// What `STORAGE_URL` and, for a bucket, `AWS_…` name.
    ///
    /// # Errors
    /// One line that names the variable and what it should be.
    pub fn place(&self) -> Result<Place, String> {
        if let Some(folder) = self.url.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            return Ok(Place::Folder(folder.to_owned()));
        }
        let url = Url::parse(&self.url).ok().filter(|url| url.scheme() == "s3" && is_plain(url));
        let (url, name) = url.and_then(|url| url.host_str().map(str::to_owned).map(|name| (url, name))).ok_or(
            "STORAGE_URL must be a folder, as in file:storage, or a bucket, as in s3://bucket?region=eu-central-1",
        )?;
        self.bucket(&url, name).map(Place::Bucket)
    }

    fn bucket(&self, url: &Url, name: String) -> Result<Bucket, String> {
        let mut bucket = Bucket {
            name,
            prefix: url.path().trim_matches('/').to_owned(),
            region: self.aws.region.clone(),
            endpoint: Some(self.aws.endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
        };
        if !bucket.prefix.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)) {
            return Err("STORAGE_URL: what files begin with may have letters, digits and ._-/ alone".to_owned());
        }
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "region" => bucket.region = value.into_owned(),
                "endpoint" => bucket.endpoint = Some(value.into_owned()),
                _ => return Err("STORAGE_URL: after s3://bucket? come region and endpoint, nothing else".to_owned()),
            }
        }
        bucket.check(self.aws.has_keys())
    }
}

impl Aws {
    fn has_keys(&self) -> bool {
        !self.access_key_id.is_empty() && !self.secret_access_key.reveal().is_empty()
    }
}

impl Bucket {
    fn check(mut self, has_keys: bool) -> Result<Self, String> {
        if self.region.is_empty() {
            return Err("AWS_REGION must be set, or ?region= in STORAGE_URL, where that names a bucket".to_owned());
        }
        if let Some(endpoint) = &self.endpoint {
            // The client would take a host that begins with the bucket's name for one of the bucket's own.
            let origin = origin(endpoint).filter(|origin| !origin.contains(&format!("//{}.", self.name)));
            self.endpoint = Some(origin.ok_or(
                "AWS_ENDPOINT_URL, or endpoint in STORAGE_URL, must be as in https://s3.example.org, without the bucket",
            )?);
        }
        if !has_keys {
            return Err(
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set where STORAGE_URL names a bucket".to_owned()
            );
        }
        Ok(self)
    }
}

/// The scheme, host and port of an address that has nothing else.
pub(super) fn origin(address: &str) -> Option<String> {
    let url = web(address)?;
    (url.path() == "/" && url.query().is_none()).then(|| url.origin().ascii_serialization())
}

/// Whether it is an address on the web, without a name or a password, which errors would repeat.
pub(super) fn names_host(address: &str) -> bool {
    web(address).is_some_and(|url| url.query().is_none())
}

fn web(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && names_nobody(&url) && url.fragment().is_none()).then_some(url)
}

/// Whether it is a bucket, perhaps with a path and questions, and nothing that would be overlooked.
fn is_plain(url: &Url) -> bool {
    names_nobody(url) && url.port().is_none() && url.fragment().is_none()
}

fn names_nobody(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(url: &str) -> Storage {
        let aws = Aws {
            access_key_id: "id".to_owned(),
            secret_access_key: Secret::from("hidden-from-all"),
            session_token: Secret::default(),
            region: String::new(),
            endpoint: String::new(),
        };
        Storage { url: url.to_owned(), upload_max_bytes: 1, upload_quota_bytes: 1, aws }
    }

    #[test]
    fn a_folder_and_a_bucket_are_read_and_everything_else_is_told_what_it_should_be() {
        assert_eq!(storage("file:/data").place(), Ok(Place::Folder("/data".to_owned())));
        let bucket = Bucket {
            name: "files".to_owned(),
            prefix: "ballast/one".to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
        };
        let url = "s3://files/ballast/one/?region=eu-central-1&endpoint=http://127.0.0.1:9000";
        assert_eq!(storage(url).place(), Ok(Place::Bucket(bucket)));
        for (url, said) in [
            ("file:", "STORAGE_URL must be"),
            ("ftp://files", "STORAGE_URL must be"),
            ("s3://", "STORAGE_URL must be"),
            ("s3:///files", "STORAGE_URL must be"),
            ("s3://files", "AWS_REGION"),
            ("s3://files?region=a&zone=b", "nothing else"),
            ("s3://files?region=a&endpoint=here", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://me:hidden@s3.example.org", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://s3.example.org/path", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://files.example.org", "AWS_ENDPOINT_URL"),
            ("s3://id:hidden@files?region=a", "STORAGE_URL must be"),
            ("s3://files:9000?region=a", "STORAGE_URL must be"),
            ("s3://files/one#1?region=a", "STORAGE_URL must be"),
            ("s3://files/my files?region=a", "letters, digits"),
        ] {
            assert!(storage(url).place().unwrap_err().contains(said), "{url}");
        }
    }

    #[test]
    fn variables_stand_in_for_what_the_address_leaves_out_and_keys_must_be_there() {
        let mut files = storage("s3://files");
        files.aws.region = "eu-central-1".to_owned();
        assert!(matches!(files.place(), Ok(Place::Bucket(Bucket { endpoint: None, .. }))));
        files.aws.secret_access_key = Secret::default();
        assert!(files.place().unwrap_err().contains("AWS_SECRET_ACCESS_KEY"));
    }
}
