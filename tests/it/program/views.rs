//! The views of the dashboard, on a real Synapse.

use crate::support::{
    scene::Scene,
    synapse::{Setup, shared},
    terminal::{Key, text},
};

#[test]
fn rooms_favorites_and_large_rooms_have_their_views() {
    let Some(synapse) = shared(Setup::default()) else { return };
    let scene =
        Scene::on(synapse).configured("view = \"people\"\nrooms = [\"tea kitchen\"]\nlarge_room = 3\n");
    let strangers: Vec<_> = ["carol", "dave", "erin"].map(|name| synapse.user(name)).into();
    let hall = scene.bob.create_room("Large hall");
    let kitchen = strangers[0].create_room("Tea kitchen");
    scene.alice.join(&hall);
    scene.alice.join(&kitchen);
    strangers[1..].iter().for_each(|stranger| stranger.join(&hall));
    let is_listed =
        |screen: &vt100::Screen, user: &crate::support::synapse::User| text(screen).contains(&user.localpart);

    let mut terminal = scene.open();
    terminal.wait_until("carol of the kitchen, and no stranger", |screen| {
        is_listed(screen, &strangers[0]) && !is_listed(screen, &strangers[1])
    });
    terminal.press(Key::Tab);
    terminal.wait_until("the strangers", |screen| {
        text(screen).contains("[Everyone]") && strangers.iter().all(|stranger| is_listed(screen, stranger))
    });
    terminal.press("sss");
    terminal.wait_for("Large rooms");
    terminal.press(Key::Tab);
    terminal.wait_for("No favourites yet");
    terminal.press(Key::Tab);
    terminal.press(Key::Tab);
    terminal.wait_until("the kitchen alone", |screen| {
        text(screen).contains("[Tea kitchen]")
            && is_listed(screen, &strangers[0])
            && !is_listed(screen, &scene.bob)
    });
    terminal.press("jp");
    terminal.wait_for("is now a favourite");
    terminal.press("q");
    terminal.wait_for_exit();

    let terminal = scene.open();
    terminal.press(Key::Tab);
    terminal.press(Key::Tab);
    terminal.wait_until("the favourite", |screen| {
        text(screen).contains("[Favourites]") && is_listed(screen, &strangers[0])
    });
}
