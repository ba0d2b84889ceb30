//! `/register`.

use crate::support::{Browser, PASSWORD, TestApp};

#[tokio::test]
async fn a_known_address_and_a_new_one_have_the_same_answer() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for email in ["ada@example.org", "eve@example.org"] {
        let answer = browser.submit("/register", &[("name", "x"), ("email", email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/login?notice=registered")));
    }
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_entered_is_kept_but_the_password() {
    let app = TestApp::start().await;
    let answer = Browser::new(&app)
        .submit("/register", &[("name", "\"><b>Ada"), ("email", "nowhere"), ("password", "canary-1234")])
        .await;
    let page = answer.text();
    assert_eq!(answer.status, 422, "{page}");
    assert!(page.contains("<title>Error: Create an account"), "{page}");
    assert!(page.contains("value=\"&quot;&gt;&lt;b&gt;Ada\"") && page.contains("value=\"nowhere\""), "{page}");
    assert!(!page.contains("canary"), "{page}");
    assert!(page.contains("Enter an e-mail address") && page.contains("2 fields are invalid."), "{page}");
    let invalid = page.matches("aria-invalid=\"true\"").count();
    let described = page.matches("aria-describedby=\"email-error\"").count();
    assert_eq!((invalid, described, page.matches("autofocus").count()), (2, 1, 1), "{page}");
    let first = page.split("<input id=\"email\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(first.contains("autofocus"), "the first wrong field has the focus: {first}");
    assert!(page.contains(answer.header("x-request-id").unwrap()), "{page}");
}

#[tokio::test]
async fn of_several_wrong_fields_the_one_that_stands_first_has_the_focus() {
    let app = TestApp::start().await;
    let answer = Browser::new(&app).submit("/register", &[("name", ""), ("email", ""), ("password", "")]).await;
    let page = answer.text();
    assert_eq!((page.matches("aria-invalid=\"true\"").count(), page.matches("autofocus").count()), (3, 1), "{page}");
    let name = page.split("<input id=\"name\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(name.contains("autofocus"), "{name}");
}

#[tokio::test]
async fn registering_counts_with_the_api_s() {
    let app = TestApp::start_with(|config| crate::support::app::limit(config, "register", 1, 60)).await;
    let account = serde_json::json!({ "name": "a", "email": "a@example.org", "password": PASSWORD });
    assert_eq!(app.post("/api/v1/auth/register").json(&account).send().await.status, 201);
    let answer = Browser::new(&app)
        .submit("/register", &[("name", "b"), ("email", "b@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some() && answer.text().contains("Too many requests"), "{}", answer.text());
}

#[tokio::test]
async fn a_password_is_held_to_the_rules_of_the_api_in_the_reader_s_words() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["min_length"] = serde_json::json!(15);
    })
    .await;
    let browser = Browser::german(&app);
    assert!(browser.see("/register").await.contains("Mindestens 15 Zeichen."));
    let rules = [
        ("fourteen chars", "mit mindestens 15 Zeichen"),
        ("passwordpassword", "Dieses Passwort ist zu verbreitet"),
        ("adaadaadaadaada", "nicht aus Ihrem Namen"),
    ];
    for (password, words) in rules {
        let account = [("name", "Ada"), ("email", "ada@example.org"), ("password", password)];
        let answer = browser.submit("/register", &account).await;
        assert!(answer.status == 422 && answer.text().contains(words), "{password}: {}", answer.text());
    }
}
