//! What a field line means in the message that it stands in.
//!
//! ```text
//! request    Connection: close            this is the client's last request
//! response   Connection: close            the server closes after this response
//! to a HEAD  Content-Length: 13           the length that a GET would have; none follows here
//! request    Cache-Control: no-cache      a cache must check before it responds
//! response   Cache-Control: no-cache      a cache asks before it reuses this
//! ```
//!
//! Direction, version, whole value and what the head has said so far decide. A name that is not in
//! the table is [`FieldMeaning::Unknown`], and nothing is guessed about it.

use super::meaning::FieldMeaning;
use crate::wire::body_rule::Bodiless;
use crate::wire::fields::{decimal, trim_ows};
use crate::wire::flow::Flow;
use crate::wire::span::MessageFacts;

/// A whole field line.
#[derive(Debug, Clone, Copy)]
pub struct FieldLine<'a> {
    /// Whether a request or a response has the field.
    pub flow: Flow,
    /// Its name, as it was written.
    pub name: &'a [u8],
    /// Its value; white space around it does not count.
    pub value: &'a [u8],
    /// What the head has said before it.
    pub message: MessageFacts,
}

impl FieldLine<'_> {
    /// What the field does in this message.
    pub fn meaning(self) -> FieldMeaning {
        let mut lower = [0; LONGEST_NAME];
        let Some(lower) = lower.get_mut(..self.name.len()) else { return FieldMeaning::Unknown };
        lower.copy_from_slice(self.name);
        lower.make_ascii_lowercase();
        let name = std::str::from_utf8(lower).unwrap_or_default();
        self.framing(name).or_else(|| self.by_value(name)).or_else(|| by_name(name)).unwrap_or_else(|| by_prefix(name))
    }

    fn is_request(self) -> bool {
        self.flow == Flow::Requests
    }

    /// A member of the comma-separated value, without regard to case.
    fn has(self, token: &str) -> bool {
        self.value.split(|octet| *octet == b',').any(|member| trim_ows(member).eq_ignore_ascii_case(token.as_bytes()))
    }

    /// A directive of Cache-Control that has an argument.
    fn has_argument(self, name: &str) -> bool {
        self.value.split(|octet| *octet == b',').map(trim_ows).any(|member| {
            member.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
                && member.get(name.len()) == Some(&b'=')
        })
    }

    /// The value without parameters.
    fn is(self, essence: &str) -> bool {
        let value = self.value.split(|octet| *octet == b';').next().unwrap_or_default();
        trim_ows(value).eq_ignore_ascii_case(essence.as_bytes())
    }

    fn starts_with(self, text: &str) -> bool {
        trim_ows(self.value).get(..text.len()).is_some_and(|it| it.eq_ignore_ascii_case(text.as_bytes()))
    }

    fn framing(self, name: &str) -> Option<FieldMeaning> {
        match name {
            "content-length" => Some(self.content_length()),
            "transfer-encoding" => Some(self.transfer_encoding()),
            _ => None,
        }
    }

    fn content_length(self) -> FieldMeaning {
        let length = decimal(trim_ows(self.value));
        match (self.message.bodiless, length) {
            (Some(Bodiless::Interim | Bodiless::NoContent), _) => FieldMeaning::ContentLengthForbidden,
            (Some(Bodiless::Head | Bodiless::NotModified), _) => FieldMeaning::ContentLengthNotSent,
            _ if self.message.has_coding => FieldMeaning::ContentLengthOverridden,
            _ if self.message.has_length => FieldMeaning::ContentLengthRepeated,
            (None, Some(0)) => FieldMeaning::ContentLengthZero,
            (None, Some(_)) => FieldMeaning::ContentLength,
            (None, None) if self.repeats_one_length() => FieldMeaning::ContentLengthRepeated,
            (None, None) => FieldMeaning::ContentLengthInvalid,
        }
    }

    fn repeats_one_length(self) -> bool {
        let mut members = self.value.split(|octet| *octet == b',').map(|member| decimal(trim_ows(member)));
        members.next().flatten().is_some_and(|first| members.all(|member| member == Some(first)))
    }

    fn transfer_encoding(self) -> FieldMeaning {
        let members = || self.value.split(|octet| *octet == b',').map(trim_ows).filter(|member| !member.is_empty());
        let is_chunked_last = members().next_back().is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
        match self.message.bodiless {
            Some(Bodiless::Interim | Bodiless::NoContent) => FieldMeaning::TransferEncodingForbidden,
            Some(Bodiless::Head | Bodiless::NotModified) => FieldMeaning::TransferEncodingNotSent,
            None if self.message.before_http_1_1 => FieldMeaning::TransferEncodingHttp10,
            None if is_chunked_last && members().count() == 1 => FieldMeaning::TransferEncodingChunked,
            None if is_chunked_last => FieldMeaning::TransferEncodingThenChunked,
            None if self.is_request() => FieldMeaning::TransferEncodingNotLastRequest,
            None => FieldMeaning::TransferEncodingNotLastResponse,
        }
    }

    fn by_value(self, name: &str) -> Option<FieldMeaning> {
        Some(match name {
            "connection" => self.connection(),
            "upgrade" if !self.is_request() => FieldMeaning::UpgradeResponse,
            "upgrade" if self.has("websocket") => FieldMeaning::UpgradeWebSocket,
            "te" if self.has("trailers") => FieldMeaning::TeTrailers,
            "expect" if self.message.before_http_1_1 => FieldMeaning::ExpectHttp10,
            "expect" if self.is("100-continue") => FieldMeaning::ExpectContinue,
            "expect" => FieldMeaning::ExpectUnknown,
            "content-type" => self.content_type(),
            "content-encoding" if !self.is_coding() => FieldMeaning::ContentEncodingNone,
            "accept" if self.value.split(|octet| *octet == b',').any(is_event_stream) => {
                FieldMeaning::AcceptEventStream
            }
            "accept-encoding" if self.is("identity") => FieldMeaning::AcceptEncodingIdentity,
            "cache-control" if self.is_request() => self.cache_request(),
            "cache-control" => self.cache_response(),
            "pragma" if self.has("no-cache") => FieldMeaning::PragmaNoCache,
            "x-accel-buffering" if self.is("no") => FieldMeaning::XAccelBufferingNo,
            _ => return None,
        })
    }

    fn connection(self) -> FieldMeaning {
        match (self.has("close"), self.has("keep-alive")) {
            (true, _) if self.is_request() => FieldMeaning::ConnectionCloseRequest,
            (true, _) => FieldMeaning::ConnectionCloseResponse,
            (false, true) if self.message.before_http_1_1 => FieldMeaning::ConnectionKeepAliveHttp10,
            (false, true) => FieldMeaning::ConnectionKeepAlive,
            (false, false) if self.has("upgrade") => FieldMeaning::ConnectionUpgrade,
            (false, false) => FieldMeaning::ConnectionOptions,
        }
    }

    fn content_type(self) -> FieldMeaning {
        match self.message.bodiless {
            Some(Bodiless::Head | Bodiless::NotModified) => return FieldMeaning::ContentTypeNotSent,
            Some(Bodiless::Interim | Bodiless::NoContent) => return FieldMeaning::ContentType,
            None => {}
        }
        match () {
            () if self.is("text/event-stream") => FieldMeaning::ContentTypeEventStream,
            () if self.is("application/json") => FieldMeaning::ContentTypeJson,
            () if self.is("application/x-www-form-urlencoded") => FieldMeaning::ContentTypeForm,
            () if self.starts_with("multipart/") => FieldMeaning::ContentTypeMultipart,
            () if self.is("text/html") => FieldMeaning::ContentTypeHtml,
            () if self.is("text/plain") => FieldMeaning::ContentTypeText,
            () => FieldMeaning::ContentType,
        }
    }

    fn is_coding(self) -> bool {
        const NONE: [&str; 3] = ["identity", "none", "utf-8"];
        !NONE.iter().any(|none| self.is(none)) && !trim_ows(self.value).is_empty()
    }

    fn cache_request(self) -> FieldMeaning {
        match () {
            () if self.has("no-store") => FieldMeaning::CacheNoStoreRequest,
            () if self.has("no-cache") => FieldMeaning::CacheNoCacheRequest,
            () if self.has_argument("max-age") => FieldMeaning::CacheMaxAgeRequest,
            () => FieldMeaning::CacheRequest,
        }
    }

    fn cache_response(self) -> FieldMeaning {
        match (self.has("no-cache"), self.has("no-transform")) {
            _ if self.has("no-store") => FieldMeaning::CacheNoStore,
            (true, true) => FieldMeaning::CacheNoCacheNoTransform,
            (true, false) => FieldMeaning::CacheNoCache,
            (false, true) => FieldMeaning::CacheNoTransform,
            (false, false) if self.has("private") => FieldMeaning::CachePrivate,
            (false, false) if self.has_argument("max-age") || self.has_argument("s-maxage") => {
                FieldMeaning::CacheMaxAge
            }
            (false, false) => FieldMeaning::CacheControl,
        }
    }
}

fn is_event_stream(range: &[u8]) -> bool {
    let essence = range.split(|octet| *octet == b';').next().unwrap_or_default();
    trim_ows(essence).eq_ignore_ascii_case(b"text/event-stream")
}

fn by_name(name: &str) -> Option<FieldMeaning> {
    NAMES.binary_search_by(|(other, _)| (*other).cmp(name)).ok().map(|index| NAMES[index].1)
}

fn by_prefix(name: &str) -> FieldMeaning {
    let found = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    found.map_or(FieldMeaning::Unknown, |(_, meaning)| *meaning)
}

/// Octets of the longest name that is looked up.
const LONGEST_NAME: usize = 64;

/// Names that mean the same whatever their value is, in the order of their octets.
const NAMES: &[(&str, FieldMeaning)] = &[
    ("accept", FieldMeaning::Accept),
    ("accept-ch", FieldMeaning::AcceptCh),
    ("accept-charset", FieldMeaning::AcceptCharset),
    ("accept-encoding", FieldMeaning::AcceptEncoding),
    ("accept-language", FieldMeaning::AcceptLanguage),
    ("accept-patch", FieldMeaning::AcceptPatch),
    ("accept-post", FieldMeaning::AcceptPost),
    ("accept-ranges", FieldMeaning::AcceptRanges),
    ("access-control-allow-credentials", FieldMeaning::AccessControlAllowCredentials),
    ("access-control-allow-headers", FieldMeaning::AccessControlAllow),
    ("access-control-allow-methods", FieldMeaning::AccessControlAllow),
    ("access-control-allow-origin", FieldMeaning::AccessControlAllowOrigin),
    ("access-control-allow-private-network", FieldMeaning::AccessControlAllow),
    ("access-control-expose-headers", FieldMeaning::AccessControlExpose),
    ("access-control-max-age", FieldMeaning::AccessControlMaxAge),
    ("access-control-request-headers", FieldMeaning::AccessControlRequest),
    ("access-control-request-method", FieldMeaning::AccessControlRequest),
    ("access-control-request-private-network", FieldMeaning::AccessControlRequest),
    ("age", FieldMeaning::Age),
    ("allow", FieldMeaning::Allow),
    ("alt-svc", FieldMeaning::AltSvc),
    ("alt-used", FieldMeaning::AltUsed),
    ("alternates", FieldMeaning::Negotiation),
    ("anthropic-beta", FieldMeaning::ApiVersion),
    ("anthropic-dangerous-direct-browser-access", FieldMeaning::SdkTelemetry),
    ("anthropic-organization-id", FieldMeaning::ApiAccount),
    ("anthropic-version", FieldMeaning::ApiVersion),
    ("api-key", FieldMeaning::ApiKey),
    ("apikey", FieldMeaning::ApiKey),
    ("apim-request-id", FieldMeaning::RequestId),
    ("authentication-info", FieldMeaning::AuthenticationInfo),
    ("authorization", FieldMeaning::Authorization),
    ("available-dictionary", FieldMeaning::Dictionary),
    ("b3", FieldMeaning::Traceparent),
    ("baggage", FieldMeaning::Baggage),
    ("cache-status", FieldMeaning::XCache),
    ("cache-tag", FieldMeaning::CacheTag),
    ("cdn-cache-control", FieldMeaning::CdnCache),
    ("cdn-loop", FieldMeaning::CdnLoop),
    ("cf-cache-status", FieldMeaning::XCache),
    ("cf-connecting-ip", FieldMeaning::XForwardedFor),
    ("cf-ray", FieldMeaning::RequestId),
    ("clear-site-data", FieldMeaning::ClearSiteData),
    ("content-digest", FieldMeaning::ContentDigest),
    ("content-disposition", FieldMeaning::ContentDisposition),
    ("content-dpr", FieldMeaning::ClientHint),
    ("content-encoding", FieldMeaning::ContentEncoding),
    ("content-language", FieldMeaning::ContentLanguage),
    ("content-location", FieldMeaning::ContentLocation),
    ("content-md5", FieldMeaning::ContentDigest),
    ("content-range", FieldMeaning::ContentRange),
    ("content-security-policy", FieldMeaning::ContentSecurityPolicy),
    ("content-security-policy-report-only", FieldMeaning::ContentSecurityPolicy),
    ("cookie", FieldMeaning::Cookie),
    ("critical-ch", FieldMeaning::AcceptCh),
    ("csrf-token", FieldMeaning::CsrfToken),
    ("date", FieldMeaning::Date),
    ("dav", FieldMeaning::Dav),
    ("deprecation", FieldMeaning::Deprecation),
    ("device-memory", FieldMeaning::ClientHint),
    ("dictionary-id", FieldMeaning::Dictionary),
    ("digest", FieldMeaning::ContentDigest),
    ("dnt", FieldMeaning::Dnt),
    ("document-policy", FieldMeaning::DocumentPolicy),
    ("downlink", FieldMeaning::ClientHint),
    ("dpr", FieldMeaning::ClientHint),
    ("early-data", FieldMeaning::EarlyData),
    ("ect", FieldMeaning::ClientHint),
    ("etag", FieldMeaning::Etag),
    ("expect-ct", FieldMeaning::OldBrowsers),
    ("expires", FieldMeaning::Expires),
    ("fastly-client-ip", FieldMeaning::XForwardedFor),
    ("feature-policy", FieldMeaning::PermissionsPolicy),
    ("forwarded", FieldMeaning::Forwarded),
    ("from", FieldMeaning::From),
    ("front-end-https", FieldMeaning::XForwarded),
    ("host", FieldMeaning::Host),
    ("http2-settings", FieldMeaning::Http2Settings),
    ("idempotency-key", FieldMeaning::IdempotencyKey),
    ("if-match", FieldMeaning::IfMatch),
    ("if-modified-since", FieldMeaning::IfModifiedSince),
    ("if-none-match", FieldMeaning::IfNoneMatch),
    ("if-range", FieldMeaning::IfRange),
    ("if-unmodified-since", FieldMeaning::IfUnmodifiedSince),
    ("integrity-policy", FieldMeaning::DocumentPolicy),
    ("keep-alive", FieldMeaning::KeepAlive),
    ("last-event-id", FieldMeaning::LastEventId),
    ("last-modified", FieldMeaning::LastModified),
    ("link", FieldMeaning::Link),
    ("location", FieldMeaning::Location),
    ("max-forwards", FieldMeaning::MaxForwards),
    ("negotiate", FieldMeaning::Negotiation),
    ("nel", FieldMeaning::Reporting),
    ("newrelic", FieldMeaning::Traceparent),
    ("no-vary-search", FieldMeaning::Prerendering),
    ("observe-browsing-topics", FieldMeaning::Topics),
    ("ocp-apim-subscription-key", FieldMeaning::ApiKey),
    ("openai-beta", FieldMeaning::ApiVersion),
    ("openai-organization", FieldMeaning::ApiAccount),
    ("openai-processing-ms", FieldMeaning::ProcessingTime),
    ("openai-project", FieldMeaning::ApiAccount),
    ("openai-safety-identifier", FieldMeaning::ApiAccount),
    ("openai-version", FieldMeaning::ApiVersion),
    ("origin", FieldMeaning::Origin),
    ("origin-agent-cluster", FieldMeaning::CrossOriginPolicy),
    ("origin-trial", FieldMeaning::OriginTrial),
    ("p3p", FieldMeaning::OldBrowsers),
    ("permissions-policy", FieldMeaning::PermissionsPolicy),
    ("pragma", FieldMeaning::Pragma),
    ("prefer", FieldMeaning::Prefer),
    ("preference-applied", FieldMeaning::PreferenceApplied),
    ("priority", FieldMeaning::Priority),
    ("proxy-authenticate", FieldMeaning::ProxyAuthenticate),
    ("proxy-authorization", FieldMeaning::ProxyAuthorization),
    ("proxy-connection", FieldMeaning::ProxyConnection),
    ("proxy-status", FieldMeaning::ProxyStatus),
    ("public-key-pins", FieldMeaning::OldBrowsers),
    ("purpose", FieldMeaning::SecPurpose),
    ("range", FieldMeaning::Range),
    ("ratelimit", FieldMeaning::RateLimit),
    ("referer", FieldMeaning::Referer),
    ("referrer-policy", FieldMeaning::ReferrerPolicy),
    ("refresh", FieldMeaning::Refresh),
    ("report-to", FieldMeaning::Reporting),
    ("reporting-endpoints", FieldMeaning::Reporting),
    ("repr-digest", FieldMeaning::ContentDigest),
    ("request-id", FieldMeaning::RequestId),
    ("require-document-policy", FieldMeaning::DocumentPolicy),
    ("retry-after", FieldMeaning::RetryAfter),
    ("retry-after-ms", FieldMeaning::RetryHint),
    ("rtt", FieldMeaning::ClientHint),
    ("save-data", FieldMeaning::SaveData),
    ("sec-browsing-topics", FieldMeaning::Topics),
    ("sec-fetch-dest", FieldMeaning::SecFetchDest),
    ("sec-fetch-mode", FieldMeaning::SecFetchMode),
    ("sec-fetch-site", FieldMeaning::SecFetchSite),
    ("sec-fetch-user", FieldMeaning::SecFetchUser),
    ("sec-gpc", FieldMeaning::SecGpc),
    ("sec-purpose", FieldMeaning::SecPurpose),
    ("sentry-trace", FieldMeaning::Traceparent),
    ("server", FieldMeaning::Server),
    ("server-timing", FieldMeaning::ServerTiming),
    ("service-worker", FieldMeaning::ServiceWorker),
    ("service-worker-allowed", FieldMeaning::ServiceWorkerAllowed),
    ("service-worker-navigation-preload", FieldMeaning::ServiceWorker),
    ("set-cookie", FieldMeaning::SetCookie),
    ("sourcemap", FieldMeaning::SourceMap),
    ("speculation-rules", FieldMeaning::Prerendering),
    ("strict-transport-security", FieldMeaning::StrictTransportSecurity),
    ("sunset", FieldMeaning::Deprecation),
    ("supports-loading-mode", FieldMeaning::Prerendering),
    ("surrogate-control", FieldMeaning::CdnCache),
    ("surrogate-key", FieldMeaning::CacheTag),
    ("tcn", FieldMeaning::Negotiation),
    ("te", FieldMeaning::Te),
    ("timing-allow-origin", FieldMeaning::TimingAllowOrigin),
    ("traceparent", FieldMeaning::Traceparent),
    ("tracestate", FieldMeaning::TraceState),
    ("trailer", FieldMeaning::Trailer),
    ("true-client-ip", FieldMeaning::XForwardedFor),
    ("uber-trace-id", FieldMeaning::Traceparent),
    ("upgrade", FieldMeaning::Upgrade),
    ("upgrade-insecure-requests", FieldMeaning::UpgradeInsecureRequests),
    ("use-as-dictionary", FieldMeaning::Dictionary),
    ("user-agent", FieldMeaning::UserAgent),
    ("vary", FieldMeaning::Vary),
    ("via", FieldMeaning::Via),
    ("viewport-width", FieldMeaning::ClientHint),
    ("warning", FieldMeaning::Warning),
    ("width", FieldMeaning::ClientHint),
    ("www-authenticate", FieldMeaning::WwwAuthenticate),
    ("x-accel-buffering", FieldMeaning::XAccelBuffering),
    ("x-access-token", FieldMeaning::ApiKey),
    ("x-amz-request-id", FieldMeaning::RequestId),
    ("x-amzn-trace-id", FieldMeaning::RequestId),
    ("x-api-key", FieldMeaning::ApiKey),
    ("x-app", FieldMeaning::SdkTelemetry),
    ("x-application-context", FieldMeaning::XPoweredBy),
    ("x-aspnet-version", FieldMeaning::XPoweredBy),
    ("x-aspnetmvc-version", FieldMeaning::XPoweredBy),
    ("x-auth-token", FieldMeaning::ApiKey),
    ("x-cache", FieldMeaning::XCache),
    ("x-cache-hits", FieldMeaning::XCache),
    ("x-cache-status", FieldMeaning::XCache),
    ("x-client-data", FieldMeaning::BrowserOwn),
    ("x-client-ip", FieldMeaning::XForwardedFor),
    ("x-client-request-id", FieldMeaning::RequestId),
    ("x-cloud-trace-context", FieldMeaning::Traceparent),
    ("x-cluster-client-ip", FieldMeaning::XForwardedFor),
    ("x-content-security-policy", FieldMeaning::OldBrowsers),
    ("x-content-type-options", FieldMeaning::XContentTypeOptions),
    ("x-correlation-id", FieldMeaning::RequestId),
    ("x-csrf-token", FieldMeaning::CsrfToken),
    ("x-csrftoken", FieldMeaning::CsrfToken),
    ("x-dns-prefetch-control", FieldMeaning::DnsPrefetch),
    ("x-download-options", FieldMeaning::OldBrowsers),
    ("x-envoy-external-address", FieldMeaning::XForwardedFor),
    ("x-envoy-upstream-service-time", FieldMeaning::UpstreamTime),
    ("x-forwarded-for", FieldMeaning::XForwardedFor),
    ("x-frame-options", FieldMeaning::XFrameOptions),
    ("x-generator", FieldMeaning::XPoweredBy),
    ("x-goog-api-client", FieldMeaning::SdkTelemetry),
    ("x-goog-api-key", FieldMeaning::ApiKey),
    ("x-goog-user-project", FieldMeaning::ApiAccount),
    ("x-http-method", FieldMeaning::MethodOverride),
    ("x-http-method-override", FieldMeaning::MethodOverride),
    ("x-kong-upstream-latency", FieldMeaning::UpstreamTime),
    ("x-method-override", FieldMeaning::MethodOverride),
    ("x-moz", FieldMeaning::SecPurpose),
    ("x-ms-client-request-id", FieldMeaning::RequestId),
    ("x-ms-request-id", FieldMeaning::RequestId),
    ("x-openai-client-user-agent", FieldMeaning::SdkTelemetry),
    ("x-openai-proxy-wasm", FieldMeaning::ProxyOwn),
    ("x-original-forwarded-for", FieldMeaning::XForwardedFor),
    ("x-original-host", FieldMeaning::XForwarded),
    ("x-original-method", FieldMeaning::XForwarded),
    ("x-original-uri", FieldMeaning::XForwarded),
    ("x-original-url", FieldMeaning::XForwarded),
    ("x-ot-span-context", FieldMeaning::Traceparent),
    ("x-permitted-cross-domain-policies", FieldMeaning::CrossDomainPolicies),
    ("x-playback-session-id", FieldMeaning::BrowserOwn),
    ("x-powered-by", FieldMeaning::XPoweredBy),
    ("x-process-time", FieldMeaning::UpstreamTime),
    ("x-proxy-cache", FieldMeaning::XCache),
    ("x-queue-start", FieldMeaning::RequestStart),
    ("x-real-ip", FieldMeaning::XForwardedFor),
    ("x-request-id", FieldMeaning::RequestId),
    ("x-request-start", FieldMeaning::RequestStart),
    ("x-requested-with", FieldMeaning::XRequestedWith),
    ("x-response-time", FieldMeaning::UpstreamTime),
    ("x-rewrite-url", FieldMeaning::XForwarded),
    ("x-robots-tag", FieldMeaning::XRobotsTag),
    ("x-runtime", FieldMeaning::UpstreamTime),
    ("x-scheme", FieldMeaning::XForwarded),
    ("x-sendfile", FieldMeaning::XAccel),
    ("x-served-by", FieldMeaning::ProxyOwn),
    ("x-should-retry", FieldMeaning::RetryHint),
    ("x-sourcemap", FieldMeaning::SourceMap),
    ("x-timer", FieldMeaning::ProxyOwn),
    ("x-trace-id", FieldMeaning::RequestId),
    ("x-ua-compatible", FieldMeaning::OldBrowsers),
    ("x-unique-id", FieldMeaning::RequestId),
    ("x-varnish", FieldMeaning::XCache),
    ("x-webkit-csp", FieldMeaning::OldBrowsers),
    ("x-xsrf-token", FieldMeaning::CsrfToken),
    ("x-xss-protection", FieldMeaning::XXssProtection),
    ("xkey", FieldMeaning::CacheTag),
];

/// Names that begin alike and mean the same.
const PREFIXES: &[(&str, FieldMeaning)] = &[
    ("sec-ch-", FieldMeaning::SecChUa),
    ("sec-websocket-", FieldMeaning::SecWebSocket),
    ("x-stainless-", FieldMeaning::SdkTelemetry),
    ("x-ratelimit-", FieldMeaning::RateLimit),
    ("anthropic-ratelimit-", FieldMeaning::RateLimit),
    ("ratelimit-", FieldMeaning::RateLimit),
    ("x-forwarded-", FieldMeaning::XForwarded),
    ("x-accel-", FieldMeaning::XAccel),
    ("x-envoy-", FieldMeaning::ProxyOwn),
    ("x-amz-cf-", FieldMeaning::ProxyOwn),
    ("x-amzn-", FieldMeaning::RequestId),
    ("x-b3-", FieldMeaning::Traceparent),
    ("x-datadog-", FieldMeaning::Traceparent),
    ("cf-", FieldMeaning::ProxyOwn),
    ("grpc-", FieldMeaning::Grpc),
    ("cross-origin-", FieldMeaning::CrossOriginPolicy),
    ("x-amz-", FieldMeaning::ProxyOwn),
    ("x-azure-", FieldMeaning::ProxyOwn),
    ("x-vercel-", FieldMeaning::ProxyOwn),
    ("fastly-", FieldMeaning::ProxyOwn),
    ("x-fastly-", FieldMeaning::ProxyOwn),
    ("fly-", FieldMeaning::ProxyOwn),
    ("x-litespeed-", FieldMeaning::XCache),
    ("x-varnish-", FieldMeaning::XCache),
    ("x-haproxy-", FieldMeaning::ProxyOwn),
    ("sec-cdn-", FieldMeaning::ClientHint),
    ("sec-", FieldMeaning::BrowserOwn),
    ("attribution-reporting-", FieldMeaning::BrowserOwn),
    ("mcp-", FieldMeaning::Mcp),
];
