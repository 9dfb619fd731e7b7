//! The vocabulary: what an octet on the wire can be, where that is written, and one sentence about it.
//!
//! The decoders and the dissector hand out these labels; the terminal, the documents and every other
//! view print the same three things for each: **name, section, explanation**. Names are the ABNF
//! rule names of the standards wherever there is one, so that a reader can search for them.
//!
//! A label says what an octet *is*, not what it was meant to be. Tokens of one kind that can touch
//! each other have labels of their own (`ChunkSizeCrlf`, `ChunkDataCrlf`), so that a run of one label
//! is one token.
//!
//! A new label needs a row in `ALL` (the compiler does not see that one: a test does) and appears in
//! `docs/labels.md` when `WIRESTEP_REWRITE=1 cargo test --test documents` is run.

use std::fmt;

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $section:literal, $explain:literal;)*) => {
        /// What one octet of an HTTP/1.1 connection is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Label {
            $(#[doc = $explain] $variant,)*
        }

        impl Label {
            /// Every label, in the order in which a reader meets them on the wire.
            pub const ALL: &'static [Label] = &[$(Label::$variant,)*];

            /// The name under which the label is printed: the grammar rule of its standard where there is one.
            pub const fn name(self) -> &'static str {
                match self { $(Label::$variant => $name,)* }
            }

            /// Where it is written: `RFC 9112 7.1`, or a heading of the WHATWG HTML standard.
            pub const fn section(self) -> &'static str {
                match self { $(Label::$variant => $section,)* }
            }

            /// One sentence for somebody who sees it for the first time.
            pub const fn explain(self) -> &'static str {
                match self { $(Label::$variant => $explain,)* }
            }
        }
    };
}

labels! {
    EmptyLine, "empty-line", "RFC 9112 2.2", "an empty line before the request-line; a server ignores it";
    Method, "method", "RFC 9110 9.1", "what is asked for; case-sensitive";
    StartLineSpace, "SP", "RFC 9112 3", "exactly one space separates the parts of the start-line";
    RequestTarget, "request-target", "RFC 9112 3.2", "what it is asked of";
    HttpVersion, "HTTP-version", "RFC 9112 2.3", "the highest version the sender understands";
    StatusCode, "status-code", "RFC 9112 4", "three digits; the first one gives the class";
    ReasonPhrase, "reason-phrase", "RFC 9112 4", "for people only; a client ignores it";
    StartLineCrlf, "CRLF", "RFC 9112 2.2", "ends the start-line";
    FieldName, "field-name", "RFC 9110 5.1", "case-insensitive; no space may stand before the colon";
    FieldColon, "colon", "RFC 9112 5", "ends the field name; optional white space follows";
    FieldValue, "field-value", "RFC 9110 5.5", "the value; white space around it does not count";
    FieldCrlf, "CRLF", "RFC 9112 5", "ends the field line";
    EndOfHead, "end of head", "RFC 9112 2.1", "the head is complete; a body may follow";
    BodyData, "body", "RFC 9112 6.2", "octets counted by Content-Length";
    CloseDelimitedData, "body", "RFC 9112 6.3", "no length and no chunks: the body lasts until FIN";
    ChunkSize, "chunk-size", "RFC 9112 7.1", "hexadecimal: how many octets of chunk-data follow";
    ChunkExt, "chunk-ext", "RFC 9112 7.1.1", "an extension; a recipient that does not know it ignores it";
    ChunkSizeCrlf, "CRLF", "RFC 9112 7.1", "ends the chunk-size line";
    ChunkData, "chunk-data", "RFC 9112 7.1", "the octets that the size announced";
    ChunkDataCrlf, "CRLF", "RFC 9112 7.1", "ends the chunk, is not part of its data";
    LastChunkCrlf, "CRLF", "RFC 9112 7.1", "the size was zero: this was the last chunk, the trailer section follows";
    TrailerName, "trailer-name", "RFC 9112 7.1.2", "a field that comes after the body";
    TrailerColon, "colon", "RFC 9112 7.1.2", "ends the name of the trailer field";
    TrailerValue, "trailer-value", "RFC 9112 7.1.2", "its value; never merged into the header section unasked";
    TrailerCrlf, "CRLF", "RFC 9112 7.1.2", "ends the trailer field";
    EndOfBody, "end of body", "RFC 9112 7.1", "the blank line after the trailer section: the message is complete";
    Tunnel, "tunnel", "RFC 9110 9.3.6", "after CONNECT or an upgrade the octets are no longer HTTP/1.1";
    Unexpected, "unexpected", "RFC 9112 2.2", "no message of HTTP/1.1 has this octet here";
    NotLabelled, "not labelled", "RFC 9112 6.3", "where in a message this octet stands is not known";
    EventBom, "BOM", "WHATWG HTML, Parsing an event stream", "a byte order mark; ignored at the very start only";
    EventComment, "comment", "WHATWG HTML, Interpreting an event stream", "a line that begins with a colon is ignored; it keeps the path awake";
    EventFieldName, "event field", "WHATWG HTML, Interpreting an event stream", "event, data, id or retry; others are ignored";
    EventColon, "colon", "WHATWG HTML, Interpreting an event stream", "ends the name; one space after it is removed";
    EventType, "event", "WHATWG HTML, Interpreting an event stream", "the event's type; without it, message";
    EventData, "data", "WHATWG HTML, Interpreting an event stream", "a line of the data; several are joined by LF";
    EventId, "id", "WHATWG HTML, Interpreting an event stream", "the last event ID, sent when reconnecting";
    EventRetry, "retry", "WHATWG HTML, Interpreting an event stream", "the reconnection time in milliseconds";
    EventUnknown, "unknown", "WHATWG HTML, Interpreting an event stream", "the value of a field that is ignored";
    EventLineEnd, "line end", "WHATWG HTML, Parsing an event stream", "LF, CR or CRLF ends the line";
    EventIgnored, "line end", "WHATWG HTML, Interpreting an event stream", "ends a line that changes nothing: unknown field, NUL in an id, or a retry that is not digits";
    EventDispatch, "blank line", "WHATWG HTML, Interpreting an event stream", "the blank line dispatches the event";
    EventBlank, "blank line", "WHATWG HTML, Interpreting an event stream", "a blank line without data before it: nothing is dispatched";
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
