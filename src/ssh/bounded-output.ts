/** Bytes. A self-test's output is a line or two; what a job's image prints in its place is not kept without end. */
const LIMIT = 64 * 1024;

/** The beginning of an output. */
export class BoundedOutput {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;

  add(chunk: Uint8Array): void {
    if (this.kept >= LIMIT) return;
    this.chunks.push(chunk.subarray(0, LIMIT - this.kept));
    this.kept += chunk.byteLength;
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
