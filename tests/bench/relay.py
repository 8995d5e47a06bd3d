#!/usr/bin/python3
"""Adds latency to TCP: relay.py DELAY_MS ADDRESS:PORT… listens on 127.0.0.1, a port for each target, and prints the ports.

Bytes are held back for DELAY_MS in each direction. A connection begins as over a wire with twice that round trip: the
server sees it after three delays (SYN, SYN-ACK, ACK), so the first answer is back after four. Bandwidth and slow start
are those of the loopback. Every tool goes through it alike, and its own work is in every row.
"""

import asyncio
import sys


async def forward(reader, writer, delay, loop):
    queue = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    delivery = asyncio.create_task(deliver())
    while True:
        data = await reader.read(65536)
        queue.put_nowait((loop.time() + delay, data))
        if not data:
            break
    await delivery


async def main():
    delay = float(sys.argv[1]) / 1000
    loop = asyncio.get_running_loop()
    ports = []
    for target in sys.argv[2:]:
        address, port = target.rsplit(":", 1)

        async def serve(reader, writer, address=address, port=int(port)):
            await asyncio.sleep(3 * delay)
            try:
                far_reader, far_writer = await asyncio.open_connection(address, port)
                await asyncio.gather(forward(reader, far_writer, delay, loop), forward(far_reader, writer, delay, loop))
                far_writer.close()
            except OSError:
                pass
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ports.append(str(server.sockets[0].getsockname()[1]))
    print(" ".join(ports), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
