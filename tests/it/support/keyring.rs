//! A real keyring on a session bus of its own: GNOME Keyring, unlocked, locked, with a dialog that nobody answers, or
//! absent.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use super::{home::Home, synapse::announce, wait::until};

/// The interface of keyrings, and the name of it.
const SECRETS: &str = "org.freedesktop.secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";

/// A session bus, the home of its user, and a keyring as long as one runs.
pub struct Keyring {
    pub home: Home,
    bus: Child,
    daemon: Option<Child>,
    /// Exists once a dialog was asked for.
    dialog: PathBuf,
}

impl Keyring {
    /// Starts an unlocked keyring, whose dialog nobody answers. `None` where the programs for it are not installed.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let mut this = Self::absent()?;
        this.unlock();
        Some(this)
    }

    /// Starts a bus without a keyring. `None` where the programs for it are not installed.
    #[track_caller]
    pub fn absent() -> Option<Self> {
        Self::with_services(&["org.gnome.keyring.SystemPrompter"])
    }

    /// Starts a bus with a keyring that never answers.
    #[track_caller]
    pub fn hanging() -> Option<Self> {
        Self::with_services(&[SECRETS])
    }

    /// Starts a bus on which these services are started on demand, and never answer.
    #[track_caller]
    fn with_services(names: &[&str]) -> Option<Self> {
        if let Some(missing) = missing() {
            let test = std::thread::current();
            let name = test.name().unwrap_or("a test").to_owned();
            announce(&format!("skipped: {name} needs {missing}, which is not installed"));
            return None;
        }
        let home = Home::new();
        let dialog = home.path().join("dialog");
        for name in names {
            // Ends with the bus, and never takes the name that it is started for.
            let hang = format!("/bin/sh -c \"touch {}; exec dbus-monitor --session\"", dialog.display());
            let service = format!("[D-BUS Service]\nName={name}\nExec={hang}\n");
            home.write(&format!("services/{name}.service"), &service);
        }
        let services = home.path().join("services");
        fs::create_dir_all(&services).expect("a directory for services");
        fs::create_dir_all(home.path().join(".run")).expect("a directory for sockets");
        fs::set_permissions(home.path().join(".run"), fs::Permissions::from_mode(0o700)).expect("it is ours");
        let bus = home.path().join("bus");
        let configuration = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
             <servicedir>{}</servicedir><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>",
            bus.display(),
            services.display()
        );
        let configuration = home.write("bus.conf", &configuration);
        let mut command = Command::new("dbus-daemon");
        command.args(["--nofork", "--print-address", "--config-file", &configuration]);
        let home = home.with("DBUS_SESSION_BUS_ADDRESS", &format!("unix:path={}", bus.display()));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bus = command.spawn().expect("the bus runs");
        let output = bus.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut String::new()).expect("it says where it is");
        Some(Self { home, bus, daemon: None, dialog })
    }

    /// Locks the keyring.
    pub fn lock(&self) {
        let collection = "array:objpath:/org/freedesktop/secrets/collection/login";
        let answer = self.ask(SECRETS, &["/org/freedesktop/secrets", &format!("{SERVICE}.Lock"), collection]);
        assert!(answer.contains("collection/login"), "{answer}");
    }

    /// Unlocks it as a login does. That is a new process of the keyring.
    pub fn unlock(&mut self) {
        self.stop();
        let mut command = self.home.command_of("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon = command.spawn().expect("the keyring runs");
        let mut input = daemon.stdin.take().expect("it is piped");
        input.write_all(b"password").expect("it reads the password");
        drop(input);
        self.daemon = Some(daemon);
        until(|| self.is_running(), || "the keyring has its name on the bus".to_owned());
    }

    /// Ends the keyring.
    pub fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
            until(|| !self.is_running(), || "the keyring's name is free".to_owned());
        }
    }

    fn is_running(&self) -> bool {
        let method = "org.freedesktop.DBus.NameHasOwner";
        let name = format!("string:{SECRETS}");
        self.ask("org.freedesktop.DBus", &["/org/freedesktop/DBus", method, &name]).contains("true")
    }

    /// How many entries whosin has in it, locked or not.
    pub fn entries(&self) -> usize {
        let method = format!("{SERVICE}.SearchItems");
        let arguments = ["/org/freedesktop/secrets", &method, "dict:string:string:service,whosin"];
        self.ask(SECRETS, &arguments).matches("object path").count()
    }

    /// Whether anything has asked for a dialog.
    pub fn was_dialog_asked_for(&self) -> bool {
        self.dialog.exists()
    }

    fn ask(&self, destination: &str, arguments: &[&str]) -> String {
        let mut command = self.home.command_of("dbus-send");
        command.args(["--session", "--print-reply", &format!("--dest={destination}")]).args(arguments);
        let output = command.output().expect("dbus-send runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // Neither can fail in a way that matters.
        for process in self.daemon.iter_mut().chain([&mut self.bus]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The first program that is not installed.
fn missing() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &str| std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    ["dbus-daemon", "dbus-send", "dbus-monitor", "gnome-keyring-daemon"]
        .into_iter()
        .find(|name| !is_there(name))
}
