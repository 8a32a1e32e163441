import type { JobVariable } from './payload.ts';

/** A variable that the runner adds itself. */
export const internal = (key: string, value: string): JobVariable => ({
  key,
  value,
  public: true,
  file: false,
  masked: false,
  raw: false,
});

/** `$NAME`, `${NAME}` and the one-character names, as Go's `os.Expand` finds them. A dollar sign in front of anything else stays. */
const REFERENCE = /\$(?:([*#$@!?\-0-9])|(\w+)|\{([^}]*)\}|\{)/g;

/** The list of a job's variables, duplicates included: the last of a name counts (runner: `common/spec/variables.go`). */
export class Variables {
  readonly #list: JobVariable[];

  constructor(list: readonly JobVariable[]) {
    this.#list = [...list];
  }

  [Symbol.iterator](): Iterator<JobVariable> {
    return this.#list[Symbol.iterator]();
  }

  /** A variable's value; for a file variable its content. */
  value(key: string): string {
    return this.#list.findLast((each) => each.key === key)?.value ?? '';
  }

  /** What a reference to a variable stands for; for a file variable the path where a script will find it. */
  reference(key: string): string {
    if (key === '$') return '$';
    const variable = this.#list.findLast((each) => each.key === key);
    if (variable?.file) return `${this.value('RUNNER_TEMP_PROJECT_DIR')}/${key}`;
    return variable?.value ?? '';
  }

  expandText(text: string): string {
    return text.replace(REFERENCE, (_match, special?: string, name?: string, braced?: string) =>
      this.reference(special ?? name ?? braced ?? ''),
    );
  }

  /** One pass: what a reference brings in is not looked at again. */
  expand(): Variables {
    return new Variables(this.#list.map((each) => (each.raw ? each : { ...each, value: this.expandText(each.value) })));
  }

  /** Replaces the first variable of the name, so that one of the job's author still wins. */
  overwrite(key: string, value: string): void {
    const index = this.#list.findIndex((each) => each.key === key);
    if (index >= 0) this.#list[index] = internal(key, value);
  }
}
