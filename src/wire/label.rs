//! The vocabulary: what an octet on the wire can be, and where that is written.
//!
//! The decoders and the dissector hand out these labels; the terminal, the documents and every
//! other view print the same things for each: **name and section**, and a sentence of
//! [`super::explain`]. Names are the ABNF rule names of the standards wherever there is one, so
//! that a reader can search for them.
//!
//! ```text
//! 5 CRLF h e l l o CRLF    ChunkSize ChunkSizeCrlf ChunkData ChunkDataCrlf
//! ```
//!
//! A label says what an octet *is*, not what it was meant to be. Tokens of one kind that can touch
//! each other have labels of their own (`ChunkSizeCrlf`, `ChunkDataCrlf`), so that a run of one
//! label is one token.
//!
//! A new label needs a row in `ALL` (the compiler does not see that one: a test does) and appears
//! in `docs/labels.md` when `WIRESTEP_REWRITE=1 cargo test --test documents` is run.

use std::fmt;

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $section:literal;)*) => {
        /// What one octet of an HTTP/1.1 connection is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Label {
            $(#[doc = concat!("`", $name, "` (", $section, ")")] $variant,)*
        }

        impl Label {
            /// Every label, in the order in which a reader meets them on the wire.
            pub const ALL: &'static [Label] = &[$(Label::$variant,)*];

            /// The name under which the label is printed: the grammar rule of its standard where
            /// there is one.
            pub const fn name(self) -> &'static str {
                match self { $(Label::$variant => $name,)* }
            }

            /// The name of its variant: unique, where names are not.
            pub const fn variant(self) -> &'static str {
                match self { $(Label::$variant => stringify!($variant),)* }
            }

            /// Where it is written: `RFC 9112 7.1`, or a heading of the WHATWG HTML standard.
            pub const fn section(self) -> &'static str {
                match self { $(Label::$variant => $section,)* }
            }
        }
    };
}

labels! {
    EmptyLine, "empty-line", "RFC 9112 2.2";
    Method, "method", "RFC 9110 9.1";
    StartLineSpace, "SP", "RFC 9112 3";
    RequestTarget, "request-target", "RFC 9112 3.2";
    HttpVersion, "HTTP-version", "RFC 9112 2.3";
    StatusCode, "status-code", "RFC 9112 4";
    ReasonPhrase, "reason-phrase", "RFC 9112 4";
    StartLineCrlf, "CRLF", "RFC 9112 2.2";
    FieldName, "field-name", "RFC 9110 5.1";
    FieldColon, "colon", "RFC 9112 5";
    FieldValue, "field-value", "RFC 9110 5.5";
    FieldCrlf, "CRLF", "RFC 9112 5";
    EndOfHead, "end of head", "RFC 9112 2.1";
    BodyData, "body", "RFC 9112 6.2";
    CloseDelimitedData, "body", "RFC 9112 6.3";
    ChunkSize, "chunk-size", "RFC 9112 7.1";
    ChunkExt, "chunk-ext", "RFC 9112 7.1.1";
    ChunkSizeCrlf, "CRLF", "RFC 9112 7.1";
    ChunkData, "chunk-data", "RFC 9112 7.1";
    ChunkDataCrlf, "CRLF", "RFC 9112 7.1";
    LastChunkCrlf, "CRLF", "RFC 9112 7.1";
    TrailerName, "trailer-name", "RFC 9112 7.1.2";
    TrailerColon, "colon", "RFC 9112 7.1.2";
    TrailerValue, "trailer-value", "RFC 9112 7.1.2";
    TrailerCrlf, "CRLF", "RFC 9112 7.1.2";
    EndOfBody, "end of body", "RFC 9112 7.1";
    Tunnel, "tunnel", "RFC 9110 9.3.6";
    Unexpected, "unexpected", "RFC 9112 2.2";
    NotLabelled, "not labelled", "RFC 9112 6.3";
    EventBom, "BOM", "WHATWG HTML, Parsing an event stream";
    EventComment, "comment", "WHATWG HTML, Interpreting an event stream";
    EventFieldName, "event field", "WHATWG HTML, Interpreting an event stream";
    EventColon, "colon", "WHATWG HTML, Interpreting an event stream";
    EventType, "event", "WHATWG HTML, Interpreting an event stream";
    EventData, "data", "WHATWG HTML, Interpreting an event stream";
    EventId, "id", "WHATWG HTML, Interpreting an event stream";
    EventRetry, "retry", "WHATWG HTML, Interpreting an event stream";
    EventUnknown, "unknown", "WHATWG HTML, Interpreting an event stream";
    EventLineEnd, "line end", "WHATWG HTML, Parsing an event stream";
    EventIgnored, "line end", "WHATWG HTML, Interpreting an event stream";
    EventDispatch, "blank line", "WHATWG HTML, Interpreting an event stream";
    EventBlank, "blank line", "WHATWG HTML, Interpreting an event stream";
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
