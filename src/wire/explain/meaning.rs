//! Meanings: what methods, status codes and field lines say, as values with a code and a section.
//!
//! ```text
//! GET                  MethodMeaning::Get       "method-get"     RFC 9110 9.3.1
//! 204                  StatusMeaning::NoContent "status-204"     RFC 9110 15.3.5
//! Connection: close    FieldMeaning::ConnectionCloseRequest or ConnectionCloseResponse
//! ```
//!
//! Which meaning a field line has depends on its direction, its value and its message
//! ([`super::field`]). The sentences stand in [`super::en`] and [`super::ko`], one for each
//! meaning: the compiler lists those that are missing.

macro_rules! meanings {
    ($(#[$doc:meta])* $name:ident $($variant:ident, $code:literal, $section:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $code, "` (", $section, ")")] $variant,)*
        }

        impl $name {
            /// All values, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name for programs: it does not change when the sentence does.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)* }
            }

            /// Where it is written.
            pub const fn section(self) -> &'static str {
                match self { $($name::$variant => $section,)* }
            }
        }
    };
}

meanings! {
    /// What a method asks for.
    MethodMeaning
    Get, "method-get", "RFC 9110 9.3.1";
    Head, "method-head", "RFC 9110 9.3.2";
    Post, "method-post", "RFC 9110 9.3.3";
    Put, "method-put", "RFC 9110 9.3.4";
    Delete, "method-delete", "RFC 9110 9.3.5";
    Connect, "method-connect", "RFC 9110 9.3.6";
    Options, "method-options", "RFC 9110 9.3.7";
    Trace, "method-trace", "RFC 9110 9.3.8";
    Patch, "method-patch", "RFC 5789 2";
    Query, "method-query", "draft-ietf-httpbis-safe-method-w-body";
    Pri, "method-pri", "RFC 9113 3.4";
    Propfind, "method-propfind", "RFC 4918 9.1";
    Proppatch, "method-proppatch", "RFC 4918 9.2";
    Mkcol, "method-mkcol", "RFC 4918 9.3";
    Copy, "method-copy", "RFC 4918 9.8";
    Move, "method-move", "RFC 4918 9.9";
    Lock, "method-lock", "RFC 4918 9.10";
    Unlock, "method-unlock", "RFC 4918 9.11";
    Search, "method-search", "RFC 5323 2";
    Acl, "method-acl", "RFC 3744 8.1";
    Orderpatch, "method-orderpatch", "RFC 3648 7";
    Mkcalendar, "method-mkcalendar", "RFC 4791 5.3.1";
    Versioning, "method-versioning", "RFC 3253";
    Binding, "method-binding", "RFC 5842";
    Redirecting, "method-redirecting", "RFC 4437";
    Linking, "method-linking", "RFC 2068 19.6.1";
    Unregistered, "method-unregistered", "RFC 9110 9.1";
}

impl MethodMeaning {
    /// The meaning of a method, which is case-sensitive.
    pub fn of(token: &[u8]) -> MethodMeaning {
        match token {
            b"GET" => MethodMeaning::Get,
            b"HEAD" => MethodMeaning::Head,
            b"POST" => MethodMeaning::Post,
            b"PUT" => MethodMeaning::Put,
            b"DELETE" => MethodMeaning::Delete,
            b"CONNECT" => MethodMeaning::Connect,
            b"OPTIONS" => MethodMeaning::Options,
            b"TRACE" => MethodMeaning::Trace,
            b"PATCH" => MethodMeaning::Patch,
            b"QUERY" => MethodMeaning::Query,
            b"PRI" => MethodMeaning::Pri,
            b"PROPFIND" => MethodMeaning::Propfind,
            b"PROPPATCH" => MethodMeaning::Proppatch,
            b"MKCOL" => MethodMeaning::Mkcol,
            b"COPY" => MethodMeaning::Copy,
            b"MOVE" => MethodMeaning::Move,
            b"LOCK" => MethodMeaning::Lock,
            b"UNLOCK" => MethodMeaning::Unlock,
            b"SEARCH" => MethodMeaning::Search,
            b"ACL" => MethodMeaning::Acl,
            b"ORDERPATCH" => MethodMeaning::Orderpatch,
            b"MKCALENDAR" => MethodMeaning::Mkcalendar,
            b"VERSION-CONTROL" | b"REPORT" | b"CHECKOUT" | b"CHECKIN" | b"UNCHECKOUT" | b"MKWORKSPACE" | b"UPDATE"
            | b"LABEL" | b"MERGE" | b"BASELINE-CONTROL" | b"MKACTIVITY" => MethodMeaning::Versioning,
            b"BIND" | b"UNBIND" | b"REBIND" => MethodMeaning::Binding,
            b"MKREDIRECTREF" | b"UPDATEREDIRECTREF" => MethodMeaning::Redirecting,
            b"LINK" | b"UNLINK" => MethodMeaning::Linking,
            _ => MethodMeaning::Unregistered,
        }
    }
}

meanings! {
    /// What a status code means: its own sentence if it is registered, else that of its class.
    StatusMeaning
    Continue, "status-100", "RFC 9110 15.2.1";
    SwitchingProtocols, "status-101", "RFC 9110 15.2.2";
    Processing, "status-102", "RFC 2518 10.1";
    EarlyHints, "status-103", "RFC 8297";
    Ok, "status-200", "RFC 9110 15.3.1";
    Created, "status-201", "RFC 9110 15.3.2";
    Accepted, "status-202", "RFC 9110 15.3.3";
    NonAuthoritativeInformation, "status-203", "RFC 9110 15.3.4";
    NoContent, "status-204", "RFC 9110 15.3.5";
    ResetContent, "status-205", "RFC 9110 15.3.6";
    PartialContent, "status-206", "RFC 9110 15.3.7";
    MultiStatus, "status-207", "RFC 4918 11.1";
    AlreadyReported, "status-208", "RFC 5842 7.1";
    ImUsed, "status-226", "RFC 3229 10.4.1";
    MultipleChoices, "status-300", "RFC 9110 15.4.1";
    MovedPermanently, "status-301", "RFC 9110 15.4.2";
    Found, "status-302", "RFC 9110 15.4.3";
    SeeOther, "status-303", "RFC 9110 15.4.4";
    NotModified, "status-304", "RFC 9110 15.4.5";
    TemporaryRedirect, "status-307", "RFC 9110 15.4.8";
    PermanentRedirect, "status-308", "RFC 9110 15.4.9";
    BadRequest, "status-400", "RFC 9110 15.5.1";
    Unauthorized, "status-401", "RFC 9110 15.5.2";
    PaymentRequired, "status-402", "RFC 9110 15.5.3";
    Forbidden, "status-403", "RFC 9110 15.5.4";
    NotFound, "status-404", "RFC 9110 15.5.5";
    MethodNotAllowed, "status-405", "RFC 9110 15.5.6";
    NotAcceptable, "status-406", "RFC 9110 15.5.7";
    ProxyAuthenticationRequired, "status-407", "RFC 9110 15.5.8";
    RequestTimeout, "status-408", "RFC 9110 15.5.9";
    Conflict, "status-409", "RFC 9110 15.5.10";
    Gone, "status-410", "RFC 9110 15.5.11";
    LengthRequired, "status-411", "RFC 9110 15.5.12";
    PreconditionFailed, "status-412", "RFC 9110 15.5.13";
    ContentTooLarge, "status-413", "RFC 9110 15.5.14";
    UriTooLong, "status-414", "RFC 9110 15.5.15";
    UnsupportedMediaType, "status-415", "RFC 9110 15.5.16";
    RangeNotSatisfiable, "status-416", "RFC 9110 15.5.17";
    ExpectationFailed, "status-417", "RFC 9110 15.5.18";
    MisdirectedRequest, "status-421", "RFC 9110 15.5.20";
    UnprocessableContent, "status-422", "RFC 9110 15.5.21";
    Locked, "status-423", "RFC 4918 11.3";
    FailedDependency, "status-424", "RFC 4918 11.4";
    TooEarly, "status-425", "RFC 8470 5.2";
    UpgradeRequired, "status-426", "RFC 9110 15.5.22";
    PreconditionRequired, "status-428", "RFC 6585 3";
    TooManyRequests, "status-429", "RFC 6585 4";
    RequestHeaderFieldsTooLarge, "status-431", "RFC 6585 5";
    UnavailableForLegalReasons, "status-451", "RFC 7725";
    ClientClosedRequest, "status-499", "nginx";
    InternalServerError, "status-500", "RFC 9110 15.6.1";
    NotImplemented, "status-501", "RFC 9110 15.6.2";
    BadGateway, "status-502", "RFC 9110 15.6.3";
    ServiceUnavailable, "status-503", "RFC 9110 15.6.4";
    GatewayTimeout, "status-504", "RFC 9110 15.6.5";
    HttpVersionNotSupported, "status-505", "RFC 9110 15.6.6";
    VariantAlsoNegotiates, "status-506", "RFC 2295 8.1";
    InsufficientStorage, "status-507", "RFC 4918 11.5";
    LoopDetected, "status-508", "RFC 5842 7.2";
    NotExtended, "status-510", "RFC 2774 7";
    NetworkAuthenticationRequired, "status-511", "RFC 6585 6";
    Informational, "status-1xx", "RFC 9110 15.2";
    Successful, "status-2xx", "RFC 9110 15.3";
    Redirection, "status-3xx", "RFC 9110 15.4";
    ClientError, "status-4xx", "RFC 9110 15.5";
    ServerError, "status-5xx", "RFC 9110 15.6";
    NoClass, "status-unknown", "RFC 9110 15";
}

impl StatusMeaning {
    /// The meaning of a status code.
    pub fn of(code: u16) -> StatusMeaning {
        match code {
            100 => StatusMeaning::Continue,
            101 => StatusMeaning::SwitchingProtocols,
            102 => StatusMeaning::Processing,
            103 => StatusMeaning::EarlyHints,
            200 => StatusMeaning::Ok,
            201 => StatusMeaning::Created,
            202 => StatusMeaning::Accepted,
            203 => StatusMeaning::NonAuthoritativeInformation,
            204 => StatusMeaning::NoContent,
            205 => StatusMeaning::ResetContent,
            206 => StatusMeaning::PartialContent,
            207 => StatusMeaning::MultiStatus,
            208 => StatusMeaning::AlreadyReported,
            226 => StatusMeaning::ImUsed,
            300 => StatusMeaning::MultipleChoices,
            301 => StatusMeaning::MovedPermanently,
            302 => StatusMeaning::Found,
            303 => StatusMeaning::SeeOther,
            304 => StatusMeaning::NotModified,
            307 => StatusMeaning::TemporaryRedirect,
            308 => StatusMeaning::PermanentRedirect,
            400 => StatusMeaning::BadRequest,
            401 => StatusMeaning::Unauthorized,
            402 => StatusMeaning::PaymentRequired,
            403 => StatusMeaning::Forbidden,
            404 => StatusMeaning::NotFound,
            405 => StatusMeaning::MethodNotAllowed,
            406 => StatusMeaning::NotAcceptable,
            407 => StatusMeaning::ProxyAuthenticationRequired,
            408 => StatusMeaning::RequestTimeout,
            409 => StatusMeaning::Conflict,
            410 => StatusMeaning::Gone,
            411 => StatusMeaning::LengthRequired,
            412 => StatusMeaning::PreconditionFailed,
            413 => StatusMeaning::ContentTooLarge,
            414 => StatusMeaning::UriTooLong,
            415 => StatusMeaning::UnsupportedMediaType,
            416 => StatusMeaning::RangeNotSatisfiable,
            417 => StatusMeaning::ExpectationFailed,
            421 => StatusMeaning::MisdirectedRequest,
            422 => StatusMeaning::UnprocessableContent,
            423 => StatusMeaning::Locked,
            424 => StatusMeaning::FailedDependency,
            425 => StatusMeaning::TooEarly,
            426 => StatusMeaning::UpgradeRequired,
            428 => StatusMeaning::PreconditionRequired,
            429 => StatusMeaning::TooManyRequests,
            431 => StatusMeaning::RequestHeaderFieldsTooLarge,
            451 => StatusMeaning::UnavailableForLegalReasons,
            499 => StatusMeaning::ClientClosedRequest,
            500 => StatusMeaning::InternalServerError,
            501 => StatusMeaning::NotImplemented,
            502 => StatusMeaning::BadGateway,
            503 => StatusMeaning::ServiceUnavailable,
            504 => StatusMeaning::GatewayTimeout,
            505 => StatusMeaning::HttpVersionNotSupported,
            506 => StatusMeaning::VariantAlsoNegotiates,
            507 => StatusMeaning::InsufficientStorage,
            508 => StatusMeaning::LoopDetected,
            510 => StatusMeaning::NotExtended,
            511 => StatusMeaning::NetworkAuthenticationRequired,
            _ => match code / 100 {
                1 => StatusMeaning::Informational,
                2 => StatusMeaning::Successful,
                3 => StatusMeaning::Redirection,
                4 => StatusMeaning::ClientError,
                5 => StatusMeaning::ServerError,
                _ => StatusMeaning::NoClass,
            },
        }
    }
}

meanings! {
    /// What a field line means in the message that it stands in.
    FieldMeaning
    Host, "host", "RFC 9110 7.2";
    ConnectionCloseRequest, "connection-close-request", "RFC 9112 9.6";
    ConnectionCloseResponse, "connection-close-response", "RFC 9112 9.6";
    ConnectionKeepAlive, "connection-keep-alive", "RFC 9112 9.3";
    ConnectionKeepAliveHttp10, "connection-keep-alive-http10", "RFC 9112 9.3";
    ConnectionUpgrade, "connection-upgrade", "RFC 9110 7.8";
    ConnectionOptions, "connection-options", "RFC 9110 7.6.1";
    KeepAlive, "keep-alive", "RFC 2068 19.7.1.1";
    ProxyConnection, "proxy-connection", "RFC 9112 C.2.2";
    ContentLength, "content-length", "RFC 9112 6.2";
    ContentLengthZero, "content-length-zero", "RFC 9112 6.2";
    ContentLengthNotSent, "content-length-not-sent", "RFC 9110 8.6";
    ContentLengthForbidden, "content-length-forbidden", "RFC 9110 8.6";
    ContentLengthOverridden, "content-length-overridden", "RFC 9112 6.3";
    ContentLengthInvalid, "content-length-invalid", "RFC 9112 6.3";
    ContentLengthRepeated, "content-length-repeated", "RFC 9112 6.3";
    TransferEncodingChunked, "transfer-encoding-chunked", "RFC 9112 7.1";
    TransferEncodingThenChunked, "transfer-encoding-then-chunked", "RFC 9112 6.1";
    TransferEncodingNotLastRequest, "transfer-encoding-not-last-request", "RFC 9112 6.3";
    TransferEncodingNotLastResponse, "transfer-encoding-not-last-response", "RFC 9112 6.3";
    TransferEncodingHttp10, "transfer-encoding-http10", "RFC 9112 6.1";
    TransferEncodingNotSent, "transfer-encoding-not-sent", "RFC 9112 6.1";
    TransferEncodingForbidden, "transfer-encoding-forbidden", "RFC 9112 6.1";
    Te, "te", "RFC 9110 10.1.4";
    TeTrailers, "te-trailers", "RFC 9110 10.1.4";
    Trailer, "trailer", "RFC 9110 6.6.2";
    Upgrade, "upgrade", "RFC 9110 7.8";
    UpgradeWebSocket, "upgrade-websocket", "RFC 6455 4.1";
    UpgradeResponse, "upgrade-response", "RFC 9110 7.8";
    Http2Settings, "http2-settings", "RFC 7540 3.2.1";
    ExpectContinue, "expect-continue", "RFC 9110 10.1.1";
    ExpectHttp10, "expect-http10", "RFC 9110 10.1.1";
    ExpectUnknown, "expect-unknown", "RFC 9110 10.1.1";
    ContentTypeEventStream, "content-type-event-stream", "WHATWG HTML, Server-sent events";
    ContentTypeJson, "content-type-json", "RFC 9110 8.3";
    ContentTypeForm, "content-type-form", "RFC 9110 8.3";
    ContentTypeMultipart, "content-type-multipart", "RFC 2046 5.1";
    ContentTypeHtml, "content-type-html", "RFC 9110 8.3";
    ContentTypeText, "content-type-text", "RFC 9110 8.3";
    ContentType, "content-type", "RFC 9110 8.3";
    ContentTypeNotSent, "content-type-not-sent", "RFC 9110 8.3";
    ContentEncoding, "content-encoding", "RFC 9110 8.4";
    ContentEncodingNone, "content-encoding-none", "RFC 9110 8.4.1";
    ContentLanguage, "content-language", "RFC 9110 8.5";
    ContentLocation, "content-location", "RFC 9110 8.7";
    ContentDisposition, "content-disposition", "RFC 6266";
    ContentRange, "content-range", "RFC 9110 14.4";
    ContentDigest, "content-digest", "RFC 9530";
    Accept, "accept", "RFC 9110 12.5.1";
    AcceptEventStream, "accept-event-stream", "WHATWG HTML, Server-sent events";
    AcceptEncoding, "accept-encoding", "RFC 9110 12.5.3";
    AcceptEncodingIdentity, "accept-encoding-identity", "RFC 9110 12.5.3";
    AcceptLanguage, "accept-language", "RFC 9110 12.5.4";
    AcceptCharset, "accept-charset", "RFC 9110 12.5.2";
    AcceptRanges, "accept-ranges", "RFC 9110 14.3";
    AcceptPatch, "accept-patch", "RFC 5789 3.1";
    AcceptCh, "accept-ch", "RFC 8942";
    CacheNoCacheRequest, "cache-no-cache-request", "RFC 9111 5.2.1.4";
    CacheNoStoreRequest, "cache-no-store-request", "RFC 9111 5.2.1.5";
    CacheMaxAgeRequest, "cache-max-age-request", "RFC 9111 5.2.1.1";
    CacheRequest, "cache-request", "RFC 9111 5.2.1";
    CacheNoCacheNoTransform, "cache-no-cache-no-transform", "RFC 9111 5.2.2";
    CacheNoTransform, "cache-no-transform", "RFC 9111 5.2.2.6";
    CacheNoCache, "cache-no-cache", "RFC 9111 5.2.2.4";
    CacheNoStore, "cache-no-store", "RFC 9111 5.2.2.5";
    CachePrivate, "cache-private", "RFC 9111 5.2.2.7";
    CacheMaxAge, "cache-max-age", "RFC 9111 5.2.2.1";
    CacheControl, "cache-control", "RFC 9111 5.2";
    PragmaNoCache, "pragma-no-cache", "RFC 9111 5.4";
    Pragma, "pragma", "RFC 9111 5.4";
    Expires, "expires", "RFC 9111 5.3";
    Age, "age", "RFC 9111 5.1";
    Vary, "vary", "RFC 9110 12.5.5";
    Warning, "warning", "RFC 9111 5.5";
    Etag, "etag", "RFC 9110 8.8.3";
    LastModified, "last-modified", "RFC 9110 8.8.2";
    IfNoneMatch, "if-none-match", "RFC 9110 13.1.2";
    IfModifiedSince, "if-modified-since", "RFC 9110 13.1.3";
    IfMatch, "if-match", "RFC 9110 13.1.1";
    IfUnmodifiedSince, "if-unmodified-since", "RFC 9110 13.1.4";
    IfRange, "if-range", "RFC 9110 13.1.5";
    Range, "range", "RFC 9110 14.2";
    Date, "date", "RFC 9110 6.6.1";
    Server, "server", "RFC 9110 10.2.4";
    UserAgent, "user-agent", "RFC 9110 10.1.5";
    Allow, "allow", "RFC 9110 10.2.1";
    Location, "location", "RFC 9110 10.2.2";
    RetryAfter, "retry-after", "RFC 9110 10.2.3";
    MaxForwards, "max-forwards", "RFC 9110 7.6.2";
    Authorization, "authorization", "RFC 9110 11.6.2";
    ProxyAuthorization, "proxy-authorization", "RFC 9110 11.7.2";
    WwwAuthenticate, "www-authenticate", "RFC 9110 11.6.1";
    ProxyAuthenticate, "proxy-authenticate", "RFC 9110 11.7.1";
    AuthenticationInfo, "authentication-info", "RFC 9110 11.6.3";
    Cookie, "cookie", "RFC 6265 5.4";
    SetCookie, "set-cookie", "RFC 6265 4.1";
    ApiKey, "api-key", "its API";
    Referer, "referer", "RFC 9110 10.1.3";
    Origin, "origin", "Fetch, Origin header";
    From, "from", "RFC 9110 10.1.2";
    Via, "via", "RFC 9110 7.6.3";
    Forwarded, "forwarded", "RFC 7239";
    XForwardedFor, "x-forwarded-for", "de facto";
    XForwarded, "x-forwarded", "de facto";
    RequestId, "request-id", "de facto";
    Traceparent, "traceparent", "W3C Trace Context";
    TraceState, "tracestate", "W3C Trace Context";
    Baggage, "baggage", "W3C Baggage";
    AltSvc, "alt-svc", "RFC 7838";
    AltUsed, "alt-used", "RFC 7838";
    Priority, "priority", "RFC 9218";
    EarlyData, "early-data", "RFC 8470";
    Dnt, "dnt", "W3C, Tracking Preference Expression";
    SecGpc, "sec-gpc", "Global Privacy Control";
    SaveData, "save-data", "RFC 8942";
    SecFetchSite, "sec-fetch-site", "Fetch Metadata";
    SecFetchMode, "sec-fetch-mode", "Fetch Metadata";
    SecFetchDest, "sec-fetch-dest", "Fetch Metadata";
    SecFetchUser, "sec-fetch-user", "Fetch Metadata";
    SecChUa, "sec-ch-ua", "User-Agent Client Hints";
    SecPurpose, "sec-purpose", "Fetch, Sec-Purpose header";
    UpgradeInsecureRequests, "upgrade-insecure-requests", "W3C, Upgrade Insecure Requests";
    XRequestedWith, "x-requested-with", "de facto";
    SecWebSocket, "sec-websocket", "RFC 6455 11.3";
    AccessControlRequest, "access-control-request", "Fetch, CORS protocol";
    AccessControlAllowOrigin, "access-control-allow-origin", "Fetch, CORS protocol";
    AccessControlAllowCredentials, "access-control-allow-credentials", "Fetch, CORS protocol";
    AccessControlAllow, "access-control-allow", "Fetch, CORS protocol";
    AccessControlExpose, "access-control-expose", "Fetch, CORS protocol";
    AccessControlMaxAge, "access-control-max-age", "Fetch, CORS protocol";
    CrossOriginPolicy, "cross-origin-policy", "HTML, cross-origin policies";
    TimingAllowOrigin, "timing-allow-origin", "W3C Resource Timing";
    LastEventId, "last-event-id", "WHATWG HTML, Last-Event-ID";
    XAccelBufferingNo, "x-accel-buffering-no", "nginx, proxy_buffering";
    XAccelBuffering, "x-accel-buffering", "nginx, proxy_buffering";
    XAccel, "x-accel", "nginx, X-Accel";
    StrictTransportSecurity, "strict-transport-security", "RFC 6797";
    ContentSecurityPolicy, "content-security-policy", "W3C, Content Security Policy";
    XContentTypeOptions, "x-content-type-options", "Fetch, X-Content-Type-Options";
    XFrameOptions, "x-frame-options", "HTML, X-Frame-Options";
    XXssProtection, "x-xss-protection", "de facto";
    ReferrerPolicy, "referrer-policy", "W3C, Referrer Policy";
    PermissionsPolicy, "permissions-policy", "W3C, Permissions Policy";
    Reporting, "reporting", "W3C, Reporting API";
    ClearSiteData, "clear-site-data", "W3C, Clear Site Data";
    ServerTiming, "server-timing", "W3C, Server Timing";
    Link, "link", "RFC 8288";
    Refresh, "refresh", "HTML, Refresh";
    XPoweredBy, "x-powered-by", "de facto";
    XCache, "x-cache", "de facto";
    UpstreamTime, "upstream-time", "de facto";
    ProxyOwn, "proxy-own", "de facto";
    XRobotsTag, "x-robots-tag", "de facto";
    RateLimit, "rate-limit", "de facto";
    IdempotencyKey, "idempotency-key", "its API";
    SdkTelemetry, "sdk-telemetry", "its SDK";
    ApiVersion, "api-version", "its API";
    ApiAccount, "api-account", "its API";
    ProcessingTime, "processing-time", "its API";
    Grpc, "grpc", "gRPC";
    ClientHint, "client-hint", "RFC 8942";
    ServiceWorker, "service-worker", "Service Workers";
    ServiceWorkerAllowed, "service-worker-allowed", "Service Workers";
    Dictionary, "dictionary", "RFC 9842";
    BrowserOwn, "browser-own", "its browser";
    CsrfToken, "csrf-token", "de facto";
    MethodOverride, "method-override", "de facto";
    Mcp, "mcp", "Model Context Protocol";
    Prefer, "prefer", "RFC 7240";
    PreferenceApplied, "preference-applied", "RFC 7240";
    CdnLoop, "cdn-loop", "RFC 8586";
    RequestStart, "request-start", "de facto";
    ProxyStatus, "proxy-status", "RFC 9209";
    CdnCache, "cdn-cache", "RFC 9213";
    CacheTag, "cache-tag", "de facto";
    RetryHint, "retry-hint", "its API";
    Negotiation, "negotiation", "RFC 2295";
    OldBrowsers, "old-browsers", "de facto";
    CrossDomainPolicies, "cross-domain-policies", "Adobe, cross-domain policy";
    DnsPrefetch, "dns-prefetch", "de facto";
    SourceMap, "source-map", "ECMA-426";
    Prerendering, "prerendering", "HTML, speculative loading";
    OriginTrial, "origin-trial", "de facto";
    DocumentPolicy, "document-policy", "W3C, Document Policy";
    Deprecation, "deprecation", "RFC 9745, RFC 8594";
    Dav, "dav", "RFC 4918 10.1";
    AcceptPost, "accept-post", "W3C, Linked Data Platform";
    Topics, "topics", "its browser";
    Unknown, "unknown-field", "RFC 9110 5.1";
}
