"""Requests in HTTP/2 that would turn into something else when they are written down as HTTP/1.1, and the standard's
answer: a malformed request is a stream error or gets 400 (RFC 9113 §8.1.1), and the backend sees nothing of it."""

from dataclasses import dataclass

from . import h2raw
from .shapes1 import Passed, Refused

RESET = 0  # RST_STREAM or GOAWAY instead of a status


@dataclass(frozen=True)
class Shape2:
    """A request as fields, pieces of body, and trailers; and all outcomes that the rule allows."""

    name: str
    fields: tuple
    rule: str
    outcomes: tuple
    data: bytes | None = None
    trailers: tuple | None = None

    def frames(self, stream):
        out = h2raw.headers(stream, self.fields, self.data is None and self.trailers is None)
        if self.data is not None:
            end = 0 if self.trailers is not None else h2raw.END_STREAM
            out += h2raw.frame(h2raw.DATA, end, stream, self.data)
        if self.trailers is not None:
            out += h2raw.headers(stream, self.trailers, True)
        return out


def request(*more, method=b"GET", path=b"/a", scheme=b"http", authority=b"web"):
    pseudo = ((b":method", method), (b":scheme", scheme), (b":path", path), (b":authority", authority))
    return tuple((name, value) for name, value in pseudo if value is not None) + more


MALFORMED = (Refused((RESET, 400), open=True),)
PASSED = (Passed(("/a",)),)
GET_SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n"


def _fields():
    rule = "RFC 9113 §8.2.1"
    for name, field in {
        "CRLF in a value": (b"x", b"y\r\nTransfer-Encoding: chunked"),
        "LF in a value": (b"x", b"y\nz"),
        "CR in a value": (b"x", b"y\rz"),
        "NUL in a value": (b"x", b"y\x00z"),
        "space before a value": (b"x", b" y"),
        "space behind a value": (b"x", b"y "),
        "tab before a value": (b"x", b"\ty"),
        "capitals in a name": (b"X", b"y"),
        "space in a name": (b"x y", b"z"),
        "colon in a name": (b"x:y", b"z"),
        "CRLF in a name": (b"x\r\ny", b"z"),
        "NUL in a name": (b"x\x00", b"z"),
        "bytes over 127 in a name": (b"x\xe9", b"z"),
        "an empty name": (b"", b"z"),
    }.items():
        yield Shape2(name, request(field), rule, MALFORMED)
    yield Shape2("control character in a value", request((b"x", b"y\x01z")), rule, MALFORMED + PASSED)
    rule = "RFC 9113 §8.2.2"
    for name, value in ((b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"te", b"gzip"), (b"keep-alive", b"5"),
                        (b"upgrade", b"h2c"), (b"proxy-connection", b"close")):
        yield Shape2(f"field {name.decode()}: {value.decode()}", request((name, value)), rule, MALFORMED)
    chunked = request((b"transfer-encoding", b"chunked"), method=b"POST")
    yield Shape2("transfer-encoding with a body", chunked, rule, MALFORMED, b"0\r\n\r\n" + GET_SMUGGLED)
    yield Shape2("te: trailers", request((b"te", b"trailers")), rule, PASSED)
    yield Shape2("cookies in pieces", request((b"cookie", b"a=1"), (b"cookie", b"b=2")), "RFC 9113 §8.2.3",
                 (Passed(("/a",), has=b"a=1; b=2\r\n"),))
    yield Shape2("100,000 bytes of fields", request((b"x", b"y" * 100_000)), "RFC 9113 §10.5.1", (Refused((RESET, 431), open=True),))


def _bodies():
    rule = "RFC 9113 §8.1.1"
    for name, lengths, data in (
        ("content-length 0 with a body", (b"0",), GET_SMUGGLED),
        ("content-length shorter than the body", (b"3",), b"abc" + GET_SMUGGLED),
        ("content-length longer than the body", (b"300",), b"abc"),
        ("content-length twice, different", (b"3", b"41"), b"abc"),
        ("content-length no number", (b"abc",), b"abc"),
        ("content-length with a sign", (b"+3",), b"abc"),
        ("content-length negative", (b"-1",), b"abc"),
        ("content-length empty", (b"",), b"abc"),
    ):
        fields = request(*((b"content-length", length) for length in lengths), method=b"POST")
        yield Shape2(name, fields, rule, (Refused((RESET, 400, 502), body=True, open=True),), data)
    post = request(method=b"POST")
    yield Shape2("content-length missing", post, rule, (Passed(("/a",), body=GET_SMUGGLED),), GET_SMUGGLED)
    yield Shape2("content-length fits", request((b"content-length", b"3"), method=b"POST"), rule, (Passed(("/a",), body=b"abc"),), b"abc")
    yield Shape2("content-length without a body", request((b"content-length", b"3")), rule, MALFORMED)
    rule = "RFC 9113 §8.1"
    ended = (Refused((RESET, 400), body=True, open=True),)
    for name, field in {
        "pseudo-header field": (b":path", b"/smuggled"),
        "CRLF in a value": (b"x", b"y\r\n\r\n" + GET_SMUGGLED),
        "capitals in a name": (b"X", b"y"),
        "connection": (b"connection", b"close"),
        "transfer-encoding": (b"transfer-encoding", b"chunked"),
    }.items():
        yield Shape2(f"trailers: {name}", post, rule, ended, b"abc", (field,))
    for name in (b"content-length", b"host"):
        yield Shape2(f"trailers: {name.decode()}", post, "RFC 9110 §6.5.1", ended + (Passed(("/a",), body=b"abc"),), b"abc", ((name, b"41"),))
    yield Shape2("trailers", post, rule, (Passed(("/a",), body=b"abc", has=b"x-sum: 7"),), b"abc", ((b"x-sum", b"7"),))


def _pseudo():
    rule = "RFC 9113 §8.3.1"
    for name, fields in {
        "request in :method": request(method=b"GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\nGET"),
        "space in :method": request(method=b"GET /smuggled"),
        "empty :method": request(method=b""),
        "parenthesis in :method": request(method=b"GE(T"),
        "version in :path": request(path=b"/smuggled HTTP/1.1\r\nX: y"),
        "space in :path": request(path=b"/a b"),
        "NUL in :path": request(path=b"/a\x00"),
        "fragment in :path": request(path=b"/a#b"),
        "bytes over 127 in :path": request(path=b"/\xe9"),
        "empty :path": request(path=b""),
        "relative :path": request(path=b"a"),
        "whole URI in :path": request(path=b"http://evil/a"),
        "CRLF in :authority": request(authority=b"web\r\nX: y"),
        "space in :authority": request(authority=b"web evil"),
        "user information in :authority": request(authority=b"user@web"),
        "slash in :authority": request(authority=b"web/evil"),
        "word for a port in :authority": request(authority=b"web:port"),
        "backslash in :authority": request(authority=b"web\\evil"),
        "empty :authority": request(authority=b""),
        "neither :authority nor host": request(authority=None),
        "two hosts": request((b"host", b"web"), (b"host", b"evil"), authority=None),
        "host unlike :authority": request((b"host", b"evil")),
        "CRLF in :scheme": request(scheme=b"http\r\nX: y"),
        "URI in :scheme": request(scheme=b"http://evil/x"),
        "unknown pseudo-header field": request((b":x", b"y")),
        ":status in a request": request((b":status", b"200")),
        ":path twice": request((b":path", b"/smuggled")),
        "pseudo-header field behind others": ((b"x", b"y"),) + request(),
    }.items():
        yield Shape2(name, fields, rule, MALFORMED)
    yield Shape2("CONNECT", ((b":method", b"CONNECT"), (b":authority", b"web:80")), "RFC 9113 §8.5", (Refused((RESET, 400, 405, 501), open=True),))
    yield Shape2("extended CONNECT, which was not offered", request((b":protocol", b"websocket"), method=b"CONNECT"), "RFC 8441 §3",
                 (Refused((RESET, 400, 405, 501), open=True),))
    yield Shape2("host like :authority", request((b"host", b"web")), rule, (Passed(("/a",), has=b"host: web"),))
    yield Shape2("host instead of :authority", request((b"host", b"web"), authority=None), rule, (Passed(("/a",), has=b"host: web"),))


SHAPES = [shape for part in (_fields, _bodies, _pseudo) for shape in part()]
