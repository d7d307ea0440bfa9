//! User IDs as people type them.

use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::exit::UsageError;

/// Completes a name without a server to a user ID on our own server.
///
/// # Errors
///
/// [`UsageError`] if the name cannot be a user ID.
pub fn user_id(typed: &str, me: &UserId) -> Result<OwnedUserId, UsageError> {
    let name = typed.strip_prefix('@').unwrap_or(typed);
    let whole = if name.contains(':') { format!("@{name}") } else { format!("@{name}:{}", me.server_name()) };
    let meant = UserId::parse(whole).ok().filter(|it| !it.localpart().is_empty());
    meant
        .filter(|it| !it.localpart().contains(char::is_control))
        .ok_or_else(|| UsageError(format!("{typed} is not a user; write bob or @bob:example.org")))
}

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::user_id;

    use super::*;

    #[test]
    fn a_name_without_a_server_is_of_our_own() {
        let me = user_id!("@alice:example.org:8448");
        let table = [
            ("bob", Some("@bob:example.org:8448")),
            ("@bob", Some("@bob:example.org:8448")),
            ("bob:matrix.org", Some("@bob:matrix.org")),
            ("@bob:matrix.org", Some("@bob:matrix.org")),
            ("", None),
            ("bob:", None),
            ("bob\n:matrix.org", None),
        ];
        for (typed, meant) in table {
            assert_eq!(user_id(typed, me).ok().as_deref().map(UserId::as_str), meant, "{typed:?}");
        }
    }
}
