//! Tests of `/register`.

use crate::support::{Browser, PASSWORD, TestApp};

#[tokio::test]
async fn registration_returns_equal_responses_for_known_and_new_addresses() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for email in ["ada@example.org", "eve@example.org"] {
        let response = browser.submit("/register", &[("name", "x"), ("email", email), ("password", PASSWORD)]).await;
        assert_eq!((response.status.as_u16(), response.header("location")), (303, Some("/login?notice=registered")));
    }
}

#[tokio::test]
async fn registration_form_shows_errors_and_keeps_all_values_except_the_password() {
    let app = TestApp::start().await;
    let response = Browser::new(&app)
        .submit("/register", &[("name", "\"><b>Ada"), ("email", "nowhere"), ("password", "canary-1234")])
        .await;
    let page = response.text();
    assert_eq!(response.status, 422, "{page}");
    assert!(page.contains("<title>Error: Create an account"), "{page}");
    assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;Ada\"") && page.contains("value=\"nowhere\""), "{page}");
    assert!(!page.contains("canary"), "{page}");
    assert!(page.contains("Enter an e-mail address") && page.contains("2 fields are invalid."), "{page}");
    let invalid = page.matches("aria-invalid=\"true\"").count();
    let described = page.matches("aria-describedby=\"email-error\"").count();
    assert_eq!((invalid, described, page.matches("autofocus").count()), (2, 1, 1), "{page}");
    let first = page.split("<input id=\"email\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(first.contains("autofocus"), "the first wrong field has the focus: {first}");
    assert!(page.contains(response.header("x-request-id").unwrap()), "{page}");
}

#[tokio::test]
async fn registration_form_focuses_the_first_invalid_field() {
    let app = TestApp::start().await;
    let response = Browser::new(&app).submit("/register", &[("name", ""), ("email", ""), ("password", "")]).await;
    let page = response.text();
    assert_eq!((page.matches("aria-invalid=\"true\"").count(), page.matches("autofocus").count()), (3, 1), "{page}");
    let name = page.split("<input id=\"name\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(name.contains("autofocus"), "{name}");
}

#[tokio::test]
async fn account_forms_reject_addresses_that_cannot_receive_mail() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    for email in ["foo..bar@example.org", "foo.@example.org", ".foo@example.org"] {
        for form in ["/register", "/forgot", "/resend"] {
            let fields = [("name", "Ada"), ("email", email), ("password", PASSWORD)];
            let fields = if form == "/register" { &fields[..] } else { &fields[1..2] };
            let rejected = browser.submit(form, fields).await;
            assert_eq!(rejected.status, 422, "{form} {email}");
            assert!(rejected.text().contains("aria-invalid=\"true\""), "{form} {email}");
        }
    }
    assert!(app.mails().is_empty());
}

#[tokio::test]
async fn registration_shares_its_limit_with_the_api() {
    let app = TestApp::start_with(|config| crate::support::app::limit(config, "register", 1, 60)).await;
    let account = serde_json::json!({ "name": "a", "email": "a@example.org", "password": PASSWORD });
    assert_eq!(app.post("/api/v1/auth/register").json(&account).send().await.status, 201);
    let response = Browser::new(&app)
        .submit("/register", &[("name", "b"), ("email", "b@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(response.status, 429);
    assert!(
        response.header("retry-after").is_some() && response.text().contains("Too many requests"),
        "{}",
        response.text()
    );
}

#[tokio::test]
async fn registration_enforces_the_password_rules_of_the_api_in_the_visitor_language() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["min_length"] = serde_json::json!(15);
    })
    .await;
    let browser = Browser::german(&app);
    assert!(browser.page("/register").await.contains("Mindestens 15 Zeichen."));
    let rules = [
        ("fourteen chars", "mit mindestens 15 Zeichen"),
        ("passwordpassword", "Dieses Passwort ist zu verbreitet"),
        ("adaadaadaadaada", "nicht aus Ihrem Namen"),
    ];
    for (password, words) in rules {
        let account = [("name", "Ada"), ("email", "ada@example.org"), ("password", password)];
        let response = browser.submit("/register", &account).await;
        assert!(response.status == 422 && response.text().contains(words), "{password}: {}", response.text());
    }
}
