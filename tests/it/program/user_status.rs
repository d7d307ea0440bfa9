//! User statuses (MSC4426) on a real Synapse, in each of its configurations.

use serde_json::{Value, json};

use crate::support::{
    home::Home,
    scene::Scene,
    synapse::{Profiles, Setup, Tracking, User, shared},
};

const STATUS: &str = "org.matrix.msc4426.status";
const CALL: &str = "org.matrix.msc4426.call";

fn set(user: &User, field: &str, value: &Value) {
    user.put(&format!("profile/{}/{field}", user.id), &json!({ field: value })).ok();
}

fn pushed() -> Setup {
    Setup { profiles: Profiles::Pushed, ..Setup::default() }
}

#[test]
fn a_status_is_on_screen_at_once_where_the_server_sends_it() {
    let Some(synapse) = shared(pushed()) else { return };
    let scene = Scene::on(synapse);
    set(&scene.bob, STATUS, &json!({"emoji": "🌴", "text": "from before"}));
    let terminal = scene.open();
    terminal.wait_for("🌴 from before");
    set(&scene.bob, STATUS, &json!({"emoji": "💬", "text": "In a meeting"}));
    terminal.wait_for("💬 In a meeting");
    set(&scene.bob, CALL, &json!({}));
    terminal.wait_for("in a call · 💬 In a meeting");
    set(&scene.bob, CALL, &Value::Null);
    set(&scene.bob, STATUS, &Value::Null);
    terminal.wait_until_gone("meeting");
    terminal.wait_until_gone("in a call");
}

#[test]
fn a_status_is_looked_up_where_presence_is_off() {
    let Some(synapse) = shared(Setup { presence: Tracking::Off, ..Setup::default() }) else { return };
    let scene = Scene::on(synapse);
    set(&scene.bob, STATUS, &json!({"emoji": "🏃", "text": "AFK"}));
    let terminal = scene.home.open(&[], &[]);
    terminal.wait_for("🏃 AFK");
}

#[test]
fn the_status_of_a_contact_is_in_the_json_of_list_and_watch() {
    let Some(synapse) = shared(pushed()) else { return };
    let (alice, bob) = (synapse.user("alice"), synapse.user("bob"));
    bob.join(&alice.create_room("Street"));
    let home = Home::of(&synapse.url(), &alice);
    set(&bob, STATUS, &json!({"emoji": "🌴", "text": "On holiday"}));
    set(&bob, CALL, &json!({"call_joined_ts": 1_770_140_640_000_i64}));
    for command in [&["list", "--json"][..], &["watch", "--json", "--once"]] {
        let ended = home.run(command);
        let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let told: Vec<Value> = lines.filter(|line| line["user_id"] == *bob.id).collect();
        assert_eq!(told.len(), 1, "{ended:?}");
        assert_eq!(told[0]["status"], json!({"emoji": "🌴", "text": "On holiday"}), "{command:?}");
        assert_eq!(told[0]["in_call"], false, "the call began long ago");
    }
}
