//! TLS to a collector, with the certificates of the system and those of the configuration.

use std::{fs, path::Path};

use lapwing_config::Otlp;
use reqwest::ClientBuilder;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

/// Applies `tls` to an HTTP client.
pub(crate) fn http(client: ClientBuilder, otlp: &Otlp) -> Result<ClientBuilder, String> {
    let mut client = client;
    if let Some(path) = &otlp.ca_file {
        let certificates = reqwest::Certificate::from_pem_bundle(&read("ca_file", path)?)
            .map_err(|_| format!("the ca_file `{}` holds no PEM certificates", path.display()))?;
        client = client.tls_certs_merge(certificates);
    }
    if let Some((certificate, key)) = pair(otlp)? {
        let identity = reqwest::Identity::from_pem(&[key, certificate].concat())
            .map_err(|_| "the cert_file and key_file are no PEM certificate and key".to_owned())?;
        client = client.identity(identity);
    }
    Ok(client)
}

/// Applies `tls` to a gRPC endpoint.
pub(crate) fn grpc(endpoint: Endpoint, otlp: &Otlp) -> Result<Endpoint, String> {
    let mut tls = ClientTlsConfig::new().with_native_roots();
    if let Some(path) = &otlp.ca_file {
        tls = tls.ca_certificate(Certificate::from_pem(read("ca_file", path)?));
    }
    if let Some((certificate, key)) = pair(otlp)? {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    endpoint.tls_config(tls).map_err(|error| format!("TLS can't be set up: {error}"))
}

/// A certificate and its key, as PEM.
type Pair = (Vec<u8>, Vec<u8>);

fn pair(otlp: &Otlp) -> Result<Option<Pair>, String> {
    match (&otlp.cert_file, &otlp.key_file) {
        (Some(certificate), Some(key)) => Ok(Some((read("cert_file", certificate)?, read("key_file", key)?))),
        (None, None) => Ok(None),
        _ => Err("cert_file and key_file belong together: give both or none".to_owned()),
    }
}

fn read(key: &str, path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("the {key} `{}` can't be read: {error}", path.display()))
}
