//! What is done to files at random.

use proptest::prelude::*;

/// What is done to a file. Places are shares of its length, so that they fit whatever was done before.
#[derive(Clone, Debug)]
pub enum Change {
    Flip(f64, u8),
    Write(f64, Vec<u8>),
    Cut(f64),
    Remove(f64, f64),
    Insert(f64, Vec<u8>),
    /// A stretch of it once more, somewhere else.
    Copy(f64, f64, f64),
    /// A word of text, by its number, becomes another.
    Word(f64, String),
}

/// Numbers at which sums and products overflow, in both orders of bytes.
fn extremes() -> impl Strategy<Value = Vec<u8>> {
    let numbers = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, u64::MAX >> 1, u64::MAX];
    (prop::sample::select(numbers.to_vec()), 1_usize..=8, any::<bool>()).prop_map(|(number, length, big)| match big {
        true => number.to_be_bytes()[8 - length..].to_vec(),
        false => number.to_le_bytes()[..length].to_vec(),
    })
}

/// Words that stand where others are expected.
const WORDS: [&str; 26] = [
    "0",
    "-1",
    "1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "-1e400",
    "nan",
    "inf",
    "0.5",
    "true",
    "\"\"",
    "\"../../../etc/passwd\"",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
    "[0, 0]",
    "[4294967295, 4294967295]",
    "null",
    "\"\\u0000\"",
    "conv2d",
    "add",
    "\u{fffd}\u{1f441}",
    "1979-05-27T07:32:00Z",
];

pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let share = || 0.0..1.0_f64;
    let bytes = || prop_oneof![prop::collection::vec(any::<u8>(), 1..9), extremes()];
    let change = prop_oneof![
        4 => (share(), any::<u8>()).prop_map(|(place, bits)| Change::Flip(place, bits | 1)),
        4 => (share(), bytes()).prop_map(|(place, bytes)| Change::Write(place, bytes)),
        1 => share().prop_map(Change::Cut),
        1 => (share(), 0.0..0.2_f64).prop_map(|(place, length)| Change::Remove(place, length)),
        2 => (share(), bytes()).prop_map(|(place, bytes)| Change::Insert(place, bytes)),
        1 => (share(), 0.0..0.2_f64, share()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        4 => (share(), prop::sample::select(WORDS.to_vec())).prop_map(|(place, word)| Change::Word(place, word.to_owned())),
    ];
    prop::collection::vec(change, 1..6)
}

pub fn changed(valid: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut file = valid.to_vec();
    for change in changes {
        let at = |share: f64, length: usize| ((share * length as f64) as usize).min(length);
        let length = file.len();
        match change {
            Change::Flip(place, bits) => {
                let place = at(*place, length.saturating_sub(1));
                if let Some(byte) = file.get_mut(place) {
                    *byte ^= bits;
                }
            }
            Change::Write(place, bytes) => {
                let place = at(*place, length);
                file.iter_mut().skip(place).zip(bytes).for_each(|(byte, new)| *byte = *new);
            }
            Change::Cut(place) => file.truncate(at(*place, length)),
            Change::Remove(place, part) => {
                let start = at(*place, length);
                file.drain(start..(start + at(*part, length)).min(length));
            }
            Change::Insert(place, bytes) => {
                let place = at(*place, length);
                file.splice(place..place, bytes.iter().copied());
            }
            Change::Copy(from, part, to) => {
                let start = at(*from, length);
                let piece = file[start..(start + at(*part, length)).min(length)].to_vec();
                let to = at(*to, length);
                file.splice(to..to, piece);
            }
            Change::Word(place, word) => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-\"".contains(byte);
                let start =
                    file.iter().skip(at(*place, length)).position(is_word).map(|start| start + at(*place, length));
                if let Some(start) = start {
                    let end = start + file[start..].iter().take_while(|byte| is_word(byte)).count();
                    file.splice(start..end, word.bytes());
                }
            }
        }
    }
    file
}
