//! How members come in: by their password, or by an invitation.

use axum::http::StatusCode;
use clinic_domain::clinic::Role;
use clinic_http::limits;

use crate::http::pages::html::Form;
use crate::http::pages::window::{Scene, Window};
use crate::http::people::browser::PASSWORD;

/// The form of the sign-in page, filled in.
async fn form(window: &Window, back: &str, name: &str, password: &str) -> Form {
    let back = serde_urlencoded::to_string([("back", back)]).expect("a query");
    let form = window.see(&format!("/sign-in?{back}")).await.form("/sign-in");
    form.with("name", name).with("password", password)
}

#[tokio::test]
async fn who_signs_in_is_led_back_to_pages_of_ours_only() {
    let scene = Scene::new().await;
    let room = format!("/today?room={}", scene.house().reception);
    for (back, leads) in [
        ("", "/desk"),
        ("/account", "/account"),
        (&*room, &*room),
        ("https://example.org/", "/desk"),
        ("//example.org/desk", "/desk"),
        ("/\\example.org", "/desk"),
        ("/\t/example.org", "/desk"),
        ("javascript:alert(1)", "/desk"),
    ] {
        let window = scene.stranger();
        let form = form(&window, back, "rita", PASSWORD).await;
        assert_eq!(window.granted(&form).await, leads, "{back}");
        window.see("/desk").await.says(["Rita", "Harbour"]);
    }
    // A page that asks her to sign in first leads back to itself.
    let window = scene.stranger();
    let to = window.led(&room).await;
    let form = window.see(&to).await.form("/sign-in").with("name", "rita");
    assert_eq!(window.granted(&form.with("password", PASSWORD)).await, room);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_name_is_kept() {
    let scene = Scene::new().await;
    let window = scene.stranger();
    for (name, password) in [("rita", "not this one"), ("nobody\"><script>", PASSWORD)] {
        let wrong = form(&window, "/account", name, password).await;
        let page = window.refused(&wrong, StatusCode::UNAUTHORIZED).await;
        page.says(["The name or the password is wrong."]);
        page.lacks(["<script>", "not this one"]);
        let again = page.form("/sign-in");
        assert_eq!((again.value("name"), again.value("password")), (Some(name), Some("")));
        assert_eq!(again.value("back"), Some("/account"));
        assert_eq!(window.led("/desk").await, "/sign-in?back=/desk");
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_are_told_as_that_and_the_right_one_waits_too() {
    let scene = Scene::new().await;
    let window = scene.stranger();
    let wrong = form(&window, "", "rita", "not this one").await;
    for _ in 0..limits::TRIES_PER_NAME {
        window.refused(&wrong, StatusCode::UNAUTHORIZED).await;
    }
    let right = wrong.with("password", PASSWORD);
    let page = window.refused(&right, StatusCode::TOO_MANY_REQUESTS).await;
    page.says(["Too many wrong tries, wait a while."]);
    scene.passes(16);
    assert_eq!(window.granted(&right).await, "/desk");
}

#[tokio::test]
async fn signing_out_ends_it_in_this_browser() {
    let scene = Scene::new().await;
    let other = Window::of(&scene.clinic, "rita", PASSWORD).await;
    let form = scene.rita.see("/desk").await.form("/do/sign-out");
    assert_eq!(scene.rita.granted(&form).await, "/sign-in");
    assert_eq!(scene.rita.led("/desk").await, "/sign-in?back=/desk");
    other.see("/desk").await;
}

#[tokio::test]
async fn an_invitation_is_good_once_and_what_is_wrong_with_a_try_is_told() {
    let scene = Scene::new().await;
    let eve = scene.clinic.member("Eve", Role::Member).await;
    let page = scene.ada.see(&format!("/admin/members/{eve}")).await;
    let invited = scene.ada.submit(&page.form("/invite")).await;
    let link = invited.part("https://clinic.example/invitation", "<").html;
    let link = format!("/invitation{link}");
    let window = scene.stranger();
    let page = window.see(&link).await;
    page.says(["Welcome to the clinic", "Choose how you sign in from now on."]);
    let form = page.form("/invitation").with("name", "eve").with("password", "a horse of hers");
    let taken = form.clone().with("name", "rita");
    let page = window.refused(&taken, StatusCode::CONFLICT).await;
    page.says(["Somebody else has this sign-in name, choose another."]);
    page.lacks(["a horse"]);
    assert_eq!(page.form("/invitation").value("name"), Some("rita"));
    let short = form.clone().with("password", "short");
    let page = window.refused(&short, StatusCode::UNPROCESSABLE_ENTITY).await;
    page.says(["Password: "]);
    assert_eq!(page.form("/invitation").value("token"), form.value("token"), "it is good still");
    assert_eq!(window.granted(&form).await, "/desk");
    window.see("/desk").await.says(["Eve", "You are not assigned to a room"]);
    for token in [form.value("token").expect("a token"), "none", ""] {
        let again = form.clone().with("token", token).with("name", "mallory");
        let page = scene.stranger().refused(&again, StatusCode::NOT_FOUND).await;
        page.says(["This invitation is not good, ask for a new one."]);
    }
}
