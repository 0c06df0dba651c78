"""Linux's side of test/inet/linux.test.ts, run inside a network namespace of its own.

tun NAME                           relays packets between a TUN device and stdin/stdout, each after its length (2 octets)
serve PORT MODE SIZE               accepts one connection
connect ADDRESS PORT MODE SIZE     opens one

MODE: exchange (both directions at once, then half-close), answer (read to the end, then send), reset (read SIZE octets,
then an RST), silent (only read). Prints what happened as one line of JSON.
"""

import fcntl
import hashlib
import json
import os
import select
import socket
import struct
import sys
import threading


def pattern(size):
    return bytes((i * 7 + (i >> 8) * 13 + (i >> 16)) & 255 for i in range(size))


def tun(name):
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack('16sH', name.encode(), 0x0001 | 0x1000))
    out = sys.stdout.buffer
    out.write(b'\0\0')
    out.flush()
    pending = b''
    while True:
        ready, _, _ = select.select([device, 0], [], [])
        if device in ready:
            packet = os.read(device, 65535)
            out.write(struct.pack('>H', len(packet)) + packet)
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


def talk(connection, mode, size):
    result = {'received': 0, 'error': None}
    digest = hashlib.sha256()

    def receive(limit=None):
        while limit is None or result['received'] < limit:
            chunk = connection.recv(65536)
            if not chunk:
                return
            digest.update(chunk)
            result['received'] += len(chunk)

    def send():
        try:
            connection.sendall(pattern(size))
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            result['error'] = type(error).__name__

    try:
        if mode == 'exchange':
            sender = threading.Thread(target=send)
            sender.start()
            receive()
            sender.join()
        elif mode == 'answer':
            receive()
            send()
        elif mode == 'reset':
            receive(size)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        else:
            receive()
    except OSError as error:
        result['error'] = type(error).__name__
    connection.close()
    result['sha256'] = digest.hexdigest()
    return result


def main(what, *rest):
    if what == 'tun':
        tun(rest[0])
        return
    socket.setdefaulttimeout(100)
    if what == 'serve':
        port, mode, size = rest
        listener = socket.create_server(('0.0.0.0', int(port)))
        print('listening', flush=True)
        connection, _ = listener.accept()
    else:
        address, port, mode, size = rest
        try:
            connection = socket.create_connection((address, int(port)))
        except OSError as error:
            print(json.dumps({'error': type(error).__name__}), flush=True)
            return
    print(json.dumps(talk(connection, mode, int(size))), flush=True)


main(*sys.argv[1:])
