//! A request head (RFC 9112 sections 3 and 5).

/// `tchar` of RFC 9110 section 5.6.2: what methods and field names are made of.
pub const fn is_tchar(octet: u8) -> bool {
    matches!(octet, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
        || matches!(
            octet,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
