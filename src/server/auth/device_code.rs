//! The device authorization grant (RFC 8628): a short code, typed into a browser anywhere.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use matrix_sdk::{reqwest::Url, ruma::DeviceId};
use oauth2::DeviceCode;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use super::{
    super::json::Object,
    address::checked,
    error::SignInError,
    flow::Progress,
    form::{Answer, OAuthError},
    oauth::{OAuthClient, TokenAnswer, UnclaimedTokens, scope},
    registration::DEVICE_CODE_GRANT,
};
use crate::model::text::Clean;

/// The interval where the server names none (RFC 8628, 3.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// How long a code lives where the server does not say it. Then the server refuses it earlier, or another one follows.
const LIFETIME: Duration = Duration::from_mins(10);
/// The longest time that a code is shown, whatever the server says.
const LONGEST_LIFETIME: Duration = Duration::from_hours(1);
/// What `slow_down` adds, for good (RFC 8628, 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest wait between two polls, whatever a server or failures ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The longest sleep at a time: a sleep does not notice that the machine slept.
const NAP: Duration = Duration::from_secs(5);
/// The wait before a new code is asked for again, when the server could not be reached.
const RETRY: Duration = Duration::from_secs(5);
/// The longest user code. Real ones have six to eleven characters.
const LONGEST_CODE: usize = 32;

/// Signs in by a code, and by a fresh one whenever a code expires. Dropping the future ends it.
///
/// # Errors
///
/// [`SignInError::Denied`], [`SignInError::Refused`], or why there was no first code.
pub(super) async fn run(
    oauth: &OAuthClient,
    device_id: &DeviceId,
    progress: &mpsc::Sender<Progress>,
) -> Result<UnclaimedTokens, SignInError> {
    let mut authorization = request(oauth, device_id).await?;
    loop {
        let _ = progress.send(authorization.progress()).await;
        if let Some(tokens) = poll_until_expiry(oauth, &authorization, progress).await? {
            return Ok(tokens);
        }
        tracing::info!("the device code has expired; asking for another");
        authorization = loop {
            match request(oauth, device_id).await {
                Err(error @ SignInError::Unreachable { .. }) => {
                    let _ = progress.send(Progress::Unreachable(error.to_string())).await;
                    sleep(RETRY).await;
                }
                answer => break answer?,
            }
        };
    }
}

/// Polls until there is a verdict. `None` when the code has expired.
async fn poll_until_expiry(
    oauth: &OAuthClient,
    authorization: &Authorization,
    progress: &mpsc::Sender<Progress>,
) -> Result<Option<UnclaimedTokens>, SignInError> {
    let mut schedule = Schedule::new(authorization.interval, authorization.lifetime, Moment::now());
    loop {
        match schedule.step(Moment::now()) {
            Step::Wait(wait) => sleep(wait.min(NAP)).await,
            Step::Expired => return Ok(None),
            Step::Poll => {
                let outcome = poll(oauth.clone(), authorization.device_code.clone()).await;
                schedule.polled(&outcome, Instant::now());
                match outcome {
                    Outcome::Granted(tokens) => return Ok(Some(tokens)),
                    Outcome::Denied => return Err(SignInError::Denied),
                    Outcome::Refused(error) => return Err(SignInError::refused(&oauth.server, error)),
                    Outcome::Expired => return Ok(None),
                    Outcome::Unclear => {
                        let sentence = format!("{} does not answer properly; trying again", oauth.server);
                        let _ = progress.send(Progress::Unreachable(sentence)).await;
                    }
                    Outcome::Pending | Outcome::SlowDown => {}
                }
            }
        }
    }
}

/// Polls once, in a task of its own: an answer with tokens that arrives after a cancellation still ends their session.
async fn poll(oauth: OAuthClient, device_code: DeviceCode) -> Outcome {
    let (tell, outcome) = oneshot::channel();
    tokio::spawn(async move {
        let fields = [("grant_type", DEVICE_CODE_GRANT), ("device_code", device_code.secret().as_str())];
        let outcome = match oauth.token(&fields).await {
            Ok(TokenAnswer::Granted(tokens)) => Outcome::Granted(tokens),
            Ok(TokenAnswer::Other(answer)) => Outcome::of(&answer),
            Err(error) => {
                tracing::info!(?error, "polling");
                Outcome::Unclear
            }
        };
        let _ = tell.send(outcome);
    });
    outcome.await.unwrap_or(Outcome::Unclear)
}

/// What one poll says.
enum Outcome {
    Granted(UnclaimedTokens),
    Pending,
    SlowDown,
    Denied,
    Expired,
    /// A verdict about the request itself.
    Refused(OAuthError),
    /// No verdict: no connection, a proxy's page, a server that is out of order.
    Unclear,
}

impl Outcome {
    /// Reads an answer without tokens. The error decides: its status is 400 or 403 or 429, by server.
    fn of(answer: &Answer) -> Self {
        let status = answer.status.as_u16();
        match answer.oauth_error() {
            Some(error) => match &*error.error {
                "authorization_pending" => Self::Pending,
                "slow_down" => Self::SlowDown,
                "access_denied" => Self::Denied,
                "expired_token" => Self::Expired,
                "server_error" | "temporarily_unavailable" => Self::Unclear,
                _ if status == 429 => Self::SlowDown,
                _ if status >= 500 => Self::Unclear,
                _ => Self::Refused(error),
            },
            None if status == 429 => Self::SlowDown,
            None => Self::Unclear,
        }
    }
}

/// The time by two clocks: the steady one stands while the machine sleeps, the other one can be set.
#[derive(Clone, Copy)]
struct Moment {
    steady: Instant,
    wall: Timestamp,
}

impl Moment {
    fn now() -> Self {
        Self { steady: Instant::now(), wall: Timestamp::now() }
    }

    fn after(self, wait: Duration) -> Self {
        Self { steady: self.steady + wait, wall: self.wall.checked_add(wait).unwrap_or(Timestamp::MAX) }
    }

    fn is_reached(self, now: Self) -> bool {
        self.steady <= now.steady || self.wall <= now.wall
    }
}

/// When to poll.
struct Schedule {
    interval: Duration,
    /// Polls in a row without a verdict.
    failures: u32,
    next: Instant,
    expiry: Moment,
}

#[derive(Debug, Eq, PartialEq)]
enum Step {
    Wait(Duration),
    Poll,
    Expired,
}

impl Schedule {
    fn new(interval: Duration, lifetime: Duration, now: Moment) -> Self {
        Self { interval, failures: 0, next: now.steady + interval, expiry: now.after(lifetime) }
    }

    fn step(&self, now: Moment) -> Step {
        if self.expiry.is_reached(now) {
            return Step::Expired;
        }
        match self.next.saturating_duration_since(now.steady) {
            Duration::ZERO => Step::Poll,
            wait => Step::Wait(wait.min(self.expiry.steady.saturating_duration_since(now.steady))),
        }
    }

    fn polled(&mut self, outcome: &Outcome, now: Instant) {
        self.failures = if matches!(outcome, Outcome::Unclear) { self.failures + 1 } else { 0 };
        if matches!(outcome, Outcome::SlowDown) {
            self.interval += SLOW_DOWN;
        }
        let wait = self.interval * 2_u32.pow(self.failures.min(3));
        self.next = now + wait.clamp(self.interval.min(LONGEST_WAIT), LONGEST_WAIT);
    }
}

/// A code that the server has handed out.
pub(super) struct Authorization {
    device_code: DeviceCode,
    user_code: String,
    address: Url,
    complete: Option<Url>,
    lifetime: Duration,
    interval: Duration,
}

impl Authorization {
    pub(super) fn progress(&self) -> Progress {
        Progress::Code {
            address: self.address.to_string(),
            complete: self.complete.as_ref().map(ToString::to_string),
            code: self.user_code.clone(),
            expires_at: Moment::now().after(self.lifetime).wall,
        }
    }

    /// Reads a device authorization response (RFC 8628, 3.2); a sentence says what is wrong with it.
    pub(super) fn read(body: &str) -> Result<Self, String> {
        let body = Object::parse(body).unwrap_or_default();
        let none = "its answer has no device code in it";
        let device_code = body.text("device_code").filter(|code| !code.is_empty()).ok_or(none)?;
        let user_code = body.text("user_code").ok_or(none)?;
        let address = body.text("verification_uri").ok_or(none)?;
        let address = checked(&address).ok_or("its sign-in page has no usable address")?;
        // A code that would have to be changed to be shown cannot be typed.
        if user_code.is_empty() || user_code.len() > LONGEST_CODE || Clean::new(&user_code) != *user_code {
            return Err("its code cannot be shown".to_owned());
        }
        let seconds = |name: &str, most: Duration| {
            let seconds = body.numeral(name)?.max(1).cast_unsigned();
            Some(Duration::from_secs(seconds).min(most))
        };
        Ok(Self {
            device_code: DeviceCode::new(device_code),
            user_code,
            complete: body.text("verification_uri_complete").as_deref().and_then(checked),
            address,
            lifetime: seconds("expires_in", LONGEST_LIFETIME).unwrap_or(LIFETIME),
            interval: seconds("interval", LONGEST_WAIT).unwrap_or(INTERVAL),
        })
    }
}

/// Asks for a code.
async fn request(oauth: &OAuthClient, device_id: &DeviceId) -> Result<Authorization, SignInError> {
    let server = &oauth.server;
    let Some(url) = &oauth.metadata.device_authorization_endpoint else {
        return Err(SignInError::NotOffered { server: server.clone(), way: "by a code" });
    };
    let answer = oauth.post(url, &[("scope", &scope(device_id))]).await;
    let answer = answer.map_err(|error| SignInError::unreachable(server, &error))?;
    if answer.status.is_success() {
        return Authorization::read(&answer.body)
            .map_err(|reason| SignInError::Refused { server: server.clone(), reason: reason.into() });
    }
    match answer.oauth_error() {
        Some(error) if answer.status.is_client_error() => Err(SignInError::refused(server, error)),
        _ => {
            let reason = format!("HTTP {}", answer.status.as_u16()).into();
            Err(SignInError::Unreachable { server: server.clone(), reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk::reqwest::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    fn start() -> Moment {
        Moment { steady: Instant::now(), wall: Timestamp::UNIX_EPOCH }
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn outcome(status: u16, body: &str) -> Outcome {
        Outcome::of(&Answer { status: StatusCode::from_u16(status).unwrap(), body: body.into() })
    }

    #[test]
    fn the_first_poll_waits_for_one_interval() {
        let now = start();
        let schedule = Schedule::new(secs(5), secs(60), now);
        assert_eq!(schedule.step(now), Step::Wait(secs(5)));
        assert_eq!(schedule.step(now.after(secs(5))), Step::Poll);
    }

    #[test]
    fn slow_down_adds_five_seconds_for_good() {
        let now = start();
        let mut schedule = Schedule::new(secs(5), secs(600), now);
        schedule.polled(&Outcome::SlowDown, now.steady);
        assert_eq!(schedule.step(now), Step::Wait(secs(10)));
        schedule.polled(&Outcome::Pending, now.steady);
        assert_eq!(schedule.step(now), Step::Wait(secs(10)));
        schedule.polled(&Outcome::SlowDown, now.steady);
        assert_eq!(schedule.step(now), Step::Wait(secs(15)));
    }

    #[test]
    fn failures_wait_longer_each_time_up_to_a_limit_and_a_verdict_ends_that() {
        let now = start();
        let mut schedule = Schedule::new(secs(5), secs(600), now);
        for expected in [10, 20, 40, 40] {
            schedule.polled(&Outcome::Unclear, now.steady);
            assert_eq!(schedule.step(now), Step::Wait(secs(expected)));
        }
        schedule.polled(&Outcome::Pending, now.steady);
        assert_eq!(schedule.step(now), Step::Wait(secs(5)));
    }

    #[test]
    fn a_code_expires_by_either_clock() {
        let now = start();
        let schedule = Schedule::new(secs(5), secs(60), now);
        assert_eq!(schedule.step(now.after(secs(60))), Step::Expired);
        let slept = Moment { steady: now.steady + secs(1), wall: now.after(secs(3_600)).wall };
        assert_eq!(schedule.step(slept), Step::Expired);
        let set_back = Moment { steady: now.steady + secs(61), wall: Timestamp::MIN };
        assert_eq!(schedule.step(set_back), Step::Expired);
    }

    #[test]
    fn no_wait_is_longer_than_the_code_lives() {
        let now = start();
        let mut schedule = Schedule::new(secs(5), secs(30), now);
        schedule.polled(&Outcome::Unclear, now.steady);
        schedule.polled(&Outcome::Unclear, now.steady);
        schedule.polled(&Outcome::Unclear, now.steady);
        assert_eq!(schedule.step(now), Step::Wait(secs(30)));
    }

    #[test]
    fn the_error_decides_and_not_the_status() {
        for status in [400, 401, 403, 429, 500] {
            let read = |error: &str| outcome(status, &json!({ "error": error }).to_string());
            assert!(matches!(read("authorization_pending"), Outcome::Pending), "{status}");
            assert!(matches!(read("slow_down"), Outcome::SlowDown), "{status}");
            assert!(matches!(read("access_denied"), Outcome::Denied), "{status}");
            assert!(matches!(read("expired_token"), Outcome::Expired), "{status}");
        }
        assert!(matches!(outcome(400, r#"{"error":"invalid_client"}"#), Outcome::Refused(_)));
    }

    #[test]
    fn a_page_or_a_limit_is_no_verdict() {
        for (status, body) in [(502, "<html>"), (200, "<html>"), (403, ""), (503, r#"{"error":"x"}"#)] {
            assert!(matches!(outcome(status, body), Outcome::Unclear), "{status} {body}");
        }
        assert!(matches!(outcome(429, "<html>"), Outcome::SlowDown));
        assert!(matches!(outcome(429, r#"{"error":"rate_limited"}"#), Outcome::SlowDown));
    }

    fn response() -> Value {
        json!({
            "device_code": "secret-device-code",
            "user_code": "ABC-DEF",
            "verification_uri": "https://auth.example.org/link",
            "verification_uri_complete": "https://auth.example.org/link?code=ABC-DEF",
            "expires_in": 60,
        })
    }

    fn with(field: &str, value: Value) -> Result<Authorization, String> {
        let mut response = response();
        response[field] = value;
        Authorization::read(&response.to_string())
    }

    #[test]
    fn without_an_interval_it_is_five_seconds() {
        let read = Authorization::read(&response().to_string()).unwrap();
        assert_eq!((read.interval, read.lifetime), (secs(5), secs(60)));
        assert_eq!(with("interval", json!(7)).unwrap().interval, secs(7));
        assert_eq!(with("interval", json!(0)).unwrap().interval, secs(1));
        assert_eq!(with("interval", json!(1e9)).unwrap().interval, secs(60));
        assert_eq!(with("expires_in", json!(-5)).unwrap().lifetime, secs(1));
    }

    #[test]
    fn an_odd_member_that_is_not_needed_costs_no_code() {
        for (odd, lifetime) in [
            (json!("600"), secs(600)),
            (json!(1e18), LONGEST_LIFETIME),
            (json!(null), LIFETIME),
            (json!([]), LIFETIME),
            (json!("soon"), LIFETIME),
        ] {
            assert_eq!(with("expires_in", odd.clone()).unwrap().lifetime, lifetime, "{odd}");
            assert!(with("interval", odd.clone()).unwrap().interval <= LONGEST_WAIT, "{odd}");
            assert!(with("scope", odd.clone()).is_ok(), "{odd}");
        }
        assert_eq!(with("verification_uri_complete", json!(7)).unwrap().complete, None);
        for needed in ["device_code", "user_code", "verification_uri"] {
            for odd in [json!(7), json!(null), json!({})] {
                assert!(with(needed, odd.clone()).is_err(), "{needed}: {odd}");
            }
        }
    }

    #[test]
    fn only_web_addresses_are_shown() {
        for hostile in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://example.org/link",
            "https://auth.example.org@evil.example/link",
            "\u{1b}]8;;x",
            "",
        ] {
            assert!(with("verification_uri", json!(hostile)).is_err(), "{hostile}");
            assert_eq!(with("verification_uri_complete", json!(hostile)).unwrap().complete, None);
        }
        let long = format!("https://auth.example.org/{}", "x".repeat(2_000));
        assert!(with("verification_uri", json!(long)).is_err());
        for fine in ["http://127.0.0.1:8080/link", "http://[::1]/link", "http://localhost/link"] {
            assert!(with("verification_uri", json!(fine)).is_ok(), "{fine}");
        }
        let escapes = with("verification_uri", json!("https://auth.example.org/\u{1b}[31m\u{202e}")).unwrap();
        assert!(escapes.address.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn a_code_that_cannot_be_shown_as_it_is_is_refused() {
        for hostile in ["", "AB\u{1b}[31mC", "AB\u{202e}C", "AB\nC", &"A".repeat(2_000)] {
            assert!(with("user_code", json!(hostile)).is_err(), "{hostile:?}");
        }
        assert_eq!(with("user_code", json!("123 456")).unwrap().user_code, "123 456");
    }
}
