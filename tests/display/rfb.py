# SPDX-License-Identifier: MIT
"""A small VNC viewer (RFB 3.3 and 3.8): raw pictures, cursors, sizes."""

import socket
import struct

RAW, COPY, CURSOR, SIZE, EXTENDED_SIZE, LEDS = 0, 1, -239, -223, -308, -261
NONE, PASSWORD = 1, 2


class Viewer:
    """One connection. picture holds what has been received, 3 bytes for each pixel."""

    def __init__(self, address, version="3.8", encodings=(RAW, CURSOR, SIZE, EXTENDED_SIZE), answer=None):
        if address.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address[5:])
        else:
            self.socket = socket.create_connection(("127.0.0.1", int(address.split(":")[1])))
        self.sizes, self.cursor, self.leds, self.pieces = [], None, None, 0
        self.greet(version, answer)
        self.socket.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH", self.take(4))
        self.take(16)
        self.name = self.take(struct.unpack(">I", self.take(4))[0]).decode()
        self.blank()
        self.socket.sendall(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        self.socket.sendall(struct.pack(f">BxH{len(encodings)}i", 2, len(encodings), *encodings))

    def take(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the server has closed the connection")
            data += piece
        return data

    def greet(self, version, answer):
        self.version = self.take(12)
        self.socket.sendall(f"RFB 00{version[0]}.00{version[2]}\n".encode())
        if version == "3.3":
            self.security = [struct.unpack(">I", self.take(4))[0]]
        else:
            self.security = list(self.take(self.take(1)[0]))
            self.socket.sendall(bytes(self.security[:1]))
        if self.security[0] == PASSWORD:
            self.challenge = self.take(16)
            self.socket.sendall(answer(self.challenge))
        if version != "3.3" or self.security[0] == PASSWORD:
            result = struct.unpack(">I", self.take(4))[0]
            if result != 0:
                raise PermissionError(f"the server refuses: {result}")

    def blank(self):
        self.picture = bytearray(3 * self.width * self.height)

    def ask(self, incremental=False):
        self.socket.sendall(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def key(self, keysym, down):
        self.socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def stroke(self, *keysyms):
        for keysym in keysyms:
            self.key(keysym, True)
        for keysym in reversed(keysyms):
            self.key(keysym, False)

    def point(self, x, y, buttons=0):
        self.socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def resize(self, width, height):
        self.socket.sendall(struct.pack(">BxHHBxIHHHHI", 251, width, height, 1, 0, 0, 0, width, height, 0))

    def put(self, x, y, width, height, pixels):
        row = 3 * width
        packed = bytearray(row * height)
        packed[0::3], packed[1::3], packed[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
        for i in range(height):
            place = 3 * ((y + i) * self.width + x)
            self.picture[place:place + row] = packed[i * row:(i + 1) * row]

    def rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.take(12))
        if encoding == RAW:
            self.pieces += 1
            self.put(x, y, width, height, self.take(4 * width * height))
        elif encoding == CURSOR:
            pixels = self.take(4 * width * height)
            self.cursor = (x, y, width, height, pixels, self.take((width + 7) // 8 * height))
        elif encoding in (SIZE, EXTENDED_SIZE):
            if encoding == EXTENDED_SIZE:
                self.sizes.append((x, y, width, height))
                self.take(16 * self.take(4)[0])
            if (width, height) != (self.width, self.height):
                self.width, self.height = width, height
                self.blank()
        elif encoding == LEDS:
            self.leds = x
        else:
            raise AssertionError(f"encoding {encoding} was not asked for")

    def update(self):
        """One message of the server. True: there was a piece of the picture in it."""
        before = self.pieces
        kind = self.take(1)[0]
        assert kind == 0, f"message {kind}"
        for _ in range(struct.unpack(">xH", self.take(3))[0]):
            self.rectangle()
        return self.pieces > before

    def look_until(self, condition):
        """Asks for updates until the viewer is as wanted."""
        while not condition(self):
            self.ask(True)
            self.update()

    def look(self):
        """The whole picture, now: where sizes are understood, one comes before it."""
        self.ask()
        while not self.update():
            pass

    def close(self):
        self.socket.close()
