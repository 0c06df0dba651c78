"""Linux's side of test/inet/linux*.test.ts, run inside a network namespace of its own.

serve PORT MODE SIZE               accepts one connection
connect ADDRESS PORT MODE SIZE     opens one
many ADDRESS PORT COUNT PARALLEL   opens many short ones
answers PORT COUNT                 answers many short ones
udp PORT                           turns datagrams round
ask ADDRESS PORT TEXT              sends one and waits for the answer
http PORT SIZE                     a web server with one page

MODE: exchange (both directions at once, then half-close), answer (read to the end, then send), reset (read SIZE octets,
then an RST), silent (only read). Prints what happened as one line of JSON.
"""

import hashlib
import json
import os
import socket
import struct
import sys
import threading


def pattern(size):
    return bytes((i * 7 + (i >> 8) * 13 + (i >> 16)) & 255 for i in range(size))


def many(address, port, count, parallel):
    """Short connections, each with the number of its own as the question; the answer is the same, reversed."""
    lock = threading.Lock()
    left = list(range(count))
    result = {'good': 0, 'errors': []}

    def work():
        while True:
            with lock:
                if not left:
                    return
                number = left.pop()
            try:
                with socket.create_connection((address, port)) as connection:
                    question = b'question %d' % number
                    connection.sendall(question)
                    # By turns: half-close first, or only after the answer.
                    if number & 1:
                        connection.shutdown(socket.SHUT_WR)
                    answer = b''
                    while len(answer) < len(question):
                        chunk = connection.recv(100)
                        if not chunk:
                            break
                        answer += chunk
                    with lock:
                        if answer == question[::-1]:
                            result['good'] += 1
                        else:
                            result['errors'].append(repr(answer))
            except OSError as error:
                with lock:
                    result['errors'].append(type(error).__name__)

    threads = [threading.Thread(target=work) for _ in range(parallel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result['errors'] = result['errors'][:5]
    return result


def server_on(port, backlog=None):
    """Of both versions of IP where that is asked for."""
    if os.environ.get('MICRONIC_IPV6'):
        return socket.create_server(('::', port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=True)
    return socket.create_server(('0.0.0.0', port), backlog=backlog)


def udp(port):
    """Turns datagrams round."""
    echo = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    echo.bind(('::', port))
    print('listening', flush=True)
    while True:
        data, address = echo.recvfrom(2000)
        echo.sendto(data[::-1], address)


def ask(address, port, text):
    """Sends one datagram and prints the answer, or the error."""
    client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    client.settimeout(5)
    client.connect((address, port))
    client.send(text.encode())
    try:
        return {'answer': client.recv(2000).decode()}
    except OSError as error:
        return {'answer': type(error).__name__}


def answers(port, count):
    """Answers short connections, one after the other."""
    listener = server_on(port, 16)
    print('listening', flush=True)
    good = 0
    for _ in range(count):
        connection, _ = listener.accept()
        with connection:
            question = connection.recv(100)
            connection.sendall(question[::-1])
            good += question.startswith(b'question')
            connection.shutdown(socket.SHUT_WR)
            connection.recv(100)
    return {'good': good}


def http(port, size):
    """Answers every request with the pattern."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Length', str(size))
            self.end_headers()
            self.wfile.write(pattern(size))

        def log_message(self, *_):
            pass

    server = HTTPServer(('0.0.0.0', port), Handler)
    print('listening', flush=True)
    server.serve_forever()


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
    socket.setdefaulttimeout(100)
    if what == 'many':
        address, port, count, parallel = rest
        print(json.dumps(many(address, int(port), int(count), int(parallel))), flush=True)
        return
    if what == 'http':
        http(*map(int, rest))
        return
    if what == 'udp':
        udp(int(rest[0]))
    if what == 'ask':
        print(json.dumps(ask(rest[0], int(rest[1]), rest[2])), flush=True)
        return
    if what == 'answers':
        print(json.dumps(answers(*map(int, rest))), flush=True)
        return
    if what == 'serve':
        port, mode, size = rest
        listener = server_on(int(port))
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
