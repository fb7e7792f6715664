//! A checksum within the file that it is of.
//!
//! It is the first value of a JSON object that is itself a string of JSON, as in the metadata of safetensors: eight digits,
//! CRC-32 of the whole file with zeros for them.

/// The value of `crc32` in the object before [`seal`] puts the digits there.
pub const NO_DIGITS: &str = "00000000";

/// How the checksum stands in a file, with its quotes escaped, since it is JSON within JSON.
const BEGINNING: &[u8] = br#"{\"crc32\":\""#;

/// How far into a file it is looked for.
const WITHIN: usize = 256;

/// Writes the checksum of `bytes` into them, where there is a place for it.
pub fn seal(bytes: &mut [u8]) {
    if let Some(place) = place(bytes) {
        let write =
            |digits: &str, bytes: &mut [u8]| bytes[place..][..NO_DIGITS.len()].copy_from_slice(digits.as_bytes());
        write(NO_DIGITS, bytes);
        let checksum = crc32fast::hash(bytes);
        write(&format!("{checksum:08x}"), bytes);
    }
}

/// Whether `bytes` have a checksum. Where a change has hidden it they have none: who knows that one was written must
/// refuse them then.
///
/// # Errors
///
/// What is different, where it is not that of the bytes.
pub fn check(bytes: &[u8]) -> Result<bool, String> {
    let Some(place) = place(bytes) else { return Ok(false) };
    let (before, rest) = bytes.split_at(place);
    let (written, after) = rest.split_at(NO_DIGITS.len());
    let mut hash = crc32fast::Hasher::new();
    [before, NO_DIGITS.as_bytes(), after].into_iter().for_each(|part| hash.update(part));
    let found = format!("{:08x}", hash.finalize());
    if found.as_bytes() != written {
        return Err(format!("its checksum says {}, its contents are {found}", String::from_utf8_lossy(written)));
    }
    Ok(true)
}

/// Where the digits stand.
fn place(bytes: &[u8]) -> Option<usize> {
    let start = bytes.windows(BEGINNING.len()).take(WITHIN).position(|window| window == BEGINNING)? + BEGINNING.len();
    (start + NO_DIGITS.len() <= bytes.len()).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_is_found_and_only_what_has_a_checksum_is_checked() {
        let mut bytes = br#"header {\"crc32\":\"00000000\",\"rest\":1} and data"#.to_vec();
        assert!(check(&bytes).is_err());
        seal(&mut bytes);
        assert_eq!(check(&bytes), Ok(true));
        let sealed = bytes.clone();
        seal(&mut bytes);
        assert_eq!(bytes, sealed);
        let digits = super::place(&bytes).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                // Only its own name can hide it.
                let is_hidden = (digits - BEGINNING.len()..digits).contains(&place);
                assert_eq!(check(&changed).is_err(), !is_hidden, "byte {place}, bit {bit}");
                assert_ne!(check(&changed), Ok(true), "byte {place}, bit {bit}");
            }
        }
        assert_eq!(check(b"nothing of the kind"), Ok(false));
        assert_eq!(check(br#"{\"crc32\":\"0000"#), Ok(false));
    }
}
