//! A server at an `http://` address on another machine: others on the network can read along, and whosin says so.

use std::{fs::File, process::Output};

use whosin::demo::{PASSWORD, USER};

use crate::{program::watch::demo, support::home::Home};

/// Signs in with the demo's password.
fn sign_in(home: &Home, server: &str) -> Output {
    let password = File::open(home.write("password", PASSWORD)).unwrap();
    let args = ["login", "--homeserver", server, "--user", USER, "--password-stdin"];
    home.command(&args).stdin(password).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unencrypted_connection_is_said_at_login_by_doctor_and_in_the_header() {
    let demo = demo().await;
    let port = demo.url().rsplit_once(':').unwrap().1.trim_end_matches('/').to_owned();
    // The system connects 0.0.0.0 to this machine, but it is no loopback address.
    for (host, unencrypted) in [("0.0.0.0", true), ("127.0.0.1", false), ("localhost", false)] {
        let home = Home::new();
        let login = sign_in(&home, &format!("http://{host}:{port}"));
        assert!(login.status.success(), "{login:?}");
        let said = String::from_utf8(login.stderr).unwrap();
        assert_eq!(said.contains("is not encrypted"), unencrypted, "{host}: {said}");
        let examined = home.run(&["doctor"]);
        assert_eq!(examined.stdout.contains("which is not encrypted"), unencrypted, "{host}: {examined:?}");
        let mut dashboard = home.open(&[], &[]);
        dashboard.wait_for("live");
        assert_eq!(dashboard.text().contains("not encrypted"), unencrypted, "{host}");
        dashboard.press("q");
        dashboard.wait_for_exit();
    }
}
