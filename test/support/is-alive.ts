/** Whether there is a process of this id, which is no group's and not "all" (0 or below). */
export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
