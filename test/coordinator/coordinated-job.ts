import type { JobPayload } from '../standin/payload.ts';
import { type ArtifactsFile, uploadedFile } from './artifacts.ts';
import { crc32 } from './crc32.ts';

/** What GitLab knows of a job at its end. */
export interface ReportedResult {
  readonly state: 'success' | 'failed' | 'canceled';
  readonly failureReason: string | undefined;
  readonly exitCode: number | undefined;
  readonly log: Buffer;
}

/** An answer to the runner. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What the runner sends with `PUT jobs/:id`, as far as it is looked at. */
export interface StateUpdate {
  readonly state?: string;
  readonly failure_reason?: string;
  readonly exit_code?: number;
  readonly output?: { readonly checksum?: string; readonly bytesize?: number };
}

/** What the runner is told in `Job-Status`; the first two after somebody has cancelled the job. */
type Status = 'canceling' | 'canceled' | 'running' | 'success' | 'failed';

/** One job as GitLab keeps it: its log, its state, and what somebody wants of it. */
export class CoordinatedJob {
  readonly payload: JobPayload;
  /** Settles with the runner's last word about the job. */
  readonly done: Promise<ReportedResult>;
  readonly #onLog: ((chunk: Buffer) => void) | undefined;
  #resolve: (result: ReportedResult) => void = () => undefined;
  #log = Buffer.alloc(0);
  #status: Status = 'running';
  #artifacts: ArtifactsFile | undefined;

  constructor(payload: JobPayload, onLog?: (chunk: Buffer) => void) {
    this.payload = payload;
    this.#onLog = onLog;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  get log(): Buffer {
    return this.#log;
  }

  get artifacts(): ArtifactsFile | undefined {
    return this.#artifacts;
  }

  /** Somebody presses Cancel: the runner hears of it with its next request. */
  cancel(): void {
    if (this.#status === 'running') this.#status = 'canceling';
  }

  /** Somebody presses Force cancel: to GitLab the job is over. */
  forceCancel(): void {
    if (this.#status === 'running' || this.#status === 'canceling') this.#status = 'canceled';
  }

  /** @param range `<first>-<last>`, both inclusive. */
  appendLog(range: string, chunk: Buffer): Answer {
    // The log of a job that is over stays as it is, and the runner does without the rest.
    if (this.#isOver) return this.#answer(403);
    const [first, last] = range.split('-').map(Number);
    if (first !== this.#log.byteLength || last !== first + chunk.byteLength - 1) return this.#answer(416);
    this.#log = Buffer.concat([this.#log, chunk]);
    // Before the answer, so that a test that cancels upon a line is heard with the answer to this very line.
    this.#onLog?.(chunk);
    return this.#answer(202);
  }

  update({ state, failure_reason, exit_code, output }: StateUpdate): Answer {
    if (state !== 'success' && state !== 'failed') return this.#answer(200);
    if (!this.#isOver && !this.#isWhole(output)) {
      this.#log = Buffer.alloc(0);
      return this.#answer(412);
    }
    // Once somebody has pressed Cancel, the job is canceled whatever end the runner reports (GitLab: the states of `CommitStatus`).
    const canceled = this.#status === 'canceling' || this.#status === 'canceled';
    this.#resolve({
      state: canceled ? 'canceled' : state,
      failureReason: failure_reason,
      exitCode: exit_code,
      log: this.#log,
    });
    this.#status = canceled ? 'canceled' : state;
    return this.#answer(200);
  }

  /** The helper in the job's machine sends the archive as the part `file` of a form. */
  async upload(contentType: string, body: Buffer): Promise<Answer> {
    if (this.#isOver) return { status: 403 };
    const file = await uploadedFile(contentType, body);
    if (!file) return { status: 400 };
    this.#artifacts = file;
    return { status: 201 };
  }

  download(): Answer {
    if (!this.#artifacts) return { status: 404 };
    return { status: 200, headers: { 'Content-Type': 'application/zip' }, body: this.#artifacts.archive };
  }

  get #isOver(): boolean {
    return this.#status !== 'running' && this.#status !== 'canceling';
  }

  /** The runner tells what it has sent, so that GitLab need not keep a log with holes. */
  #isWhole({ checksum, bytesize }: NonNullable<StateUpdate['output']> = {}): boolean {
    if (bytesize !== undefined && bytesize !== this.#log.byteLength) return false;
    return checksum === undefined || checksum === `crc32:${crc32(this.#log).toString(16).padStart(8, '0')}`;
  }

  #answer(status: number): Answer {
    return { status, headers: { 'Job-Status': this.#status, Range: `0-${this.#log.byteLength}` } };
  }
}
