//! What makes a Synapse federate with others on this machine.

use std::process::Command;

use super::{directory::Directory, installation};

/// Writes a key and a certificate that it signs itself. Synapse federates over TLS alone, and comes with this library.
const CERTIFICATE: &str = r#"
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    .sign(key, hashes.SHA256())
)
pem, old, bare = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
open(sys.argv[1] + "/tls.crt", "wb").write(certificate.public_bytes(pem))
open(sys.argv[1] + "/tls.key", "wb").write(key.private_bytes(pem, old, bare))
"#;

/// Returns the lines of configuration of a server that listens for clients at `port`, and for other servers at that of
/// `federation`. Its name is that address, so the others need no `.well-known`.
pub(super) fn configuration(port: u16, federation: &Directory) -> Result<String, String> {
    let directory = federation.path().to_str().ok_or("the path of a directory is not UTF-8")?;
    installation::run(Command::new(installation::python()?).args(["-c", CERTIFICATE, directory]))?;
    let listener = |port: u16, tls: bool, what: &str| {
        format!(
            "  - {{port: {port}, type: http, tls: {tls}, bind_addresses: [\"127.0.0.1\"], \
             resources: [{{names: [{what}], compress: false}}]}}\n"
        )
    };
    let name = federation.port();
    Ok(format!(
        "server_name: \"localhost:{name}\"\nlisteners:\n{}{}\
         tls_certificate_path: \"{directory}/tls.crt\"\ntls_private_key_path: \"{directory}/tls.key\"\n\
         federation_verify_certificates: false\nip_range_blacklist: []\nsend_federation: true\n",
        listener(port, false, "client"),
        listener(name, true, "federation"),
    ))
}
