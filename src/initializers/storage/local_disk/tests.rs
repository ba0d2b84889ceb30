//! Tests of the folder store: complete files, durable names, modes.

use super::*;

fn stream(chunks: Vec<io::Result<Bytes>>) -> BytesStream {
    BytesStream::from_body_stream(futures_util::stream::iter(chunks))
}

#[tokio::test]
async fn upload_leaves_no_file_when_the_stream_ends_early() {
    let folder = tempfile::tempdir().unwrap();
    let store = DurableFolder::open(folder.path()).await.unwrap();
    let broken = stream(vec![Ok(Bytes::from_static(b"half")), Err(io::Error::other("gone"))]);
    assert!(store.upload_stream(Path::new("a/b"), broken).await.is_err());
    assert!(!store.exists(Path::new("a/b")).await.unwrap());
    assert_eq!(std::fs::read_dir(folder.path().join(PARTIAL)).unwrap().count(), 0);
}

#[tokio::test]
async fn open_removes_the_partial_files_of_killed_processes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(PARTIAL)).unwrap();
    std::fs::write(folder.path().join(PARTIAL).join("left"), b"half").unwrap();
    DurableFolder::open(folder.path()).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join(PARTIAL)).unwrap().count(), 0);
}

#[tokio::test]
async fn open_keeps_a_partial_file_that_another_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(PARTIAL)).unwrap();
    let written = std::fs::File::create(folder.path().join(PARTIAL).join("written")).unwrap();
    written.lock().unwrap();
    DurableFolder::open(folder.path()).await.unwrap();
    assert!(folder.path().join(PARTIAL).join("written").exists());
}

#[tokio::test]
async fn get_returns_the_complete_uploaded_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = DurableFolder::open(folder.path()).await.unwrap();
    store
        .upload_stream(Path::new("a/b"), stream(vec![Ok(Bytes::from_static(b"one")), Ok(Bytes::from_static(b"two"))]))
        .await
        .unwrap();
    assert_eq!(store.get(Path::new("a/b")).await.unwrap().bytes().await.unwrap(), "onetwo");
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn store_fsyncs_the_parent_of_each_folder_whose_name_may_not_be_durable() {
    let folder = tempfile::tempdir().unwrap();
    let store = DurableFolder::open(folder.path()).await.unwrap();
    let root = store.root.clone();
    let new = root.join("a/b");
    assert_eq!(store.create_folder(&new).await.unwrap(), [root.clone(), root.join("a")]);
    assert_eq!(store.create_folder(&new).await.unwrap(), Vec::<PathBuf>::new());
    assert_eq!(store.create_folder(&root.join("a/c")).await.unwrap(), [root.join("a")]);
    assert_eq!(store.create_folder(&root).await.unwrap(), Vec::<PathBuf>::new());
    std::fs::remove_dir(&new).unwrap();
    assert_eq!(store.create_folder(&new).await.unwrap(), [root.join("a")], "removed by another process");
    let restarted = DurableFolder::open(folder.path()).await.unwrap();
    assert_eq!(restarted.create_folder(&new).await.unwrap(), [root.clone(), root.join("a")]);
    restarted.upload(Path::new("d/e/file"), &Bytes::from_static(b"one")).await.unwrap();
    assert_eq!(restarted.create_folder(&root.join("d/e")).await.unwrap(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn store_creates_files_and_folders_that_only_the_owner_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("new/root");
    let store = DurableFolder::open(&root).await.unwrap();
    store.upload(Path::new("a/b/file"), &Bytes::from_static(b"one")).await.unwrap();
    for path in [folder.path().join("new"), root.clone(), root.join(PARTIAL), root.join("a"), root.join("a/b")] {
        assert_eq!(mode(&path), 0o700, "{}", path.display());
    }
    assert_eq!(mode(&root.join("a/b/file")), 0o600);
}

#[tokio::test]
async fn store_closes_an_existing_folder_to_other_users() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    DurableFolder::open(folder.path()).await.unwrap();
    assert_eq!(mode(folder.path()), 0o700);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn open_keeps_the_files_of_processes_that_start_concurrently() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..100 {
        let starts = (0..8).map(|_| {
            let root = folder.path().to_owned();
            tokio::task::spawn_blocking(move || {
                tokio::runtime::Handle::current().block_on(async {
                    let store = DurableFolder::open(&root).await.unwrap();
                    store.upload(Path::new("marker"), &Bytes::from_static(b"one")).await.unwrap();
                });
            })
        });
        for start in futures_util::future::join_all(starts).await {
            start.unwrap();
        }
    }
}
