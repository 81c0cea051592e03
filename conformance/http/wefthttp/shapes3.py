"""Raw answers of a hostile or broken server, and what a client may see of each. Every tail that could be taken for a
second answer has the body `evil`, which no client must see."""

from dataclasses import dataclass

EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


@dataclass(frozen=True)
class Answer:
    """What the server sends, whether it closes then, and the outcomes that the rule allows.

    Outcomes: "bad" is 502 or 503; "cut" an answer whose end does not come; anything else a whole answer with this body."""

    name: str
    raw: bytes
    rule: str
    outcomes: tuple
    close: bool = False
    late: bytes = b""
    method: str = "GET"


def answer(*fields, body=b"", line=b"HTTP/1.1 200 OK"):
    return line + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
THREE = b"Content-Length: 3"
BODY = b"3\r\nabc\r\n0\r\n\r\n"


def _framing():
    rule = "RFC 9112 §6.3"
    yield Answer("both lengths", answer(b"Content-Length: 1", CHUNKED, body=BODY), rule, ("abc", "bad"))
    yield Answer("Content-Length twice, equal", answer(THREE, THREE, body=b"abc"), rule, ("abc", "bad"))
    for name, fields in {
        "twice, different": (THREE, b"Content-Length: 41"),
        "negative": (b"Content-Length: -3",),
        "with sign": (b"Content-Length: +3",),
        "no number": (b"Content-Length: abc",),
        "empty": (b"Content-Length:",),
        "of 2^64+3": (b"Content-Length: 18446744073709551619",),
    }.items():
        yield Answer(f"Content-Length {name}", answer(*fields, body=b"abc") + EVIL, rule, ("bad",))
    yield Answer("body shorter than Content-Length", answer(b"Content-Length: 5", body=b"abc"), "RFC 9112 §8", ("cut", "bad"), True)
    yield Answer("chunks without an end", answer(CHUNKED, body=b"3\r\nabc\r\n"), "RFC 9112 §8", ("cut", "bad"), True)
    for name, data in {
        "size no number": b"xyz\r\nabc\r\n",
        "size with sign": b"+3\r\nabc\r\n0\r\n\r\n",
        "size of 2^64+3": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
        "data longer than its size": b"3\r\nabcd\r\n0\r\n\r\n",
        "size ended by bare LF": b"3\nabc\r\n0\r\n\r\n",
    }.items():
        yield Answer(f"chunk {name}", answer(CHUNKED, body=data) + EVIL, "RFC 9112 §7.1", ("cut", "bad"))
    yield Answer("no length: until the end of the connection", answer(body=b"abc"), rule, ("abc",), True)
    yield Answer("chunks", answer(CHUNKED, body=b"1;x=y\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), "RFC 9112 §7.1", ("abc",))
    yield Answer("a second answer at once", answer(THREE, body=b"abc") + EVIL, "RFC 9112 §9.2", ("abc", "bad"))
    yield Answer("a second answer later", answer(THREE, body=b"abc"), "RFC 9112 §9.2", ("abc",), late=EVIL)
    yield Answer("204 with a body", answer(b"Content-Length: 43", line=b"HTTP/1.1 204 No Content") + EVIL, rule, ("", "bad"))
    yield Answer("304 with a body", answer(b"Content-Length: 43", line=b"HTTP/1.1 304 Not Modified") + EVIL, rule, ("", "bad"))
    yield Answer("HEAD with a body", answer(b"Content-Length: 43") + EVIL, rule, ("", "bad"), method="HEAD")
    yield Answer("100, then 200", answer(line=b"HTTP/1.1 100 Continue") + answer(THREE, body=b"abc"), "RFC 9110 §15.2", ("abc",))
    yield Answer("101 that nobody asked for", answer(b"Upgrade: x", b"Connection: upgrade", line=b"HTTP/1.1 101 Switching Protocols") + EVIL,
                 "RFC 9110 §15.2.2", ("bad",))
    yield Answer("50,000 times 100", answer(line=b"HTTP/1.1 100 Continue") * 50_000 + answer(THREE, body=b"abc"), "RFC 9110 §15.2",
                 ("abc", "bad"))


def _lines():
    rule = "RFC 9112 §2.2"
    yield Answer("bare LF ends every line", b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", rule, ("abc", "bad"))
    yield Answer("bare CR in a value", answer(THREE, b"X: a\rb", body=b"abc"), rule, ("abc", "bad"))
    yield Answer("NUL in a value", answer(THREE, b"X: a\x00b", body=b"abc"), "RFC 9110 §5.5", ("bad",))
    yield Answer("field folded", answer(THREE, b"X: a\r\n b", body=b"abc"), "RFC 9112 §5.2", ("abc", "bad"))
    yield Answer("field with a space before its colon", answer(THREE, b"X : a", body=b"abc"), "RFC 9112 §5.1", ("abc", "bad"))
    for name, field in {"without a name": b": a", "without a colon": b"nocolon", "with a space in its name": b"X Y: a"}.items():
        yield Answer(f"field {name}", answer(THREE, field, body=b"abc"), "RFC 9112 §5.1", ("bad",))
    for name, line in {
        "of another protocol": b"SSH-2.0-OpenSSH_9.2",
        "with a word for a status": b"HTTP/1.1 abc OK",
        "with a status of two digits": b"HTTP/1.1 99 OK",
        "with a status of four digits": b"HTTP/1.1 2000 OK",
        "with HTTP/2.0": b"HTTP/2.0 200 OK",
        "without a status": b"HTTP/1.1",
    }.items():
        yield Answer(f"status line {name}", answer(THREE, body=b"abc", line=line) + EVIL, "RFC 9112 §4", ("bad",))
    yield Answer("status line without a reason", answer(THREE, body=b"abc", line=b"HTTP/1.1 200"), "RFC 9112 §4", ("abc", "bad"))
    yield Answer("random bytes", bytes(range(128, 256)) * 4 + b"\r\n\r\n", "RFC 9112 §4", ("bad",), True)
    yield Answer("nothing, and the end", b"", "RFC 9110 §15.6.3", ("bad",), True)
    yield Answer("field of 1 MB", answer(THREE, b"X: " + b"a" * 1_000_000, body=b"abc"), "RFC 9110 §5.4", ("bad",))
    yield Answer("100,000 fields", answer(THREE, *(b"X: y" for _ in range(100_000)), body=b"abc"), "RFC 9110 §5.4", ("bad",))


SHAPES = [shape for part in (_framing, _lines) for shape in part()]
