"""Linux's side of test/ethernet/linux.test.ts, run inside a network namespace of its own.

tap NAME MAC         relays frames between a TAP device and stdin/stdout, each after its length (2 octets)
claim NAME ADDRESS   says twice, as a station with a MAC address of its own, that the address is its
"""

import fcntl
import os
import select
import socket
import struct
import sys
import time


def tap(name):
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack('16sH', name.encode(), 0x0002 | 0x1000))
    out = sys.stdout.buffer
    out.write(b'\0\0')
    out.flush()
    pending = b''
    while True:
        ready, _, _ = select.select([device, 0], [], [])
        if device in ready:
            frame = os.read(device, 65535)
            out.write(struct.pack('>H', len(frame)) + frame)
            out.flush()
        if 0 in ready:
            chunk = os.read(0, 65536)
            if not chunk:
                return
            pending += chunk
            while len(pending) >= 2:
                length = struct.unpack('>H', pending[:2])[0]
                if len(pending) < 2 + length:
                    break
                try:
                    os.write(device, pending[2 : 2 + length])
                except OSError:
                    pass
                pending = pending[2 + length :]


def claim(name, address):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    packets.bind((name, 0))
    mac = b'\x02\x00\x00\x00\x0b\xad'
    ours = socket.inet_aton(address)
    frame = b'\xff' * 6 + mac + struct.pack('>HHHBBH', 0x0806, 1, 0x0800, 6, 4, 1) + mac + ours + b'\0' * 6 + ours
    for _ in range(2):
        packets.send(frame.ljust(60, b'\0'))
        time.sleep(0.3)


if sys.argv[1] == 'tap':
    tap(sys.argv[2])
else:
    claim(sys.argv[2], sys.argv[3])
