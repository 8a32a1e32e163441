package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func testRuns(t *testing.T) *runs {
	t.Helper()
	return newRuns(t.TempDir(), &starter{reaper: testReaper, env: os.Environ(), shellFolder: "/no/such/folder"})
}

func requestOf(id, script string) runRequest {
	return runRequest{id: id, length: int64(len(script)), shells: []string{"/bin/sh"}, killAfter: time.Second}
}

func start(t *testing.T, r *runs, id, script string) *scriptRun {
	t.Helper()
	run, attached, err := r.receive(requestOf(id, script), strings.NewReader(script))
	if err != nil || attached {
		t.Fatalf("%s was not started: %v, attached: %v", id, err, attached)
	}
	return run
}

func outcomeOf(t *testing.T, run *scriptRun) outcome {
	t.Helper()
	within(t, "the end of the run", run.over)
	_, end, _ := run.state()
	return *end
}

func isRefused(t *testing.T, err error, word string) {
	t.Helper()
	if why, is := errors.AsType[*refusal](err); !is || why.word != word {
		t.Errorf("got %v, not %s", err, word)
	}
}

func TestTheRunFolderIsEmptyAfterARun(t *testing.T) {
	r := testRuns(t)
	if got := outcomeOf(t, start(t, r, "a", "echo out; exit 3")); got != (outcome{end: "exited", code: 3}) {
		t.Errorf("got %+v", got)
	}
	_, _, err := r.receive(runRequest{id: "b", length: 5, shells: []string{"/bin/sh"}}, strings.NewReader("four"))
	isRefused(t, err, "incomplete-script")
	_, _, err = r.receive(runRequest{id: "b", length: 4, shells: []string{"/no/shell"}}, strings.NewReader("true"))
	isRefused(t, err, "no-shell")
	if entries, err := os.ReadDir(r.folder); len(entries) != 0 || err != nil {
		t.Errorf("left are %v, %v", entries, err)
	}
}

func TestARunWhoseFirstProcessHasEndedKeepsItsResult(t *testing.T) {
	r := testRuns(t)
	run := start(t, r, "a", "sleep 60 & exit 3")
	within(t, "the first process", run.exited)
	r.interruptAll()
	if got := outcomeOf(t, run); got != (outcome{end: "exited", code: 3}) {
		t.Errorf("got %+v", got)
	}
}

func TestAnEndThatNobodyHasTakenYetIsNoInterruption(t *testing.T) {
	r := testRuns(t)
	run := start(t, r, "a", "exit 3")
	waitFor(t, "a process that has ended", func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", run.leader))
		return err != nil || strings.Contains(string(status), "State:\tZ")
	})
	r.interruptAll()
	if got := outcomeOf(t, run); got != (outcome{end: "exited", code: 3}) {
		t.Errorf("got %+v", got)
	}
}

func TestThePlatformsTermInterruptsAllRunsAndLetsNoneIn(t *testing.T) {
	r := testRuns(t)
	ready := filepath.Join(t.TempDir(), "ready")
	trapped := start(t, r, "trapped", "trap 'exit 1' TERM; touch "+ready+"; while :; do sleep 0.05; done")
	deaf := start(t, r, "deaf", "trap '' TERM; while :; do sleep 0.05; done")
	waitFor(t, "the trap", func() bool { _, err := os.Stat(ready); return err == nil })
	r.interruptAll()
	for _, run := range []*scriptRun{trapped, deaf} {
		if got := outcomeOf(t, run); got != (outcome{end: "interrupted"}) {
			t.Errorf("got %+v", got)
		}
	}
	_, _, err := r.receive(requestOf("late", "true"), strings.NewReader("true"))
	isRefused(t, err, "stopping")
}

func TestAKillThatComesFirstIsRemembered(t *testing.T) {
	r := testRuns(t)
	for id := range cancelledKept + 5 {
		if r.kill(fmt.Sprintf("id-%d", id), syscall.SIGTERM) {
			t.Fatal("something runs")
		}
	}
	_, _, err := r.receive(requestOf(fmt.Sprintf("id-%d", cancelledKept), "true"), strings.NewReader("true"))
	isRefused(t, err, "cancelled")
	if len(r.cancelled) != cancelledKept {
		t.Errorf("%d ids are kept", len(r.cancelled))
	}
}

func TestOnlyAKillOfTheMemoryKillersIsItsDoing(t *testing.T) {
	before := memoryKillCounters
	defer func() { memoryKillCounters = before }()
	for script, want := range map[string]outcome{
		"kill -KILL $$": {end: "signalled", signal: "KILL"},
		"echo oom_kill 3 > $COUNTER; kill -KILL $$": {end: "signalled", signal: "KILL", oom: true},
		"echo oom_kill 3 > $COUNTER; kill -TERM $$": {end: "signalled", signal: "TERM"},
	} {
		counter := filepath.Join(t.TempDir(), "memory.events")
		must(t, os.WriteFile(counter, []byte("low 0\noom 7\noom_kill 2\n"), 0o644))
		memoryKillCounters = []string{"/no/such/file", counter}
		if got := outcomeOf(t, start(t, testRuns(t), "a", strings.ReplaceAll(script, "$COUNTER", counter))); got != want {
			t.Errorf("%s: got %+v", script, got)
		}
	}
}

func TestAScriptWhoseLogCannotBeWrittenIsEnded(t *testing.T) {
	r := testRuns(t)
	run := start(t, r, "a", "read line < /dev/null; while :; do sleep 0.05; done")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	must(t, err)
	run.mu.Lock()
	run.log = &logFile{file: full}
	run.mu.Unlock()
	run.append([]byte("x"))
	if got := outcomeOf(t, run); !errors.Is(got.failure, syscall.ENOSPC) || got.end != "" {
		t.Errorf("got %+v", got)
	}
	within(t, "the script's end", run.exited)
	if run.status.Signal() != syscall.SIGKILL {
		t.Errorf("the script has ended with %#x", run.status)
	}
}

func TestAFileThatTheSystemDoesNotExecuteIsNoShell(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "sh")
	must(t, os.WriteFile(foreign, []byte("\x7fELF of another machine"), 0o755))
	r := testRuns(t)
	request := requestOf("a", "exit 4")
	request.shells = []string{foreign, "/bin/sh"}
	run, _, err := r.receive(request, strings.NewReader("exit 4"))
	must(t, err)
	if got := outcomeOf(t, run); got.code != 4 {
		t.Errorf("got %+v", got)
	}
	request = requestOf("b", "exit 4")
	request.shells = []string{foreign}
	_, _, err = r.receive(request, strings.NewReader("exit 4"))
	isRefused(t, err, "no-shell")
}

func TestAShellThatBeginsLikeNoProgramIsNotTakenForOneOfAnotherMachine(t *testing.T) {
	folder := t.TempDir()
	text, foreign := filepath.Join(folder, "text"), filepath.Join(folder, "foreign")
	must(t, os.WriteFile(text, []byte("exec /bin/busybox sh \"$@\"\n"), 0o755))
	must(t, os.WriteFile(foreign, []byte("\x7fELF of another machine"), 0o755))
	for shell, want := range map[string]string{
		text:    text + " cannot be started: it is neither a program nor a script that begins with #!",
		foreign: foreign + " cannot be started: exec format error",
	} {
		request := requestOf("a", "exit 4")
		request.shells = []string{shell}
		_, _, err := testRuns(t).receive(request, strings.NewReader("exit 4"))
		isRefused(t, err, "no-shell")
		if err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}

func TestTheEndDoesNotWaitAsLongForARunThatHangsAsARunThatIsOverHadAsked(t *testing.T) {
	before := killPatience
	killPatience = 100 * time.Millisecond
	defer func() { killPatience = before }()
	r := testRuns(t)
	request := requestOf("over", "true")
	request.killAfter = time.Hour
	ended, _, err := r.receive(request, strings.NewReader("true"))
	must(t, err)
	outcomeOf(t, ended)
	// Nothing tells of its end, as if it hung in the kernel.
	r.known["hangs"] = &scriptRun{leader: noProcess, over: make(chan struct{}), exited: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		r.interruptAll()
		close(done)
	}()
	within(t, "the end of all runs", done)
}

// noProcess is beyond the highest number that Linux gives to one.
const noProcess = 1<<22 + 1

func TestAScriptIsRemovedOnceHoweverManyWantItGone(t *testing.T) {
	script, err := receiveScript(t.TempDir(), strings.NewReader("true"), 4)
	must(t, err)
	must(t, script.rename("a.script"))
	script.remove()
	// Another try of the same id may have the name by now.
	must(t, os.WriteFile(script.path, []byte("true"), 0o600))
	script.remove()
	if _, err := os.Stat(script.path); err != nil {
		t.Errorf("the next script has gone with it: %v", err)
	}
}

func TestTheAgentsOwnShellHasItsToolsInPath(t *testing.T) {
	folder := t.TempDir()
	must(t, os.Symlink("/bin/sh", filepath.Join(folder, "sh")))
	r := testRuns(t)
	r.starter.shellFolder = folder
	r.starter.env = environment{"PATH=/usr/bin:/bin"}
	for shell, want := range map[string]string{filepath.Join(folder, "sh"): "/usr/bin:/bin:" + folder, "/bin/sh": "/usr/bin:/bin"} {
		script := fmt.Sprintf("test \"$PATH\" = %s", want)
		request := requestOf(filepath.Base(filepath.Dir(shell)), script)
		request.shells = []string{shell}
		run, _, err := r.receive(request, strings.NewReader(script))
		must(t, err)
		if got := outcomeOf(t, run); got.code != 0 {
			t.Errorf("%s does not find PATH to be %s", shell, want)
		}
	}
}

func TestEqualRequestsStartOneRunHoweverSoonItIsOver(t *testing.T) {
	r := testRuns(t)
	const count = 50
	started := filepath.Join(t.TempDir(), "started")
	script := "echo x >> " + started
	done := make(chan error, count)
	for range count {
		go func() {
			run, _, err := r.receive(requestOf("a", script), strings.NewReader(script))
			if err == nil {
				<-run.over
			}
			done <- err
		}()
	}
	for range count {
		must(t, within(t, "an answer", done))
	}
	if text, err := os.ReadFile(started); string(text) != "x\n" {
		t.Errorf("it was started %d times, %v", len(text)/2, err)
	}
}

func TestARunThatIsOverMakesRoomForTheNextScript(t *testing.T) {
	r := testRuns(t)
	first := start(t, r, "first", "echo out")
	outcomeOf(t, first)
	log, err := first.openLog()
	must(t, err)
	defer log.Close()
	_, _, err = r.receive(requestOf("second", "four"), failingReader{})
	if err == nil || r.find("first") != nil {
		t.Errorf("got %v, and the first one is still known", err)
	}
	_, err = first.openLog()
	isRefused(t, err, "no-such-run")
	if text, err := io.ReadAll(io.NewSectionReader(log, 0, 4)); string(text) != "out\n" {
		t.Errorf("whoever reads it still reads %q, %v", text, err)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, syscall.EIO }
