//! The server's page on which the sessions of an account are managed (MSC4191).

use matrix_sdk::{
    Client,
    ruma::{
        DeviceId,
        api::client::discovery::get_authorization_server_metadata::v1::{
            AccountManagementActionData, AuthorizationServerMetadata, DeviceDeleteData, DeviceViewData,
        },
    },
};

use super::{address::checked, discovery::fetch_metadata, error::SignInError};

/// The account pages of a homeserver.
#[derive(Clone, Debug)]
pub(crate) struct AccountPages(Option<AuthorizationServerMetadata>);

impl AccountPages {
    /// Asks a homeserver where they are.
    ///
    /// # Errors
    ///
    /// [`SignInError`] without an answer, or for one that cannot be read.
    pub async fn find(client: &Client) -> Result<Self, SignInError> {
        fetch_metadata(client).await.map(Self)
    }

    /// Returns the page that ends another session.
    #[must_use]
    pub(crate) fn to_end(&self, device_id: &str) -> Option<String> {
        let device_id: &DeviceId = device_id.into();
        page(self.0.as_ref()?, AccountManagementActionData::DeviceDelete(DeviceDeleteData::new(device_id)))
    }
}

/// Returns the page that shows a session.
pub(super) fn to_view(metadata: &AuthorizationServerMetadata, device_id: &DeviceId) -> Option<String> {
    page(metadata, AccountManagementActionData::DeviceView(DeviceViewData::new(device_id)))
}

fn page(metadata: &AuthorizationServerMetadata, action: AccountManagementActionData<'_>) -> Option<String> {
    let url = metadata.account_management_url_with_action(action)?;
    checked(url.as_str()).map(|url| url.to_string())
}
