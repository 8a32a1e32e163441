package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// systemdStop is SIGRTMIN+3, what images with systemd name as their STOPSIGNAL.
const systemdStop = syscall.Signal(37)

// stopSignals are TERM and whatever else images name as their STOPSIGNAL: with that, and not with TERM, the platform ends them.
var stopSignals = []os.Signal{
	syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
	syscall.SIGPWR, systemdStop,
}

// platformStops calls stop for a signal that means that the platform ends the container.
func platformStops(stop func(reason string)) {
	// Only taken, never ignored: what the agent ignores stays ignored in scripts, and a container's log that nobody reads
	// any more must not end the agent.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, stopSignals...)
	go func() {
		for received := range stops {
			stop(fmt.Sprintf("the platform has sent %v", received))
		}
	}()
}

const (
	// endRounds bounds the hunt for processes that start others while they are being ended.
	endRounds = 50
	endPause  = 2 * time.Millisecond
)

// endDescendants does by hand what the kernel does when PID 1 ends: KILL to everything that was started. What loses its parent
// becomes the agent's child, so its children are all that there is to look for.
func endDescendants() {
	if os.Getpid() == 1 {
		return
	}
	for range endRounds {
		children := ownChildren()
		if len(children) == 0 {
			return
		}
		for _, pid := range children {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(endPause)
	}
}

// ownChildren is empty where there is no /proc.
func ownChildren() []int {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	var children []int
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				children = append(children, pid)
			}
		}
	}
	return children
}
