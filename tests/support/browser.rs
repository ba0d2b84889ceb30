//! Browser without scripts: stores cookies, submits forms and sends `Sec-Fetch-Site`.

use std::{collections::BTreeMap, sync::Mutex};

use form_urlencoded::Serializer;

use super::{PASSWORD, TestApp, TestResponse, request::Request};

pub const FORM: &str = "application/x-www-form-urlencoded";

/// Browser that visits one application.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookies: Mutex<BTreeMap<String, String>>,
    language: &'static str,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Mutex::default(), language: "en" }
    }

    /// Creates a browser with German as its language.
    pub fn german(app: &'a TestApp) -> Self {
        Self { language: "de", ..Self::new(app) }
    }

    /// Creates a browser, registers an account with this name, and signs in.
    pub async fn signed_in(app: &'a TestApp, name: &str) -> Self {
        let browser = Self::new(app);
        let email = format!("{name}@example.org");
        let account = [("name", name), ("email", &email), ("password", PASSWORD)];
        assert_eq!(browser.submit("/register", &account).await.header("location"), Some("/login?notice=registered"));
        browser.sign_in(&email, PASSWORD).await;
        browser
    }

    pub async fn sign_in(&self, email: &str, password: &str) {
        let response = self.submit("/login", &[("email", email), ("password", password)]).await;
        assert_eq!(
            (response.status.as_u16(), response.header("location")),
            (303, Some("/documents")),
            "{}",
            response.text()
        );
    }

    /// Requests a web page. Returns the response.
    pub async fn get(&self, path: &str) -> TestResponse {
        self.send(self.request("GET", path)).await
    }

    /// Requests a web page, and asserts that the page exists. Returns the HTML text.
    pub async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.text()
    }

    /// Submits a form with the header `Sec-Fetch-Site: same-origin`.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        self.send(self.request("POST", path).header("sec-fetch-site", "same-origin").form(fields)).await
    }

    /// Creates a request with the headers that the browser sends with every request.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let cookies = self.cookies.lock().unwrap();
        let cookies: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.app.request(method, path).header("accept", "text/html,*/*;q=0.8");
        let request = request.header("accept-language", self.language);
        if cookies.is_empty() { request } else { request.header("cookie", &cookies.join("; ")) }
    }

    /// Sends a request and stores the cookies of the response.
    pub async fn send(&self, request: Request) -> TestResponse {
        let response = request.send().await;
        if response.headers.contains_key("set-cookie") {
            assert_eq!(
                response.header("cache-control"),
                Some("no-store"),
                "a response with a cookie must not be cached"
            );
        }
        for cookie in response.headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    /// Returns the value of the cookie `name`, or `None` if the browser has no such cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Returns the CSRF token in the forms of a web page.
    pub async fn token(&self, path: &str) -> String {
        field(&self.page(path).await, "csrf_token")
    }
}

impl Request {
    /// Sets a URL-encoded form as the body of the request.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header("content-type", FORM).body(body)
    }
}

/// Returns the value of the hidden field `name` in a web page.
pub fn field(page: &str, name: &str) -> String {
    let after =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    after.split('"').next().unwrap().to_owned()
}

/// Returns the ID at the end of the response header `Location`.
pub fn id_from_location(response: &TestResponse) -> String {
    let location = response.header("location").unwrap_or_else(|| panic!("{} {}", response.status, response.text()));
    location.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}
