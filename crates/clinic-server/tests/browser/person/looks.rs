//! How a person's screen looks, and pictures of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Person;
use crate::limits::{DESKTOP, PHONE};

impl Person {
    /// She looks at a phone from now on.
    pub(crate) async fn on_a_phone(&self) {
        let (width, height) = PHONE;
        let phone =
            json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.asks_tools("Emulation.setDeviceMetricsOverride", &phone).await;
    }

    /// She looks at the screen of a desk from now on.
    pub(crate) async fn on_a_desktop(&self) {
        let (width, height) = DESKTOP;
        let desktop =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.asks_tools("Emulation.setDeviceMetricsOverride", &desktop).await;
    }

    /// She likes her screen dark from now on.
    pub(crate) async fn in_the_dark(&self) {
        self.prefers("dark").await;
    }

    /// She likes her screen light from now on.
    pub(crate) async fn in_the_light(&self) {
        self.prefers("light").await;
    }

    /// A picture of what she sees, for whoever looks into a test. It says where it is.
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(test);
        let path = folder.join(format!("{}-{name}.png", self.name));
        let picture = self.sure("take a picture", self.client().screenshot().await);
        fs::create_dir_all(folder).expect("a folder for pictures");
        fs::write(&path, picture).expect("the picture is written");
        path
    }

    async fn prefers(&self, scheme: &str) {
        // What moves would be looked at halfway.
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.asks_tools("Emulation.setEmulatedMedia", &features).await;
    }
}
