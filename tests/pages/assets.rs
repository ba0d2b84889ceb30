//! The files that pages name.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::{Browser, TestApp};

/// Every file that a page names.
fn named(page: &str) -> BTreeSet<String> {
    page.split('"').filter(|part| part.starts_with("/static/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there_may_be_kept_for_a_year_and_comes_packed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let editor =
        browser.submit("/documents", &[("title", "t"), ("body", "")]).await.header("location").unwrap().to_owned();
    let mut files = BTreeSet::new();
    for path in ["/", "/uploads", &editor] {
        files.extend(named(&browser.see(path).await));
    }
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let plain = app.get(&file).send().await;
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"), "{file}");
        assert_eq!(plain.header("vary"), Some("accept-encoding"), "{file}");
        assert!(plain.header("content-encoding").is_none() && plain.header("set-cookie").is_none(), "{file}");
        let packed = app.get(&file).header("accept-encoding", "br, gzip;q=0.8").send().await;
        if packed.header("content-encoding") == Some("gzip") {
            assert!(packed.bytes.len() < plain.bytes.len(), "{file}");
        } else {
            assert_eq!(packed.bytes, plain.bytes, "{file}");
        }
        let refused = app.get(&file).header("accept-encoding", "gzip;q=0").send().await;
        assert_eq!(refused.bytes, plain.bytes, "{file}");
        assert_eq!(app.request("HEAD", &file).send().await.status, 200, "{file}");
    }
}

#[tokio::test]
async fn a_file_of_another_content_is_not_there() {
    let app = TestApp::start().await;
    for path in
        ["/static/ballast.000000000000.css", "/static/", "/static/..%2fCargo.toml", "/static/views", "/static/a/b"]
    {
        assert_eq!(app.get(path).send().await.error_code(), "not_found", "{path}");
    }
    let brief = app.get("/static/ballast.css").send().await;
    assert_eq!(brief.header("cache-control"), Some("public, max-age=3600"), "its name says nothing of its content");
}

#[tokio::test]
async fn what_the_first_page_needs_is_small() {
    let app = TestApp::start().await;
    let page = app.get("/").header("accept", "text/html").send().await;
    let mut bytes = page.bytes.len();
    for file in named(&page.text()) {
        bytes += app.get(&file).header("accept-encoding", "gzip").send().await.bytes.len();
    }
    assert!(bytes < 50 * 1024, "{bytes} bytes");
}

/// Tera escapes in files whose names end so, and in no others.
#[test]
fn every_template_is_escaped() {
    fn look(folder: &Path, seen: &mut usize) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, seen);
            } else {
                assert!(path.extension().is_some_and(|extension| extension == "html"), "{}", path.display());
                let text = fs::read_to_string(&path).unwrap();
                let safe: Vec<_> =
                    text.match_indices("| safe").map(|(at, _)| &text[at.saturating_sub(11)..at]).collect();
                assert!(safe.iter().all(|before| before.ends_with("{{ preview ")), "{}: {safe:?}", path.display());
                *seen += 1;
            }
        }
    }
    let mut seen = 0;
    look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/views"), &mut seen);
    assert!(seen > 10);
}
