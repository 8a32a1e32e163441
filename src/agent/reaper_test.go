package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestOrphansTakeNobodysStatus(t *testing.T) {
	const rounds, orphans = 60, 30
	exits := make([]<-chan syscall.WaitStatus, rounds)
	for round := range exits {
		// Each leaves orphans that end while other sessions do.
		script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do (exit 99 &); i=$((i + 1)); done; exit %d", orphans, round)
		exits[round] = startQuietly(t, script)
	}
	for round, exit := range exits {
		if status := within(t, "a status", exit); !status.Exited() || status.ExitStatus() != round {
			t.Errorf("session %d has ended with %#x", round, status)
		}
	}
	waitFor(t, "the end of all orphans", func() bool { return len(ownChildren()) == 0 })
}

func TestAProgramThatIsNotThereIsNoChild(t *testing.T) {
	_, err := testReaper.start(program{path: "/no/such/program", argv: []string{"x"}}, func(syscall.WaitStatus) {
		t.Error("it has ended, though it was never started")
	})
	if err == nil {
		t.Error("it was started")
	}
}

func TestTheUmaskIsTheProgramsAlone(t *testing.T) {
	before := syscall.Umask(0o027)
	defer syscall.Umask(before)
	folder := t.TempDir()
	pipe, end, err := outputPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	exited := make(chan syscall.WaitStatus, 1)
	path := filepath.Join(folder, "of-the-program")
	_, err = testReaper.start(program{
		path: "/bin/sh", argv: []string{"sh", "-c", "mkdir " + path}, umask: new(0), stdout: end, stderr: end,
	}, func(status syscall.WaitStatus) { exited <- status })
	end.close()
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the program", exited)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("the program has made %v, %v", info, err)
	}
	if after := syscall.Umask(0o027); after != 0o027 {
		t.Errorf("the agent's own umask is %o", after)
	}
}

func TestOutputOfAProgramThatFailsIsNone(t *testing.T) {
	if output, err := testReaper.outputOf("/bin/sh", "-c", "echo out; exit 3"); err == nil {
		t.Errorf("got %q and no error", output)
	}
	if output, err := testReaper.outputOf("/bin/sh", "-c", "echo out"); err != nil || output != "out\n" {
		t.Errorf("got %q, %v", output, err)
	}
}

func TestAScriptFindsNothingOnStdin(t *testing.T) {
	input, err := emptyInput()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	var read bytes.Buffer
	if count, err := read.ReadFrom(input); count != 0 || err != nil {
		t.Errorf("read %d bytes, %v", count, err)
	}
}

func waitFor(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if check() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}
