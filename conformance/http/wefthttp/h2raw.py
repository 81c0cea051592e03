"""HTTP/2 frames by hand: a client that sends what no library would."""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_TABLE = b"\0\1\0\0\0\0"  # SETTINGS_HEADER_TABLE_SIZE 0
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4
ERRORS = ("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
          "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM")
# Indexed :status values of HPACK's static table (RFC 7541, Appendix A).
STATUSES = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def integer(value, bits):
    most = (1 << bits) - 1
    if value < most:
        return bytes((value,))
    out, value = bytes((most,)), value - most
    while value > 127:
        out, value = out + bytes((value & 127 | 128,)), value >> 7
    return out + bytes((value,))


def block(fields):
    """HPACK literals without indexing and without Huffman coding."""
    return b"".join(b"\x00" + integer(len(n), 7) + n + integer(len(v), 7) + v for n, v in fields)


def headers(stream, fields, end, size=16_384):
    """A field block in as many frames as it needs."""
    data = block(fields)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
    out = []
    for at, piece in enumerate(pieces):
        flags = (END_HEADERS if at == len(pieces) - 1 else 0) | (END_STREAM if end and at == 0 else 0)
        out.append(frame(CONTINUATION if at else HEADERS, flags, stream, piece))
    return b"".join(out)


def status_of(payload):
    """The status of a field block that begins with it, as every answer does; Huffman digits are read."""
    while payload[0] == 0x20:  # the dynamic table has no entries, as our SETTINGS ask
        payload = payload[1:]
    first = payload[0]
    if first in STATUSES:
        return STATUSES[first]
    # a literal with an indexed name: the value is a string of three digits
    at = 2 if first & 0x0F == 0x0F and first < 0x40 else 1
    length, huffman = payload[at] & 127, payload[at] & 128
    text = payload[at + 1 : at + 1 + length]
    return int(_huffman_digits(text) if huffman else text)


def _huffman_digits(data):
    # RFC 7541, Appendix B: 0, 1, 2 have five bits (0..2), 3 to 9 have six (0x19..0x1f).
    bits, out = "".join(f"{byte:08b}" for byte in data), ""
    while len(out) < 3:
        short = int(bits[:5], 2)
        if short <= 2:
            out, bits = out + str(short), bits[5:]
        else:
            out, bits = out + str(int(bits[:6], 2) - 0x19 + 3), bits[6:]
    return out


class Connection:
    """A client's connection."""

    def __init__(self, port, patience, receive_buffer=0):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(patience)
        self.socket.connect(("127.0.0.1", port))
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0, NO_TABLE))

    def send(self, data):
        """Whether the peer still takes bytes."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def read(self):
        """The next frame as (kind, flags, stream, payload); None at the end of the connection."""
        try:
            head = self.reader.read(9)
            if len(head) < 9:
                return None
            payload = self.reader.read(int.from_bytes(head[:3], "big"))
            return head[3], head[4], int.from_bytes(head[5:9], "big"), payload
        except (ConnectionResetError, BrokenPipeError):
            return None

    def close(self):
        self.socket.close()


class Answer:
    """Sends one shape on a stream, then a good request on the next one."""

    def __init__(self, port, shape):
        from .smuggling import PATIENCE

        self.statuses, self.closed, self.silent, self.canary = [], False, False, False
        self.ended, self.lost = "", False
        connection = Connection(port, PATIENCE)
        try:
            connection.send(shape.frames(1))
            self._read(connection)
        finally:
            connection.close()

    def _read(self, connection):
        try:
            while got := connection.read():
                kind, flags, stream, payload = got
                if kind == SETTINGS and not flags & ACK:
                    connection.send(frame(SETTINGS, ACK, 0))
                elif kind == HEADERS and stream == 1 and not self.statuses:
                    self.statuses.append(status_of(payload))
                elif kind == RST_STREAM and stream == 1:
                    self._end(f"RST_STREAM {error(payload)}")
                    return
                elif kind == GOAWAY:
                    self._end(f"GOAWAY {error(payload[4:])}")
                    return
                if stream == 1 and kind in (DATA, HEADERS) and flags & END_STREAM:
                    return
            self._end("connection closed")
        except TimeoutError:
            self.silent = True

    def _end(self, how):
        self.ended, self.closed = how, True
        if not self.statuses:
            self.statuses.append(0)

    def against(self, count, close):
        return "" if self.statuses == [200] and not self.ended else "the client should get an answer"

    def text(self):
        said = [str(status) for status in self.statuses if status] + [self.ended] * bool(self.ended)
        return ", ".join(said) or "no answer"


def error(payload):
    code = int.from_bytes(payload[:4], "big")
    return ERRORS[code] if code < len(ERRORS) else hex(code)
