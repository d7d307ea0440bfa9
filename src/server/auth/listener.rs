//! The loopback listener that a browser comes back to after a sign-in (RFC 8252, 7.3).

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use matrix_sdk::reqwest::Url;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use super::redirect::{Expected, Return};

/// The one path that is answered.
const PATH: &str = "/callback";
/// How long the page may take to reach the browser once the sign-in is over.
const CLOSING: Duration = Duration::from_secs(1);

/// Waits for one browser on a free port of 127.0.0.1.
///
/// Not `localhost` and not `[::1]`: tuwunel accepts any port only where the host is an IPv4 address.
pub(super) struct Listener {
    pub redirect_uri: Url,
    returns: mpsc::Receiver<Return>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    expected: Arc<Expected>,
    found: mpsc::Sender<Return>,
}

impl Listener {
    pub(super) async fn open(expected: Arc<Expected>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let redirect_uri =
            Url::parse(&format!("http://127.0.0.1:{port}{PATH}")).expect("an address with a port is a URL");
        let (found, returns) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Router::new().fallback(answer).with_state(Shared { expected, found });
        let server = tokio::spawn(async move {
            // Dropping the listener stops it as well.
            let stopped = async { drop(stopped.await) };
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        });
        Ok(Self { redirect_uri, returns, stop, server })
    }

    /// Waits for what the browser brings.
    pub(super) async fn next(&mut self) -> Return {
        match self.returns.recv().await {
            Some(found) => found,
            None => std::future::pending().await,
        }
    }

    /// Stops, once the browser has its page.
    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        let _ = timeout(CLOSING, self.server).await;
    }
}

/// Answers one request. Favicons, scanners, other paths, other states and second visits find nothing here.
async fn answer(State(shared): State<Shared>, method: Method, uri: Uri) -> Response {
    if method != Method::GET || uri.path() != PATH {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(found) = shared.expected.read(uri.query().unwrap_or_default()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let page = match &found {
        Return::Secret(_) => page("Signed in", "whosin goes on in the terminal. You can close this page."),
        Return::Refused(_) => {
            page("Not signed in", "whosin says why in the terminal. You can close this page.")
        }
    };
    if shared.found.try_send(found).is_err() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // The address of this page has the code in it: it stays out of caches, referrers and frames.
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (header::CONNECTION, "close"),
    ];
    (headers, page).into_response()
}

fn page(title: &str, sentence: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} · whosin</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<style>\n\
         :root {{ color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }}\n\
         body {{ max-width: 30rem; margin: 20vh auto; padding: 0 1rem }}\n\
         </style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{sentence}</p>\n</body>\n</html>\n"
    )
}
