"""Linux's side of test/ethernet/linux.test.ts, run inside a network namespace of its own.

tap NAME MAC         relays frames between a TAP device and stdin/stdout, each after its length (2 octets)
claim NAME ADDRESS   says twice, as a station with a MAC address of its own, that the address is its
flood6 NAME ADDRESS  10,000 neighbours ask for the address
lie6 NAME ADDRESS    90 messages of neighbour discovery that are none
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


def neighbour6(source, destination, kind, target, options, hops=255):
    """A solicitation (135) or advertisement (136) as an Ethernet frame of some station's."""
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, destination)
    body = struct.pack('>BBHI', kind, 0, 0, 0x20000000 if kind == 136 else 0)
    body += socket.inet_pton(socket.AF_INET6, target) + options
    words = addresses + struct.pack('>II', len(body), 58) + body
    total = sum(struct.unpack('>%dH' % (len(words) // 2), words))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    body = body[:2] + struct.pack('>H', 0xFFFF & ~total) + body[4:]
    header = struct.pack('>IHBB', 0x60000000, len(body), 58, hops) + addresses
    return b'\x02\0\0\0\x55\0' + b'\x02\0\0\0\x0b\xad' + struct.pack('>H', 0x86DD) + header + body


def flood6(name, ours):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    packets.bind((name, 0))
    mac = b'\x01\x01\x02\0\0\0'
    for i in range(10000):
        packets.send(neighbour6('fe80::dead:%x' % i, ours, 135, ours, mac + struct.pack('>H', i)))
        if not i % 100:
            time.sleep(0.005)


def lie6(name, ours):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    packets.bind((name, 0))
    mac = b'\x01\x01\x02\0\0\0\x0b\xad'
    # At once they fit into the chip's 16 KB.
    for i in range(30):
        liar = 'fe80::bad:%x' % i
        packets.send(neighbour6(liar, ours, 135, ours, mac, hops=64))
        packets.send(neighbour6(liar, ours, 136, liar, b'\x02\0' + bytes(6)))
        packets.send(neighbour6(liar, ours, 136, 'ff02::1', b'\x02' + mac[1:]))


if sys.argv[1] == 'tap':
    tap(sys.argv[2])
elif sys.argv[1] == 'flood6':
    flood6(sys.argv[2], sys.argv[3])
elif sys.argv[1] == 'lie6':
    lie6(sys.argv[2], sys.argv[3])
else:
    claim(sys.argv[2], sys.argv[3])
