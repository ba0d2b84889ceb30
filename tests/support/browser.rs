//! A browser without scripts: it keeps cookies, sends forms as they stand, and says from which site.

use std::{collections::BTreeMap, sync::Mutex};

use form_urlencoded::Serializer;

use super::{Answer, PASSWORD, TestApp, request::Request};

pub const FORM: &str = "application/x-www-form-urlencoded";

/// A browser that looks at one application.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
    language: &'static str,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Mutex::default(), language: "en" }
    }

    /// Whose person wants German.
    pub fn german(app: &'a TestApp) -> Self {
        Self { language: "de", ..Self::new(app) }
    }

    /// In which somebody of this name has opened an account and signed in.
    pub async fn signed_in(app: &'a TestApp, name: &str) -> Self {
        let browser = Self::new(app);
        let email = format!("{name}@example.org");
        let account = [("name", name), ("email", &email), ("password", PASSWORD)];
        assert_eq!(browser.submit("/register", &account).await.header("location"), Some("/login?notice=registered"));
        browser.sign_in(&email, PASSWORD).await;
        browser
    }

    pub async fn sign_in(&self, email: &str, password: &str) {
        let answer = self.submit("/login", &[("email", email), ("password", password)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/documents")), "{}", answer.text());
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// Looks at a page that is there.
    pub async fn see(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Sends a form of ours.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.request("POST", path).header("sec-fetch-site", "same-origin").form(fields)).await
    }

    /// A request with what this browser always sends.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let cookies = self.cookies.lock().unwrap();
        let cookies: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.app.request(method, path).header("accept", "text/html,*/*;q=0.8");
        let request = request.header("accept-language", self.language);
        if cookies.is_empty() { request } else { request.header("cookie", &cookies.join("; ")) }
    }

    /// Sends it and keeps the cookies of the answer.
    pub async fn send(&self, request: Request) -> Answer {
        let answer = request.send().await;
        if answer.headers.contains_key("set-cookie") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "a cookie is as good as a token");
        }
        for cookie in answer.headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, marks) = rest.split_once(';').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if marks.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The token that stands in the forms of a page.
    pub async fn token(&self, path: &str) -> String {
        field(&self.see(path).await, "csrf_token")
    }
}

impl Request {
    /// A form's fields.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header("content-type", FORM).body(body)
    }
}

/// What a hidden field of a page holds.
pub fn field(page: &str, name: &str) -> String {
    let after =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    after.split('"').next().unwrap().to_owned()
}

/// The id at the end of the address that an answer leads to.
pub fn id_of(answer: &Answer) -> String {
    let location = answer.header("location").unwrap_or_else(|| panic!("{} {}", answer.status, answer.text()));
    location.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}
