//! Settings of the file storage: a folder or an S3 bucket.

use serde::Deserialize;
use url::Url;

use super::Secret;

/// Storage of uploads and PDFs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// `file:FOLDER` or `s3://BUCKET`, see [`StorageLocation`]. Set by `STORAGE_URL`.
    pub url: String,
    /// Maximum size of a file, in bytes, 1 KiB to 1 GiB. Set by `UPLOAD_MAX_BYTES`.
    pub upload_max_bytes: u64,
    /// Storage quota of a user for files, documents and PDFs, in bytes, 1 KiB to 1 TiB. Set by `UPLOAD_QUOTA_BYTES`.
    pub upload_quota_bytes: u64,
    /// Credentials and defaults for S3. Not used if the storage is a folder.
    pub aws: Aws,
}

/// Settings from the standard AWS variables. Configuration files and metadata servers of AWS are not used.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// ID of the access key. Set by `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// Secret of the access key. Set by `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Secret,
    /// Session token of temporary credentials. Empty for permanent credentials. Set by `AWS_SESSION_TOKEN`.
    pub session_token: Secret,
    /// Region that is used if `STORAGE_URL` has no region. Set by `AWS_REGION`.
    pub region: String,
    /// Endpoint that is used if `STORAGE_URL` has no endpoint. Empty for AWS. Set by `AWS_ENDPOINT_URL`.
    pub endpoint: String,
}

/// Location that `STORAGE_URL` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageLocation {
    /// Folder in the file system: `file:FOLDER`.
    Folder(String),
    Bucket(Bucket),
}

/// S3 bucket: `s3://BUCKET[/PREFIX][?region=REGION&endpoint=ADDRESS]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// Prefix of all object keys. Empty for no prefix.
    pub prefix: String,
    pub region: String,
    /// Endpoint of an S3 server other than AWS: `https://HOST`.
    pub endpoint: Option<String>,
}

impl Storage {
    /// Name of the marker file, which is written at boot. Health checks report a missing marker file, because an
    /// empty store has probably replaced the original store.
    pub const MARKER_FILE: &str = "ballast";

    /// Returns the memory in bytes that one upload takes until the file is stored. An upload to a bucket buffers two
    /// parts of 5 MiB.
    #[must_use]
    pub fn upload_buffer_bytes(&self) -> usize {
        const CHUNKS: usize = 256 * 1024;
        const PARTS: usize = 2 * 5 * 1024 * 1024;
        if self.url.starts_with("file:") { CHUNKS } else { CHUNKS + PARTS }
    }

    /// Returns the location that `STORAGE_URL` names. For a bucket, uses the AWS variables if `STORAGE_URL` has no
    /// region or no endpoint.
    ///
    /// # Errors
    /// Returns one line that names the variable and the expected value.
    pub fn location(&self) -> Result<StorageLocation, String> {
        if let Some(folder) = self.url.strip_prefix("file:").filter(|folder| !folder.is_empty()) {
            return Ok(StorageLocation::Folder(folder.to_owned()));
        }
        let url = Url::parse(&self.url).ok().filter(|url| url.scheme() == "s3" && is_plain(url));
        let (url, name) = url.and_then(|url| url.host_str().map(str::to_owned).map(|name| (url, name))).ok_or(
            "STORAGE_URL must be a folder such as file:storage or a bucket such as s3://bucket?region=eu-central-1",
        )?;
        self.bucket(&url, name).map(StorageLocation::Bucket)
    }

    fn bucket(&self, url: &Url, name: String) -> Result<Bucket, String> {
        let mut bucket = Bucket {
            name,
            prefix: url.path().trim_matches('/').to_owned(),
            region: self.aws.region.clone(),
            endpoint: Some(self.aws.endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
        };
        if !bucket.prefix.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)) {
            return Err("STORAGE_URL: the prefix must contain only letters and digits, and . _ - /".to_owned());
        }
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "region" => bucket.region = value.into_owned(),
                "endpoint" => bucket.endpoint = Some(value.into_owned()),
                _ => return Err("STORAGE_URL: the parameters of a bucket must be region and endpoint only".to_owned()),
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
            return Err("AWS_REGION, or ?region= in STORAGE_URL, must be set if STORAGE_URL names a bucket".to_owned());
        }
        if let Some(endpoint) = &self.endpoint {
            // Rejects a host that begins with the bucket name, because the S3 client would remove the name from the
            // host.
            let origin = origin(endpoint).filter(|origin| !origin.contains(&format!("//{}.", self.name)));
            self.endpoint = Some(origin.ok_or(
                "AWS_ENDPOINT_URL, or endpoint in STORAGE_URL, must be a URL such as https://s3.example.org, \
                 without the bucket",
            )?);
        }
        if !has_keys {
            return Err(
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set if STORAGE_URL names a bucket".to_owned()
            );
        }
        Ok(self)
    }
}

/// Returns the origin of a URL that has only a scheme, a host and a port. Returns `None` for other URLs.
pub(super) fn origin(address: &str) -> Option<String> {
    let url = http_url(address)?;
    (url.path() == "/" && url.query().is_none()).then(|| url.origin().ascii_serialization())
}

/// Returns whether an address is an HTTP URL with only a scheme, a host, a port and a path. Rejects credentials,
/// because error messages would repeat the credentials.
pub(super) fn is_http_url(address: &str) -> bool {
    http_url(address).is_some_and(|url| url.query().is_none())
}

fn http_url(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && has_no_credentials(&url) && url.fragment().is_none()).then_some(url)
}

/// Returns whether a URL has only parts that a bucket supports: host, path and query.
fn is_plain(url: &Url) -> bool {
    has_no_credentials(url) && url.port().is_none() && url.fragment().is_none()
}

fn has_no_credentials(url: &Url) -> bool {
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
    fn location_returns_folders_and_buckets_and_names_the_invalid_setting() {
        assert_eq!(storage("file:/data").location(), Ok(StorageLocation::Folder("/data".to_owned())));
        let bucket = Bucket {
            name: "files".to_owned(),
            prefix: "ballast/one".to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
        };
        let url = "s3://files/ballast/one/?region=eu-central-1&endpoint=http://127.0.0.1:9000";
        assert_eq!(storage(url).location(), Ok(StorageLocation::Bucket(bucket)));
        for (url, message) in [
            ("file:", "STORAGE_URL must be"),
            ("ftp://files", "STORAGE_URL must be"),
            ("s3://", "STORAGE_URL must be"),
            ("s3:///files", "STORAGE_URL must be"),
            ("s3://files", "AWS_REGION"),
            ("s3://files?region=a&zone=b", "region and endpoint only"),
            ("s3://files?region=a&endpoint=here", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://me:hidden@s3.example.org", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://s3.example.org/path", "AWS_ENDPOINT_URL"),
            ("s3://files?region=a&endpoint=https://files.example.org", "AWS_ENDPOINT_URL"),
            ("s3://id:hidden@files?region=a", "STORAGE_URL must be"),
            ("s3://files:9000?region=a", "STORAGE_URL must be"),
            ("s3://files/one#1?region=a", "STORAGE_URL must be"),
            ("s3://files/my files?region=a", "letters and digits"),
        ] {
            assert!(storage(url).location().unwrap_err().contains(message), "{url}");
        }
    }

    #[test]
    fn location_uses_the_aws_variables_and_requires_credentials() {
        let mut files = storage("s3://files");
        files.aws.region = "eu-central-1".to_owned();
        assert!(matches!(files.location(), Ok(StorageLocation::Bucket(Bucket { endpoint: None, .. }))));
        files.aws.secret_access_key = Secret::default();
        assert!(files.location().unwrap_err().contains("AWS_SECRET_ACCESS_KEY"));
    }
}
