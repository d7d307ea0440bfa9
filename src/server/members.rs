//! Who is joined to which room, by what name.

use std::collections::BTreeMap;

use futures_util::{Stream, StreamExt, stream};
use matrix_sdk::{
    HttpError,
    ruma::{
        OwnedRoomId,
        api::client::membership::{joined_members, joined_rooms},
    },
};

use super::{Kind, Session, Trouble, once};
use crate::model::event::Member;

/// How many rooms to ask for at a time.
const AT_A_TIME: usize = 8;

/// A room and its joined members.
pub(super) type Joined = (OwnedRoomId, Vec<Member>);

impl Session {
    /// The rooms that we are in.
    pub(super) async fn joined_rooms(&self) -> Result<Vec<OwnedRoomId>, HttpError> {
        let request = joined_rooms::v3::Request::new();
        Ok(self.client.send(request).with_request_config(once()).await?.joined_rooms)
    }

    /// The members of some rooms, in the order of the rooms, as many at a time as have arrived.
    pub(super) fn members(
        &self,
        rooms: Vec<OwnedRoomId>,
    ) -> impl Stream<Item = Vec<Result<Joined, Trouble>>> {
        let asked = rooms.into_iter().map(|room_id| self.members_of(room_id));
        stream::iter(asked).buffered(AT_A_TIME).ready_chunks(64)
    }

    /// A room that the server will not open, because we have just left it for instance, is an empty one.
    async fn members_of(&self, room_id: OwnedRoomId) -> Result<Joined, Trouble> {
        let request = joined_members::v3::Request::new(room_id.clone());
        let members = match self.client.send(request).with_request_config(once()).await {
            Ok(answer) => answer.joined,
            Err(error) => match self.trouble(&error) {
                Trouble { kind: Kind::Refused(..) | Kind::ProtocolError | Kind::NotMatrix, .. } => {
                    tracing::warn!(%room_id, "a room keeps its members to itself");
                    BTreeMap::new()
                }
                trouble => return Err(trouble),
            },
        };
        let member = |(user_id, member): (_, joined_members::v3::RoomMember)| Member {
            user_id,
            displayname: member.display_name,
        };
        Ok((room_id, members.into_iter().map(member).collect()))
    }
}
