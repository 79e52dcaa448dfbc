//! One pass over a text for the beginnings of what may be a secret by its looks. Every text of a recording is searched, so it must be fast:
//! a bit per hash of three bytes, looked up at every second offset, tells where a needle may be.

/// A key such as `password`.
pub(super) const KEY: u8 = 1;
/// The prefix of an issuer's token.
pub(super) const SHAPE: u8 = 2;
/// `Bearer `, `client-key-data`.
pub(super) const CREDENTIAL: u8 = 4;
/// A private key.
pub(super) const PEM: u8 = 8;
/// A gzip stream in base64.
pub(super) const ARCHIVE: u8 = 16;
/// A JSON web token.
pub(super) const WEB_TOKEN: u8 = 32;
/// A URL.
pub(super) const ADDRESS: u8 = 64;

/// Four letters of each needle, in lower case.
const NEEDLES: &[(&[u8; 4], u8)] = &[
    (b"assw", KEY),
    (b"assp", KEY),
    (b"toke", KEY),
    (b"ecre", KEY),
    (b"pwd\"", KEY),
    (b"pwd=", KEY),
    (b"pwd:", KEY),
    (b"pwd ", KEY),
    (b"pass", KEY),
    (b"auth", KEY),
    (b"rede", KEY),
    (b"ikey", KEY),
    (b"skey", KEY),
    (b"gkey", KEY),
    (b"nkey", KEY),
    (b"ekey", KEY),
    (b"ykey", KEY),
    (b"_key", KEY),
    (b"-key", KEY),
    (b"onst", KEY),
    (b"akia", SHAPE),
    (b"asia", SHAPE),
    (b"ghp_", SHAPE),
    (b"gho_", SHAPE),
    (b"ghu_", SHAPE),
    (b"ghs_", SHAPE),
    (b"ghr_", SHAPE),
    (b"gith", SHAPE),
    (b"glpa", SHAPE),
    (b"xoxb", SHAPE),
    (b"xoxp", SHAPE),
    (b"xoxa", SHAPE),
    (b"xoxr", SHAPE),
    (b"xoxs", SHAPE),
    (b"xapp", SHAPE),
    (b"aiza", SHAPE),
    (b"ya29", SHAPE),
    (b"gocs", SHAPE),
    (b"sk_l", SHAPE),
    (b"npm_", SHAPE),
    (b"bear", CREDENTIAL),
    (b"clie", CREDENTIAL),
    (b"priv", PEM),
    (b"h4si", ARCHIVE),
    (b"sdrz", ARCHIVE),
];

const BITS: u32 = 12;
const WORDS: usize = 1 << (BITS - 6);
/// A bit per hash of three bytes that begin or end a needle. At every second offset of a text, one of both is met.
const TABLE: [u64; WORDS] = table();
/// Three letters.
const THREE: u32 = 0x00ff_ffff;

/// Makes letters lower case; other bytes change too, as those of the needles do.
const fn folded(window: u32) -> u32 {
    window | 0x2020_2020
}

/// The slot of the lowest three bytes.
const fn slot(window: u32) -> usize {
    ((window & THREE).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

const fn table() -> [u64; WORDS] {
    let mut table = [0; WORDS];
    let mut at = 0;
    while at < NEEDLES.len() {
        let needle = folded(u32::from_le_bytes(*NEEDLES[at].0));
        let (first, last) = (slot(needle), slot(needle >> 8));
        table[first / 64] |= 1 << (first % 64);
        table[last / 64] |= 1 << (last % 64);
        at += 1;
    }
    table
}

fn may_be_within(window: u32) -> bool {
    let slot = slot(window);
    TABLE[slot / 64] >> (slot % 64) & 1 != 0
}

/// The groups whose needles are in a text. Ends early once one of `enough` is found.
pub(super) fn groups_in(bytes: &[u8], enough: u8) -> u8 {
    let mut found = 0;
    if memchr::memchr_iter(b'J', bytes).any(|at| bytes[..at].ends_with(b"ey")) {
        found |= WEB_TOKEN;
    }
    if memchr::memchr_iter(b'/', bytes).any(|at| bytes[..at].ends_with(b":/")) {
        found |= ADDRESS;
    }
    // The offset of eight bytes in which the three at 0, 2 and 4 are looked at.
    let mut at = 0;
    while found & enough == 0 && at < bytes.len() {
        let mut eight = [0; 8];
        match bytes.get(at..at + 8) {
            Some(whole) => eight.copy_from_slice(whole),
            None => eight.iter_mut().zip(&bytes[at..]).for_each(|(to, from)| *to = *from),
        }
        let eight = u64::from_le_bytes(eight) | 0x2020_2020_2020_2020;
        for offset in [0, 2, 4] {
            let [first, second, third, ..] = (eight >> (8 * offset)).to_le_bytes();
            if may_be_within(u32::from_le_bytes([first, second, third, 0])) {
                let offset = at + offset;
                found |= groups_at(bytes, offset.saturating_sub(1)) | groups_at(bytes, offset);
            }
        }
        at += 6;
    }
    found
}

/// The groups of the needles at an offset.
fn groups_at(bytes: &[u8], at: usize) -> u8 {
    let window = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    window.map_or(0, |window| groups_of(folded(u32::from_le_bytes(*window))))
}

fn groups_of(window: u32) -> u8 {
    let is_it = |needle: &&(&[u8; 4], u8)| folded(u32::from_le_bytes(*needle.0)) == window;
    NEEDLES.iter().filter(is_it).fold(0, |groups, (_, group)| groups | group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_needle_is_found_anywhere_in_any_case() {
        for (needle, group) in NEEDLES {
            let needle = String::from_utf8(needle.to_vec()).unwrap();
            for text in [needle.clone(), format!("in a {needle} text"), needle.to_ascii_uppercase()] {
                assert_eq!(groups_in(text.as_bytes(), 0) & group, *group, "{text}");
            }
        }
        assert_eq!(groups_in(b"x eyJh http://x", 0), WEB_TOKEN | ADDRESS);
        assert_eq!(groups_in(b"the quick brown fox jumps over the lazy dog", 0), 0);
        assert_eq!(groups_in(b"", 0), 0);
        assert_eq!(groups_in(b"password xoxb", KEY), KEY, "the rest is not read");
        // At every offset, also at the end.
        for (needle, group) in NEEDLES {
            for before in 0..20 {
                let text = [&b"x".repeat(before)[..], &needle[..]].concat();
                assert_eq!(groups_in(&text, 0) & group, *group, "{}", String::from_utf8_lossy(&text));
                assert_eq!(groups_in(&text[..text.len() - 1], 0) & group, 0, "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}
