//! `lapwing check --live`: which endpoint is scraped, with which token.

use lapwing_check::Endpoint;

use crate::arguments::LiveOptions;

/// The endpoint that the command line names.
pub(crate) fn endpoint(options: &LiveOptions) -> Result<Endpoint, String> {
    let token = match &options.token_file {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("cannot read the token file `{}`: {error}", file.display()))?;
            let token = text.trim().to_owned();
            if token.is_empty() {
                return Err(format!("the token file `{}` is empty", file.display()));
            }
            Some(token)
        }
    };
    Ok(Endpoint { url: options.url.clone(), token, service: options.service.clone() })
}
