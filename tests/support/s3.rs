//! S3 server of one test. The server checks signatures and stores objects in a folder.

use std::path::{Path, PathBuf};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use loco_rs::config::Config;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use serde_json::json;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

/// Name of the only bucket on the server.
const BUCKET: &str = "files";
/// Prefix of all object names.
const PREFIX: &str = "ballast/one";
const KEY: (&str, &str) = ("AKIDEXAMPLE", "secret of this test");

/// S3 server. Dropping the value stops the server.
pub struct S3 {
    pub address: String,
    folder: TempDir,
    task: JoinHandle<()>,
}

impl S3 {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                spawn(async move {
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, folder, task }
    }

    /// Returns the sorted names of all objects, except the marker file of the storage.
    pub fn files(&self) -> Vec<String> {
        let root = self.folder.path().join(BUCKET).join(PREFIX);
        let mut names = Vec::new();
        walk(&root, &root, &mut names);
        names.retain(|name| name != "ballast");
        names.sort();
        names
    }

    /// Returns the path of the file that contains the object `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(PREFIX).join(name)
    }

    /// Returns the number of parts of incomplete multipart uploads.
    pub fn parts(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name.to_string_lossy().starts_with(".upload")).count()
    }
}

/// Configures an application that stores files in the bucket at `address`.
pub fn use_bucket_at(config: &mut Config, address: &str) {
    let settings = config.settings.as_mut().unwrap();
    settings["storage"]["url"] = json!(format!("s3://{BUCKET}/{PREFIX}?region=a&endpoint=http://{address}"));
    settings["storage"]["aws"]["access_key_id"] = json!(KEY.0);
    settings["storage"]["aws"]["secret_access_key"] = json!(KEY.1);
}

fn walk(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, names);
        } else {
            names.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "a peer of the application, not one of its jobs")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}
