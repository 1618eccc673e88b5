import { FakeIggy } from './fake-iggy.ts';
import { openRaw, type RawConnection } from './raw-http.ts';
import { until } from './spawn-program.ts';

const STREAM = { createdAtMicros: 0n, topicsCount: 0, sizeBytes: 0n, messagesCount: 0n };
const STREAMS = 200_000;

/** A broker with so many streams that their list, some 25 MB, is more than what any buffers take in. */
export class CrowdedIggy extends FakeIggy {
  override async listStreams({ signal }: { signal: AbortSignal }) {
    this.signals.push(signal);
    return Array.from({ length: STREAMS }, (_, id) => ({ ...STREAM, id, name: `stream-${id}` }));
  }
}

/** Asks for that list, and takes no more of it than its beginning. */
export async function askAndWait(port: number): Promise<RawConnection> {
  const raw = await openRaw(port);
  raw.socket.pause();
  raw.write('GET /streams HTTP/1.1\r\nHost: t\r\n\r\n');
  await until(() => raw.socket.bytesRead > 0);
  return raw;
}
