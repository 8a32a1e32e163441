package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// likelyVictim is the highest oom_score_adj: of all that runs in the container, the memory killer takes scripts before the agent.
const likelyVictim = "1000"

// preferForMemoryKiller has no effect where there is no /proc. Raising the value needs no privilege (man 5 proc).
func preferForMemoryKiller(pid int) {
	file, err := os.OpenFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = file.WriteString(likelyVictim)
	_ = file.Close()
}

// memoryKillCounters are where a container finds how often the memory killer has struck in it: cgroup v2, then v1.
var memoryKillCounters = []string{"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"}

// memoryKills is 0 where it cannot be told.
func memoryKills() uint64 {
	for _, path := range memoryKillCounters {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); name == "oom_kill" {
				count, _ := strconv.ParseUint(value, 10, 64)
				return count
			}
		}
	}
	return 0
}
