package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testReaper is the one reaper of this process, as in the agent.
var testReaper *reaper

func TestMain(m *testing.M) {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	testReaper = newReaper()
	os.Exit(m.Run())
}

// patience is for whatever has to come, on the slowest machine.
const patience = 30 * time.Second

func within[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// startQuietly starts a shell script whose output goes nowhere.
func startQuietly(t *testing.T, script string) <-chan syscall.WaitStatus {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	output := descriptor(null.Fd())
	exited := make(chan syscall.WaitStatus, 1)
	shell := program{path: "/bin/sh", argv: []string{"sh", "-c", script}, env: os.Environ(), stdout: output, stderr: output}
	if _, err := testReaper.start(shell, func(status syscall.WaitStatus) { exited <- status }); err != nil {
		t.Fatal(err)
	}
	return exited
}
