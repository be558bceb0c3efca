//! `key=value` lists of the standard's environment variables.

/// Splits `k=v,k2=v2`, decoding percent escapes in values (and keys). Empty entries are left out.
///
/// The error says what is wrong and never shows the text, which may be secret.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    let mut pairs = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (key, value) = entry.split_once('=').ok_or("has an entry without `=`")?;
        let key = decode(key.trim())?;
        if key.is_empty() {
            return Err("has an entry without a name");
        }
        pairs.push((key, decode(value.trim())?));
    }
    Ok(pairs)
}

fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => bytes.extend(u8::try_from(high * 16 + low)),
            _ => return Err("has a `%` that is not followed by two hexadecimal digits"),
        }
    }
    String::from_utf8(bytes).map_err(|_| "has percent escapes that are not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_decoded() {
        let pairs = pairs(" a=1, b = x%20y%2Cz ,,c=d=e,").unwrap();
        let expected = [("a", "1"), ("b", "x y,z"), ("c", "d=e")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn flaws_are_named_without_the_text() {
        assert_eq!(pairs("a"), Err("has an entry without `=`"));
        assert_eq!(pairs("=b"), Err("has an entry without a name"));
        assert_eq!(pairs("a=%2"), Err("has a `%` that is not followed by two hexadecimal digits"));
        assert_eq!(pairs("a=%zz"), Err("has a `%` that is not followed by two hexadecimal digits"));
        assert_eq!(pairs("a=%ff"), Err("has percent escapes that are not UTF-8"));
    }
}
