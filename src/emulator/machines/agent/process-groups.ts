/** The group of processes that a detached child leads. */
export class ProcessGroup {
  private readonly id: number;

  constructor(leader: number) {
    this.id = leader;
  }

  /** @returns false when no process of the group is left. */
  signal(name: NodeJS.Signals | 0): boolean {
    try {
      process.kill(-this.id, name);
      return true;
    } catch {
      return false;
    }
  }

  get alive(): boolean {
    return this.signal(0);
  }
}

/** Groups of all containers, for the moment in which the emulator itself ends. */
const everywhere = new Set<ProcessGroups>();
let hooked = false;

/**
 * All groups that one container has started. In a real container they end with PID 1, so here they are ended by hand: when the agent
 * ends, and when the emulator does.
 */
export class ProcessGroups {
  private readonly groups = new Set<ProcessGroup>();
  private killed = false;

  constructor() {
    everywhere.add(this);
    if (hooked) return;
    hooked = true;
    process.on('exit', () => everywhere.forEach((each) => each.end()));
  }

  add(leader: number): ProcessGroup {
    // The number of a group that has gone may be given to a stranger some day.
    for (const group of this.groups) if (!group.alive) this.groups.delete(group);
    const group = new ProcessGroup(leader);
    this.groups.add(group);
    // Its start was under way when the others were killed.
    if (this.killed) group.signal('SIGKILL');
    return group;
  }

  /** KILL to what runs at the moment. @returns how many groups were hit. */
  killRunning(): number {
    return [...this.groups].filter((group) => group.signal('SIGKILL')).length;
  }

  /** KILL to whatever is left or still comes. */
  kill(): void {
    this.killed = true;
    for (const group of this.groups) group.signal('SIGKILL');
  }

  /** The container has ended. */
  end(): void {
    this.kill();
    this.groups.clear();
    everywhere.delete(this);
  }
}
