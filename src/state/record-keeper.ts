import type { CreateEntry, JobRecord, Machine } from './job-record.ts';
import { saveRecord } from './state-folder.ts';

/**
 * Keeps the record on disk one step ahead of the cloud: the intent to create is written before the call is sent, so that a process that
 * is killed in between leaves a trace.
 */
export class RecordKeeper {
  private readonly file: string;
  private record: JobRecord;

  constructor(file: string, record: JobRecord) {
    this.file = file;
    this.record = record;
  }

  /** A new attempt's record, on disk before anything is asked of the cloud. */
  static async start(file: string, facts: Omit<JobRecord, 'version' | 'creates'>): Promise<RecordKeeper> {
    const record: JobRecord = { version: 1, ...facts, creates: [] };
    await saveRecord(file, record);
    return new RecordKeeper(file, record);
  }

  get creates(): readonly CreateEntry[] {
    return this.record.creates;
  }

  /** Before the call. @returns the number of this create call within the attempt, from 1. */
  async creating(token: (tryNumber: number) => string): Promise<number> {
    const tryNumber = this.record.creates.length + 1;
    await this.save({ creates: [...this.record.creates, { try: tryNumber, token: token(tryNumber), state: 'sent' }] });
    return tryNumber;
  }

  async created(tryNumber: number, groupId: string): Promise<void> {
    await this.change(tryNumber, { state: 'created', groupId });
  }

  /** Nothing was made, for certain. */
  async refused(tryNumber: number): Promise<void> {
    await this.change(tryNumber, { state: 'refused' });
  }

  /** ECI took the deletion. */
  async deleted(tryNumber: number): Promise<void> {
    await this.change(tryNumber, { state: 'deleted' });
  }

  async ready(machine: Machine): Promise<void> {
    await this.save({ machine });
  }

  private async change(tryNumber: number, change: Partial<CreateEntry>): Promise<void> {
    await this.save({
      creates: this.record.creates.map((entry) => (entry.try === tryNumber ? { ...entry, ...change } : entry)),
    });
  }

  private async save(change: Partial<JobRecord>): Promise<void> {
    this.record = { ...this.record, ...change };
    await saveRecord(this.file, this.record);
  }
}
