//! How octets are written in the cases of this folder: see `tests/wire.rs`.

/// The octets of a block.
pub(crate) fn octets_of(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest: &[u8] = text.as_bytes();
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'\n' => {}
            b'\\' => rest = escape(rest, &mut octets)?,
            b'{' => rest = repeat(rest, &mut octets)?,
            _ => octets.push(octet),
        }
    }
    Ok(octets)
}

fn escape<'a>(rest: &'a [u8], octets: &mut Vec<u8>) -> Result<&'a [u8], String> {
    let (octet, taken) = match rest {
        [b'r', ..] => (b'\r', 1),
        [b'n', ..] => (b'\n', 1),
        [b't', ..] => (b'\t', 1),
        [b'\\', ..] => (b'\\', 1),
        [b'{', ..] => (b'{', 1),
        [b'x', high, low, ..] => (hexadecimal(*high)? << 4 | hexadecimal(*low)?, 3),
        _ => return Err(format!("no escape: \\{}", String::from_utf8_lossy(rest))),
    };
    octets.push(octet);
    Ok(&rest[taken..])
}

fn hexadecimal(digit: u8) -> Result<u8, String> {
    let value = char::from(digit).to_digit(16).ok_or("an escape \\xNN has two hexadecimal digits")?;
    u8::try_from(value).map_err(|error| error.to_string())
}

fn repeat<'a>(rest: &'a [u8], octets: &mut Vec<u8>) -> Result<&'a [u8], String> {
    let end = rest.iter().position(|octet| *octet == b'}').ok_or("{text*N} has no end")?;
    let inner = std::str::from_utf8(&rest[..end]).map_err(|error| error.to_string())?;
    let (text, times) = inner.rsplit_once('*').ok_or("{text*N} has no star")?;
    let times: usize = times.parse().map_err(|_| "{text*N} has no number")?;
    octets.extend(octets_of(text)?.repeat(times));
    Ok(&rest[end + 1..])
}
