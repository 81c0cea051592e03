"""Raw HTTP/1.1 requests and the standard's answer to each. Every tail that could be taken for a second request asks for
/smuggled, which the backend must never see."""

from dataclasses import dataclass

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n"


@dataclass(frozen=True)
class Refused:
    """An error answer and the end of the connection; no whole request to the backend.

    `body`: the head was fine, so that the backend may have seen the beginning of the request. `open`: where the message
    ends is beyond doubt, so that the connection, or in HTTP/2 another stream, may go on."""

    codes: tuple
    body: bool = False
    open: bool = False


@dataclass(frozen=True)
class Passed:
    """The backend sees whole requests for these targets, and the client as many answers.

    `close`: the connection must end after them. `has`/`never`: what the backend's bytes hold or do not hold,
    compared in lower case."""

    targets: tuple
    body: bytes | None = None
    close: bool = False
    has: bytes = b""
    never: bytes = b""


@dataclass(frozen=True)
class Shape:
    """A request, and all outcomes that the rule allows. `half_close`: the client ends its side after the bytes."""

    name: str
    raw: bytes
    rule: str
    outcomes: tuple
    half_close: bool = False


def refused(*codes):
    return Refused(codes or (400,))


def denied(*codes):
    return Refused(codes or (400,), open=True)


def cut(*codes):
    return Refused(codes or (400,), body=True)


def passed(*targets, **more):
    return Passed(targets or ("/a",), **more)


def get(*fields, line=b"GET /a HTTP/1.1", host=b"Host: web\r\n"):
    return line + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(*fields, body=b"", line=b"POST /a HTTP/1.1"):
    return get(*fields, line=line) + body


CHUNKED = b"Transfer-Encoding: chunked"
EMPTY = b"0\r\n\r\n"


def chunks(data, tail=SMUGGLED):
    return post(CHUNKED, body=data) + tail


def _lengths():
    rule = "RFC 9112 §6.3"
    both = (refused(), passed(close=True, body=b"", never=b"content-length"))
    yield Shape("both lengths, Content-Length first", post(b"Content-Length: 4", CHUNKED, body=EMPTY) + SMUGGLED, rule, both)
    yield Shape("both lengths, Transfer-Encoding first", post(CHUNKED, b"Content-Length: 4", body=EMPTY) + SMUGGLED, rule, both)
    yield Shape("both lengths, Content-Length 0", post(b"Content-Length: 0", CHUNKED, body=EMPTY) + SMUGGLED, rule, both)
    three = (refused(), passed(body=b"abc"))
    yield Shape("Content-Length twice, equal", post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"), "RFC 9110 §8.6", three)
    yield Shape("Content-Length list, equal", post(b"Content-Length: 3, 3", body=b"abc"), "RFC 9110 §8.6", three)
    yield Shape("Content-Length 003", post(b"Content-Length: 003", body=b"abc"), "RFC 9110 §8.6", three)
    yield Shape("Content-Length 00", post(b"Content-Length: 00"), "RFC 9110 §8.6", (refused(), passed(body=b"")))
    for name, fields in {
        "twice, different": (b"Content-Length: 3", b"Content-Length: 41"),
        "twice, different, other case": (b"content-length: 3", b"CONTENT-LENGTH: 41"),
        "list, different": (b"Content-Length: 3, 41",),
        "with sign": (b"Content-Length: +3",),
        "negative": (b"Content-Length: -3",),
        "hexadecimal": (b"Content-Length: 0x3",),
        "with a space inside": (b"Content-Length: 3 3",),
        "empty": (b"Content-Length:",),
        "with a fraction": (b"Content-Length: 3.0",),
        "with an exponent": (b"Content-Length: 3e0",),
        "with vertical tab": (b"Content-Length: \x0b3",),
        "of 2^64+3": (b"Content-Length: 18446744073709551619",),
        "of 2^63": (b"Content-Length: 9223372036854775808",),
        "with a space before the colon": (b"Content-Length : 3",),
        "with a tab before the colon": (b"Content-Length\t: 3",),
        "in digits of another script": ("Content-Length: \uff13".encode(),),
    }.items():
        yield Shape(f"Content-Length {name}", post(*fields, body=b"abc") + SMUGGLED, rule, (refused(),))
    yield Shape("body shorter than Content-Length", post(b"Content-Length: 5", body=b"abc"), "RFC 9112 §8", (cut(400, 408, 0),), True)
    yield Shape("Connection names Content-Length", post(b"Content-Length: 3", b"Connection: Content-Length", body=b"abc"),
                "RFC 9110 §7.6.1", (refused(), passed(body=b"abc")))
    yield Shape("Connection names Transfer-Encoding", post(CHUNKED, b"Connection: Transfer-Encoding", body=b"3\r\nabc\r\n0\r\n\r\n"),
                "RFC 9110 §7.6.1", (refused(), passed(body=b"abc")))
    yield Shape("Connection names Host", get(b"Connection: Host"), "RFC 9110 §7.6.1", (refused(), passed(has=b"host: web")))


def _codings():
    rule = "RFC 9112 §6.1"
    either = (refused(400, 501),)
    body = b"3\r\nabc\r\n0\r\n\r\n"
    for name, value in {
        "xchunked": b" xchunked",
        "identity": b" identity",
        "gzip, chunked": b" gzip, chunked",
        "chunked, gzip": b" chunked, gzip",
        "chunked, chunked": b" chunked, chunked",
        "chunked, identity": b" chunked, identity",
        "in quotes": b' "chunked"',
        "with a parameter": b" chunked;q=1",
        "with vertical tab": b" \x0bchunked",
        "with NUL": b" chunked\x00",
        "empty": b"",
        "in Kelvin": " chun\u212aed".encode(),
    }.items():
        yield Shape(f"Transfer-Encoding {name}", post(b"Transfer-Encoding:" + value, body=body) + SMUGGLED, rule, either)
    yield Shape("Transfer-Encoding twice", post(CHUNKED, CHUNKED, body=body), rule, either)
    yield Shape("Transfer-Encoding twice, second identity", post(CHUNKED, b"Transfer-Encoding: identity", body=body), rule, either)
    yield Shape("Transfer-Encoding with a space before the colon", post(b"Transfer-Encoding : chunked", body=body), "RFC 9112 §5.1", (refused(),))
    yield Shape("Transfer-Encoding folded", post(b"Transfer-Encoding:\r\n chunked", body=body), "RFC 9112 §5.2",
                (refused(400, 501), passed(body=b"abc")))
    yield Shape("Transfer-Encoding behind a bare CR", post(b"X: y\rTransfer-Encoding: chunked", body=body), "RFC 9112 §2.2", (refused(),))
    yield Shape("Transfer-Encoding behind a bare LF", post(b"X: y\nTransfer-Encoding: chunked", body=body), "RFC 9112 §2.2",
                (refused(), passed(body=b"abc")))
    yield Shape("Transfer-Encoding in capitals", post(b"TRANSFER-ENCODING: CHUNKED", body=body), rule, (passed(body=b"abc"),))
    yield Shape("Transfer-Encoding behind a tab", post(b"Transfer-Encoding:\tchunked\t", body=body), rule, (passed(body=b"abc"),))
    yield Shape("Transfer-Encoding with an empty element", post(b"Transfer-Encoding: , chunked", body=body), "RFC 9110 §5.6.1.2",
                (refused(400, 501), passed(body=b"abc")))
    old = get(CHUNKED, line=b"POST /a HTTP/1.0") + body + SMUGGLED
    yield Shape("Transfer-Encoding in HTTP/1.0", old, rule, (refused(400, 501), passed(close=True)))
    keep = get(CHUNKED, b"Connection: keep-alive", line=b"POST /a HTTP/1.0") + body + SMUGGLED
    yield Shape("Transfer-Encoding in HTTP/1.0 with keep-alive", keep, rule, (refused(400, 501), passed(close=True)))


def _chunks():
    rule = "RFC 9112 §7.1"
    for name, data in {
        "size 0x3": b"0x3\r\nabc\r\n" + EMPTY,
        "size +3": b"+3\r\nabc\r\n" + EMPTY,
        "size -3": b"-3\r\nabc\r\n" + EMPTY,
        "size empty": b"\r\nabc\r\n" + EMPTY,
        "size of 2^64+3": b"10000000000000003\r\nabc\r\n" + EMPTY,
        "size of 2^63+3": b"8000000000000003\r\nabc\r\n" + EMPTY,
        "size with NUL": b"3\x00\r\nabc\r\n" + EMPTY,
        "size with underscore": b"3_0\r\nabc\r\n" + EMPTY,
        "size no number": b"xyz\r\nabc\r\n" + EMPTY,
        "data longer than its size": b"3\r\nabcd\r\n" + EMPTY,
        "data ended by two other bytes": b"3\r\nabcXX" + EMPTY,
        "data ended by bare LF": b"3\r\nabc\n" + EMPTY,
        "data ended by bare CR": b"3\r\nabc\r" + EMPTY,
        "extension with bare LF": b"3;a\nabc\r\n" + EMPTY,
        "extension with bare CR": b"3;a\rb\r\nabc\r\n" + EMPTY,
        "extension with NUL": b"3;a\x00b\r\nabc\r\n" + EMPTY,
        "last chunk ended by bare LF": b"3\r\nabc\r\n0\n\r\n",
        "trailers ended by bare LF": b"3\r\nabc\r\n0\r\n\n",
        "trailer with bare CR": b"3\r\nabc\r\n0\r\nA: b\rc\r\n\r\n",
        "trailer with NUL": b"3\r\nabc\r\n0\r\nA: b\x00\r\n\r\n",
        "trailer without a colon": b"3\r\nabc\r\n0\r\nnocolon\r\n\r\n",
        "trailer with a space in its name": b"3\r\nabc\r\n0\r\nA b: c\r\n\r\n",
    }.items():
        yield Shape(f"chunk {name}", chunks(data), rule, (cut(),))
    yield Shape("chunk size ended by bare LF", chunks(b"3\nabc\r\n" + EMPTY), rule, (cut(),))
    yield Shape("chunk size of 2^32+3", chunks(b"100000003\r\nabc\r\n" + EMPTY), rule, (cut(400, 413, 0),), True)
    yield Shape("chunk size with leading space", chunks(b" 3\r\nabc\r\n" + EMPTY, b""), rule, (cut(), passed(body=b"abc")))
    yield Shape("chunk size with trailing space", chunks(b"3 \r\nabc\r\n" + EMPTY, b""), rule, (cut(), passed(body=b"abc")))
    yield Shape("chunk extension", chunks(b'3;a=b;c="d;e"\r\nabc\r\n' + EMPTY, b""), "RFC 9112 §7.1.1", (passed(body=b"abc", never=b";a"),))
    yield Shape("chunk extension of 100,000 bytes", chunks(b"3;" + b"a" * 100_000 + b"\r\nabc\r\n" + EMPTY), "RFC 9112 §7.1.1",
                (cut(400, 413, 431),))
    yield Shape("chunk size with leading zeros", chunks(b"0003\r\nabc\r\n000\r\n\r\n", b""), rule, (passed(body=b"abc"),))
    yield Shape("chunk size of 100 zeros", chunks(b"0" * 100 + b"3\r\nabc\r\n" + EMPTY, b""), rule, (cut(), passed(body=b"abc")))
    for name in (b"Content-Length: 41", CHUNKED, b"Host: evil", b"Connection: close"):
        trailer = b"3\r\nabc\r\n0\r\n" + name + b"\r\n\r\n"
        yield Shape(f"trailer {name.decode()}", chunks(trailer, b""), "RFC 9110 §6.5.1", (cut(), passed(body=b"abc")))
    folded = b"3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n"
    yield Shape("trailer folded", chunks(folded, b""), "RFC 9112 §5.2", (cut(), passed(body=b"abc")))
    long = b"3\r\nabc\r\n0\r\n" + b"A: " + b"b" * 100_000 + b"\r\n\r\n"
    yield Shape("trailer of 100,000 bytes", chunks(long), "RFC 9110 §5.4", (cut(400, 413, 431),))
    yield Shape("chunks that end too early", chunks(b"3\r\nab", b""), "RFC 9112 §8", (cut(400, 408, 0),), True)


def _lines():
    rule = "RFC 9112 §2.2"
    lenient = (refused(), passed())
    yield Shape("bare LF ends every line", b"GET /a HTTP/1.1\nHost: web\n\n", rule, lenient)
    yield Shape("bare LF ends the request line", b"GET /a HTTP/1.1\nHost: web\r\n\r\n", rule, lenient)
    yield Shape("bare LF ends the head", b"GET /a HTTP/1.1\r\nHost: web\r\n\n", rule, lenient)
    yield Shape("bare CR ends the request line", b"GET /a HTTP/1.1\rHost: web\r\n\r\n", rule, (refused(400, 505),))
    yield Shape("bare CR in a value", get(b"X: y\rz"), rule, (refused(), passed(never=b"y\rz")))
    yield Shape("bare CR before CRLF", get(b"X: y\r"), rule, (refused(), passed(never=b"\r\r")))
    yield Shape("CR CR LF ends the head", b"GET /a HTTP/1.1\r\nHost: web\r\n\r\r\n", rule, (refused(),))
    yield Shape("empty line first", b"\r\n" + get(), rule, lenient)
    yield Shape("two empty lines between requests", get() + b"\r\n\r\n" + get(line=b"GET /b HTTP/1.1"), rule,
                (passed("/a", "/b"), refused()))
    yield Shape("space before the first field", b"GET /a HTTP/1.1\r\n Host: evil\r\nHost: web\r\n\r\n", rule, (refused(), passed(never=b"evil")))
    yield Shape("field folded", get(b"X: y\r\n z"), "RFC 9112 §5.2", (refused(), passed(never=b"y\r\n")))
    yield Shape("field folded with a tab", get(b"X: y\r\n\tz"), "RFC 9112 §5.2", (refused(), passed(never=b"y\r\n")))
    yield Shape("Host folded", get(host=b"Host:\r\n web\r\n"), "RFC 9112 §5.2", lenient)
    yield Shape("Content-Length folded", post(b"Content-Length:\r\n 3", body=b"abc"), "RFC 9112 §5.2", (refused(), passed(body=b"abc")))
    yield Shape("NUL in a value", get(b"X: y\x00z"), "RFC 9110 §5.5", (refused(),))
    yield Shape("NUL in a name", get(b"X\x00: y"), "RFC 9110 §5.1", (refused(),))
    yield Shape("NUL in the target", get(line=b"GET /a\x00 HTTP/1.1"), "RFC 9112 §3.2", (refused(),))
    yield Shape("NUL in the method", get(line=b"GE\x00T /a HTTP/1.1"), "RFC 9110 §9.1", (refused(400, 501),))
    yield Shape("NUL first", b"\x00" + get(), "RFC 9112 §3", (refused(),))
    yield Shape("control character in a value", get(b"X: y\x01z"), "RFC 9110 §5.5", (refused(), passed()))
    yield Shape("bytes over 127 in a value", get(b"X: caf\xe9"), "RFC 9110 §5.5", (passed(), refused()))
    for name, field in {
        "without a name": b": y",
        "with a space in its name": b"X Y: z",
        "with a space before its colon": b"X : y",
        "without a colon": b"nocolon",
        "with a parenthesis in its name": b"X(: y",
        "with bytes over 127 in its name": b"X\xe9: y",
    }.items():
        yield Shape(f"field {name}", get(field), "RFC 9112 §5.1", (refused(),))


def _request_lines():
    rule = "RFC 9112 §3"
    for name, line in {
        "without a version": b"GET /a",
        "with a space in the target": b"GET /a b HTTP/1.1",
        "without a target": b"GET HTTP/1.1",
        "with a parenthesis in the method": b"GE(T /a HTTP/1.1",
        "with a fragment": b"GET /a#b HTTP/1.1",
        "with a relative target": b"GET a HTTP/1.1",
        "with * for GET": b"GET * HTTP/1.1",
        "with an authority for GET": b"GET web:80 HTTP/1.1",
        "with bytes over 127 in the target": b"GET /\xe9 HTTP/1.1",
        "with a control character in the target": b"GET /\x1f HTTP/1.1",
        "with a backslash first": b"GET \\a HTTP/1.1",
        "with http:/// and no host": b"GET http:///a HTTP/1.1",
        "with http:// and user information": b"GET http://user@web/a HTTP/1.1",
        "with http:// and a bad port": b"GET http://web:port/a HTTP/1.1",
        "of CONNECT": b"CONNECT web:80 HTTP/1.1",
    }.items():
        yield Shape(f"request line {name}", get(line=line), rule, (denied(400, 405, 501),))
    for version in (b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3.7"):
        yield Shape(f"version {version.decode()}", get(line=b"GET /a " + version), "RFC 9110 §15.6.6", (refused(400, 505),))
    for version in (b"http/1.1", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/1,1", b"HTTP/1.", b"HTTP/1", b"HTTP /1.1", b"HTTP/1.1x", b"HTTP/\xb1.1"):
        yield Shape(f"version {version.decode('latin-1')}", get(line=b"GET /a " + version), "RFC 9112 §2.3", (refused(400, 505),))
    yield Shape("version HTTP/1.2", get(line=b"GET /a HTTP/1.2"), "RFC 9110 §2.5", (passed(), refused(505)))
    for name, line in {
        "two spaces": b"GET  /a  HTTP/1.1",
        "tabs": b"GET\t/a\tHTTP/1.1",
        "vertical tabs": b"GET\x0b/a\x0bHTTP/1.1",
        "a space at the end": b"GET /a HTTP/1.1 ",
        "a space at the beginning": b" GET /a HTTP/1.1",
    }.items():
        yield Shape(f"request line with {name}", get(line=line), rule, (refused(400, 501), passed()))
    yield Shape("request line ends in a second version", get(line=b"GET /smuggled HTTP/1.1 HTTP/1.1"), rule, (refused(),))
    yield Shape("absolute target beats Host", get(line=b"GET http://other/a HTTP/1.1"), "RFC 9112 §3.2.2", (passed(has=b"host: other"),))
    yield Shape("absolute target without a path", get(line=b"GET http://other?q HTTP/1.1"), "RFC 9112 §3.2.2",
                (passed("/?q", has=b"host: other"), refused()))
    yield Shape("absolute target of another scheme", get(line=b"GET ftp://other/a HTTP/1.1"), "RFC 9112 §3.2.2",
                (denied(400, 404, 421), passed("ftp://other/a")))
    yield Shape("absolute target without Host", get(line=b"GET http://other/a HTTP/1.1", host=b""), "RFC 9112 §3.2", (refused(),))
    yield Shape("two slashes first", get(line=b"GET //evil/a HTTP/1.1"), "RFC 9112 §3.2.1", (passed("//evil/a", has=b"host: web"), denied()))
    yield Shape("percent-encoded NUL", get(line=b"GET /a%00 HTTP/1.1"), "RFC 3986 §2.1", (passed("/a%00"), denied()))
    yield Shape("PRI in the middle", get() + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "RFC 9113 §3.4", (passed("/a", close=True),))
    yield Shape("method longer than any", b"A" * 100_000 + b" /a HTTP/1.1\r\nHost: web\r\n\r\n", rule, (refused(400, 414, 431, 501),))
    yield Shape("target of 9,000 bytes", get(line=b"GET /" + b"a" * 9_000 + b" HTTP/1.1"), rule, (refused(414),))
    yield Shape("target of 8,000 bytes", get(line=b"GET /" + b"a" * 8_000 + b" HTTP/1.1"), rule, (passed("/" + "a" * 8_000),))
    yield Shape("field of 100,000 bytes", get(b"X: " + b"a" * 100_000), "RFC 6585 §5", (refused(431),))
    yield Shape("30,000 fields", get(*(b"X: y" for _ in range(30_000))), "RFC 6585 §5", (refused(431),))
    yield Shape("field name of 100,000 bytes", get(b"X" * 100_000 + b": y"), "RFC 6585 §5", (refused(431),))
    yield Shape("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 200, rule, (refused(400, 0),))
    yield Shape("random bytes", bytes(range(128, 256)) * 4, rule, (refused(400, 0),))


def _hosts():
    rule = "RFC 9112 §3.2"
    for name, host in {
        "missing": b"",
        "twice": b"Host: web\r\nHost: web\r\n",
        "twice, different": b"Host: web\r\nHost: evil\r\n",
        "with a slash": b"Host: web/evil\r\n",
        "with user information": b"Host: user@web\r\n",
        "with a space": b"Host: web evil\r\n",
        "with a question mark": b"Host: web?evil\r\n",
        "with a fragment": b"Host: web#evil\r\n",
        "with a word for a port": b"Host: web:port\r\n",
        "with two ports": b"Host: web:80:80\r\n",
        "with an open bracket": b"Host: [::1\r\n",
        "with NUL": b"Host: web\x00evil\r\n",
        "with a backslash": b"Host: web\\evil\r\n",
        "with bytes over 127": b"Host: w\xe9b\r\n",
        "with a broken percent": b"Host: w%zz\r\n",
    }.items():
        yield Shape(f"Host {name}", get(host=host), rule, (denied(),))
    yield Shape("Host with a port of six digits", get(host=b"Host: web:999999\r\n"), rule, (denied(), passed()))
    yield Shape("Host empty", get(host=b"Host:\r\n"), rule, (denied(), passed()))
    yield Shape("Host with a comma", get(host=b"Host: web,evil\r\n"), "RFC 3986 §3.2.2", (denied(), passed()))
    yield Shape("Host an IPv6 address", get(host=b"Host: [::1]:80\r\n"), rule, (passed(has=b"host: [::1]:80"),))
    yield Shape("no Host in HTTP/1.0", get(line=b"GET /a HTTP/1.0", host=b""), rule, (passed(close=True), refused()))


def _rest():
    two = get() + get(line=b"GET /b HTTP/1.1")
    yield Shape("two requests at once", two, "RFC 9112 §9.3.2", (passed("/a", "/b"),))
    yield Shape("body of GET, and a second request", get(b"Content-Length: 3") + b"abc" + get(line=b"GET /b HTTP/1.1"), "RFC 9112 §6.3",
                (passed("/a", "/b"), refused()))
    yield Shape("bytes behind Connection: close", get(b"Connection: close") + SMUGGLED, "RFC 9112 §9.6", (passed(close=True),))
    yield Shape("Expect: 100-continue with its body at once", post(b"Content-Length: 3", b"Expect: 100-continue", body=b"abc"),
                "RFC 9110 §10.1.1", (passed(body=b"abc"),))
    yield Shape("Expect something else", post(b"Content-Length: 3", b"Expect: wonders", body=b"abc"), "RFC 9110 §10.1.1",
                (refused(417), passed(body=b"abc")))
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
    yield Shape("Upgrade: h2c", get(*upgrade), "RFC 9113 §3.1", (passed(never=b"h2c"), refused()))
    yield Shape("Upgrade: h2c that the server takes", get(*upgrade, line=b"GET /upgrade HTTP/1.1") + SMUGGLED, "RFC 9113 §3.1",
                (refused(400, 502), passed("/upgrade", never=b"h2c")))
    yield Shape("Upgrade: TLS/1.3", get(b"Connection: upgrade", b"Upgrade: TLS/1.3"), "RFC 9110 §7.8", (passed(never=b"tls/1.3"), refused()))


SHAPES = [shape for part in (_lengths, _codings, _chunks, _lines, _request_lines, _hosts, _rest) for shape in part()]
