//! Tests of the static files of web pages.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::{Browser, TestApp};

/// Returns the path of every static file that a web page references.
fn static_files(page: &str) -> BTreeSet<String> {
    page.split('"').filter(|part| part.starts_with("/static/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn static_files_of_pages_exist_are_cacheable_for_a_year_and_compressed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let editor =
        browser.submit("/documents", &[("title", "t"), ("body", "")]).await.header("location").unwrap().to_owned();
    let mut files = BTreeSet::new();
    for path in ["/", "/uploads", &editor] {
        files.extend(static_files(&browser.page(path).await));
    }
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let plain = app.get(&file).send().await;
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"), "{file}");
        assert_eq!(plain.header("vary"), Some("accept-encoding"), "{file}");
        assert!(plain.header("content-encoding").is_none() && plain.header("set-cookie").is_none(), "{file}");
        let compressed = app.get(&file).header("accept-encoding", "br, gzip;q=0.8").send().await;
        if compressed.header("content-encoding") == Some("gzip") {
            assert!(compressed.bytes.len() < plain.bytes.len(), "{file}");
        } else {
            assert_eq!(compressed.bytes, plain.bytes, "{file}");
        }
        let rejected = app.get(&file).header("accept-encoding", "gzip;q=0").send().await;
        assert_eq!(rejected.bytes, plain.bytes, "{file}");
        assert_eq!(app.request("HEAD", &file).send().await.status, 200, "{file}");
    }
}

#[tokio::test]
async fn static_file_is_not_found_under_a_wrong_hash() {
    let app = TestApp::start().await;
    for path in
        ["/static/ballast.000000000000.css", "/static/", "/static/..%2fCargo.toml", "/static/views", "/static/a/b"]
    {
        assert_eq!(app.get(path).send().await.error_code(), "not_found", "{path}");
    }
    let unhashed = app.get("/static/ballast.css").send().await;
    assert_eq!(unhashed.header("cache-control"), Some("public, max-age=3600"), "the name contains no hash");
}

#[tokio::test]
async fn home_page_and_its_files_have_less_than_50_kib() {
    let app = TestApp::start().await;
    let page = app.get("/").header("accept", "text/html").send().await;
    let mut bytes = page.bytes.len();
    for file in static_files(&page.text()) {
        bytes += app.get(&file).header("accept-encoding", "gzip").send().await.bytes.len();
    }
    assert!(bytes < 50 * 1024, "{bytes} bytes");
}

/// Checks the extension of every template, because Tera escapes only files with this extension.
#[test]
fn templates_are_escaped() {
    fn check(folder: &Path, count: &mut usize) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(&path, count);
            } else {
                assert!(path.extension().is_some_and(|extension| extension == "html"), "{}", path.display());
                let text = fs::read_to_string(&path).unwrap();
                let safe: Vec<_> =
                    text.match_indices("| safe").map(|(at, _)| &text[at.saturating_sub(11)..at]).collect();
                assert!(safe.iter().all(|before| before.ends_with("{{ preview ")), "{}: {safe:?}", path.display());
                *count += 1;
            }
        }
    }
    let mut count = 0;
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/views"), &mut count);
    assert!(count > 10);
}
